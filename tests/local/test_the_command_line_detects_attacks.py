"""``abslake detect`` and what shows its findings, as a user calls them."""

import csv
import io
import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from abslake.storage import Lake
from tests.support import ase
from tests.support.detecting import THIEF, YOUNG, abslake, fill, good
from tests.support.facts import at, definition, fact, write_facts


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What the first run said, and the lake."""
    folder = tmp_path_factory.mktemp("judged")
    fill(folder)
    return good("detect", "--lake", folder), folder


@pytest.fixture
def folder(said: tuple[str, Path]) -> Path:
    """The lake, judged."""
    return said[1]


def with_tokens(url: str) -> bytes:
    """A definition whose clients have tokens."""
    document = json.loads(definition(url))
    document["api_metadata"]["oauth2_access_token"] = True
    return json.dumps(document).encode()


def findings(folder: Path, *words: str) -> list[dict[str, object]]:
    return list(json.loads(good("detect", "findings", "--lake", folder, "--format", "json", *words)))


def test_old_logs_are_judged_to_their_end_and_the_summary_says_what_was_found(said: tuple[str, Path]) -> None:
    text, folder = said
    assert "3 windows of ten minutes judged" in text
    assert re.search(r"\b1 +Data Exfiltration Attack +1 +0 +1\b", text)
    assert re.search(r"\b41 +Query Manipulation Attack +1 +0 +1\b", text)
    assert "thresholds were learned: 2026-03-02 12:00" in text
    assert "in training: bank (1 h left)" in text
    assert f"abslake detect findings --lake {folder}" in text
    assert THIEF not in text


def test_a_second_run_has_nothing_to_do(folder: Path) -> None:
    assert "nothing is due" in good("detect", "--lake", folder)


def test_findings_are_shown_with_the_measured_value_and_samples(folder: Path) -> None:
    table = good("detect", "findings", "--lake", folder)
    (line,) = [line for line in table.splitlines() if "1 Data Exfiltration Attack" in line]
    assert all(
        word in line for word in ("2026-03-02 12:00", "attack", "shop", f"ip {THIEF}", "799.9 MB", "x the threshold")
    )
    assert "8,000 x 200 /shop/items" in good("detect", "findings", "--lake", folder, "--samples")


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        (("--type", "41"), [41]),
        (("--api", "bank"), [41]),
        (("--level", "anomaly", "--type", "41"), []),
        (("--since", "2026-03-02T12:05", "--type", "41"), []),
        (("--since", "2026-03-02T12:00", "--type", "41"), [41]),
        (("--since", "2026-03-03"), []),
    ],
)
def test_findings_are_chosen(folder: Path, words: Sequence[str], ids: list[int]) -> None:
    assert [one["attack_id"] for one in findings(folder, *words)] == ids


def test_the_newest_come_first_and_no_more_than_asked_for(folder: Path) -> None:
    every = findings(folder)
    assert [one["last"] for one in every] == sorted((one["last"] for one in every), reverse=True)
    done = abslake("detect", "findings", "--lake", folder, "--limit", "1", "--format", "json")
    assert json.loads(done.stdout) == every[:1]
    assert "older ones are left out" in abslake("detect", "findings", "--lake", folder, "--limit", "1").stderr


def test_findings_come_as_csv_that_a_spreadsheet_takes_for_text(folder: Path, tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(good("detect", "findings", "--lake", folder, "--format", "csv"))))
    assert {row["identifier"] for row in rows if row["attack_id"] == "1"} == {THIEF}

    # GIVEN a user name that a spreadsheet would calculate, and a terminal obey
    name = "=1+1\x1b[2J"
    lake = Lake(str(tmp_path))
    lake.put("config/apis/bank.json", definition("/bank"))
    write_facts(lake, [fact("2026-03-02T12:00", api="bank", token=name, requests=9, signals=1)])
    good("detect", "--lake", tmp_path)
    assert f"'{name}" in good("detect", "findings", "--lake", tmp_path, "--format", "csv")
    for shown in (("findings",), ("findings", "--samples")):
        text = good("detect", *shown, "--lake", tmp_path)
        assert "\x1b[2J" not in text
        assert r"\x1b[2J" in text


def test_a_finding_is_explained_with_what_is_normal_and_what_to_do(folder: Path) -> None:
    (finding,) = findings(folder, "--type", "1")
    text = good("detect", "explain", str(finding["id"])[:8], "--lake", folder)
    assert re.search(r"bytes of answers in ten minutes but for the largest one.*: 799.9 MB", " ".join(text.split()))
    assert re.search(
        r"threshold Tn \d+: [\d.]+ kB or more is unusual, Tx \d+: .* \(learned up to 2026-03-02 1200\)", text
    )
    assert "normal: half of 80 client-windows: at most" in text
    assert re.search(r">= 4.1 kB █+", text)
    assert "<- this finding" in text
    assert "An attack: over every Tn, and over a Tx" in text
    assert "Next: See which records went out" in text


@pytest.mark.parametrize(("beginning", "code"), [("abc", 2), ("../x", 2), ("ffffffff", 3)])
def test_an_id_that_names_no_finding_is_a_mistake(folder: Path, beginning: str, code: int) -> None:
    assert abslake("detect", "explain", beginning, "--lake", folder).exit_code == code


def test_the_status_says_what_was_learned_and_that_detection_is_on_time(folder: Path) -> None:
    text = good("detect", "status", "--lake", folder, "--check")
    assert re.search(r"shop +2026-03-02 11:00 +3 +\d+ +\d+ +yes", text)
    assert re.search(r"bank +2026-03-02 12:00 +1 +0 +0 +in 0.8 hours of traffic", text)
    assert "on time" in text
    document = json.loads(good("detect", "status", "--lake", folder, "--json"))
    assert (document["last_window"], document["hours_due"], document["late"]) == ("2026-03-02T12:00:00Z", 0, False)


def test_a_check_fails_where_facts_wait_for_more_than_an_hour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN facts that nobody has judged, which came just now
    fill(tmp_path)
    young = abslake("detect", "status", "--lake", tmp_path, "--check")
    assert (young.exit_code, "wait" in young.stdout) == (0, True)

    # WHEN an hour goes by
    monkeypatch.setattr("abslake.dev.detect_status.LATE_SECONDS", -1.0)
    late = abslake("detect", "status", "--lake", tmp_path, "--check")
    assert (late.exit_code, "late" in late.stdout) == (1, True)
    assert abslake("detect", "status", "--lake", tmp_path).exit_code == 0


def test_a_log_with_an_injection_becomes_an_attack_in_the_report(tmp_path: Path) -> None:
    # GIVEN a log in which somebody with a token tries injections
    urls = [f"/shop/items?id={n}%27%20UNION%20SELECT%20password%20FROM%20users--" for n in range(3)] + [
        "/shop/items?id=1"
    ]
    lines = [
        ase.line(request=ase.request(url=url, headers=ase.headers(("Host", ase.HOST), ("Authorization", "Bearer t-1"))))
        for url in urls
    ]
    (tmp_path / "access.log").write_bytes(b"\n".join(lines) + b"\n")
    (tmp_path / "apis").mkdir()
    (tmp_path / "apis/shop.json").write_bytes(with_tokens("/shop"))
    lake = tmp_path / "lake"

    # WHEN it is ingested and judged
    good("ingest", tmp_path / "access.log", "--lake", lake, "--apis", tmp_path / "apis", "--any-time")
    good("detect", "--lake", lake)

    # THEN the report of the token names the attack
    day = {"--earlier": "2026-03-02T00:00", "--later": "2026-03-03T00:00"}
    words = [word for pair in day.items() for word in pair]
    report = json.loads(good("report", "token", "t-1", "--lake", lake, *words))
    assert report["details"]["attack_types"] == {"Query Manipulation Attack": ["shop"]}
    assert report["summary"]["total_attacks"] == 1

    # AND the explanation shows what was sent
    (finding,) = findings(lake)
    text = good("detect", "explain", str(finding["id"]), "--lake", lake)
    assert re.search(r"1 x 200 GET /shop/items\?id=0%27%20UNION%20SELECT%20password%20FROM%20users--  \[sql", text)
    assert "id=1 " not in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "--lake is missing"),
        (("--since", "2026-03-03", "--until", "2026-03-02"), "--since is not before --until"),
        (("status",), "behind the command"),
    ],
)
def test_mistakes_say_what_to_do(folder: Path, words: Sequence[str], said: str) -> None:
    place = ("--lake", folder) if words else ()
    done = abslake("detect", *place, *words)
    assert (done.exit_code, said in done.stderr) == (2, True), done.output


def test_a_lake_without_facts_is_told(tmp_path: Path) -> None:
    done = abslake("detect", "--lake", tmp_path)
    assert (done.exit_code, "no facts" in done.stderr) == (1, True)
    assert "no facts" in good("detect", "status", "--lake", tmp_path)
    assert "no findings" in good("detect", "findings", "--lake", tmp_path)


def test_facts_of_the_future_are_judged_too(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    write_facts(lake, [fact(at("2099-03-04T06:00"), ip=YOUNG, requests=9, signals=1)])
    assert "1 windows" in good("detect", "--lake", tmp_path)
    assert [one["attack_id"] for one in findings(tmp_path)] == [41]
