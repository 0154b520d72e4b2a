"""Traffic of ordinary clients, window by window, and of attackers: for what detection learns of it and finds by it."""

import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from abslake.detection import model
from abslake.detection.day_findings import read
from abslake.detection.detector import Detector
from abslake.detection.detectors import detectors
from abslake.detection.findings import Finding, IdentifierKind
from abslake.detection.model import Learned
from abslake.detection.run import Summary, run
from abslake.facts.signals import Signal
from abslake.settings import Settings
from abslake.storage import Lake
from tests.support.facts import at, fact, write_facts
from tests.support.upkeep import copy_of

TIMES = int(os.environ.get("EXAMPLES_TIMES", "1"))
START = at("2026-03-02T08:00")
HOUR, TEN = timedelta(hours=1), timedelta(minutes=10)
SETTINGS = Settings(threads=1, attack_initial_training=1)
THEFT, HASTE = 1, 10
"""Types that are learned; `theft` is both."""

FEW = (THEFT, HASTE, 37, 41, 100, 101)
RULES = frozenset({37, 41, 100, 101})


def few() -> Mapping[int, Detector]:
    """Some detectors, in little time; all of them in a thorough run."""
    return {id_: one for id_, one in detectors().items() if id_ in FEW or TIMES > 1}


def ordinary(
    moments: Iterable[datetime], api: str = "shop", clients: int = 40, times: int = 1
) -> Iterator[dict[str, Any]]:
    """Clients with 4 to 8 requests and 1 to 8 kB in each of the windows, or so many times as much."""
    for moment in moments:
        for n in range(clients):
            yield fact(
                moment,
                api=api,
                path=f"/{api}/items",
                ip=f"192.0.2.{n}",
                requests=times * (n % 5 + 4),
                response_bytes=times * 1_000 * (n % 8 + 1),
            )


def theft(moment: datetime, ip: str, api: str = "shop") -> dict[str, Any]:
    """4,000 requests and 400 MB by one address."""
    return fact(moment, api=api, path=f"/{api}/items", ip=ip, requests=4_000, response_bytes=400_000_000)


def rule_breaking(moment: datetime, ip: str, api: str = "shop") -> dict[str, Any]:
    """What types 37, 41, 100 and 101 look for, all at once."""
    signals = int(Signal.SQL | Signal.HEADER | Signal.DECOY | Signal.METHOD)
    return fact(moment, api=api, path=f"/{api}/items", ip=ip, requests=9, status=400, signals=signals)


def judged(lake: Lake, until: datetime, settings: Settings = SETTINGS) -> Summary:
    """A run over all windows that had started before `until`."""
    return run(lake, settings, until=until + TEN + timedelta(minutes=2), since=START.replace(hour=0))


def add(lake: Lake, source: str, *rows: dict[str, Any]) -> None:
    """Write facts."""
    write_facts(lake, rows, source=source)


def trained_lake() -> Lake:
    """A lake with an hour of ordinary traffic, judged; the model is made with the first window after it."""
    return copy_of(_trained())


@cache
def _trained() -> Lake:
    lake = Lake("memory:")
    add(lake, "training", *ordinary((START, START + 3 * TEN)))
    judged(lake, START + 3 * TEN)
    return lake


def findings(lake: Lake, day: datetime = START) -> list[Finding]:
    """What was found of the day."""
    return read(lake, day)


def found(lake: Lake, window: datetime) -> set[tuple[int, str, str]]:
    """Attack id, API and identifier of what was found in a window."""
    return {(one.attack_id, one.api, one.identifier) for one in findings(lake, window) if one.window == window}


def learned(lake: Lake, attack_id: int, at_: datetime | None = None, api: str = "shop") -> Learned:
    """What is learned of variable A for addresses."""
    return model.thresholds(lake, at_)[api, IdentifierKind.IP, attack_id, "A"]
