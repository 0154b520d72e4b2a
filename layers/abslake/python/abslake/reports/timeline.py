"""Compose the answer of ``GET /v5/abs/timeline``: what one client did, hour by hour.

The index tells the hours, facts of these hours tell the rest: so a year of a client that comes now and then is cheap, and
each count is what a plain count of the facts gives. A page ends early where its facts would be more than a report may read.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import merge
from itertools import groupby
from typing import Any

import duckdb

from abslake.detection.findings import Finding, IdentifierKind
from abslake.facts import schema
from abslake.records.definitions import Definitions
from abslake.reports import answer, client_hours, dates, facts_reading, found, paging, planner
from abslake.reports import investigation_models as models
from abslake.reports.facts_reading import Facts, Reader
from abslake.reports.forensic_models import Summary
from abslake.reports.question import PAGE, RANGE, SELECTORS, Kind, Question, ask, parameters, selected
from abslake.settings import Settings
from abslake.storage import Entry

PATH = "/v5/abs/timeline"
FIELDS = (*RANGE, *SELECTORS, *PAGE)
_SHOWN_ADDRESSES = 10
_HOUR, _MINUTE = timedelta(hours=1), timedelta(minutes=1)
_FIRST = datetime(1000, 1, 1, tzinfo=UTC)  # as in plans: earlier years would not sort as names

_COLUMNS = """date_trunc('hour', minute) AS hour, api, ip, sum(requests)::BIGINT AS requests,
    coalesce(sum(requests) FILTER (status BETWEEN 400 AND 499), 0)::BIGINT AS client_errors,
    coalesce(sum(requests) FILTER (status BETWEEN 500 AND 599), 0)::BIGINT AS server_errors,
    coalesce(sum(requests) FILTER (status IS NULL), 0)::BIGINT AS unanswered"""
_COUNTS = ("requests", "client_errors", "server_errors", "unanswered", "ip_count")
_TOTALS = """
    SELECT hour, sum(requests)::BIGINT, sum(client_errors)::BIGINT, sum(server_errors)::BIGINT, sum(unanswered)::BIGINT,
        count(DISTINCT ip) FROM found GROUP BY hour
"""
_RANKED = """
    SELECT hour, {column}, sum(requests)::BIGINT AS total FROM found GROUP BY hour, {column}
    QUALIFY row_number() OVER (PARTITION BY hour ORDER BY total DESC, {column}) <= {most} ORDER BY hour, total DESC, {column}
