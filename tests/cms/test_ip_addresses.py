"""The link checker connects to public IP addresses only."""

import pytest

from cms.ip_addresses import is_public


@pytest.mark.parametrize(
    "ip",
    [
        "8.8.8.8",
        "93.184.216.34",
        "168.63.129.15",
        "192.0.1.1",
        "2606:2800:220:1:248:1893:25c8:1946",
        "2a00:1450:4001:80f::200e",
        "::ffff:8.8.8.8",
    ],
)
def test_public_ip_addresses_are_public(ip: str) -> None:
    assert is_public(ip)


@pytest.mark.parametrize(
    "ip",
    [
        *("0.0.0.0", "0.1.2.3", "127.0.0.1", "127.255.255.254", "255.255.255.255"),
        *("10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.0.1"),
        *("100.64.0.1", "100.127.255.255"),  # shared address space of providers (RFC 6598)
        *("192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1", "240.0.0.1"),
        *("224.0.0.1", "239.255.255.255", "192.88.99.1"),
        # Metadata and other services of cloud providers
        *("169.254.169.254", "169.254.170.2", "169.254.169.123", "100.100.100.200"),
        *("192.0.0.192", "192.0.0.9", "168.63.129.16", "fd00:ec2::254", "fd20:ce::254"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd00::1", "ff02::1"),
        *("100::1", "2001:db8::1", "2001:2::1", "2001:10::1", "3fff::1", "5f00::1", "4000::1"),
        # IPv4 addresses in IPv6 addresses
        *("::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:192.0.0.192"),
        *("::ffff:168.63.129.16", "::ffff:100.64.0.1", "::ffff:0:127.0.0.1", "::ffff:0:8.8.8.8"),
        *("64:ff9b::127.0.0.1", "64:ff9b::8.8.8.8", "64:ff9b:1::127.0.0.1"),
        *("2002:7f00:1::", "2002:808:808::1", "2001:0:4136:e378::1"),
    ],
)
def test_private_and_reserved_ip_addresses_are_not_public(ip: str) -> None:
    assert not is_public(ip)
