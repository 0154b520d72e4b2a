"""The reports of ``/v5/abs/latency`` and ``/v5/abs/top`` as a table: path -> what may be asked, and who answers it.

The function and the command line both come here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from abslake.access.mask import Mask
from abslake.reports import analytics_question, latency, top
from abslake.reports.analytics_question import AnalyticsQuestion
from abslake.reports.facts_reading import Reader
from abslake.settings import Settings


@dataclass(frozen=True, slots=True)
class Call:
    """One report: the parameters it takes, the question they are, and its answer."""

    fields: tuple[str, ...]
    ask: Callable[[str, Mapping[str, str], Settings], AnalyticsQuestion]
    answer: Callable[[AnalyticsQuestion, Reader, Mask | None], BaseModel]


CALLS: Mapping[str, Call] = {
    "latency": Call(analytics_question.LATENCY, analytics_question.latency, latency.report),
    "top": Call(analytics_question.TOP, analytics_question.top, top.report),
}
"""Last part of the path below ``/v5/abs/`` -> report."""


def path_of(name: str) -> str:
    """The path of a report."""
    return f"/v5/abs/{name}"
