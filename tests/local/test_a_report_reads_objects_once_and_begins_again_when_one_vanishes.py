"""Fetching: in parallel, kept within bounds, safe for reports at the same time, and once more where an object is gone."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from abslake.errors import StorageError
from abslake.reports import Kind, Question, report
from abslake.reports.fetch import Cache, Reads
from abslake.settings import Settings
from abslake.storage import Lake
from tests.support.facts import at, definitions, fact, write_facts

START = at("2018-02-13T00:00")
APIS = definitions(shop="/shop")
ASKED = Question(Kind.TOKEN, START, START + timedelta(days=1), START.tzinfo, None, "t")


class RebuiltLake(Lake):
    """Between listing and reading, so many units are replaced by others with the same content."""

    def __init__(self, times: int) -> None:
        super().__init__("memory:")
        self.times = times
        self.gets = 0

    def get(self, key: str) -> bytes:
        self.gets += 1
        if self.times and key.startswith("facts/"):
            self.times -= 1
            self.create(re.sub(r"-\d{4}\.", f"-{self.times + 1:04d}.", key), super().get(key))
            self.store.delete(key)
        return super().get(key)


def filled(lake: Lake, hours: int = 12) -> Lake:
    write_facts(lake, [fact(START + timedelta(hours=n), token="t", requests=n + 1) for n in range(hours)])
    return lake


def total(lake: Lake, settings: Settings | None = None) -> int:
    return report(ASKED, lake, settings or Settings(), APIS).summary.total_requests


def test_a_unit_that_is_gone_makes_the_report_begin_again():
    assert total(filled(RebuiltLake(1))) == 78


def test_a_lake_that_goes_on_changing_is_an_error():
    lake = filled(RebuiltLake(99), hours=1)

    with pytest.raises(StorageError, match="ask again"):
        total(lake)
    assert lake.gets == 5


def test_a_unit_gone_from_a_folder_is_noticed_too(tmp_path):
    lake = filled(Lake(str(tmp_path)))
    list_all = lake.list

    def with_a_ghost(prefix, start_after=""):
        entries = list(list_all(prefix, start_after))
        lake.list = list_all
        if entries and prefix.startswith("facts/"):
            (tmp_path / entries[0].key).rename(tmp_path / entries[0].key.replace("-0000", "-0001"))
        return entries

    lake.list = with_a_ghost

    assert total(lake) == 78


@pytest.mark.parametrize("cache_bytes", [0, 1, 5_000, 10**9])
def test_any_bound_of_the_cache_gives_the_same_answer(cache_bytes):
    lake = filled(Lake("memory:"))

    assert [total(lake, Settings(cache_bytes=cache_bytes)) for _ in range(3)] == [78, 78, 78]


def test_the_least_recently_used_copies_go_first():
    lake = Lake("memory:")
    for name in "abc":
        lake.put(f"facts/{name}.parquet", bytes(100))
    a, b, c = lake.list("facts/")
    with ThreadPoolExecutor(2) as pool:
        cache = Cache(lake, pool, limit_bytes=200)
        for entry in (a, b, a, c):
            with cache.files([entry.key], Reads()):
                pass

        assert cache.held_bytes() == 200
        assert sorted(path.stat().st_size for path in cache.folder.iterdir()) == [0, 100, 100]  # a lock file is one
        lake.store.delete([a.key, c.key])
        with cache.files([a.key, c.key], Reads()) as paths:
            assert all(path.read_bytes() == bytes(100) for path in paths)


def test_a_copy_in_use_stays_over_the_bound():
    lake = Lake("memory:")
    for name in "ab":
        lake.put(f"facts/{name}.parquet", bytes(100))
    a, b = lake.list("facts/")
    with ThreadPoolExecutor(2) as pool:
        cache = Cache(lake, pool, limit_bytes=100)
        with cache.files([a.key], Reads()) as [first]:
            with cache.files([b.key], Reads()):
                pass
            assert first.exists()
        assert cache.held_bytes() == 100


def test_reports_at_the_same_time_share_the_cache():
    lake = filled(Lake("memory:"), hours=24)
    settings = Settings(cache_bytes=10_000)

    with ThreadPoolExecutor(8) as pool:
        totals = list(pool.map(lambda _: total(lake, settings), range(40)))

    assert totals == [300] * 40


def test_a_folder_whose_name_looks_like_a_pattern(tmp_path):
    assert total(filled(Lake(str(tmp_path / "la[k]e*?")))) == 78
