"""docs/cli.md says what the commands say: every command, argument and option, with an example and the exit codes."""

from pathlib import Path

import pytest

from abslake.dev import cli_docs
from abslake.dev.cli import app

PAGE = Path(__file__).parents[2] / "docs/cli.md"
COMMANDS = [" ".join(words) for words in cli_docs.commands(app)]


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == cli_docs.document(), "run: python -m abslake.dev.cli_docs > docs/cli.md"


def test_the_commands_are_the_documented_ones() -> None:
    alone = ["demo", "dev", "ingest", "report", "ddl", "backfill", "compact", "rebuild", "erase", "retention"]
    grouped = ["apis check", "apis suggest", "athena views", "formats list", "formats sniff", "formats check"]
    grouped += ["index status", "index rebuild", "index verify", "export ocsf", "export findings"]
    detect = ["findings", "explain", "status", "thresholds", "set-threshold", "drop-threshold", "switch", "reset"]
    detect += ["allow", "disallow", "allowed", "release", "hold", "configure"]
    grouped += ["detect", *(f"detect {name}" for name in detect)]
    grouped += [f"users {name}" for name in ("add", "rotate", "retire", "list")]
    assert [*alone, *grouped] == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_help_teaches(command: str) -> None:
    text = cli_docs.help_text(tuple(command.split()))
    assert f"Example: abslake {command} " in text
    assert "Exit codes: 0 " in text
