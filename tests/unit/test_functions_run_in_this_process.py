"""A function's app.py as it is: context, one trip through JSON, the payload limit, its own log."""

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from abslake.dev.functions import FUNCTION_LOG, PAYLOAD_LIMIT, FunctionFailed, Printed, ProcessFunction

APP = """
calls = 0

def handler(event, context):
    global calls
    calls += 1
    if "raise" in event:
        raise KeyError("token1")
    if "big" in event:
        return "x" * event["big"]
    if "set" in event:
        return {1, 2}
    if "print" in event:
        print(event["print"])
    return {"event": event, "name": context.function_name, "calls": calls, "left": context.get_remaining_time_in_millis()}
"""


@pytest.fixture
def function(tmp_path: Path) -> ProcessFunction:
    folder = tmp_path / "metrics"
    folder.mkdir()
    (folder / "app.py").write_text(APP)
    return ProcessFunction(folder)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    FUNCTION_LOG.target = io.StringIO()
    yield FUNCTION_LOG.target
    FUNCTION_LOG.target = None


def test_the_handler_gets_event_and_context(function: ProcessFunction) -> None:
    result = function.invoke({"a": ("é", None)})
    assert (result["event"], result["name"]) == ({"a": ["é", None]}, "metrics")
    assert 0 < result["left"] <= 60_000


def test_a_module_lives_on_between_calls_and_not_between_functions(function: ProcessFunction, tmp_path: Path) -> None:
    function.invoke({})
    assert function.invoke({})["calls"] == 2
    assert ProcessFunction(tmp_path / "metrics").invoke({})["calls"] == 1


def test_an_exception_is_a_failure_whose_message_holds_no_value(function: ProcessFunction, log: io.StringIO) -> None:
    with pytest.raises(FunctionFailed, match=r"^metrics: KeyError$"):
        function.invoke({"raise": 1})
    assert "in handler" in log.getvalue()


def test_a_result_that_is_no_json_is_a_failure(function: ProcessFunction) -> None:
    with pytest.raises(FunctionFailed, match="TypeError"):
        function.invoke({"set": 1})


@pytest.mark.parametrize("event", [{"big": PAYLOAD_LIMIT}, {"text": "x" * PAYLOAD_LIMIT}])
def test_fault_23_payloads_over_six_megabytes_are_refused_either_way(function: ProcessFunction, event: object) -> None:
    with pytest.raises(FunctionFailed, match="over 6291456 bytes"):
        function.invoke(event)  # type: ignore[arg-type]


def test_what_a_function_prints_goes_to_its_log_and_not_to_our_output(
    function: ProcessFunction, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = io.StringIO()
    monkeypatch.setattr(sys, "stdout", Printed(ours))
    function.invoke({"print": "from the function"})
    print("from the command")
    assert log.getvalue() == "from the function\n"
    assert ours.getvalue() == "from the command\n"


def test_a_folder_without_app_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no app\.py"):
        ProcessFunction(tmp_path)
