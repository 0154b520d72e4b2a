"""``abslake apis suggest``, as a user calls it: a table, files that ingest can use, and mistakes."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from abslake.dev.cli import app
from tests.support import ase
from tests.support.command import abslake
from tests.support.suggesting import requests


@pytest.fixture
def log(tmp_path: Path) -> Path:
    cookie = [*requests(60, lambda n: f"/cart/{n}", headers=lambda n: [("Cookie", f"SID=secret-{n % 9:020}")])]
    file = tmp_path / "access.log"
    file.write_bytes(ase.log(*cookie, *requests(40, lambda n: f"/orders/{n}", status=500), *requests(40, "/orders/1")))
    return file


def test_from_a_log_to_reports(log: Path, tmp_path: Path) -> None:
    apis = tmp_path / "apis"
    # GIVEN a log WHEN definitions are proposed and written THEN the table says what they take
    done = abslake("apis", "suggest", log, "--out", apis)
    assert done.returncode == 0, done.stderr
    cart = next(line for line in done.stdout.splitlines() if "/cart" in line)
    orders = next(line for line in done.stdout.splitlines() if "/orders" in line)
    assert [word in cart for word in ("42.9%", "100%", "cookie SID")] == [True] * 3
    assert [word in orders for word in ("57.1%", "50%", "none")] == [True] * 3
    assert "100.0% of 140 requests" in done.stderr
    assert "secret" not in done.stdout + done.stderr
    # AND they are valid, and ingest takes them
    assert abslake("apis", "check", apis).stdout == "cart.json: ok\norders.json: ok\n"
    assert abslake("ingest", log, "--lake", tmp_path / "lake", "--apis", apis, "--any-time").returncode == 0
    days = ("--earlier", "2026-03-02T00:00", "--later", "2026-03-03T00:00", "--lake", tmp_path / "lake")
    report = abslake("report", "metrics", "cart", *days)
    assert '"total_requests": 60' in report.stdout


def test_nothing_is_written_over(log: Path, tmp_path: Path) -> None:
    mine = tmp_path / "apis/cart.json"
    mine.parent.mkdir()
    mine.write_text("mine")
    refused = abslake("apis", "suggest", log, "--out", tmp_path / "apis")
    assert (refused.returncode, "--force" in refused.stderr) == (2, True)
    assert (mine.read_text(), len(list(mine.parent.iterdir()))) == ("mine", 1)
    forced = abslake("apis", "suggest", log, "--out", tmp_path / "apis", "--force")
    assert (forced.returncode, mine.read_text() != "mine", len(list(mine.parent.iterdir()))) == (0, True, 2)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("nowhere.log",), 2, "there is no file"),
        (("{log}", "--min-share", "much"), 2, "write 0.5%"),
        (("{log}", "--min-share", "200%"), 2, "write 0.5%"),
        (("{log}", "--format", "none"), 2, "'none' is none of"),
        (("{log}", "--format", "combined"), 1, "nothing to propose"),
        (("{log}", "--out", "{log}"), 2, "is a file"),
        (("{log}",), 0, "--out FOLDER"),
        (("{log}", "--min-share", "50%"), 0, "57.1% of 140"),
    ],
)
def test_other_words(words: tuple[str, ...], code: int, said: str, log: Path) -> None:
    done = CliRunner().invoke(app, ["apis", "suggest", *(word.format(log=log) for word in words)])
    assert (done.exit_code, said in done.stderr) == (code, True), done.output
