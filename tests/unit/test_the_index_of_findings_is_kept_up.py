"""What a run of detection does for the index of findings: days before today, anew where they have changed, once a day all."""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from abslake.detection import found_index, found_index_update
from abslake.detection.findings import IdentifierKind, Level
from abslake.detection.run import run
from abslake.errors import StorageError
from abslake.index.build import Builder
from abslake.reports.found_days import FoundDays
from abslake.settings import Settings
from abslake.storage import Lake
from abslake.upkeep import erase, retention
from abslake.upkeep.traces import Traces
from tests.support import found_index as support
from tests.support.facts import fact
from tests.support.found_index import POOL, found, index_all, month, utc, write_day
from tests.support.indexed import add_facts

NOW = utc("2026-03-10", 5)


class CountingLake(Lake):
    """In memory; notes what it is asked."""

    def __init__(self) -> None:
        super().__init__("memory:")
        self.asked: list[str] = []

    def get(self, key: str) -> bytes:
        self.asked.append(f"get {key}")
        return super().get(key)

    def get_as_listed(self, key: str):
        self.asked.append(f"get {key}")
        return super().get_as_listed(key)

    def list(self, prefix: str, start_after: str = ""):
        self.asked.append(f"list {prefix}")
        return super().list(prefix, start_after)

    def put(self, key: str, data: bytes, content_type: str = "application/octet-stream") -> None:
        self.asked.append(f"put {key}")
        super().put(key, data, content_type)


@pytest.fixture
def lake() -> CountingLake:
    """Findings of t1 on four days, the last of them today."""
    made = CountingLake()
    for day in ("2026-02-27", "2026-03-08", "2026-03-09", "2026-03-10"):
        write_day(made, day, [found("t1", utc(day, 3))])
    return made


def clients(lake: Lake, day: str, kind: str = "token") -> set[str]:
    """Which of three identifiers the index has on a day."""
    known = (month(lake, day[:7]) or found_index.Month()).days.get(day)
    named = ("t1", "t2", "192.0.2.1")
    return {value for value in named if known and known.has_client(found_index.client(kind, value))}


def test_all_days_but_today_are_indexed_and_then_nothing_is_asked_but_one_object(lake: CountingLake) -> None:
    assert found_index_update.update(lake, POOL, NOW, {"2026-03-10"}) == 3

    assert [clients(lake, f"2026-03-{day}") for day in ("08", "09", "10")] == [{"t1"}, {"t1"}, set()]
    assert clients(lake, "2026-02-27") == {"t1"}

    lake.asked.clear()
    assert found_index_update.update(lake, POOL, NOW + timedelta(hours=1), {"2026-03-10"}) == 0
    assert lake.asked == ["get detection/found/2026-03.bin"]

    assert found_index_update.update(lake, POOL, NOW + timedelta(days=1), ()) == 1
    assert clients(lake, "2026-03-10") == {"t1"}


def test_a_day_that_the_run_has_written_again_is_indexed_again_and_no_other(lake: CountingLake) -> None:
    found_index_update.update(lake, POOL, NOW, ())
    key = write_day(lake, "2026-03-08", [found("t2", utc("2026-03-08", 3))])
    lake.asked.clear()

    assert found_index_update.update(lake, POOL, NOW, {"2026-03-08"}) == 1

    assert (clients(lake, "2026-03-08"), clients(lake, "2026-03-09")) == ({"t2"}, {"t1"})
    assert f"get {key}" in lake.asked
    assert not [one for one in lake.asked if one.startswith("get findings/") and one != f"get {key}"]


def test_days_that_are_gone_go_from_the_index_and_damage_is_mended(lake: CountingLake) -> None:
    found_index_update.update(lake, POOL, NOW, ())
    lake.delete(["findings/date=2026-03-08/day.ndjson"])
    lake.put("detection/found/2026-02.bin", b"found-1\nnonsense")

    found_index_update.update(lake, POOL, NOW + timedelta(days=1), ())

    assert clients(lake, "2026-03-08") == set()
    assert clients(lake, "2026-02-27") == {"t1"}


def test_what_was_missed_for_long_is_made_up_for_in_several_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(found_index_update, "_DAYS_A_RUN", 7)
    lake = Lake("memory:")
    for n in range(30):
        day = f"{NOW - timedelta(days=n + 1):%Y-%m-%d}"
        write_day(lake, day, [found("t1", utc(day, 3))])

    indexed = [found_index_update.update(lake, POOL, NOW, ()) for _ in range(6)]

    assert indexed == [7, 7, 7, 7, 2, 0]


