"""Fault 13: folder markers, empty objects and what lies beside logs are told without reading them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from abslake.dev.backfill.places import FolderPlace, Listed
from abslake.dev.backfill.range import Range
from abslake.dev.backfill.run import Choice
from abslake.settings import Settings

ANY_DAY = Range.of(None, None, Settings())


def listed(key: str, size: int = 10) -> Listed:
    return Listed(key, "e", size, datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (listed("logs/"), "folder marker"),
        (listed("logs/", 0), "folder marker"),
        (listed("logs/a.log", 0), "empty"),
        (listed("AWSLogs/123456789012/ELBAccessLogTestFile"), "no log by its name"),
        (listed("a.log.gz.md5"), "no log by its name"),
        (listed("a.log.gz.MD5"), "no log by its name"),
        (listed("inventory/manifest.json"), "no log by its name"),
        (listed("logs_$folder$"), "no log by its name"),
        (listed("dt=2026-01-01/_SUCCESS"), "no log by its name"),
        (listed("ownership-challenge-a1b2c3.txt"), "no log by its name"),
        (listed("logs/.DS_Store"), "no log by its name"),
        (listed("logs/a.log"), None),
        (listed("logs.md5/a"), None),
        (listed("manifest/a.log"), None),
    ],
)
def test_what_is_no_log(one: Listed, reason: str | None) -> None:
    assert Choice(ANY_DAY).left_out(one) == reason


def test_globs_are_of_names_or_with_a_slash_of_keys() -> None:
    choice = Choice(ANY_DAY, include=["*.gz", "2026/*/a.log"], exclude=["x*"])
    wanted = {key: choice.left_out(listed(key)) for key in ("2025/b.gz", "2026/01/a.log", "2025/01/a.log", "2026/x.gz")}
    assert wanted == {
        "2025/b.gz": None,
        "2026/01/a.log": None,
        "2025/01/a.log": "not --include",
        "2026/x.gz": "--exclude",
    }


def test_links_that_lead_out_of_the_folder_are_passed_over(tmp_path: Path) -> None:
    # GIVEN a folder of logs, itself reached by a link, with links to a file of it, to one beside it and to a folder beside it
    logs, private = tmp_path / "logs", tmp_path / "private"
    (logs / "deep").mkdir(parents=True)
    private.mkdir()
    for path in (logs / "a.log", private / "b.log"):
        path.write_text("line\n")
    (logs / "deep/same.log").symlink_to(logs / "a.log")
    (logs / "deep/out.log").symlink_to("../../private/b.log")
    (logs / "folder").symlink_to(private)
    (logs / "nowhere.log").symlink_to(tmp_path / "nowhere")
    (tmp_path / "named").symlink_to(logs)

    # WHEN it is listed
    reasons = {one.key: Choice(ANY_DAY).left_out(one) for one in FolderPlace(tmp_path / "named").listing()}

    # THEN what is outside is left out and counted
    outside = "link to a file outside of the folder"
    assert reasons == {"a.log": None, "deep/same.log": None, "deep/out.log": outside}
