"""Time-out, crash, exception and payload limit, as the runtime gives them, with the layers attached."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from abslake.dev.emulator import Crashed, EmulatedFunction, HandlerRaised, PayloadTooLarge
from abslake.dev.functions import PAYLOAD_LIMIT, FunctionTimedOut
from tests.support.rie import emulated

APP = """
import os, time
import abslake
def handler(event, context):
    if "sleep" in event:
        time.sleep(event["sleep"])
    if "exit" in event:
        os._exit(event["exit"])
    if "raise" in event:
        raise KeyError(event["raise"])
    if "answer_bytes" in event:
        return "x" * (event["answer_bytes"] - 2)  # the quotes around a JSON string count
    return {"version": abslake.__version__, "secret": os.environ.get("SECRET"), "echo": event}
"""


@pytest.fixture(scope="module")
def function(layers: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatedFunction]:
    code = tmp_path_factory.mktemp("function")
    (code / "app.py").write_text(APP)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SECRET", "of the machine")
        with emulated(code, layers, timeout=1) as running:
            yield running


def test_a_function_sees_its_layers_and_nothing_of_the_machine(function: EmulatedFunction) -> None:
    answer = function.invoke({"text": "ü + %"})

    assert answer == {"version": "0.1.0", "secret": None, "echo": {"text": "ü + %"}}


def test_a_call_past_the_time_out_is_ended_and_the_next_one_works(function: EmulatedFunction) -> None:
    with pytest.raises(FunctionTimedOut, match=r"1\.00 seconds"):
        function.invoke({"sleep": 5})

    assert function.invoke({})["version"]


def test_a_process_that_ends_is_told_from_an_exception_and_the_next_call_works(function: EmulatedFunction) -> None:
    with pytest.raises(Crashed, match="exit status 3"):
        function.invoke({"exit": 3})
    with pytest.raises(HandlerRaised, match="KeyError") as caught:
        function.invoke({"raise": "missing"})

    assert any("app.py" in line for line in caught.value.trace)
    assert function.invoke({})["version"]


def test_an_answer_of_6_mb_passes_and_a_larger_one_is_refused(function: EmulatedFunction) -> None:
    assert len(function.invoke({"answer_bytes": PAYLOAD_LIMIT})) == PAYLOAD_LIMIT - 2

    with pytest.raises(PayloadTooLarge):
        function.invoke({"answer_bytes": PAYLOAD_LIMIT + 1024})


def test_an_event_of_more_than_6_mb_is_refused_before_it_is_cut(function: EmulatedFunction) -> None:
    with pytest.raises(PayloadTooLarge):
        function.invoke("x" * PAYLOAD_LIMIT)