def test_an_object_that_never_shows_the_same_is_not_tried_in_every_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(found_index_update, "_DAYS_A_RUN", 2)

    class Fickle(CountingLake):
        def list(self, prefix: str, start_after: str = ""):
            for entry in super().list(prefix, start_after):
                yield type(entry)(entry.key, entry.size, entry.last_modified, "of a listing only")

    lake = Fickle()
    for n in range(3):
        write_day(lake, f"2026-03-0{n + 1}", [found("t1", utc(f"2026-03-0{n + 1}", 3))])

    assert [found_index_update.update(lake, POOL, NOW, ()) for _ in range(3)] == [2, 0, 0]


def test_addresses_are_indexed_in_the_spelling_of_reports_and_kinds_apart() -> None:
    one = found("2001:DB8:0:0::1", utc("2026-03-01"), IdentifierKind.IP)
    day = found_index.day({}, [one, found("192.0.2.1", utc("2026-03-01"), level=Level.ANOMALY, attack_id=7)])

    assert day.has_client(found_index.client("ip", "2001:db8::1"))
    assert day.has_client(found_index.client("token", "192.0.2.1"))
    assert not day.has_client(found_index.client("ip", "192.0.2.1"))
    assert day.has_type(1, Level.ATTACK, "shop")
    assert day.has_type(0, Level.ANOMALY, "shop")
    assert not day.has_type(7, Level.ATTACK, "shop")
    assert not day.has_type(0, Level.ATTACK, None)


def test_every_one_of_many_clients_is_found_and_too_many_are_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [found(f"c{n}", utc("2026-03-01")) for n in range(300)]
    told = found_index.day({}, many)

    assert all(told.has_client(found_index.client("token", one.identifier)) for one in many)
    assert not any(told.has_client(found_index.client("token", f"d{n}")) for n in range(300))

    monkeypatch.setattr(found_index, "_MOST_CLIENTS", 299)
    assert found_index.day({}, many).clients is None
    assert found_index.day({}, many).has_client(found_index.client("token", "anybody"))


def test_any_damage_is_noticed(lake: CountingLake) -> None:
    found_index_update.update(lake, POOL, NOW, ())
    data = found_index.load(lake, "2026-03")

    assert found_index.decode(data)
    for at in range(len(data)):
        assert found_index.decode(data[:at]) is None
        assert found_index.decode(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]) is None


def test_an_object_that_is_not_the_one_indexed_is_read(lake: CountingLake) -> None:
    found_index_update.update(lake, POOL, NOW, ())
    changed = write_day(lake, "2026-03-08", [found("t2", utc("2026-03-08", 3))])  # as long as before
    other = write_day(lake, "2026-03-09", [], "day-other")
    today = "findings/date=2026-03-10/day.ndjson"

    listed = [entry for entry in lake.list("findings/") if "2026-03" in entry.key]
    to_read = FoundDays(lake, POOL, listed).to_read(lambda _: False)

    assert [entry.key for entry in to_read] == [changed, other, today]


def test_erasure_takes_the_index_of_the_month_away(lake: CountingLake) -> None:
    index_all(lake, NOW)
    traces = Traces(IdentifierKind.TOKEN, "t1")
    found_there = erase.look(lake, traces, Settings())

    erase.erase(lake, Builder(lake, Settings()), traces, found_there, Settings())

    assert list(lake.list(found_index.PREFIX)) == []


def test_a_store_that_fails_ends_no_run(lake: CountingLake, caplog: pytest.LogCaptureFixture) -> None:
    def fail(key: str, *_: object) -> None:
        raise StorageError(f"cannot write {key}")

    lake.put = fail  # type: ignore[method-assign]

    with caplog.at_level(logging.WARNING):
        found_index_update.update(lake, POOL, NOW, ())

    assert "the index of findings was not brought up to date (StorageError)" in caplog.text


def test_a_run_of_detection_indexes_the_days_that_have_ended() -> None:
    lake = Lake("memory:")
    began = datetime(2026, 3, 8, 10, tzinfo=UTC)
    add_facts(lake, [fact(began + timedelta(minutes=n), ip="192.0.2.1", requests=50, signals=1) for n in range(5)])

    run(lake, Settings(), until=began + timedelta(hours=2), since=began)
    assert clients(lake, "2026-03-08", "ip") == set()

    run(lake, Settings(), until=began + timedelta(days=1), since=began)
    assert clients(lake, "2026-03-08", "ip") == {"192.0.2.1"}


def test_retention_deletes_the_index_of_months_that_are_dropped_whole(lake: CountingLake) -> None:
    index_all(lake, NOW)

    retention.drop(lake, "2026-03-09")

    assert [entry.key for entry in lake.list(found_index.PREFIX)] == ["detection/found/2026-03.bin"]
    assert support.month(lake, "2026-03")
