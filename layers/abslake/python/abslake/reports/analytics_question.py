"""The questions of ``/v5/abs/latency`` and ``/v5/abs/top``, which are an extension: a range, and what to group or rank by."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from abslake.detection.findings import IdentifierKind
from abslake.errors import BadRequest
from abslake.reports import paging
from abslake.reports.analytics_models import By, Sort
from abslake.reports.question import PAGE, RANGE, need, read_range
from abslake.reports.traffic_question import TrafficQuestion
from abslake.settings import Settings

Word = TypeVar("Word", bound=StrEnum)


LATENCY = (*RANGE, "api", "by", "kind", "method", "path", *PAGE)
TOP = (*RANGE, "api", "kind", "sort", *PAGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyticsQuestion(TrafficQuestion):
    """What is asked beside range, API and page. Of latency `by`, and requests of this `method` whose path begins with `path`."""

    by: By = By.API
    kind: IdentifierKind | None = None
    method: str | None = None
    path: str | None = None
    sort: Sort = Sort.REQUESTS

    @property
    def asked(self) -> str:
        """What a cursor is good for, beside the range."""
        words = (self.report, self.api, self.by, self.kind, self.method, self.path, self.sort)
        return "\0".join(word or "" for word in words)


def latency(report: str, given: Mapping[str, str], settings: Settings) -> AnalyticsQuestion:
    """The question of ``GET /v5/abs/latency``. Raises BadRequest naming the field."""
    by = one_of(By, "by", given.get("by", By.API))
    if by is By.CLIENT:
        need("kind", given)
    elif "kind" in given:
        raise BadRequest("kind: only with by=client", "UNKNOWN_PARAMETER")
    return _ask(report, given, settings, by, Sort.REQUESTS)


def top(report: str, given: Mapping[str, str], settings: Settings) -> AnalyticsQuestion:
    """The question of ``GET /v5/abs/top``. Raises BadRequest naming the field."""
    need("kind", given)
    return _ask(report, given, settings, By.CLIENT, one_of(Sort, "sort", given.get("sort", Sort.REQUESTS)))


def one_of(words: type[Word], name: str, text: str) -> Word:
    """The word that a parameter holds. Raises BadRequest naming the field."""
    if text not in {*words}:
        raise BadRequest(f"{name}: write one of {', '.join(words)}")
    return words(text)


def _ask(report: str, given: Mapping[str, str], settings: Settings, by: By, sort: Sort) -> AnalyticsQuestion:
    earlier, later, zone = read_range(given, settings)
    kind = one_of(IdentifierKind, "kind", given["kind"]) if "kind" in given else None
    question = AnalyticsQuestion(
        report,
        earlier,
        later,
        zone,
        given.get("api"),
        paging.read_limit(given.get("limit")),
        by=by,
        kind=kind,
        method=given.get("method"),
        path=given.get("path"),
        sort=sort,
    )
    return replace(question, offset=paging.read_cursor(given.get("cursor"), question.asked, earlier, later))
