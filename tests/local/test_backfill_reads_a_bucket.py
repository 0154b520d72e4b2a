"""abslake backfill from a bucket into a lake: each log object once, what is no log told apart, nothing of the source changed."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from abslake.settings import Settings
from abslake.storage import Lake
from tests.support.backfilling import LOGS, ODD_KEYS, Bucket, facts, log
from tests.support.command import abslake
from tests.support.s3 import moto_server

NO_LOGS = {
    "AWSLogs/123456789012/ELBAccessLogTestFile": b"Enable AccessLog for ELB",
    "folder/": b"",
    "empty.log": b"",
    "a.log.md5": b"d41d8cd98f00b204e9800998ecf8427e",
    "inventory/manifest.json": b"{}",
}
ANY_AGE = Settings(event_time_past_days=None)


@pytest.fixture
def bucket(tmp_path: Path) -> Iterator[Bucket]:
    with moto_server() as server, contextlib.closing(server.client()) as s3:
        server.make_bucket(LOGS)
        yield Bucket(server, s3, tmp_path / "state")


def table(text: str) -> dict[str, str]:
    """The numbers of this run in the summary's table."""
    rows = [[cell.strip() for cell in row.split("│")[1:3]] for row in text.splitlines() if row.startswith("│")]
    return {name: number for name, number in rows if name not in ("bytes", "time", "bytes/s", "requests/s")}


def test_faults_01_and_13_odd_keys_are_read_and_what_is_no_log_is_counted(bucket: Bucket, tmp_path: Path) -> None:
    # GIVEN logs under keys as S3 allows them, and what lies beside logs
    bucket.put({key: log(str(number)) for number, key in enumerate(ODD_KEYS)} | NO_LOGS)
    before = bucket.s3.list_objects_v2(Bucket=LOGS)["Contents"]
    # WHEN they are brought into a lake
    done = bucket.backfill("--lake", tmp_path / "lake", "--any-age")
    # THEN the facts are those of ingest, key for key and byte for byte
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert facts(Lake(str(tmp_path / "lake"))) == bucket.ingested(*ODD_KEYS, settings=ANY_AGE)
    # AND the summary adds up, without a sign for the terminal
    assert table(done.stderr) == {"objects": "5", "lines": "20", "good": "15", "quarantined": "5", "blank": "0"} | {
        "requests": "15"
    }
    assert "3 no log by its name" in done.stderr
    assert "1 folder marker" in done.stderr
    assert "1 empty" in done.stderr
    assert "\x1b" not in done.stderr
    assert "\r" not in done.stderr
    # AND the source is as it was
    assert bucket.s3.list_objects_v2(Bucket=LOGS)["Contents"] == before


def test_twice_is_once_with_the_state_and_without(bucket: Bucket, tmp_path: Path) -> None:
    # GIVEN a backfill into a bucket
    bucket.server.make_bucket("lake")
    bucket.put({f"{number}.log": log(str(number)) for number in range(4)})
    assert bucket.backfill("--lake", "s3://lake/here", "--any-age").returncode == 0
    lake = bucket.server.lake("s3://lake/here")
    first = facts(lake)
    assert len([key for key in first if key.startswith("facts/")]) == 4
    # WHEN it is done again
    again = bucket.backfill("--lake", "s3://lake/here", "--any-age")
    # THEN nothing is read
    assert (again.returncode, "to read: 0 objects" in again.stderr, "done before: 4" in again.stderr) == (0, True, True)
    # AND without its state everything is, to the same facts
    without = bucket.backfill("--lake", "s3://lake/here", "--any-age", "--state", tmp_path / "other.jsonl")
    assert (without.returncode, "to read: 4 objects" in without.stderr) == (0, True)
    assert facts(lake) == first
    # AND a log that has changed or is new is read
    bucket.put({"0.log": log("0", 5), "new.log": log("new")})
    assert "to read: 2 objects" in bucket.backfill("--lake", "s3://lake/here", "--any-age").stderr


def test_a_lake_that_was_deleted_is_filled_anew(bucket: Bucket, tmp_path: Path) -> None:
    bucket.put({"a.log": log("a")})
    assert bucket.backfill("--lake", tmp_path / "lake", "--any-age").returncode == 0
    (tmp_path / "lake").rename(tmp_path / "old")
    done = bucket.backfill("--lake", tmp_path / "lake", "--any-age")
    assert "beginning anew" in done.stderr
    assert facts(Lake(str(tmp_path / "lake"))) == facts(Lake(str(tmp_path / "old")))


