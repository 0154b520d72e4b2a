"""``abslake export findings``, as a user calls it: one JSON object a line, masked unless asked otherwise."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from abslake.dev.cli import app
from abslake.storage import Lake
from tests.support.announcing import TOKEN, Kept, found, judged, run

DAY = ("--from", "2026-03-02", "--to", "2026-03-03")
NEXT_DAY = timedelta(days=1) // timedelta(minutes=1)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    made = Lake(str(tmp_path / "lake"))
    judged(made, found(20), found(0), found(10, api="bank"), found(NEXT_DAY))
    return made


def export(lake: Lake, *words: str) -> Result:
    return CliRunner().invoke(app, ["export", "findings", "--lake", str(lake.folder), *words])


def lines(lake: Lake, *words: str) -> list[dict[str, str]]:
    done = export(lake, *words)
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_findings_of_the_range_come_in_the_order_of_time(lake: Lake) -> None:
    assert [one["last"][11:16] for one in lines(lake, *DAY)] == ["12:09", "12:19", "12:29"]
    assert [one["api"] for one in lines(lake, *DAY, "--api", "bank")] == ["bank"]
    part = ("--from", "2026-03-02T12:09", "--to", "2026-03-02T12:19")
    assert [one["last"][11:16] for one in lines(lake, *part)] == ["12:09"]
    assert len(lines(lake, "--from", "2026-03-02", "--to", "2026-03-04")) == 4


def test_each_has_the_id_of_its_event(lake: Lake) -> None:
    channel = Kept()
    run(lake, channel, announce_quiet_minutes=0)
    told = {each.reference for each in channel.told}
    assert {one["id"] for one in lines(lake, *DAY)} == told
    assert {one["finding_id"] for one in lines(lake, *DAY, "--format", "splunk")} == told
    assert {one["finding_info"]["uid"] for one in lines(lake, *DAY, "--format", "ocsf")} == told  # type: ignore[index]


@pytest.mark.parametrize("form", ["abslake", "splunk", "ocsf"])
def test_clients_are_masked_unless_asked_otherwise(lake: Lake, form: str) -> None:
    assert TOKEN not in export(lake, *DAY, "--format", form).output
    clear = export(lake, *DAY, "--format", form, "--identifiers", "clear")
    assert clear.stdout.count(TOKEN) >= 3
    assert "in the clear" in clear.stderr


def test_no_findings_are_no_lines(lake: Lake) -> None:
    done = export(lake, "--from", "2026-01-01", "--to", "2026-01-02")
    assert (done.exit_code, done.stdout) == (0, "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from", "2026-03-02", "--to", "2026-03-02"), "range is empty"),
        (("--from", "yesterday", "--to", "2026-03-02"), "--from"),
        ((*DAY, "--format", "syslog"), "--format"),
    ],
)
def test_mistakes_are_usage_errors(lake: Lake, words: tuple[str, ...], said: str) -> None:
    done = export(lake, *words)
    assert done.exit_code == 2
    assert said in done.output
