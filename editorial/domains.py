"""Converts domain names to the ASCII form that DNS uses."""

import idna


def ascii_domain(domain: str) -> str:
    """The domain in lower case and in ASCII, such as xn--bcher-kva.example for bücher.example.

    Browsers convert domains in the same way (IDNA 2008 with the mapping of UTS 46). Raises
    ValueError if the domain cannot be converted.
    """
    return domain.lower() if domain.isascii() else idna.encode(domain, uts46=True).decode()
