"""Objects of an OCSF export: where they lie, how they are made, and that an export may be done again."""

from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from abslake.errors import BadRequest, StorageError
from abslake.export.identifiers import Identifiers, Shown
from abslake.export.ocsf import Exported, Source, Wanted, export
from abslake.index import names, replacing, root
from abslake.index.attempts import Attempt
from abslake.index.build import Builder
from abslake.settings import Settings
from abslake.storage import Lake
from tests.support.facts import at, fact, write_facts
from tests.support.indexed import add_facts, fold
from tests.support.ocsf import SOURCE, exported, records_of, wanted
from tests.support.parquet_pages import data_pages
from tests.support.upkeep import BreakingLake, Broken, keys

DAY = ("2026-03-02T00:00", "2026-03-03T00:00")
PARTITION = "ext/abslake/region=eu-central-1/accountId=123456789012/eventDay="


def test_an_object_an_hour_in_the_partition_of_its_utc_day() -> None:
    # GIVEN facts of three hours of two days
    lake = Lake("memory:")
    whens = ("2026-03-02T10:00", "2026-03-02T10:59:59", "2026-03-02T23:59:59.999", "2026-03-03T00:00")
    write_facts(lake, [fact(when, requests=n + 1) for n, when in enumerate(whens)], units_an_hour=2)
    # WHEN both days are exported
    out, done = exported(lake, "2026-03-02T00:00", "2026-03-04T00:00")
    # THEN each hour is an object, and no request is missing
    found = records_of(out)
    assert {key: [record["count"] for record in records] for key, records in found.items()} == {
        f"{PARTITION}20260302/20260302T1000-1100.parquet": [1, 2],
        f"{PARTITION}20260302/20260302T2300-0000.parquet": [3],
        f"{PARTITION}20260303/20260303T0000-0100.parquet": [4],
    }
    size = sum(entry.size for entry in out.list(""))
    assert done == Exported(objects=3, unchanged=0, records=4, requests=10, bytes=size)


def test_the_range_begins_with_its_first_minute_and_ends_before_its_last() -> None:
    lake = Lake("memory:")
    write_facts(lake, [fact(at("2026-03-02T10:00") + timedelta(minutes=n), requests=10**n) for n in range(6)])
    out, done = exported(lake, "2026-03-02T10:01", "2026-03-02T10:04")
    assert keys(out, "") == [f"{PARTITION}20260302/20260302T1001-1004.parquet"]
    assert done.requests == 1110
    # AND two ranges that meet give all of it, once
    halves = (("2026-03-02T09:00", "2026-03-02T10:03"), ("2026-03-02T10:03", "2026-03-02T11:00"))
    assert sum(exported(lake, *half)[1].requests for half in halves) == 111_111


def test_records_are_in_the_order_of_time_whatever_units_they_lie_in() -> None:
    # GIVEN many requests of the same moments, which only their secrets tell apart
    whens = [at("2026-03-02T10:00") + timedelta(seconds=n * 37 % 60) for n in range(300)]
    secrets = ("cookie", "token", "api_key")
    minutes = [fact(when, path="/shop", **{secrets[n % 3]: f"{n}"}) for n, when in enumerate(whens)]
    one, many = Lake("memory:"), Lake("memory:")
    write_facts(one, minutes)
    write_facts(many, reversed(minutes), units_an_hour=7)
    # WHEN they are exported from one unit and from seven THEN the bytes are the same
    clear = Identifiers(Shown.CLEAR)
    (first, _), (second, _) = (exported(lake, *DAY, identifiers=clear) for lake in (one, many))
    (records,) = records_of(first).values()
    assert [record["time"] for record in records] == sorted(record["time"] for record in records)
    assert {e.key: first.get(e.key) for e in first.list("")} == {e.key: second.get(e.key) for e in second.list("")}


def test_pages_row_groups_and_compression(tmp_path: Path) -> None:
    # GIVEN an hour whose paths alone are several megabytes
    lake = Lake("memory:")
    with duckdb.connect() as engine:
        engine.execute("CREATE TABLE one AS SELECT 1")
        write_facts(lake, [fact("2026-03-02T10:00", "2026-03-02T10:00:30")])
        (unit,) = keys(lake, "facts/")
        source, path = tmp_path / "unit.parquet", tmp_path / "large.parquet"
        source.write_bytes(lake.get(unit))
        engine.execute(
            f"COPY (SELECT * REPLACE ('/shop/' || repeat(md5(n::VARCHAR), 4) AS path) "
            f"FROM read_parquet('{source}'), range(40000) AS numbers (n)) TO '{path}' (FORMAT parquet)"
        )
        lake.put(unit, path.read_bytes())
        # WHEN it is exported
        out, done = exported(lake, *DAY)
        made = tmp_path / "made.parquet"
        (key,) = keys(out, "")
        made.write_bytes(out.get(key))
        # THEN it is zstandard, and no page is larger than 1 MB: as many pages as that takes, in row groups below 256 MB
        chunks = engine.execute(
            "SELECT compression, path_in_schema, total_uncompressed_size, total_compressed_size "
            f"FROM parquet_metadata('{made}')"
        ).fetchall()
    assert done.records == 40_000
    assert {compression for compression, *_ in chunks} == {"ZSTD"}
    assert sum(size for *_, size in chunks) < 256e6
    assert max(size for _, name, size, _ in chunks if "url, path" in name) > 5e6  # so that pages are needed
    pages = [*data_pages(made)]
    assert max(pages) <= 1_048_576
    assert len(pages) > len(chunks)


