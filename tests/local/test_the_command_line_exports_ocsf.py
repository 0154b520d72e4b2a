"""``abslake export ocsf``, as a user calls it: into a folder, into S3, and with mistakes."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from abslake.dev.cli import app
from abslake.storage import Lake
from tests.support.calls import USERS
from tests.support.command import abslake
from tests.support.facts import fact, write_facts
from tests.support.ocsf import all_faults, records_of
from tests.support.s3 import moto_server

PLACE = ("--region", "eu-central-1", "--account", "123456789012")
DAY = ("--from", "2026-03-02", "--to", "2026-03-03")
OBJECT = "ext/abslake/region=eu-central-1/accountId=123456789012/eventDay=20260302/20260302T1000-1100.parquet"


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    folder = tmp_path / "lake"
    rows = [
        fact("2026-03-02T10:00", requests=3, cookie="secret-1"),
        fact("2026-03-02T10:30", requests=4, username="joe"),
    ]
    write_facts(Lake(str(folder)), rows)
    return folder


def test_a_folder_is_written_once(lake: Path, tmp_path: Path) -> None:
    words = ("export", "ocsf", "--lake", lake, *DAY, "--out", tmp_path / "out", *PLACE)
    done = abslake(*words)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "2 records of 7 requests: 1 object written, 0 there already" in done.stderr
    again = abslake(*words)
    assert "0 objects written, 1 there already" in again.stderr
    (records,) = records_of(Lake(str(tmp_path / "out"))).values()
    assert all_faults(records) == []
    assert "secret-1" not in str(records)
    # AND minutes are minutes
    part = abslake(*words[:4], "--from", "2026-03-02T10:15", "--to", "2026-03-02T10:31", *words[8:])
    assert "1 record of 4 requests" in part.stderr


def test_a_bucket_of_security_lake(lake: Path) -> None:
    with moto_server() as s3:
        s3.make_bucket("aws-security-data-lake")
        keys = {"AWS_ENDPOINT_URL": s3.endpoint, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test-secret"}
        keys["AWS_REGION"] = "us-east-1"
        for place in ("s3://aws-security-data-lake", "s3://aws-security-data-lake/ext/abslake/"):
            done = abslake("export", "ocsf", "--lake", lake, *DAY, "--out", place, *PLACE, **keys)
            assert done.returncode == 0, done.stderr
        found = records_of(s3.lake("s3://aws-security-data-lake"))
    assert list(found) == [OBJECT]
    assert sum(record["count"] for record in found[OBJECT]) == 7


def test_identifiers_masked_and_in_the_clear(lake: Path, tmp_path: Path) -> None:
    words = ("export", "ocsf", "--lake", lake, *DAY, "--out", tmp_path / "out", *PLACE, "--identifiers")
    # GIVEN nobody's keys THEN nothing is masked, and nothing written
    refused = abslake(*words, "masked")
    assert refused.returncode == 2
    assert "ABSLAKE_USERS" in refused.stderr
    assert not (tmp_path / "out").exists()
    # GIVEN users THEN their masks are in the object
    users = tmp_path / "users.json"
    users.write_text(json.dumps(USERS))
    assert abslake(*words, "masked", ABSLAKE_USERS=f"file:{users}").returncode == 0
    (records,) = records_of(Lake(str(tmp_path / "out"))).values()
    assert len(records[0]["actor"]["session"]["uid"]) == 32
    # GIVEN that it is wanted THEN they are in the clear, with a warning
    clear = abslake(*words, "clear")
    assert "warning" in clear.stderr
    assert "1 object written" in clear.stderr
    (records,) = records_of(Lake(str(tmp_path / "out"))).values()
    assert records[0]["actor"]["session"]["uid"] == "secret-1"


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({"--from": "2026-03-03"}, 2, "range is empty"),
        ({"--from": "yesterday"}, 2, "--from: write"),
        ({"--to": "2026-03-02T10"}, 2, "--to: write"),
        ({"--region": "Frankfurt"}, 2, "region"),
        ({"--account": "../1"}, 2, "account"),
        ({"--source-name": "a" * 21}, 2, "source name"),
        ({"--lake": "nowhere"}, 2, "no folder"),
        ({"--identifiers": "some"}, 2, "'some'"),
        ({"--from": "2027-01-01", "--to": "2027-01-02"}, 0, "no requests in this range"),
    ],
)
def test_mistakes_are_explained(change: dict[str, str], code: int, said: str, lake: Path, tmp_path: Path) -> None:
    given = {"--lake": str(lake), **dict(zip(DAY[::2], DAY[1::2], strict=True)), "--out": str(tmp_path / "out")}
    given |= dict(zip(PLACE[::2], PLACE[1::2], strict=True)) | change
    done = CliRunner().invoke(app, ["export", "ocsf", *(word for pair in given.items() for word in pair)])
    assert (done.exit_code, said in done.stderr) == (code, True), done.output
    assert not list(tmp_path.glob("out/**/*.parquet"))
