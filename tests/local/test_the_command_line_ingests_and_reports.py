"""abslake ingest and abslake report on a lake that is a plain folder: data on stdout, the rest on stderr."""

import gzip
import json
from pathlib import Path

import pytest

from tests.support.ase import line
from tests.support.command import TOP, abslake
from tests.support.samples import sample, unordered

EXAMPLES = TOP / "examples"
RANGE_2018 = ("--earlier", "2018-02-13T18:00", "--later", "2018-02-18T18:00")


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The samples of 2018, without findings."""
    folder: Path = tmp_path_factory.mktemp("cli") / "lake"
    logs = sorted(EXAMPLES.glob("ase/*2018*"))
    done = abslake("ingest", *logs, "--lake", folder, "--apis", EXAMPLES / "apis", "--any-time")
    assert (done.returncode, done.stdout) == (0, "")
    assert "21,353" in done.stderr  # lines in all
    assert "17,257" in done.stderr  # requests in all: 4,096 of them stand on two lines
    return folder


def test_the_lake_is_plain_files_with_the_definitions_in_it(lake: Path) -> None:
    assert (lake / "config/apis/atm_app_public.json").is_file()
    assert list(lake.glob("facts/date=2018-02-14/hour=10/*.parquet"))


def test_metrics_are_the_documented_ones(lake: Path) -> None:
    done = abslake("report", "metrics", "atm_app_public", *RANGE_2018, "--lake", lake)
    assert (done.returncode, done.stderr) == (0, "")
    assert unordered(json.loads(done.stdout)) == unordered(sample("api_metrics"))


@pytest.mark.parametrize(
    ("words", "requests"),
    [
        (("token", "token1"), 6556),
        (("ip", "4.1.1.1"), 8192),
        (("cookie", "session11"), 2506),
        (("cookie", "session11", "--api", "atm_app_public"), 2506),
        (("api-key", "none such"), 0),
        (("username", "nobody"), 0),
    ],
)
def test_the_forensics_reports(lake: Path, words: tuple[str, ...], requests: int) -> None:
    done = abslake("report", *words, *RANGE_2018, "--lake", lake)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["summary"]["total_requests"] == requests


def test_the_same_files_again_change_nothing(lake: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in lake.rglob("*.parquet")}
    logs = sorted(EXAMPLES.glob("ase/*2018*"))
    assert abslake("ingest", *logs, "--lake", lake, "--any-time").returncode == 0
    assert {path: path.stat().st_mtime_ns for path in lake.rglob("*.parquet")} == before


def test_without_any_time_old_events_are_quarantined_and_the_summary_says_why(tmp_path: Path) -> None:
    log = tmp_path / "old.log"
    log.write_bytes(line(timestamp="2018-02-13T18:00:00Z"))
    done = abslake("ingest", log, "--lake", tmp_path / "lake")
    assert done.returncode == 0
    assert "outside the window" in done.stderr
    assert "--any-time" in done.stderr


def test_a_file_that_cannot_be_read_fails_the_command_and_not_the_others(tmp_path: Path) -> None:
    (tmp_path / "bad.log").write_bytes(b"nothing that anybody logs\n" * 5)
    (tmp_path / "good.log.gz").write_bytes(gzip.compress(line()))
    done = abslake("ingest", tmp_path / "bad.log", tmp_path / "good.log.gz", "--lake", tmp_path / "lake", "--any-time")
    assert done.returncode == 1
    assert "unreadable: bad.log" in done.stderr
    assert "good.log.gz" in done.stderr
    assert list((tmp_path / "lake").rglob("*.parquet"))


def test_a_forced_format_is_not_looked_for(tmp_path: Path) -> None:
    log = tmp_path / "x"
    log.write_bytes(line())
    done = abslake("ingest", log, "--lake", tmp_path / "lake", "--format", "combined", "--any-time")
    assert done.returncode == 1
    assert "the line does not have the layout of this format" in done.stderr
    assert "not one good line: x" in done.stderr
