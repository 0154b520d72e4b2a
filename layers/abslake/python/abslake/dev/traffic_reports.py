"""``abslake report be`` and the other reports that are summed from facts, from a lake on standard output."""

from collections.abc import Mapping
from time import perf_counter

from abslake.dev import explain, lakes
from abslake.dev.console import console, mistakes, write_json
from abslake.errors import BadRequest, NotFound
from abslake.records.definitions import load
from abslake.reports import Account
from abslake.reports.facts_reading import Reader
from abslake.reports.traffic_calls import CALLS, question_of


def answer(name: str, words: Mapping[str, object], lake: str, *, explained: bool) -> None:
    """Print the answer to a report. `words`: what was said of its parameters; None: nothing."""
    given = {field: str(word) for field, word in words.items() if word is not None}
    with mistakes():
        for field in given:
            if field not in CALLS[name].fields:
                raise BadRequest(f"{field}: the report {name} does not take it", "UNKNOWN_PARAMETER")
        settings = lakes.from_environment()
        question = question_of(name, given, settings)
        store = lakes.open_lake(lake, create=False)
        definitions = load(store)
        for fault in definitions.rejected:
            console.print(f"[bold yellow]rejected:[/] {fault}")
        if question.api is not None and question.api not in definitions.apis:
            raise NotFound("api: there is no API of this name", "UNKNOWN_API")
        reader, started = Reader(store, settings, Account()), perf_counter()
        document = CALLS[name].answer(question, definitions, reader, None)
        seconds = perf_counter() - started
        write_json(document.model_dump_json(indent=2))
    if explained:
        explain.show(reader.account, seconds)
