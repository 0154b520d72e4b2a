"""What users have set about detection, as judging and the reports ask it.

Set by `abslake.detection.tuning_changes`; kept by `abslake.detection.tuning_store`. Source: contract 6 (thresholds), 7.10
(reset), 7.11 (attack status); the allow-list is an extension.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from abslake.detection import tuning_store
from abslake.detection.findings import Finding, IdentifierKind
from abslake.detection.tuning_store import ALL, Benign, Document, Switch, UserThreshold
from abslake.storage import Lake

OFF_BY_DEFAULT = frozenset({23})
"""Types that are off until somebody switches them on (contract 7.11); the detectors say the same, and a test."""

_Network = IPv4Network | IPv6Network


@dataclass(frozen=True)
class Tuning:
    """One state of the tuning; never changes. Without any, all is at its default."""

    document: Document = field(default_factory=Document, repr=False)

    @classmethod
    def load(cls, lake: Lake) -> "Tuning":
        """The state in the lake. One request. Raises SettingsError (damaged object), StorageError."""
        return cls(tuning_store.read(lake)[0])

    def threshold(self, api: str, attack_id: int, variable: str) -> tuple[int | None, int | None]:
        """Tn and Tx that a user has set for an API ("all": a type across APIs), on the variable's scale.

        Both None: not set, what was learned counts. Tx None beside a Tn: the learned Tx counts, where there is one.
        """
        found = self.thresholds.get((api, attack_id, variable))
        return (found.tn, found.tx) if found else (None, None)

    @cached_property
    def thresholds(self) -> Mapping[tuple[str, int, str], UserThreshold]:
        """All thresholds of users, by API (or "all"), attack id and letter of the variable."""
        return {(one.scope, one.attack_id, one.variable): one for one in self.document.thresholds}

    def enabled(self, attack_id: int) -> bool:
        """Whether clients are judged by this type. What it needs goes on being learned while it is off."""
        switch = self.switches.get(attack_id)
        return switch.enabled if switch else attack_id not in OFF_BY_DEFAULT

    @cached_property
    def switches(self) -> Mapping[int, Switch]:
        """The types that somebody has switched, by attack id."""
        return {one.attack_id: one for one in self.document.switches}

    def reset_at(self, api: str) -> datetime | None:
        """When the API's training was last reset: what was learned or found of earlier windows counts no more."""
        return self._resets.get(api)

    @cached_property
    def _resets(self) -> Mapping[str, datetime]:
        return {one.api: one.when for one in self.document.resets}

    def benign(self, kind: IdentifierKind, identifier: str, attack_id: int, api: str, at: datetime) -> bool:
        """Whether an allow-list entry covers the client for this type and API ("all": across APIs) at that moment.

        An entry for all APIs covers findings of each API and across APIs; one for an API covers that API's findings only.
        `identifier` is spelled as in the facts.
        """
        return any(
            entry.attack_id in (ALL, attack_id) and entry.api in (ALL, api) and entry.covers(at)
            for entry in self._entries(kind, identifier)
        )

    def shows(self, finding: Finding) -> bool:
        """Whether reports show the finding: not of before the API's reset, and not covered by the allow-list."""
        at = finding.window or finding.first
        return self.shows_at(finding.identifier_kind, finding.identifier, finding.attack_id, finding.api, at)

    def shows_at(self, kind: IdentifierKind, identifier: str, attack_id: int, api: str, at: datetime) -> bool:
        """As `shows`, of a finding of this client, type and API whose window begins then."""
        reset = self.reset_at(api)
        return (reset is None or at >= reset) and not self.benign(kind, identifier, attack_id, api, at)

    def _entries(self, kind: IdentifierKind, identifier: str) -> Iterable[Benign]:
        yield from self._exact.get((kind, identifier), ())
        if kind is not IdentifierKind.IP or not self._networks:
            return
        try:
            address = ip_address(identifier)
        except ValueError:
            return
        whole = int(address)
        for (version, prefix), networks in self._networks.items():
            if version == address.version:
                yield from networks.get(whole >> (address.max_prefixlen - prefix), ())

    @cached_property
    def _exact(self) -> Mapping[tuple[IdentifierKind, str], list[Benign]]:
        found: dict[tuple[IdentifierKind, str], list[Benign]] = {}
        for entry in self.document.benign:
            if _network(entry) is None:
                found.setdefault((entry.kind, entry.value), []).append(entry)
        return found

    @cached_property
    def _networks(self) -> Mapping[tuple[int, int], Mapping[int, list[Benign]]]:
        """IP version and prefix length -> leading bits -> entries: an address is looked up once a prefix length."""
        found: dict[tuple[int, int], dict[int, list[Benign]]] = {}
        for entry in self.document.benign:
            if network := _network(entry):
                bits = int(network.network_address) >> (network.max_prefixlen - network.prefixlen)
                found.setdefault((network.version, network.prefixlen), {}).setdefault(bits, []).append(entry)
        return found


def _network(entry: Benign) -> _Network | None:
    return ip_network(entry.value) if entry.kind is IdentifierKind.IP and "/" in entry.value else None
