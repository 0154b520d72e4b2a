"""The questions of the reports that are read from facts: back-end errors, hostile and valid URLs, decoys, flow control, blocks.

Source: contract 7.1 to 7.6. `limit` and `cursor` are an extension, as in the metrics report, and so is `api` of the decoys.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo

from abslake.errors import BadRequest
from abslake.index.attempts import utc_now
from abslake.reports import dates, paging
from abslake.reports.question import PAGE, RANGE, need, parameters, read_flag, read_range
from abslake.settings import Settings

_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TrafficQuestion:
    """What is asked: UTC range ``earlier <= t < later`` in whole minutes, API (None: all), and which page of the details."""

    report: str
    earlier: datetime
    later: datetime
    zone: tzinfo | None
    api: str | None = None
    limit: int = paging.DEFAULT_LIMIT
    offset: int = 0
    details: bool = True
    discovered: str | None = None
    """Name of a discovered API, which is none of the definitions'."""

    @property
    def asked(self) -> str:
        """What a cursor is good for, beside the range."""
        return f"{self.report} {self.api or ''}"

    def next_cursor(self, listed: int, *, more: bool) -> str:
        """The cursor of the page behind one with so many entries; ``""``: there is none."""
        return paging.write_cursor(self.offset + listed, self.asked, self.earlier, self.later) if more else ""


def of_api(report: str, given: Mapping[str, str], settings: Settings) -> TrafficQuestion:
    """A question about one API in a range. Raises BadRequest naming the field."""
    need("api", given)
    return in_range(report, given, settings)


def in_range(report: str, given: Mapping[str, str], settings: Settings) -> TrafficQuestion:
    """A question about one API or all in a range. Raises BadRequest naming the field."""
    earlier, later, zone = read_range(given, settings)
    api = given.get("api")
    limit = paging.read_limit(given.get("limit"))
    offset = paging.read_cursor(given.get("cursor"), f"{report} {api or ''}", earlier, later)
    return TrafficQuestion(report, earlier, later, zone, api, limit, offset)


def across(report: str, given: Mapping[str, str], settings: Settings) -> TrafficQuestion:
    """A question about all APIs in a range, which comes in pages only where `details` are asked for. Raises BadRequest."""
    details = read_flag("details", given)
    for name in PAGE:
        if name in given and not details:
            raise BadRequest(f"{name}: only with details=true", "UNKNOWN_PARAMETER")
    return replace(in_range(report, given, settings), details=details)


def of_newest(report: str, given: Mapping[str, str], settings: Settings) -> TrafficQuestion:
    """A question about one API without a range: of all there is to the end of tomorrow (UTC). Raises BadRequest."""
    need("api", given)
    tomorrow = (utc_now() + timedelta(days=2)).replace(hour=0, minute=0, second=0, microsecond=0)
    return TrafficQuestion(report, _FIRST, tomorrow, dates.zone(settings.timezone), given["api"])


def of_discovered(report: str, given: Mapping[str, str], settings: Settings) -> TrafficQuestion:
    """A question about one discovered API, or a page of the list of all. Raises BadRequest naming the field."""
    name = given.get("api_name")
    for field in PAGE:
        if field in given and name is not None:
            raise BadRequest(f"{field}: only without api_name", "UNKNOWN_PARAMETER")
    limit = paging.read_limit(given["limit"]) if "limit" in given else paging.MAX_LIMIT
    offset = paging.read_cursor(given.get("cursor"), f"{report} ", _FIRST, _FIRST)
    return TrafficQuestion(report, _FIRST, _FIRST, dates.zone(settings.timezone), None, limit, offset, discovered=name)


def of_one_discovered(report: str, given: Mapping[str, str], settings: Settings) -> TrafficQuestion:
    """A question about one discovered API. Raises BadRequest naming the field."""
    need("api_name", given)
    return of_discovered(report, given, settings)


def read(query: str, fields: tuple[str, ...]) -> dict[str, str]:
    """The decoded parameters of a query string that takes `fields`. Raises BadRequest naming the field."""
    return parameters(query, frozenset(fields))


ACROSS = (*RANGE, "details", *PAGE)
OF_NEWEST = ("api",)
OF_DISCOVERED = ("api_name", *PAGE)
OF_ONE_DISCOVERED = ("api_name",)
OF_API = (*RANGE, "api", *PAGE)


def spelled(moment: datetime, question: TrafficQuestion) -> str:
    """A time of facts (UTC, without zone) as the answer spells it."""
    return dates.spell(moment.replace(tzinfo=UTC), question.zone)
