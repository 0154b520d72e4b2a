"""Reports that are summed from facts read every unit that counts once, and no other."""

import msgspec
import pytest

from abslake.errors import StorageError
from abslake.index import ledgers, names, replacing, root
from abslake.reports import Account, facts_reading, planner
from abslake.reports.answer import pool
from abslake.reports.facts_reading import Facts, Reader
from abslake.settings import Settings
from abslake.storage import Entry, Lake
from tests.support.facts import at, fact, write_facts

DAY = "2026-03-02"
NOON = f"{DAY}T12:00:00"
RANGE = at("2026-03-01T00:00"), at("2026-03-04T00:00")


@pytest.fixture
def lake():
    lake = Lake("memory:")
    write_facts(lake, [fact(f"2026-03-0{day}T12:00:00", requests=day) for day in (1, 2, 3)])
    return lake


def requests(lake, *span, **facts):
    facts = Facts(*(span or RANGE), "api, sum(requests)::BIGINT AS requests", **facts)
    with facts_reading.found(Reader(lake, Settings(), Account()), facts) as connection:
        return connection.execute("SELECT coalesce(sum(requests), 0) FROM found").fetchall()[0][0]


def test_all_where_there_is_no_index(lake):
    assert requests(lake) == 6
    assert requests(lake, at(NOON), at(f"{DAY}T12:01")) == 2
    assert requests(lake, at(f"{DAY}T12:01"), at("2026-03-03T12:00")) == 0
    assert requests(lake, at(f"{DAY}T11:59"), at("2026-03-03T12:01")) == 5


def test_a_range_cuts_an_hour_to_the_minute(lake):
    write_facts(lake, [fact(f"{DAY}T13:{minute:02}:59", requests=1 << minute) for minute in range(4)])

    assert requests(lake, at(f"{DAY}T13:01"), at(f"{DAY}T13:03")) == 0b110


def test_days_that_retention_cut_do_not_count(lake):
    replacing.initialise(lake)
    replacing.drop_before(lake, DAY)

    assert requests(lake) == 5


def test_retired_units_do_not_count_nor_do_units_that_wait_to_stand_in(lake):
    (retired,) = write_facts(lake, [fact(NOON, requests=100)], source="retired")
    replacing.initialise(lake)
    (other,) = write_facts(lake, [fact(NOON, requests=1000)], source="other")
    generation = names.new_generation(at(NOON))
    lake.create(names.replacement_key(other, generation), lake.get(other))
    assert requests(lake) == 1106

    ledgers.write(lake, names.retired_key(DAY, generation), [retired])
    change = {DAY: generation}
    assert root.swap(lake, generation, lambda now: msgspec.structs.replace(now, retired=change), lambda: True)

    assert requests(lake) == 1006


def test_units_that_are_replaced_while_they_are_listed_make_it_begin_again(lake, monkeypatch):
    replacing.initialise(lake)
    listed = planner._facts
    calls = []

    def cut_meanwhile(*given):
        found = listed(*given)
        calls.append(1)
        if len(calls) == 1:
            replacing.drop_before(lake, DAY)
        return found

    monkeypatch.setattr(planner, "_facts", cut_meanwhile)

    assert requests(lake) == 5
    assert len(calls) == 2


def test_a_unit_that_vanished_makes_it_begin_again(lake, monkeypatch):
    units = planner.fact_units(lake, *RANGE, pool())
    stale = [Entry("facts/gone.parquet", 1, at(NOON))]
    answers = [stale, units]
    monkeypatch.setattr(planner, "fact_units", lambda *_: answers.pop(0))

    assert requests(lake) == 6


def test_a_unit_that_stays_gone_is_an_error(lake, monkeypatch):
    monkeypatch.setattr(planner, "fact_units", lambda *_: (_ for _ in ()).throw(FileNotFoundError))

    with pytest.raises(StorageError):
        requests(lake)


def test_a_damaged_unit_is_an_error(lake):
    (key,) = write_facts(lake, [fact(NOON)], source="damaged")
    lake.put(key, b"no Parquet")

    with pytest.raises(StorageError, match="cannot be read"):
        requests(lake)


def test_in_batches_the_sums_are_the_same(lake, monkeypatch):
    write_facts(lake, [fact(NOON, requests=10) for _ in range(7)], units_an_hour=7, source="many")
    monkeypatch.setattr(facts_reading, "_AT_ONCE", 2)

    assert requests(lake) == 76
    assert requests(lake, apis=["bank"]) == 0
    assert requests(lake, condition="requests = 10") == 70


@pytest.mark.parametrize("url", ["memory:", "folder"])
def test_objects_beside_the_facts_are_those_of_the_hours_and_days_that_count(url, tmp_path):
    lake = Lake(url if url == "memory:" else str(tmp_path))
    keys = [f"flagged/date=2026-03-{day:02}/hour={hour:02}/a-0000.ndjson" for day in (1, 2, 30) for hour in (0, 9, 23)]
    for key in keys:
        lake.put(key, b"{}\n")

    def found(earlier, later):
        return [entry.key for entry in planner.hour_objects(lake, "flagged/", at(earlier), at(later), pool())]

    assert found("2026-03-01T09:30", "2026-03-02T09:00") == keys[1:4]
    assert found("2026-03-01T10:00", "2026-03-02T09:01") == keys[2:5]
    assert found("2026-01-01T00:00", "2026-12-01T00:00") == keys

    replacing.initialise(lake)
    replacing.drop_before(lake, DAY)

    assert found("2026-01-01T00:00", "2026-12-01T00:00") == keys[3:]
