"""A lake with an hour of ordinary traffic and then an attack, and the command line in this process."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from abslake.dev import console
from abslake.dev.cli import app
from abslake.facts.signals import Signal
from abslake.storage import Lake
from tests.support.facts import at, definition, fact, write_facts

NOON = at("2026-03-02T12:00")
"""When training ends: an hour after the first traffic of shop."""

THIEF, YOUNG = "198.51.100.66", "198.51.100.7"
"""Takes 800 MB out of shop at noon; injects into bank, which is still in training."""

INJECTION = int(Signal.SQL)
ENVIRONMENT = {"ABSLAKE_ATTACK_INITIAL_TRAINING": "1", "NO_COLOR": "1"}


def traffic() -> Iterator[dict[str, Any]]:
    """Forty clients of shop in two windows of an hour; in the next hour the thief, and somebody at bank."""
    for minutes in (60, 30):
        moment = NOON - timedelta(minutes=minutes)
        for client in range(40):
            size = 1_000 * (client % 8 + 1)
            yield fact(moment, ip=f"192.0.2.{client}", requests=client % 5 + 4, response_bytes=size)
    for minute in (1, 4):
        yield fact(NOON + timedelta(minutes=minute), ip=THIEF, requests=4_000, response_bytes=400_000_000)
    yield fact(NOON, ip="192.0.2.9", requests=5, response_bytes=5_000)
    yield fact(NOON, api="bank", path="/bank/search", ip=YOUNG, requests=9, signals=INJECTION, status=400)


def fill(folder: Path) -> Lake:
    """The lake, in which nothing was judged."""
    lake = Lake(str(folder))
    for name in ("shop", "bank"):
        lake.put(f"config/apis/{name}.json", definition(f"/{name}"))
    write_facts(lake, list(traffic()))
    return lake


def abslake(*words: str | Path, **environment: str) -> Result:
    """A command of this process, on a screen that is wide enough for its tables."""
    screens = (console.out, console.console)
    widths = [screen._width for screen in screens]
    for screen in screens:
        screen.width = 160
    try:
        return CliRunner().invoke(app, [str(word) for word in words], env={**ENVIRONMENT, **environment})
    finally:
        for screen, width in zip(screens, widths, strict=True):
            screen._width = width


def good(*words: str | Path, **environment: str) -> str:
    """What a command that succeeds writes to standard output."""
    done = abslake(*words, **environment)
    assert done.exit_code == 0, done.output
    return done.stdout