"""

Hours = Mapping[datetime, Any]


@dataclass(frozen=True, slots=True)
class TimelineQuestion:
    """Whose timeline is asked for, and the page: so many hours from the `offset`-th of the range on."""

    client: Question
    limit: int
    offset: int

    @property
    def first_hour(self) -> datetime:
        """The hour that the page begins with, at the earliest."""
        begin = _hour_of(self.client.earlier)
        return begin + min(self.offset, (self.client.later - begin) // _HOUR) * _HOUR

    def cursor(self, hour: datetime) -> str:
        """The cursor of the page that begins with `hour`."""
        offset = (hour - _hour_of(self.client.earlier)) // _HOUR
        return paging.write_cursor(offset, _asked(self.client), self.client.earlier, self.client.later)


def question(query: str, settings: Settings) -> TimelineQuestion:
    """The question of ``GET /v5/abs/timeline``: exactly one selector. Raises BadRequest naming the field."""
    given = parameters(query, frozenset(FIELDS))
    return ask_of(*selected(given), given, settings)


def ask_of(kind: Kind, value: str, given: Mapping[str, str], settings: Settings) -> TimelineQuestion:
    """The same from decoded parts. Raises BadRequest naming the field."""
    client = ask(kind, value, {name: given[name] for name in RANGE if name in given}, settings)
    limit = paging.read_limit(given.get("limit"))
    offset = paging.read_cursor(given.get("cursor"), _asked(client), client.earlier, client.later)
    return TimelineQuestion(client, limit, offset)


def report(asked: TimelineQuestion, reader: Reader) -> models.TimelineReport:
    """The page that is asked for. Raises BadRequest (``RANGE_TOO_LARGE``), StorageError, SettingsError (damaged tuning)."""
    client = asked.client
    forensics = answer.report(client, reader.lake, reader.settings, Definitions({}), account=reader.account)
    summary = Summary.model_validate(forensics.model_dump(include={"summary"})["summary"])
    findings = _by_hour(client, found.of_client(client, reader.lake))
    return facts_reading.begun_again(lambda: _page(asked, reader, summary, findings))


def _page(asked: TimelineQuestion, reader: Reader, summary: Summary, findings: Hours) -> models.TimelineReport:
    """The page. Raises FileNotFoundError (begin again), otherwise as `report`."""
    client = asked.client
    hours, following = _hours(asked, reader, findings)
    units = _units(hours, reader)
    kept = _affordable(hours, units, reader.settings.report_budget_bytes)
    shown = _entries(client, kept, [unit for hour in kept for unit in units.get(hour, ())], reader, findings)
    next_hour = following if len(kept) == len(hours) else hours[len(kept)]
    return models.TimelineReport(
        earlier_date=dates.spell(client.earlier, client.zone),
        later_date=dates.spell(client.later, client.zone),
        kind=IdentifierKind(client.kind.value),
        client=client.value,
        summary=summary,
        hours=shown,
        next_cursor=asked.cursor(next_hour) if next_hour else "",
    )


def _asked(client: Question) -> str:
    return f"timeline {client.kind} {client.value}"


def _hour_of(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _by_hour(client: Question, findings: Iterable[Finding]) -> Mapping[datetime, list[Finding]]:
    """Each finding in the hour of its last request; one that goes on beyond the range, in the last hour of it."""
    hours: dict[datetime, list[Finding]] = defaultdict(list)
    for finding in findings:
        hours[_hour_of(max(client.earlier, min(finding.last, client.later - _MINUTE)))].append(finding)
    return hours


def _hours(asked: TimelineQuestion, reader: Reader, findings: Hours) -> tuple[list[datetime], datetime | None]:
    """The hours of the page, and the first of the next. Raises FileNotFoundError (begin again)."""
    begin = max(asked.first_hour, _FIRST)
    if begin >= asked.client.later:
        return [], None
    of_findings = iter(sorted(hour for hour in findings if hour >= begin))
    some: list[datetime] = []
    for hour in _merged(client_hours.hours(reader, asked.client, begin), of_findings):
        if len(some) == asked.limit:
            return some, hour
        some.append(hour)
    return some, None


def _merged(one: Iterator[datetime], other: Iterator[datetime]) -> Iterator[datetime]:
    """Both in order, what is in both once."""
    return (hour for hour, _ in groupby(merge(one, other)))


def _units(hours: Sequence[datetime], reader: Reader) -> dict[datetime, list[Entry]]:
    """The units of facts of these hours."""
    if not hours:
        return {}
    wanted = set(hours)
    units: dict[datetime, list[Entry]] = defaultdict(list)
    for unit in planner.fact_units(reader.lake, hours[0], hours[-1] + _HOUR, answer.pool()):
        hour = schema.hour_of(unit.key)
        if hour in wanted:
            units[hour].append(unit)
    return units


def _affordable(hours: Sequence[datetime], units: Mapping[datetime, list[Entry]], most: int) -> list[datetime]:
    """The first hours whose facts are within the budget. Raises BadRequest where those of the first alone are not."""
    size = 0
    kept: list[datetime] = []
    for hour in hours:
        size += sum(unit.size for unit in units.get(hour, ()))
        if kept and size > most:
            break
        kept.append(hour)
    facts_reading.check_budget([unit for hour in kept for unit in units.get(hour, ())], most)
    return kept


def _entries(
    client: Question, hours: Sequence[datetime], units: Sequence[Entry], reader: Reader, findings: Hours
) -> list[models.TimelineHour]:
    if not hours:
        return []
    facts = Facts(
        max(client.earlier, hours[0]),
        min(client.later, hours[-1] + _HOUR),
        _COLUMNS,
        f"{client.kind} = $value AND api IS NOT NULL",
        given={"value": client.value},
    )
    with facts_reading.found(reader, facts, units) as connection:
        totals = {row[0].replace(tzinfo=UTC): row[1:] for row in connection.execute(_TOTALS).fetchall()}
        apis = _ranked(connection, "api")
        ips = _ranked(connection, "ip", _SHOWN_ADDRESSES)
    nothing = (0,) * len(_COUNTS)
    return [
        models.TimelineHour(
            hour=dates.spell(hour, client.zone),
            **dict(zip(_COUNTS, totals.get(hour, nothing), strict=True)),
            apis=apis.get(hour, {}),
            ips=ips.get(hour, {}),
            findings=_shown(findings.get(hour, ())),
        )
        for hour in hours
        if hour in totals or hour in findings  # the index tells of minutes that the range may cut off
    ]


def _ranked(connection: duckdb.DuckDBPyConnection, column: str, most: int = 2**31) -> dict[datetime, dict[str, int]]:
    found: dict[datetime, dict[str, int]] = defaultdict(dict)
    for hour, name, requests in connection.execute(_RANKED.format(column=column, most=most)).fetchall():
        found[hour.replace(tzinfo=UTC)][name] = requests
    return found


def _shown(findings: Iterable[Finding]) -> list[models.HourFinding]:
    counts = Counter((one.attack_id, one.level, one.api, one.name) for one in findings)
    return [
        models.HourFinding(attack_id=attack_id, name=name, level=level, api=api, windows=windows)
        for (attack_id, level, api, name), windows in sorted(counts.items())
    ]
