"""The reports that are read from facts, as a table: path -> what may be asked, and who answers it.

The function and the command line both come here. Source: contract 7.1 to 7.7.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from abslake.access.mask import Mask
from abslake.records.definitions import Api, Definitions
from abslake.reports import (
    backend_errors,
    blocked_connections,
    decoys,
    discovery_openapi,
    discovery_report,
    flow_control,
    hostile_urls,
    traffic_question,
    valid_urls,
)
from abslake.reports.facts_reading import Reader
from abslake.reports.traffic_question import TrafficQuestion
from abslake.settings import Settings

Answerer = Callable[[TrafficQuestion, Definitions, Reader, Mask | None], BaseModel]


@dataclass(frozen=True, slots=True)
class Call:
    """One report: the parameters it takes, the question they are, and its answer."""

    fields: tuple[str, ...]
    ask: Callable[[str, Mapping[str, str], Settings], TrafficQuestion]
    answer: Answerer
    path: str = ""
    """``""``: that of its name below ``/v4/abs/``."""


def _of_api(report: Callable[[TrafficQuestion, Api, Reader, Mask | None], BaseModel]) -> Answerer:
    """A report on the API that is asked for."""
    return lambda question, definitions, reader, mask: report(
        question, definitions.apis[question.api or ""], reader, mask
    )


def _blocked_connections(question: TrafficQuestion, _: Definitions, reader: Reader, mask: Mask | None) -> BaseModel:
    return blocked_connections.report(question, reader, mask)


CALLS: Mapping[str, Call] = {
    "be": Call(traffic_question.OF_API, traffic_question.of_api, _of_api(backend_errors.report)),
    "hackersurl": Call(traffic_question.OF_API, traffic_question.of_api, _of_api(hostile_urls.report)),
    "validurl": Call(traffic_question.OF_NEWEST, traffic_question.of_newest, _of_api(valid_urls.report)),
    "decoy": Call(traffic_question.OF_API, traffic_question.in_range, decoys.report),
    "flowcontrol": Call(traffic_question.OF_API, traffic_question.of_api, _of_api(flow_control.report)),
    "bc": Call(traffic_question.ACROSS, traffic_question.across, _blocked_connections),
    "discovery": Call(traffic_question.OF_DISCOVERED, traffic_question.of_discovered, discovery_report.report),
    "discovery-openapi": Call(
        traffic_question.OF_ONE_DISCOVERED,
        traffic_question.of_one_discovered,
        discovery_openapi.report,
        "/v5/abs/discovery/openapi",
    ),
}
"""Name -> report; most are the last part of their path."""

API_IS_OPTIONAL = frozenset({"decoy", "discovery"})
"""Reports of one API or of all."""


def path_of(name: str) -> str:
    """The path of a report."""
    return CALLS[name].path or f"/v4/abs/{name}"


def question_of(name: str, given: Mapping[str, str], settings: Settings) -> TrafficQuestion:
    """The question of a report from decoded parameters. Raises BadRequest naming the field."""
    return CALLS[name].ask(name, given, settings)
