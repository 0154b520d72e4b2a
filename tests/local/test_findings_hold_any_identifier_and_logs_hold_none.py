"""Identifiers stand in findings as they are, however odd, and nowhere in logs and errors; of too many findings some are kept."""

import logging
import traceback
from collections.abc import Iterator
from hashlib import sha256

import duckdb
import pytest

from abslake.detection import activity, judging, model, tuning_store, windows, work
from abslake.detection.findings import key as findings_key
from abslake.errors import AbslakeError, StorageError
from abslake.facts.signals import Signal
from abslake.storage import Lake
from tests.support.facts import fact
from tests.support.training import (
    HOUR,
    START,
    TEN,
    TIMES,
    add,
    few,
    findings,
    judged,
    ordinary,
    rule_breaking,
    theft,
    trained_lake,
)
from tests.support.upkeep import copy_of, keys

AFTER = START + HOUR
KINDS = ("token", "api_key", "cookie")
ODD = [
    "' OR 1=1 --",
    'a"b\\"c',
    "two\nlines\r\nor three",
    "nul\0inside\0",
    "x" * 8_192,
    "\U0001f600 \U0010ffff é \u2028 \ufeff",
    "\t\x01\x1f\x7f ",
    "null",
    "",
]
SECRET, NEXT = "s3cr3t-token", "next"


@pytest.fixture(scope="module", autouse=True)
def few_detectors() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(work, "detectors", few)
        yield


def injections(identifier: str, kind: str = "token", requests: int = 9) -> dict[str, object]:
    ip = "203.0.113.1"
    return fact(START, ip=ip, signals=int(Signal.SQL), requests=requests, status=400, **{kind: identifier})


def test_findings_hold_any_identifier_exactly_and_stay_when_they_are_read_again() -> None:
    # GIVEN clients known by odd identifiers of each kind
    lake = Lake("memory:")
    add(lake, "odd", *(injections(odd, kind) for kind in KINDS for odd in ODD))

    # WHEN they are judged, and the day's findings are read and written again
    for window in (START, START + TEN):
        add(lake, f"{window}", rule_breaking(window, "203.0.113.2"))
        judged(lake, window)

    # THEN all are there, character by character
    found = {(one.identifier_kind.value, one.identifier) for one in findings(lake) if one.attack_id == 41}
    assert found == {(kind, odd) for kind in KINDS for odd in ODD} | {("ip", "203.0.113.2")}
    assert len(lake.get(findings_key(START)).splitlines()) == len(findings(lake))


def test_of_too_many_findings_those_that_deviate_most_are_kept_and_the_others_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(judging, "MOST_FINDINGS", 3)
    lake = Lake("memory:")
    add(lake, "many", *(injections(f"t{n}", requests=n + 1) for n in range(8)))
    add(lake, "one", injections("k", "api_key"))

    summary = judged(lake, START)

    of_tokens = {one.identifier for one in findings(lake) if one.attack_id == 41 and one.identifier_kind == "token"}
    assert (of_tokens, summary.dropped) == ({"t5", "t6", "t7"}, 5)
    assert any(one.identifier == "k" for one in findings(lake))
    assert windows.read(lake, f"{START:%Y-%m-%d}").windows["0800"].dropped == 5


@pytest.fixture(scope="module")
def ready() -> Lake:
    """A lake that was judged up to a model, with a client whose identifier is secret; and facts of the next window."""
    lake = trained_lake()
    add(lake, "after", *ordinary([AFTER]), {**theft(AFTER, "198.51.100.3"), "token": SECRET})
    judged(lake, AFTER)
    add(lake, NEXT, {**rule_breaking(AFTER + TEN, "198.51.100.4"), "token": SECRET})
    return lake


def unit(lake: Lake) -> str:
    """The unit of the window that was not judged."""
    (found,) = [key for key in keys(lake, "facts/") if sha256(NEXT.encode()).hexdigest()[:20] in key]
    return found


def newest(lake: Lake) -> str:
    return f"{model.PREFIX}{model.keys(lake)[-1]}/"


def damaged(lake: Lake, what: str) -> str:
    """Damage an object; its key."""
    text = f'{{"{SECRET}": "{SECRET}", "thresholds": "{SECRET}", "as_of": "{SECRET}", "benign": [{{"value": "{SECRET}"}}]}}'
    at = {
        "unit": unit(lake),
        "model": newest(lake) + "model.json",
        "habits": newest(lake) + "habits.json",
        "profiles": newest(lake) + "profiles.parquet",
        "calls": newest(lake) + "calls.parquet",
        "tuning": tuning_store.KEY,
        "ledger": windows.key(f"{START:%Y-%m-%d}"),
        "history": work.HISTORY,
        "again": windows.AGAIN,
        "findings": findings_key(START),
        "activity": activity.key(AFTER),
    }[what]
    lake.put(at, text.encode())
    return at


NAMED = ("unit", "model", "habits", "profiles", "calls", "tuning")
MADE_AGAIN = ("findings", "activity", "ledger", "history", "again")


@pytest.mark.parametrize("what", [*NAMED, *(MADE_AGAIN if TIMES > 1 else MADE_AGAIN[:2])])
def test_a_damaged_object_is_named_or_made_again_and_no_identifier_is_told(
    ready: Lake, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    lake, told = copy_of(ready), ""
    key = damaged(lake, what)
    with caplog.at_level(logging.DEBUG):
        try:
            judged(lake, AFTER + TEN)
        except AbslakeError as error:
            told = "".join(traceback.format_exception(error))
    assert SECRET not in told + caplog.text
    assert (key in told) is (what in NAMED)
    if what not in NAMED:
        assert SECRET in {one.identifier for one in findings(lake) if one.attack_id == 41}


def test_what_the_engine_quotes_is_not_told(
    ready: Lake, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def convert(engine: duckdb.DuckDBPyConnection, *_: object) -> None:
        engine.execute(f"SELECT '{SECRET}'::INTEGER")

    monkeypatch.setattr(activity, "measure", convert)
    with caplog.at_level(logging.DEBUG), pytest.raises(StorageError, match="ConversionException") as error:
        judged(copy_of(ready), AFTER + TEN)
    assert SECRET not in "".join(traceback.format_exception(error.value)) + caplog.text