def test_what_was_done_is_not_done_twice() -> None:
    # GIVEN an export that breaks off at its second object
    lake, out = Lake("memory:"), Lake("memory:")
    write_facts(lake, [fact(f"2026-03-02T{hour}:00") for hour in (10, 11, 12)])
    with pytest.raises(Broken):
        export(lake, BreakingLake(out, 2, behind=False), wanted(*DAY), Settings())
    assert len(keys(out, "")) == 1
    # WHEN it is done again THEN what is missing is written, and what is there is left alone
    again = export(lake, out, wanted(*DAY), Settings())
    assert (again.objects, again.unchanged, again.requests) == (2, 1, 3)
    # WHEN facts of an hour come late THEN its object is written again, under its name
    write_facts(lake, [fact("2026-03-02T11:30")], source="late")
    late = export(lake, out, wanted(*DAY), Settings())
    assert (late.objects, late.unchanged, late.requests, len(keys(out, ""))) == (1, 2, 4, 3)


def test_a_role_that_may_only_write_is_enough() -> None:
    class WriteOnly(Lake):
        def get(self, key: str) -> bytes:
            raise StorageError(f"cannot read {key}: PermissionDeniedError")

    lake, out = Lake("memory:"), WriteOnly("memory:")
    write_facts(lake, [fact("2026-03-02T10:00")])
    for _ in range(2):
        assert export(lake, out, wanted(*DAY), Settings()).objects == 1


def test_one_api() -> None:
    lake = Lake("memory:")
    rows = [fact("2026-03-02T10:00", api=api, requests=n) for api, n in (("shop", 1), ("o'bank", 2), (None, 4))]
    write_facts(lake, rows)
    counts = {api: exported(lake, *DAY, api=api)[1].requests for api in (None, "shop", "o'bank", "none")}
    assert counts == {None: 7, "shop": 1, "o'bank": 2, "none": 0}
    assert keys(exported(lake, *DAY, api="none")[0], "") == []
    # AND the objects of two APIs do not take each other's place
    assert keys(exported(lake, *DAY, api="shop")[0], "") != keys(exported(lake, *DAY, api="o'bank")[0], "")


def test_only_what_counts_in_reports_is_exported() -> None:
    # GIVEN a lake with an index, of which a unit was replaced by another, and a day dropped by retention
    lake = Lake("memory:")
    (old,) = add_facts(lake, [fact("2026-03-02T10:00", requests=1)])
    add_facts(lake, [fact("2026-03-02T11:00", requests=2)], source="other")
    add_facts(lake, [fact("2026-03-01T11:00", requests=4)], source="dropped")
    now = at("2026-03-04T12:00")
    fold(lake, now)
    attempt = Attempt.begin(lambda: now)
    new = names.replacement_key(old, attempt.generation)
    source = Lake("memory:")
    (made,) = write_facts(source, [fact("2026-03-02T10:00", requests=8)])
    lake.put(new, source.get(made))
    days = {"2026-03-02": replacing.Replacement([new], [old])}
    # WHEN the new unit does not count yet
    span = ("2026-03-01T00:00", "2026-03-03T00:00")
    assert exported(lake, *span)[1].requests == 7
    # AND when it does, while the old one still lies there THEN the export says what reports say
    replacing.replace_units(lake, Builder(lake, Settings()), root.load(lake).root, days, attempt)
    assert lake.exists(old)
    assert exported(lake, *span)[1].requests == 14
    replacing.drop_before(lake, "2026-03-02", lambda: now)
    assert exported(lake, *span)[1].requests == 10


def test_units_that_are_exchanged_meanwhile_are_looked_up_again() -> None:
    class Changing(Lake):
        """Loses a unit at its first reading, as behind a swap."""

        lost = False

        def get(self, key: str) -> bytes:
            if key.startswith("facts/") and "hour=11" in key and not self.lost:
                self.lost = True
                raise FileNotFoundError(key)
            return super().get(key)

    lake = Changing("memory:")
    write_facts(lake, [fact(f"2026-03-02T{hour}:00") for hour in (10, 11)])
    out, done = exported(lake, *DAY)
    assert (done.objects, done.unchanged, done.requests, len(keys(out, ""))) == (2, 0, 2, 2)


@pytest.mark.parametrize(
    "given",
    [
        ("", "eu-central-1", "1"),
        ("a" * 21, "eu-central-1", "1"),
        ("../x", "eu-central-1", "1"),
        ("a/b", "eu-central-1", "1"),
        ("a", "eu/central", "1"),
        ("a", "frankfurt", "1"),
        ("a", "eu-central-1", ""),
        ("a", "eu-central-1", "../1"),
    ],
)
def test_names_that_would_lead_elsewhere_are_refused(given: tuple[str, str, str]) -> None:
    with pytest.raises(BadRequest):
        Source(*given)


def test_an_empty_range_is_refused() -> None:
    with pytest.raises(BadRequest, match="empty"):
        Wanted(at("2026-03-02T10:00"), at("2026-03-02T10:00"), SOURCE)
