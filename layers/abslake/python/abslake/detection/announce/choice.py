"""Which findings are to be told now: what is new, and of an attack that goes on no more than one in a while.

A finding is passed over while its subject (attack type, API and client) is quiet: one of the same level, or of an attack,
was told whose time is less than the quiet period away. Times are the findings' own, so that a run that is late, or
repeated, chooses the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from abslake.detection.announce.ledger import Ledger
from abslake.detection.findings import Finding, Level
from abslake.export.disclosure import Disclosure, News


@dataclass(slots=True)
class Chosen:
    """A finding to tell, and what is settled with it."""

    finding: Finding
    reference: str
    subject: str
    news: News
    passed_over: list[tuple[str, Level]] = field(default_factory=list)
    """Findings that are not told because this one is."""

    def settle(self, ledger: Ledger) -> None:
        """It was told."""
        ledger.tell(self.subject, self.finding.level, self.finding.last.timestamp())
        ledger.settle(self.reference, self.finding.level)
        for reference, level in self.passed_over:
            ledger.settle(reference, level)


@dataclass(slots=True)
class Choice:
    """What to tell, most urgent first, and how many findings were passed over."""

    chosen: list[Chosen] = field(default_factory=list)
    quiet: int = 0


def choose(findings: Iterable[Finding], ledger: Ledger, disclosure: Disclosure, quiet: timedelta) -> Choice:
    """What is to be told of `findings`. Those that are passed over for one told earlier are settled in `ledger`."""
    choice = Choice()
    latest: dict[tuple[str, Level], Chosen] = {}
    for finding in sorted(findings, key=_order):
        reference = disclosure.reference(finding)
        if ledger.is_settled(reference, finding.level):
            continue
        subject = disclosure.about(finding)
        told = ledger.last_told(subject)
        rivals = [latest.get((subject, level)) for level in _louder(finding.level)]
        rival = next((each for each in rivals if each and _near(each.finding, finding, quiet)), None)
        if rival:
            rival.passed_over.append((reference, finding.level))
            choice.quiet += 1
        elif _is_quiet(finding, told, quiet):
            ledger.settle(reference, finding.level)
            choice.quiet += 1
        else:
            before = {*told, *(level.value for level in Level if (subject, level) in latest)}
            chosen = Chosen(finding, reference, subject, _news(finding.level, before))
            latest[subject, finding.level] = chosen
            choice.chosen.append(chosen)
    choice.chosen.sort(key=lambda each: each.finding.level is not Level.ATTACK)  # stable: by time within a level
    return choice


def _order(finding: Finding) -> tuple[object, ...]:
    return finding.last, finding.level is not Level.ATTACK, finding.attack_id, finding.api, finding.id


def _louder(level: Level) -> tuple[Level, ...]:
    """Levels that say at least as much."""
    return (Level.ATTACK,) if level is Level.ATTACK else (Level.ATTACK, Level.ANOMALY)


def _near(one: Finding, other: Finding, quiet: timedelta) -> bool:
    return abs(one.last - other.last) < quiet


def _is_quiet(finding: Finding, told: dict[str, float], quiet: timedelta) -> bool:
    moment, seconds = finding.last.timestamp(), quiet.total_seconds()
    return any(abs(moment - told[level]) < seconds for level in _louder(finding.level) if level in told)


def _news(level: Level, before: set[str]) -> News:
    if level in before or (level is Level.ANOMALY and before):
        return News.REPEATED
    return News.RAISED if before else News.NEW
