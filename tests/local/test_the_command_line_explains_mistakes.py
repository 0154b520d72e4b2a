"""A mistake is a message that says what to do next, with its exit code: no traceback, no identifier."""

from pathlib import Path

import pytest

from tests.support.command import TOP, abslake

RANGE = ("--earlier", "2018-02-13T18:00", "--later", "2018-02-18T18:00")
SECRET = "Bearer-4711"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("empty-lake")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("report", "metrics", "none", *RANGE), 3, "config/apis/"),
        (("report", "cookie", SECRET, "--api", "none", *RANGE), 3, "config/apis/"),
        (("report", "token", SECRET, "--earlier", "2018-02-13", "--later", "2018-02-18T18:00"), 2, "yyyy-mm-ddThh:mm"),
        (
            ("report", "token", SECRET, "--earlier", "2018-02-18T18:00", "--later", "2018-02-13T18:00"),
            2,
            "earlier_date",
        ),
        (("report", "token", SECRET, "--earlier", "2010-01-01T00:00", "--later", "2018-02-13T18:00"), 2, "400 days"),
        (("report", "token", "", *RANGE), 2, "empty"),
        (("report", "ip", SECRET, *RANGE), 2, "IP"),
        (("report", "token", SECRET, "--api", "a", *RANGE), 2, "api"),
        (("report", "metrics", "a", "--api", "a", *RANGE), 2, "VALUE"),
        (("report", "metrics", "a", "--later", "2018-02-18T18:00"), 2, "--earlier"),
        (("report", "nothing", "a", *RANGE), 2, "metrics"),
    ],
)
def test_reports(lake: Path, words: tuple[str, ...], code: int, said: str) -> None:
    done = abslake(*words, "--lake", lake)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert SECRET not in done.stderr


def test_a_lake_that_is_not_there_is_not_made_by_a_report(tmp_path: Path) -> None:
    done = abslake("report", "ip", "1.2.3.4", *RANGE, "--lake", tmp_path / "none")
    assert done.returncode == 2
    assert "abslake ingest" in done.stderr
    assert not (tmp_path / "none").exists()


def test_a_lake_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = abslake("ingest", tmp_path / "file", "--lake", tmp_path / "file")
    assert done.returncode == 2
    assert "s3://bucket" in done.stderr


def test_a_log_that_is_not_there(tmp_path: Path) -> None:
    done = abslake("ingest", tmp_path / "none.gz", "--lake", tmp_path / "lake")
    assert done.returncode == 2
    assert "there is no file" in done.stderr


def test_a_setting_that_is_malformed_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    done = abslake("ingest", tmp_path / "a", "--lake", tmp_path / "lake", ABSLAKE_TIMEZONE="Mars/Olympus")
    assert done.returncode == 2
    assert "ABSLAKE_TIMEZONE" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_lake_that_cannot_be_reached_is_a_failure() -> None:
    done = abslake(
        *("report", "ip", "1.2.3.4", *RANGE, "--lake", "s3://lake"),
        AWS_ENDPOINT_URL="http://127.0.0.1:9",
        AWS_ACCESS_KEY_ID="a",
        AWS_SECRET_ACCESS_KEY="b",
        AWS_REGION="us-east-1",
        NO_PROXY="127.0.0.1",
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "Traceback" not in done.stderr


def test_definitions_are_checked_one_by_one(tmp_path: Path) -> None:
    (tmp_path / "good.json").write_text('{"api_metadata": {"url": "/good"}}')
    (tmp_path / "twin.json").write_text('{"api_metadata": {"url": "/good"}}')
    (tmp_path / "bad.json").write_text('{"api_metadata": {"url": "good", "hostname": 7}}')
    (tmp_path / "broken.json").write_text("{")
    done = abslake("apis", "check", tmp_path)
    assert done.returncode == 1
    lines = dict(text.split(": ", 1) for text in done.stdout.splitlines())
    assert lines["good.json"] == "ok"
    assert "api_metadata.url" in lines["bad.json"]
    assert "not JSON" in lines["broken.json"]
    assert "good has the same hostname and url" in lines["twin.json"]


def test_good_definitions_are_ok() -> None:
    done = abslake("apis", "check", TOP / "examples/apis")
    assert done.returncode == 0
    assert all(text.endswith(": ok") for text in done.stdout.splitlines())


def test_a_folder_without_definitions(tmp_path: Path) -> None:
    done = abslake("apis", "check", tmp_path)
    assert done.returncode == 2
    assert "*.json" in done.stderr


def test_a_rejected_definition_is_said_and_the_logs_are_ingested(tmp_path: Path) -> None:
    (tmp_path / "apis").mkdir()
    (tmp_path / "apis/bad.json").write_text('{"api_metadata": {"url": "bad"}}')
    (tmp_path / "apis/good.json").write_text('{"api_metadata": {"url": "/good"}}')
    (tmp_path / "log").write_text("\n")
    done = abslake(
        "ingest",
        TOP / "examples/ase/http_ws_80_pid_19017__access__2018-01-29_15-50.log.gz",
        *("--lake", tmp_path / "lake", "--apis", tmp_path / "apis", "--any-time"),
    )
    assert done.returncode == 1
    assert "config/apis/bad.json: api_metadata.url" in done.stderr
    assert {path.name for path in (tmp_path / "lake/config/apis").iterdir()} == {"good.json"}
    assert list((tmp_path / "lake").rglob("*.parquet"))
