"""The client's address in SQL, where it is a plain IPv4 one; all others are found out once per distinct text.

What is given here must be what `abslake.records.addresses.ClientAddress` gives for the same request.
"""

from ipaddress import IPv4Network

from abslake.records.addresses import Believed, ClientAddress

_OCTET = r"(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
IPV4 = rf"{_OCTET}(\.{_OCTET}){{3}}"

_MOST_NETWORKS = 200
"""IPv4 networks in one pattern at most; each has 128 numbers in it at worst."""


def nearest_sql(client: ClientAddress) -> str:
    """A text that is the client's address if it is a plain IPv4 one (`IPV4`); NULL where that takes a closer look."""
    if client.believed is Believed.NOBODY:
        return "peer"
    if client.believed is Believed.EVERYBODY:
        return """CASE WHEN coalesce(forwarded_for, '') = '' THEN peer
                WHEN contains(forwarded_for, ',') OR contains(forwarded_for, ' ') THEN trim(split_part(forwarded_for, ',', 1))
                ELSE forwarded_for END"""
    networks = [network for network in client.proxies if isinstance(network, IPv4Network)]
    if not 0 < len(networks) <= _MOST_NETWORKS:
        return "CASE WHEN coalesce(forwarded_for, '') = '' THEN peer END"
    trusted = f"regexp_full_match({{}}, '{'|'.join(map(_pattern, networks))}')"
    # The last entry that is no trusted IPv4 address: all that stands right of it was added by trusted proxies.
    last = f"list_filter(string_split(forwarded_for, ','), lambda entry: NOT {trusted.format('trim(entry)')})[-1]"
    return f"""CASE WHEN coalesce(forwarded_for, '') = '' OR NOT coalesce({trusted.format("peer")}, false) THEN peer
                ELSE trim(coalesce({last}, split_part(forwarded_for, ',', 1))) END"""


def raw_sql(client: ClientAddress) -> str:
    """``<length>:<X-Forwarded-For><peer>``, from which the address is found out."""
    if client.believed is Believed.NOBODY:
        return "'0:' || peer"
    return "length(coalesce(forwarded_for, ''))::VARCHAR || ':' || coalesce(forwarded_for, '') || coalesce(peer, '')"


def _pattern(network: IPv4Network) -> str:
    """A regular expression of the addresses of a network."""
    firsts, lasts = (str(network[n]).split(".") for n in (0, -1))
    octets = [_numbers(int(first), int(last)) for first, last in zip(firsts, lasts, strict=True)]
    return r"\.".join(octets)


def _numbers(first: int, last: int) -> str:
    if (first, last) == (0, 255):
        return _OCTET
    return str(first) if first == last else f"({'|'.join(map(str, range(first, last + 1)))})"
