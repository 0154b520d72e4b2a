"""The benchmarks of reports: what is judged is what was measured, and a cost is a product that can be done by hand."""

import pytest
from rich.console import Console

from benchmarks import cost, lakes
from benchmarks.cost import Assumed, Prices
from benchmarks.lakes import Prepared, Size, months_before
from benchmarks.measure import Measured
from benchmarks.reports import BOUNDS, Bench, Taken, judge_light
from benchmarks.verdict import Verdict
from benchmarks.year import FIRST_DAY

COUNTS = {
    "requests": {"GET": 31, "HEAD": 1, "LIST": 9},
    "places": {
        "GET index/root.json": 1, "HEAD index/root.json": 1, "LIST pending/": 1, "LIST findings/date": 8, "GET index/ip/day": 30,
    },
}  # fmt: skip
RUN = {
    "wall": [0.1, 0.12, 0.9],
    "cpu": [0.04, 0.05, 0.06],
    "objects": 31,
    "bytes": 5_000_000,
    "answer_bytes": 9,
    "counts": COUNTS,
}


def taken(large: int) -> Taken:
    return Taken({"empty": RUN, "kept": RUN}, Measured([0.3, 0.3, 0.3], {}, [0.39, 0.41, 0.4]), large)


def rows(large: int) -> dict[str, tuple[str, bool | None]]:
    verdict = Verdict("reports")
    judge_light(Bench(Console(quiet=True), verdict, 3), BOUNDS[1], taken(large), Size(30, 1))
    return {row.measure.strip(): (row.measured, row.ok) for row in verdict.rows}


def test_a_read_more_than_the_range_has_days_is_a_miss_unless_it_is_of_a_large_object() -> None:
    # GIVEN a report over 30 days that read 31 objects

    # WHEN none of them is large, and when one is
    none, one = rows(large=0), rows(large=1)

    # THEN the first misses its bound of 30, the second holds it
    assert none["reads of data"] == ("31", False)
    assert one["reads of data"][1]


def test_medians_are_judged_and_other_requests_are_told_apart() -> None:
    found = rows(large=1)

    assert found["ms, empty cache"][0].startswith("120 (best 100; 2 x 32 + CPU 50)")
    assert found["ms, empty cache"][1]
    assert found["ms, cold process"] == ("400 (best 390; 2 x 32 + CPU 300)", True)
    assert found["other requests"][0] == "2 root, 1 markers, 8 findings"


def test_the_year_is_eleven_months_and_the_days_of_the_open_one(tmp_path) -> None:
    ready = Prepared(Size(30, 1), tmp_path)

    bucket, earlier, later = ready.bucket_and_range(365)

    months = months_before(f"{FIRST_DAY:%Y-%m}")
    assert (months[0], months[-1], len(months)) == ("2025-04", "2026-02", lakes.MONTHS)
    assert bucket == "year"
    assert (later - earlier).days == 365


@pytest.mark.parametrize(("days", "bucket"), [(1, "lake"), (30, "lake")])
def test_shorter_ranges_are_asked_of_the_days_themselves(tmp_path, days: int, bucket: str) -> None:
    ready = Prepared(Size(30, 1), tmp_path)

    found, earlier, later = ready.bucket_and_range(days)

    assert (found, (later - earlier).days) == (bucket, days)
    assert ready.first <= earlier


def test_a_thousand_reports_cost_their_requests_and_their_time() -> None:
    # GIVEN prices that make each part visible by itself
    prices = Prices(gb_second=1, invocation=10, put=100, get=1000, api_call=10_000)
    report = {"requests": {"GET": 2, "HEAD": 1, "LIST": 4}, "milliseconds": 1024.0}

    # WHEN a thousand are reckoned
    dollars = cost.of_reports(report, prices).dollars

    # THEN each costs 1.769 GB-seconds, a call twice over, 4 listings and 3 reads
    assert dollars == pytest.approx(1000 * (1.769 + 10 + 10_000 + 400 + 3000))


def test_athena_charges_for_ten_megabytes_at_least_and_for_each_query() -> None:
    prices = Prices(athena_tb=5)

    assert cost.of_athena(1, prices) == pytest.approx(1000 * 10e6 / 1e12 * 5)
    assert cost.of_athena(1e9, prices) == pytest.approx(5)
    assert cost.of_athena(15e6, prices, queries=3) == pytest.approx(1000 * 30e6 / 1e12 * 5)


def test_a_billion_requests_are_ingested_and_folded_in_proportion() -> None:
    # GIVEN a million requests ingested in 8 CPU seconds, and days of a million folded in 10
    measured = {
        "ingest": {"requests": 1_000_000, "cpu_seconds": 8.0, "bytes": 20_000_000},
        "fold a day": {"requests": 1_000_000, "cpu_seconds": 10.0, "bytes": 90_000_000, "objects": 100, "units": 24},
        "derive a month": {
            "days": 10,
            "kinds": {"ip": {"cpu_seconds": 5.0, "bytes": 30_000_000, "requests": 10_000_000}},
        },
    }
    assumed = Assumed(requests_a_log=100_000, writes_of_a_row=3)

    # WHEN a billion are reckoned
    ingest = cost.of_ingest(measured, Prices(), assumed)
    compaction = cost.of_compaction(measured, Prices(), assumed)
    storage = cost.of_storage(measured, Prices())

    # THEN these are 1,000 times as much, each row being written three times on its day, and six kinds by months
    assert [line.how_much for line in ingest] == ["8,000 s", "10,000", "30,000"]
    assert [line.how_much for line in compaction] == ["30,000 s", "3,000 s", "300,000", "344,000"]
    assert [line.how_much for line in storage] == ["20.0 GB", "90.0 GB", "18.0 GB"]
