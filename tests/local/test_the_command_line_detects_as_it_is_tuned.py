"""``abslake detect`` tunes detection: thresholds, types, the allow-list, resets; who did it and why is kept."""

import json
import shutil
from pathlib import Path

import pytest

from abslake.detection import lease
from abslake.storage import Lake
from tests.support.detecting import THIEF, YOUNG, abslake, fill, good
from tests.support.facts import fact, write_facts


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake that was judged, for copies."""
    folder = tmp_path_factory.mktemp("judged")
    fill(folder)
    good("detect", "--lake", folder)
    return folder


@pytest.fixture
def folder(judged: Path, tmp_path: Path) -> Path:
    """A lake that was judged."""
    return Path(shutil.copytree(judged, tmp_path / "lake"))


def rows(folder: Path, *words: str) -> list[dict[str, object]]:
    return list(json.loads(good("detect", "thresholds", "--lake", folder, "--json", *words)))


def ids(folder: Path) -> list[int]:
    found = json.loads(good("detect", "findings", "--lake", folder, "--format", "json"))
    return sorted({int(one["attack_id"]) for one in found} & {1, 41})


def source(folder: Path) -> set[object]:
    return {row["source"] for row in rows(folder, "--api", "shop", "--type", "1") if row["variable"] == "A"}


def test_thresholds_and_types_are_set_and_used(tmp_path: Path) -> None:
    # GIVEN an API in training, for which somebody has set a threshold that nobody reaches, and a type switched off
    fill(tmp_path)
    place = ("--lake", tmp_path, "--by", "ada")
    assert source(tmp_path) == {"in training"}
    good("detect", "set-threshold", "1", "a", "--api", "shop", "--tn", "31", "--tx", "33", *place)
    assert "41 Query" in abslake("detect", "switch", "--off", "41", *place).stderr

    # WHEN it is judged
    good("detect", "--lake", tmp_path)

    # THEN neither the theft nor the injections are found
    assert ids(tmp_path) == []
    (mine,) = [row for row in rows(tmp_path, "--api", "shop", "--type", "1") if row["variable"] == "A"]
    assert (mine["source"], mine["tn"], mine["over_tn"]) == ("user", 31, "2.1 GB")
    trail = json.loads(Lake(str(tmp_path)).get("config/detection/tuning.json"))["trail"]
    assert {one["by"] for one in trail} == {"ada"}

    # AND what was learned counts again when they are taken back
    assert "41 Query" not in abslake("detect", "switch", "--on", "41", *place).stderr
    good("detect", "drop-threshold", "1", "--api", "shop", "--lake", tmp_path)
    assert source(tmp_path) == {"learned"}
    assert "41 query_manipulation_attack" in good("detect", "thresholds", "--api", "shop", "--lake", tmp_path)
    trail = json.loads(Lake(str(tmp_path)).get("config/detection/tuning.json"))["trail"]
    assert "at the command line" in trail[-1]["by"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("set-threshold", "1", "A", "--api", "shop", "--tn", "99"), 2, "must be from 1 to"),
        (("set-threshold", "13", "A", "--api", "shop", "--tn", "2"), 2, "not covered"),
        (("set-threshold", "nothing", "A", "--api", "shop", "--tn", "2"), 2, "no attack type"),
        (("set-threshold", "1", "A", "--api", "all", "--tn", "2"), 2, "belongs to single APIs"),
        (("set-threshold", "1", "A", "--api", "none", "--tn", "2"), 3, "no such API"),
        (("allow", "ip", "192.0.2.300", "--why", "test"), 2, "not an IPv4"),
        (("allow", "ip", "192.0.2.3", "--why", "test", "--api", "none"), 3, "no such API"),
        (("disallow", "benign-0", "--why", "test"), 3, "no such entry"),
        (("switch", "--off", "13"), 2, "not covered"),
        (("reset", "--api", "none", "--yes"), 3, "no such API"),
    ],
)
def test_mistakes_are_told(judged: Path, words: tuple[str, ...], code: int, said: str) -> None:
    done = abslake("detect", *words, "--lake", judged)
    assert (done.exit_code, said in " ".join(done.stderr.split())) == (code, True), done.output


def test_a_client_is_allowed_and_judged_again(folder: Path) -> None:
    # GIVEN findings about two clients
    assert ids(folder) == [1, 41]

    # WHEN the network of one is entered, from before the findings on
    words = ("--why", "load test", "--since", "2026-03-01", "--lake", folder)
    entry = good("detect", "allow", "ip", f"{YOUNG}/32", "--type", "41", *words).strip()
    good("detect", "allow", "ip", THIEF, *words)

    # THEN they are hidden, and shown again when the entry is ended; the entry is kept
    assert ids(folder) == []
    assert all(word in good("detect", "allowed", "--lake", folder) for word in (entry, "load test", THIEF))
    good("detect", "disallow", entry, "--why", "over", "--lake", folder)
    kept = json.loads(good("detect", "allowed", "--all", "--json", "--lake", folder))
    assert [one["ended_why"] for one in kept] == ["", "over"]
    assert entry not in good("detect", "allowed", "--lake", folder)


def test_a_reset_begins_training_anew(folder: Path) -> None:
    done = abslake("detect", "reset", "--api", "shop", "--lake", folder)  # nobody answers the question
    assert done.exit_code != 0
    assert ids(folder) == [1, 41]
    good("detect", "reset", "--api", "shop", "--yes", "--lake", folder)
    assert ids(folder) == [41]
    (shop,) = [
        one for one in json.loads(good("detect", "status", "--json", "--lake", folder))["apis"] if one["api"] == "shop"
    ]
    assert (shop["trained"], shop["thresholds"]) == (False, 0)


def test_one_run_at_a_time(folder: Path) -> None:
    with lease.lease(Lake(str(folder)), 60):
        busy = abslake("detect", "--lake", folder)
        assert (busy.exit_code, "another run" in busy.stderr) == (1, True)
        assert "at work" in good("detect", "status", "--lake", folder)


def test_late_facts_are_judged_in_their_window(folder: Path) -> None:
    rows = [fact("2026-03-02T12:03", ip="203.0.113.5", requests=5, signals=1)]
    write_facts(Lake(str(folder)), rows, source="late")
    said = good("detect", "--lake", folder)
    assert "0 windows of ten minutes judged, 1 more again" in said
    assert "41" in said
