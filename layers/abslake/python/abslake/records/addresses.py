"""Client addresses: one spelling for one address.

Source: contract 9.4 (first address of X-Forwarded-For, else the peer) and its reading (the first *valid* address of the
first such header; a port is cut, ``unknown`` skipped).
"""

from ipaddress import IPv6Address, ip_address


def canonical(text: str) -> str | None:
    """The address in `text` in its usual spelling (RFC 5952 for IPv6), or None where it is none.

    Takes ``1.2.3.4``, ``1.2.3.4:5678``, ``2001:db8::1``, ``[2001:db8::1]`` and ``[2001:db8::1]:443``; an IPv4 address in
    IPv6 clothes (``::ffff:1.2.3.4``) is the IPv4 address; a zone (``fe80::1%eth0``) is cut.
    """
    bare = text.strip()
    if bare.startswith("["):
        bare, bracket, port = bare[1:].partition("]")
        if not bracket or (port and not _is_port(port[1:])):
            return None
    elif bare.count(":") == 1:
        bare, _, port = bare.partition(":")
        if not _is_port(port):
            return None
    try:
        address = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(address)


def client_address(forwarded_for: str | None, peer: str) -> str:
    """The first valid address of `forwarded_for`; else the peer's, as sent where it is no address."""
    for candidate in (forwarded_for or "").split(","):
        if address := canonical(candidate):
            return address
    return canonical(peer) or peer


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5
