"""Which IP addresses belong to the public internet."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

# Today, public IPv6 addresses begin with 2 or 3. All others are reserved, local, multicast, or
# contain an IPv4 address that the network may translate to (such as 64:ff9b::/96 and ::/96).
PUBLIC_IPV6 = ip_network("2000::/3")
# Python's `is_global` is true for these networks. For 192.0.0.0/24, it is true only in some
# versions of Python.
NOT_PUBLIC = tuple(
    map(
        ip_network,
        (
            "168.63.129.16/32",  # services of Azure for its virtual machines
            "192.0.0.0/24",  # protocol assignments; Oracle's metadata service
            "192.88.99.0/24",  # relays of 6to4
            "2002::/16",  # 6to4: contains an IPv4 address
            "3fff::/20",  # documentation
        ),
    )
)


def is_public(text: str) -> bool:
    """Whether an IP address belongs to the public internet."""
    ip: IPv4Address | IPv6Address = ip_address(text)
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is None and ip not in PUBLIC_IPV6:
            return False
        ip = ip.ipv4_mapped or ip
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in NOT_PUBLIC)
