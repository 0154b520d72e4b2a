"""``abslake rebuild`` and ``abslake erase`` on a lake in a folder, as a user calls them."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from abslake.storage import Lake
from tests.support import ase
from tests.support.command import PROGRAM, abslake, environment
from tests.support.facts import definition
from tests.support.ingesting import quarantine_of
from tests.support.upkeep import keys

VALUE = "top-secret-session"
REPORT = ("--earlier", "2026-03-02T00:00", "--later", "2026-03-03T00:00")


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """A lake with one log, ingested before the API had sessions."""
    for name in ("apis", "new", "logs"):
        (tmp_path / name).mkdir()
    (tmp_path / "apis/shop.json").write_text('{"api_metadata": {"url": "/shop", "hostname": "*"}}')
    (tmp_path / "new/shop.json").write_bytes(definition("/shop"))
    headers = ase.headers(("Host", ase.HOST), ("Cookie", f"JSESSIONID={VALUE}"))
    lines = [ase.line(request=ase.request(headers=headers)), b"bad " + VALUE.encode()]
    (tmp_path / "logs/one.log").write_bytes(ase.log(*lines))
    os.utime(tmp_path / "logs/one.log", (1_772_446_800, 1_772_446_800))
    done = abslake("ingest", tmp_path / "logs/one.log", "--lake", tmp_path / "lake", "--apis", tmp_path / "apis")
    assert done.returncode == 0, done.stderr
    return tmp_path / "lake"


def sessions(lake: Path) -> int:
    done = abslake("report", "cookie", VALUE, "--lake", lake, *REPORT)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["summary"]["total_requests"]


def test_a_day_is_rebuilt_and_a_session_erased(lake: Path) -> None:
    # GIVEN a lake whose API has no sessions
    rebuild = ("rebuild", "--lake", lake, "--from", "2026-03-02", "--to", "2026-03-03", "--yes")
    top = lake.parent
    assert sessions(lake) == 0
    # WHEN the day is rebuilt with another definition THEN it has
    done = abslake(*rebuild, "--logs", top / "logs", "--apis", top / "new")
    assert (done.returncode, sessions(lake)) == (0, 1), done.stderr
    assert "1 requests before, 1 now" in done.stderr
    # WHEN the log is gone THEN that is an error that says what to do
    (top / "logs/one.log").rename(top / "logs/two.log")
    gone = abslake(*rebuild, "--logs", top / "logs")
    assert (gone.returncode, "one.log" in gone.stderr, "--keep-missing" in gone.stderr) == (1, True, True)
    # WHEN the session is erased, its value piped in THEN no report knows it, and it was never printed
    words = ["erase", "--lake", str(lake), "--cookie", "-", "--yes"]
    erased = subprocess.run(
        [*PROGRAM, *words], input=VALUE + "\n", capture_output=True, text=True, env=environment(), check=False
    )
    assert (erased.returncode, sessions(lake)) == (0, 0), erased.stderr
    assert VALUE not in erased.stderr + erased.stdout
    assert "file: one.log" in erased.stderr
    # AND no file says it
    assert not [path for path in lake.rglob("*") if path.is_file() and VALUE.encode() in path.read_bytes()]
    (quarantine,) = keys(Lake(str(lake)), "quarantine/")
    assert VALUE not in str(quarantine_of(Lake(str(lake)), quarantine))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("erase", "--token", "a", "--ip", "b"), "one identifier at a time"),
        (("erase",), "one identifier at a time"),
        (("erase", "--token", ""), "empty"),
        (("erase", "--token", "-"), "--yes"),
        (("rebuild", "--from", "2026-3-2", "--to", "2026-03-03", "--logs", "."), "YYYY-MM-DD"),
        (("rebuild", "--from", "2026-03-03", "--to", "2026-03-03", "--logs", "."), "no day"),
        (("rebuild", "--from", "2026-03-02", "--to", "2026-03-03", "--logs", "nowhere"), "no folder"),
    ],
)
def test_mistakes_are_explained(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    done = abslake(*words, "--lake", tmp_path)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    assert "Traceback" not in done.stderr
