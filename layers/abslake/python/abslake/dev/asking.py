"""The words of ``abslake report`` become a question."""

from collections.abc import Mapping

from abslake.dev.console import Exit, stop
from abslake.reports import Kind, Question, ask, ask_all
from abslake.settings import Settings

ALL_OF = {"apikeys": Kind.API_KEY, "oauthtokens": Kind.TOKEN, "username": Kind.USERNAME}
"""Reports on all clients of a kind, by the last part of their path. With a value ``username`` is about that one."""


def asked(report: str, value: str | None, given: Mapping[str, str], settings: Settings) -> Question:
    """The question that `report` and `value` name, with the options of `given`. Raises BadRequest."""
    if report in ALL_OF and (value is None or report != Kind.USERNAME):
        if value is not None:
            stop(Exit.USAGE, f"{report} is about all of them and takes no VALUE", "For one, ask token or api-key.")
        return ask_all(ALL_OF[report], given, settings)
    if value is None:
        stop(Exit.USAGE, "VALUE is missing: whom the report is about", f"Write: abslake report {report} VALUE …")
    kind = Kind(report.replace("-", "_"))
    if kind is not Kind.METRICS:
        return ask(kind, value, given, settings)
    if "api" in given:
        stop(Exit.USAGE, "--api: the metrics report takes its API as VALUE", "Write: abslake report metrics API …")
    return ask(kind, "", {**given, "api": value}, settings)
