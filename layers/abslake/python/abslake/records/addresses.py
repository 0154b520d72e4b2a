"""Client addresses: one spelling for one address, and whose X-Forwarded-For names the client.

Sources: contract 9.4 (first address of X-Forwarded-For, else the peer) and its reading (the first *valid* address of the
first such header; a port is cut, ``unknown`` skipped); docs/api-definitions.md ("Address") for trusted proxies.
"""

from bisect import bisect_right
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    collapse_addresses,
    ip_address,
    ip_network,
)

EVERYBODY = "*"
"""As a setting: X-Forwarded-For is believed from everybody."""

Network = IPv4Network | IPv6Network
_MAPPED = IPv6Network("::ffff:0:0/96")


def canonical(text: str) -> str | None:
    """The address in `text` in its usual spelling (RFC 5952 for IPv6), or None where it is none.

    Takes ``1.2.3.4``, ``1.2.3.4:5678``, ``2001:db8::1``, ``[2001:db8::1]`` and ``[2001:db8::1]:443``; an IPv4 address in
    IPv6 clothes (``::ffff:1.2.3.4``) is the IPv4 address; a zone (``fe80::1%eth0``) is cut.
    """
    address = _address(text)
    return str(address) if address else None


def _address(text: str) -> IPv4Address | IPv6Address | None:
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
        return address.ipv4_mapped
    return address


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5


class Believed(Enum):
    """Whose X-Forwarded-For names the client."""

    NOBODY = auto()
    """The client is the peer."""
    PROXIES = auto()
    """Trusted proxies: each entry is believed that such a one has added, from the right."""
    EVERYBODY = auto()
    """The client is the first valid address of the first header, whoever sends it."""


@dataclass(frozen=True)
class ClientAddress:
    """The rule by which a request's client is found."""

    believed: Believed
    proxies: tuple[Network, ...] = ()
    """As `trusted_networks` gives them."""

    def of(self, forwarded_for: str, peer: str) -> str:
        """The client's address; the peer's, as sent where it is no address, if nothing better is known.

        `forwarded_for`: see `abslake.records.record.Record`; empty if there is none.
        """
        if self.believed is Believed.EVERYBODY:
            return _first(forwarded_for) or canonical(peer) or peer
        client = _address(peer)
        if client is None:
            return peer
        if self.believed is Believed.PROXIES:
            client = self._behind(client, forwarded_for)
        return str(client)

    def _behind(self, client: IPv4Address | IPv6Address, forwarded_for: str) -> IPv4Address | IPv6Address:
        """Goes back from proxy to proxy: what a trusted one has added is true, what stands left of that anybody may say."""
        entries = reversed(forwarded_for.replace("\n", ",").split(","))
        for entry in entries:
            if not self._is_trusted(client):
                break
            if not entry.strip():
                continue
            before = _address(entry)
            if before is None:
                break
            client = before
        return client

    def _is_trusted(self, address: IPv4Address | IPv6Address) -> bool:
        firsts, networks = self._sorted[address.version]
        position = bisect_right(firsts, int(address))
        return position > 0 and address in networks[position - 1]

    @cached_property
    def _sorted(self) -> dict[int, tuple[list[int], list[Network]]]:
        """By version: first address of each network, and the networks, ascending."""
        found = {}
        for version in (4, 6):
            networks = [network for network in self.proxies if network.version == version]
            found[version] = ([int(network.network_address) for network in networks], networks)
        return found


def client_address(trusted_proxies: str, *, documented: bool) -> ClientAddress:
    """The rule for a format, by the setting ``trusted_proxies``.

    `documented`: where the setting is empty, the format's own documentation has everybody believed. Raises ValueError
    where the setting is malformed.
    """
    if trusted_proxies.strip() == EVERYBODY:
        return ClientAddress(Believed.EVERYBODY)
    if proxies := trusted_networks(trusted_proxies):
        return ClientAddress(Believed.PROXIES, proxies)
    return ClientAddress(Believed.EVERYBODY if documented else Believed.NOBODY)


def trusted_networks(text: str) -> tuple[Network, ...]:
    """The addresses and networks that are named, separated by commas; ascending, overlapping ones as one.

    Raises ValueError that says which is none.
    """
    networks = [_network(part.strip()) for part in text.split(",") if part.strip()]
    v4 = collapse_addresses(network for network in networks if isinstance(network, IPv4Network))
    v6 = collapse_addresses(network for network in networks if isinstance(network, IPv6Network))
    return (*v4, *v6)


def _network(text: str) -> Network:
    if text == EVERYBODY:
        raise ValueError(f"{EVERYBODY} (everybody) stands alone")
    none = f"{text!r} is neither an address nor a network such as 10.0.0.0/8 or 2001:db8::/32"
    if "%" in text:  # a zone: addresses are compared without
        raise ValueError(none)
    try:
        address, network = ip_address(text.partition("/")[0]), ip_network(text, strict=False)
    except ValueError:
        raise ValueError(none) from None
    if network.network_address != address:
        raise ValueError(f"{text!r} has bits beyond its prefix; write {network}")
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        mapped = int(network.network_address) & 0xFFFF_FFFF
        return IPv4Network((mapped, network.prefixlen - 96))
    return network


def _first(forwarded_for: str) -> str | None:
    found = (canonical(entry) for entry in forwarded_for.partition("\n")[0].split(","))
    return next((address for address in found if address), None)
