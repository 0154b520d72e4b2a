"""The findings of a range, and how reports group and spell them.

A list of clients goes by falling number of findings, then by identifier as it is shown; the findings of a client by time.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from abslake.access.mask import Mask
from abslake.detection import found_index
from abslake.detection.findings import ACROSS, WINDOW, Finding, IdentifierKind, Level
from abslake.detection.tuning import Tuning
from abslake.reports import dates, evidence, planner
from abslake.reports.answer import pool
from abslake.reports.attack_question import FindingQuestion
from abslake.reports.found_days import FoundDays
from abslake.reports.question import Question
from abslake.storage import Lake

_AT_ONCE = 32

LISTS = {
    IdentifierKind.IP: ("ips", "ip"),
    IdentifierKind.COOKIE: ("cookies", "cookie"),
    IdentifierKind.TOKEN: ("access_tokens", "access_token"),
    IdentifierKind.API_KEY: ("api_keys", "api_key"),
    IdentifierKind.USERNAME: ("usernames", "username"),
}
"""Kind of client -> key of the list, and of the identifier in its entries (contract 3.5)."""


@dataclass(frozen=True, slots=True)
class Found:
    """A client with its findings by time."""

    kind: IdentifierKind
    shown: str
    findings: Sequence[Finding]

    @property
    def list_key(self) -> str:
        """Key of the list that the client stands in."""
        return LISTS[self.kind][0]

    @property
    def entry(self) -> dict[str, Any]:
        """The identifier under its key, as an entry begins."""
        return {LISTS[self.kind][1]: self.shown}


def findings(question: FindingQuestion, level: Level, lake: Lake) -> list[Finding]:
    """The findings of that level that the question is about, but for those that a reset or the allow-list hides.

    Raises StorageError, SettingsError (damaged tuning).
    """
    tuning = pool().submit(Tuning.load, lake)
    listed = planner.finding_objects(lake, question.earlier, question.later, pool())
    wanted = FoundDays(lake, pool(), listed).to_read(lambda day: day.has_type(question.type, level, question.api))
    keys = [entry.key for entry in wanted]
    asked = [finding for finding in _read(lake, keys) if finding.level is level and _fits(finding, question)]
    return [finding for finding in asked if tuning.result().shows(finding)]


def of_client(question: Question, lake: Lake) -> Sequence[Finding]:
    """The findings about the client that forensics would tell of. Raises StorageError, SettingsError (damaged tuning)."""
    tuning = pool().submit(Tuning.load, lake)
    listed = planner.finding_objects(lake, question.earlier, question.later, pool())
    client = found_index.client(question.kind.value, question.value)
    wanted = FoundDays(lake, pool(), listed).to_read(lambda day: day.has_client(client))
    objects = pool().map(lambda entry: _get(lake, entry.key), wanted)
    return evidence.about(question, objects, tuning.result()).findings


def clients(found: Iterable[Finding], mask: Mask | None) -> list[Found]:
    """The clients of these findings. `mask` hides identifiers, but for addresses."""
    groups: dict[tuple[IdentifierKind, str], list[Finding]] = {}
    for finding in found:
        groups.setdefault((finding.identifier_kind, finding.identifier), []).append(finding)
    several = [
        Found(kind, shown(kind, value, mask), sorted(group, key=lambda one: one.last))
        for (kind, value), group in groups.items()
    ]
    return sorted(several, key=lambda one: (-len(one.findings), one.shown))


def shown(kind: IdentifierKind, value: str, mask: Mask | None) -> str:
    """An identifier as the caller may see it."""
    return value if mask is None or kind is IdentifierKind.IP else mask(value, kind.value)


def access_time(finding: Finding, zone: tzinfo | None) -> str:
    """The time of the last request; across APIs the end of its ten minutes (both as in the documented samples)."""
    last = finding.last
    if finding.api == ACROSS:
        seconds = int(WINDOW.total_seconds())
        last = datetime.fromtimestamp((int(last.timestamp()) // seconds + 1) * seconds, UTC)
    return dates.spell(last, zone)


def by_type(found: Iterable[Finding]) -> list[tuple[int, list[Finding]]]:
    """Findings by attack id, ascending."""
    groups: dict[int, list[Finding]] = {}
    for finding in found:
        groups.setdefault(finding.attack_id, []).append(finding)
    return sorted(groups.items())


def _read(lake: Lake, keys: Sequence[str]) -> Iterator[Finding]:
    """Some objects at once: a range may have hundreds."""
    for start in range(0, len(keys), _AT_ONCE):
        for data in pool().map(lambda key: _get(lake, key), keys[start : start + _AT_ONCE]):
            yield from evidence.read(data)


def _get(lake: Lake, key: str) -> bytes:
    try:
        return lake.get(key)
    except FileNotFoundError:
        return b""  # dropped since it was listed: of a day that is kept no longer


def _fits(finding: Finding, question: FindingQuestion) -> bool:
    return (
        finding.api == (question.api or ACROSS)
        and question.type in (0, finding.attack_id)
        and finding.first < question.later
        and finding.last >= question.earlier
    )
