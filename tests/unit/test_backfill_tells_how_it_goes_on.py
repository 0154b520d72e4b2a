"""Without a terminal a backfill prints a plain line now and then: how much is done, how fast it goes, how long it will take."""

from datetime import UTC, datetime

import pytest

from abslake.dev.backfill.places import Listed
from abslake.dev.backfill.run import Plan, Summary
from abslake.dev.backfill.show import Shown, duration, printable
from abslake.dev.backfill.state import Counts

OBJECTS = [Listed(f"{number}.log", "e", 1_000_000, datetime(2026, 1, 1, tzinfo=UTC)) for number in range(100)]


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_line_every_ten_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    summary = Summary(Counts(requests=40_000))
    with Shown(Plan(OBJECTS, 100_000_000), clock) as shown:
        for second in range(1, 26):
            clock.now = second
            shown.advanced(summary, second, second * 1_000_000, "about 100 messages in flight" if second == 20 else "")
    assert capsys.readouterr().err.splitlines() == [
        "10 of 100 objects, 10.0 MB of 100.0 MB, 1.0 MB/s, 4,000 requests/s, 2 min left",
        "20 of 100 objects, 20.0 MB of 100.0 MB, 1.0 MB/s, 2,000 requests/s, waiting: about 100 messages in flight, 1 min left",
    ]


def test_a_long_listing_tells_how_far_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    with Shown(clock=clock) as shown:
        shown.listed(1_000)
        clock.now = 11
        shown.listed(250_000)
    assert capsys.readouterr().err == "listed 250,000 objects\n"


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0 s"), (59, "59 s"), (90, "2 min"), (3_600, "1 h 0 min")])
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_control_characters_of_a_key_do_not_reach_a_terminal() -> None:
    assert printable("ü€/a b\n\x1b[31m\udcff.log") == "ü€/a b\\n\\x1b[31m\\udcff.log"
