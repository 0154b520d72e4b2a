"""The benchmarks' table: a missed bound is a miss, and what was not run has no figure and no verdict."""

import io

import pytest
from rich.console import Console

from benchmarks.ingest import judge
from benchmarks.measure import Job, Measured, once
from benchmarks.verdict import Verdict

ROUNDS = {
    "msgspec": Measured([2.0, 2.2, 9.9]),
    "duckdb": Measured([1.6, 1.5, 1.7]),
    "clean": Measured([4.0, 4.0, 4.0], {"stored": 2_500_000, "requests": 100_000}),
    "bad": Measured([4.4, 4.4, 4.4], {"quarantined": 380, "lines": 100_000}),
    "small letters": Measured([5.0, 5.0, 5.0]),
    "combined": Measured([2.0, 2.0, 2.0]),
}


def test_bounds_are_judged_against_the_faster_parser_of_the_same_run() -> None:
    # GIVEN rounds in which DuckDB parses in 1.6 s and all of ingest takes 4 s
    verdict = Verdict("rounds")

    # WHEN they are judged
    judge(verdict, ROUNDS, 100_000)

    # THEN the ratio is 1.6 / 4 and holds; 25 bytes a request do not
    rows = {row.measure: row for row in verdict.rows}
    assert rows["ours ÷ B"].measured == "0.40"
    assert rows["ours ÷ B"].ok
    assert rows["bytes of facts a request"].ok is False
    assert verdict.missed


def test_a_peer_that_is_not_installed_has_no_figure() -> None:
    verdict = Verdict("rounds")
    judge(verdict, ROUNDS, 100_000)

    (row,) = [row for row in verdict.rows if "÷ GoAccess" in row.measure]
    assert row.ok is None
    assert "not run" in row.measured
    printed = io.StringIO()
    verdict.show(Console(file=printed, width=120))
    assert "apt-get install goaccess" in printed.getvalue()


def test_a_job_that_fails_is_no_measurement() -> None:
    with pytest.raises(RuntimeError, match="broken failed"):
        once(Job("broken", ("false",)))
