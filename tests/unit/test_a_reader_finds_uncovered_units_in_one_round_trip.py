"""The reader's side of the index: how little it asks the store, and for which hours."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from abslake.index import folding, ledgers, names, pending, reading, replacing, root
from abslake.index.attempts import Attempt
from abslake.storage import Lake
from tests.protocol.simulator.toy import Toy
from tests.support.facts import at, fact, write_facts

NOW = at("2026-03-02T12:00")
HOURS = ["2026-03-01T23:30", "2026-03-02T00:00", "2026-03-02T09:59", "2026-03-02T10:00", "2026-03-03T00:00"]
LATER = NOW + timedelta(days=2)  # the root is not young any more


class Counted(Lake):
    """A lake that notes what it is asked for."""

    def __init__(self) -> None:
        super().__init__("memory:")
        self.asked: list[str] = []

    def read(self, key):
        self.asked.append(f"read {key}")
        return super().read(key)

    def get(self, key):
        self.asked.append(f"get {key}")
        return super().get(key)

    def list(self, prefix, start_after=""):
        self.asked.append(f"list {start_after or prefix}")
        return super().list(prefix, start_after)


@pytest.fixture
def lake() -> Counted:
    lake = Counted()
    units = write_facts(lake, [fact(hour) for hour in HOURS])
    assert len(units) == len(HOURS)
    replacing.initialise(lake, lambda: NOW)
    lake.asked.clear()
    return lake


def look(lake: Lake, earlier: str, later: str, kind: str = "ip") -> reading.View:
    with ThreadPoolExecutor(2) as pool:
        view = reading.look(lake, pool, kind, at(earlier), at(later), lambda: LATER)
    assert view
    return view


def hours(view: reading.View) -> list[str]:
    return [unit[len("facts/date=2026-") :][:13] for unit in view.units]


@pytest.mark.parametrize(
    ("earlier", "later", "expected"),
    [
        ("2026-03-02T00:00", "2026-03-02T10:00", ["03-02/hour=00", "03-02/hour=09"]),
        ("2026-03-02T00:00", "2026-03-02T10:01", ["03-02/hour=00", "03-02/hour=09", "03-02/hour=10"]),
        ("2026-03-01T23:59", "2026-03-02T00:00", ["03-01/hour=23"]),
        ("2026-03-02T11:00", "2026-03-03T00:00", []),
        ("2026-03-02T10:00", "2026-03-02T10:00", []),
    ],
)
def test_units_of_the_hours_that_the_range_touches(lake: Lake, earlier: str, later: str, expected: list[str]) -> None:
    assert hours(look(lake, earlier, later)) == expected


def test_a_listing_begins_at_the_first_hour_and_ends_behind_the_last() -> None:
    lake = Lake("memory:")
    for day in range(1, 29):
        pending.mark(lake, f"facts/date=2026-02-{day:02}/hour=00/a-0000.parquet")
    taken = []
    listed = lake.list

    def list_slowly(prefix: str, start_after: str = ""):
        for entry in listed(prefix, start_after):
            taken.append(entry.key)
            yield entry

    lake.list = list_slowly  # type: ignore[method-assign]

    assert len(list(pending.between(lake, at("2026-02-10T00:00"), at("2026-02-12T00:00")))) == 2
    assert len(taken) == 3


def test_the_root_and_one_listing_are_all_that_is_asked(lake: Counted) -> None:
    look(lake, "2026-03-02T00:00", "2026-03-03T00:00")

    assert sorted(lake.asked) == ["list pending/date=2026-03-02/hour=00/", "read index/root.json"]


def test_ledgers_are_read_once(lake: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Toy, "_write", lambda *_: root.Shape())
    folding.fold_day(lake, Toy(lake), "ip", "2026-03-02", Attempt.begin(lambda: NOW))
    write_facts(lake, [fact("2026-03-02T10:00")], source="more")
    for entry in lake.list("facts/date=2026-03-02/hour=10/"):
        pending.mark(lake, entry.key)
    ledgers._caches.clear()

    # WHEN two reports look at a day with covered and uncovered marked units
    lake.asked.clear()
    views = [look(lake, "2026-03-02T00:00", "2026-03-03T00:00") for _ in range(2)]

    assert [hours(view) for view in views] == [["03-02/hour=10"]] * 2
    assert len([one for one in lake.asked if one.startswith("get ")]) == 1
    # AND another kind has its own account
    assert len(hours(look(lake, "2026-03-02T00:00", "2026-03-03T00:00", "api"))) == 4


def test_a_view_holds_while_only_other_days_and_kinds_change(lake: Counted) -> None:
    view = look(lake, "2026-03-02T00:00", "2026-03-03T00:00")
    segment = [root.Segment("g", root.Shape(), 1)]

    def change(kind: str, day: str) -> bool:
        root.swap(lake, f"{kind} {day}", lambda now: now.with_day(kind, day, segment), lambda: True)
        return reading.still(lake, view)

    assert reading.still(lake, view)
    assert change("api", "2026-03-02")
    assert change("ip", "2026-03-01")
    assert change("ip", "2026-03-03")
    assert not change("ip", "2026-03-02")


def test_what_retention_has_cut_is_not_seen(lake: Counted) -> None:
    replacing.drop_before(lake, "2026-03-02", lambda: NOW)
    view = look(lake, "2026-03-01T00:00", "2026-03-04T00:00")

    assert hours(view) == ["03-02/hour=00", "03-02/hour=09", "03-02/hour=10", "03-03/hour=00"]
    assert view.earlier == at("2026-03-02T00:00")


def test_a_day_is_read_by_its_month_only_if_the_range_holds_the_whole_month(lake: Counted) -> None:
    pending.forget(lake, pending.of_day(lake, "2026-03-02"))
    day, month = root.Segment("d", root.Shape(), 1), root.Segment("m", root.Shape(), 1)
    derived = root.Month(month, {"2026-03-02": ["d"]})
    root.swap(
        lake,
        "w",
        lambda now: now.with_day("ip", "2026-03-02", [day]).with_month("ip", "2026-03", derived),
        lambda: True,
    )

    whole = look(lake, "2026-03-01T00:00", "2026-04-01T00:00")
    cut = look(lake, "2026-03-01T00:01", "2026-04-01T00:00")
    assert reading.pieces(whole) == [reading.Piece("2026-03", month)]
    assert reading.pieces(cut) == [reading.Piece("2026-03-02", day)]


def test_without_a_root_there_is_no_view() -> None:
    lake = Lake("memory:")
    with ThreadPoolExecutor(1) as pool:
        assert reading.look(lake, pool, "ip", at("2026-03-02T00:00"), at("2026-03-03T00:00")) is None
    assert reading.still(lake, None)
    replacing.initialise(lake)
    assert not reading.still(lake, None)


def test_names_of_periods() -> None:
    assert names.folder("ip", "2026-03", "g") == "index/ip/month=2026-03/g/"
    assert names.end_moment("2026-12") == at("2027-01-01T00:00")
    assert names.end_moment("2024-02") == at("2024-03-01T00:00")
    assert names.end_moment("2026-03-31") == at("2026-04-01T00:00")