def test_a_refused_object_fails_the_command_alone_and_can_be_tried_again(bucket: Bucket, tmp_path: Path) -> None:
    # GIVEN an object that is no log, and one in an archive
    bucket.put({"good.log": log("good"), "[bold]bad.txt": b"nothing that anybody logs\n" * 5})
    bucket.s3.put_object(Bucket=LOGS, Key="old.log", Body=log("old"), StorageClass="GLACIER")
    words = ("--lake", tmp_path / "lake", "--any-age")
    # WHEN all are read
    done = bucket.backfill(*words)
    # THEN both are named with the reason, and the other one is in
    assert done.returncode == 1
    assert "  [bold]bad.txt" in done.stderr
    assert "no known log format" in done.stderr
    assert "in an archive storage class: restore it first" in done.stderr
    assert facts(Lake(str(tmp_path / "lake"))) == bucket.ingested("good.log", settings=ANY_AGE)
    # AND they are passed over next time, which is said and is no success
    again = bucket.backfill(*words)
    assert (again.returncode, "to read: 0 objects" in again.stderr) == (1, True)
    assert "refused before: 2" in again.stderr
    # AND tried again where that is asked for
    bucket.s3.delete_object(Bucket=LOGS, Key="old.log")
    retried = bucket.backfill(*words, "--retry-refused", "--exclude", "*.txt")
    assert retried.returncode == 0
    bucket.put({"old.log": log("old")})
    assert "to read: 2 objects" in bucket.backfill(*words, "--retry-refused").stderr


def test_since_until_and_globs_choose(bucket: Bucket, tmp_path: Path) -> None:
    bucket.put(
        {f"2026/03/{day:02}/10/{day}.log": log(str(day)) for day in range(1, 11)} | {"2026/03/05/10/5.txt": b"-"}
    )
    words = ("--lake", tmp_path / "lake", "--since", "2026-03-04", "--until", "2026-03-06", "--include", "*.log")
    done = bucket.backfill(*words, "--dry-run")
    # a day on both sides, for deliveries that are late and other time zones
    assert done.returncode == 0
    assert "to read: 4 objects" in done.stderr
    assert "6 outside --since and --until, 1 not --include" in done.stderr
    assert "first: 2026/03/03/10/3.log" in done.stderr
    assert "last:  2026/03/06/10/6.log" in done.stderr
    assert not (tmp_path / "lake").exists()
    assert not bucket.state.exists()


def test_copies_made_later_ask_for_a_decision(bucket: Bucket, tmp_path: Path) -> None:
    bucket.put({"2018-02-13-18.log": log("a", when="2018-02-13T18:00:00.000Z")})
    words = ("--lake", tmp_path / "lake")
    asked = bucket.backfill(*words)
    assert (asked.returncode, "--any-age" in asked.stderr) == (2, True)
    refused = bucket.backfill(*words, "--no-any-age", "--state", tmp_path / "one")
    assert (refused.returncode, "outside the window" in refused.stderr) == (0, True)
    assert not list((tmp_path / "lake").rglob("*.parquet"))
    taken = bucket.backfill(*words, "--any-age")
    assert taken.returncode == 0
    assert list((tmp_path / "lake").glob("facts/date=2018-02-13/hour=18/*.parquet"))


def test_a_bucket_that_is_not_there(bucket: Bucket, tmp_path: Path) -> None:
    bucket.s3.delete_bucket(Bucket=LOGS)
    done = bucket.backfill("--lake", tmp_path / "lake")
    assert (done.returncode, "cannot list s3://logs/ (NoSuchBucket)" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "either --lake or --queue"),
        (("--lake", "LAKE", "--queue", "http://q"), "either --lake or --queue"),
        (("--lake", f"s3://{LOGS}/lake"), "inside of what is to be read"),
        (("--lake", "LAKE", "--since", "2026-01-02", "--until", "2026-01-02"), "--since is not before --until"),
        (("--lake", "LAKE", "--format", "nothing"), "is none of auto, "),
        (("--queue", "http://q", "--format", "ase"), "are for --lake"),
    ],
)
def test_mistakes_are_explained(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    given = [str(tmp_path / "lake") if word == "LAKE" else word for word in words]
    done = abslake("backfill", f"s3://{LOGS}", *given)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr


def test_a_setting_that_names_no_format_makes_no_log_a_refused_one(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    done = abslake("backfill", tmp_path / "logs", "--lake", tmp_path / "lake", ABSLAKE_FORMATS="a/=alb,b/=elb")
    assert (done.returncode, "ABSLAKE_FORMATS: 'elb' is none of alb, " in done.stderr) == (2, True), done.stderr


def test_files_cannot_go_through_a_queue(tmp_path: Path) -> None:
    done = abslake("backfill", tmp_path, "--queue", "http://q")
    assert (done.returncode, "cannot go through a queue" in done.stderr) == (2, True)
