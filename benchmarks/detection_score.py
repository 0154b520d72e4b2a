"""What findings are worth beside the labels: matched, missed, false."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from tests.traffic_simulator import Label

SLACK = 20 * 60
"""A finding belongs to an attack that took place within so many seconds of it."""

WINDOW = 600

FAMILIES: Mapping[str, frozenset[int]] = {
    "taking data": frozenset({1, 21, 25, 26, 27, 28, 39}),
    "logins": frozenset({2, 3, 29, 34, 35}),
    "stolen identifiers": frozenset({4, 16, 17, 31}),
    "writing": frozenset({5, 6, 14, 15, 40}),
    "too much": frozenset({7, 9, 10, 11, 12, 22, 23, 24}),
    "probing": frozenset({8, 18, 19, 20, 29, 32, 33, 34, 35}),
    "injection": frozenset({37, 40, 41}),
    "misuse": frozenset({36, 38}),
    "rules": frozenset({100, 101}),
}
"""Types that one attack may well show the marks of together: finding another one of the family is nearly as good."""


@dataclass(frozen=True, slots=True)
class Found:
    """A finding of ours or of a peer (which knows no types: 0). Times in seconds since the epoch."""

    attack_id: int
    is_attack: bool
    kind: str
    identifier: str
    api: str
    first: float
    last: float
    known_at: float
    """When it could be known: the end of the window that it was found in."""
    why: str = ""
    """Measured values and thresholds, for people."""

    @property
    def alarm(self) -> tuple[int, str, str, str]:
        """Findings of window after window are one alarm."""
        return self.attack_id, self.api, self.kind, self.identifier


@dataclass(slots=True)
class Instance:
    """One labelled attack and when it was found, in minutes after its start; absent: it was not."""

    label: Label
    minutes: dict[str, float] = field(default_factory=dict)
    """exact, family, any: at attack level; anomaly: of the type, at any level."""


@dataclass(slots=True)
class Score:
    """A seed's (or several seeds') result of one detection."""

    instances: list[Instance] = field(default_factory=list)
    clients: int = 0
    """People and programs that came in the judged day, each once, however many identifiers they have: client-days."""
    true_alarms: int = 0
    """At attack level; a botnet counts once for each type found of it."""
    true_in_family: int = 0
    false_alarms: Counter[int] = field(default_factory=Counter)
    """By attack type, at attack level."""
    false_anomalies: Counter[int] = field(default_factory=Counter)
    """By attack type, at any level."""
    unmatched: list[Found] = field(default_factory=list)
    """Findings at attack level that belong to no attack."""

    def add(self, other: "Score") -> None:
        """Another seed's."""
        self.instances += other.instances
        self.clients += other.clients
        self.true_alarms += other.true_alarms
        self.true_in_family += other.true_in_family
        self.unmatched += other.unmatched
        self.false_alarms.update(other.false_alarms)
        self.false_anomalies.update(other.false_anomalies)

    def recall(self, variant: str, how: str, attack_id: int | None = None) -> tuple[int, int]:
        """Found and all."""
        chosen = self.of(variant, attack_id)
        return sum(how in one.minutes for one in chosen), len(chosen)

    def of(self, variant: str, attack_id: int | None = None) -> list[Instance]:
        """The attacks of a variant, and of a type."""
        return [
            one
            for one in self.instances
            if one.label.variant == variant and (attack_id is None or one.label.attack_id == attack_id)
        ]

    def minutes(self, how: str = "exact", attack_id: int | None = None) -> float | None:
        """The median time to detection."""
        times = [
            one.minutes[how]
            for one in self.instances
            if how in one.minutes and (attack_id is None or one.label.attack_id == attack_id)
        ]
        return median(times) if times else None

    @property
    def precision(self) -> float:
        """Of the alarms at attack level those that are true; 1 where there is none."""
        false = sum(self.false_alarms.values())
        return self.true_alarms / (self.true_alarms + false) if self.true_alarms + false else 1.0

    def per_100_000(self, alarms: Mapping[int, int], attack_id: int | None = None) -> float:
        """False alarms per 100,000 clients and day."""
        count = sum(alarms.values()) if attack_id is None else alarms.get(attack_id, 0)
        return count / self.clients * 100_000 if self.clients else 0.0


_STRANGERS = 2


def _distance(one: int, other: int) -> int:
    """0: two types are the same; 1: of one family; 2: strangers."""
    if one == other:
        return 0
    return 1 if any(one in family and other in family for family in FAMILIES.values()) else _STRANGERS


def score(findings: Iterable[Found], labels: Sequence[Label], judged_from: float, clients: int) -> Score:
    """The score of a seed. Findings that end before the judged day count for nothing."""
    judged = [label for label in labels if not label.training]
    instances = {label.number: Instance(label) for label in judged}
    by_identifier = defaultdict(list)
    for label in judged:
        for pair in label.identifiers:
            by_identifier[pair].append(label)
    true, false = [], []
    for found in findings:
        if found.last < judged_from:
            continue
        meant = [label for label in by_identifier[found.kind, found.identifier] if _meets(found, label)]
        for label in meant:
            _note(instances[label.number], found)
        if not meant:
            false.append(found)
        elif found.is_attack:
            true.append((min(meant, key=lambda label, found=found: _distance(label.attack_id, found.attack_id)), found))
    unmatched = [found for found in false if found.is_attack]
    alarms = {(label, found.attack_id, found.api, found.kind) for label, found in true}
    return Score(
        list(instances.values()),
        clients,
        true_alarms=len(alarms),
        true_in_family=sum(_distance(label.attack_id, attack_id) < _STRANGERS for label, attack_id, *_ in alarms),
        false_alarms=Counter(attack_id for attack_id, *_ in {found.alarm for found in unmatched}),
        false_anomalies=Counter(attack_id for attack_id, *_ in {found.alarm for found in false}),
        unmatched=unmatched,
    )


def _meets(found: Found, label: Label) -> bool:
    return found.first <= label.end + SLACK and found.last >= label.start - SLACK


def _note(instance: Instance, found: Found) -> None:
    label = instance.label
    ways = []
    if found.attack_id == label.attack_id:
        ways.append("anomaly")
    if found.is_attack:
        ways.append("any")
        if found.attack_id == label.attack_id:
            ways.append("exact")
        if _distance(found.attack_id, label.attack_id) < _STRANGERS:
            ways.append("family")
    minutes = max(0.0, (found.known_at - label.start) / 60)
    for way in ways:
        instance.minutes[way] = min(minutes, instance.minutes.get(way, minutes))
