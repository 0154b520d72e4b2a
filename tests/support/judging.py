"""Lakes of facts to be judged: some clients of a shop around midnight, attackers among them, and a model that was learned."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from abslake.detection import model
from abslake.detection.model import Learned, Model, Training
from abslake.detection.run import Summary, run
from abslake.facts.signals import Signal
from abslake.settings import Settings
from abslake.storage import Lake
from tests.support.facts import at, fact, write_facts

START = at("2026-03-01T23:40")
END = at("2026-03-02T00:20")
NOW = END + timedelta(minutes=5)
SETTINGS = Settings(threads=1)
THIEF, ROBOT, ODD = "198.51.100.66", "198.51.100.7", 'it\'s "odd"\n\r\t\\ \x1f é\u2028 ' + "x" * 8_000
"""Takes much data out; injects; an identifier with all that may go wrong."""


def rows(minutes: Iterable[int] = range(40), part: int = 0) -> list[dict[str, Any]]:
    """Requests of some of the forty minutes: of ten clients, the thief (from 23:50 on) and the robots."""
    found = []
    for minute in minutes:
        moment = START + timedelta(minutes=minute, seconds=part)
        found += [fact(moment, ip=f"192.0.2.{n}", path=f"/shop/{n % 3}", response_bytes=900) for n in range(10)]
        if minute >= 10:
            found.append(fact(moment, ip=THIEF, path=f"/shop/{minute}", requests=9, response_bytes=40_000_000))
        sql = int(Signal.SQL)
        found.append(fact(moment, ip=ROBOT, path="/shop/q", signals=sql, status=400))
        found.append(fact(moment, ip="203.0.113.1", token=ODD, path="/shop/q", signals=sql, status=400, requests=3))
    return found


def lake_with(units: Iterable[Sequence[dict[str, Any]]] = ()) -> Lake:
    """A lake with the model, and these units."""
    lake = Lake("memory:")
    learn(lake)
    for number, unit in enumerate(units):
        write_facts(lake, unit, source=f"unit {number}")
    return lake


def learn(lake: Lake) -> None:
    """A model of two hours before: a Tn of 1 MiB of answers in a window."""
    as_of = START.replace(minute=0) - timedelta(hours=2)
    trained = dict.fromkeys(("shop", "all"), Training(as_of - timedelta(days=2), 200, trained=True))
    thresholds = tuple(Learned("shop", kind, 1, "A", 20, 30, 5_000.0) for kind in ("ip", "token"))
    model.save(lake, Model(as_of, trained, thresholds), b"")


def judge(lake: Lake, until: datetime = NOW, settings: Settings = SETTINGS, seconds: float | None = None) -> Summary:
    """A run."""
    return run(lake, settings, until=until, since=START.replace(hour=0, minute=0), seconds=seconds)


def found(lake: Lake) -> dict[str, bytes]:
    """The findings objects of the lake."""
    return {entry.key: lake.get(entry.key) for entry in lake.list("findings/") if entry.key.endswith("/day.ndjson")}
