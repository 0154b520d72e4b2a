"""docs/cli.md from the commands' own help: ``python -m abslake.dev.cli_docs > docs/cli.md``; a test compares."""

import os
import re
import sys
from collections.abc import Iterator
from unittest.mock import patch

from typer import Typer
from typer.testing import CliRunner

from abslake.dev.cli import app

HEAD = """# Command line

Made from the commands' own help by `python -m abslake.dev.cli_docs > docs/cli.md`; a test keeps the two together.
Data goes to standard output, everything else to standard error.
`abslake` is `.venv/bin/abslake`, which `make demo` or `make test` makes; `. .venv/bin/activate` puts it on the PATH.
A value that begins with a dash goes behind `--`.
"""
_PLAIN = {
    "COLUMNS": "100",
    "TERMINAL_WIDTH": "100",
    "TERM": "dumb",
    "NO_COLOR": "1",
    "_TYPER_FORCE_DISABLE_TERMINAL": "1",
}


def document() -> str:
    """The whole page."""
    sections = [
        f"\n## {' '.join(('abslake', *words))}\n\n```text\n{help_text(words)}\n```\n" for words in commands(app)
    ]
    return HEAD + "".join(sections)


def commands(group: Typer, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Each command that does something, as its words, in the order of the help."""
    for command in group.registered_commands:
        name = str(command.name or getattr(command.callback, "__name__", "").replace("_", "-"))
        yield (*before, name)
    for child in group.registered_groups:
        if child.typer_instance and child.name:
            words = (*before, str(child.name))
            own = child.typer_instance.registered_callback
            if own and own.invoke_without_command is True:
                yield words
            yield from commands(child.typer_instance, words)


def help_text(words: tuple[str, ...]) -> str:
    """What ``abslake WORDS --help`` prints on a terminal of 100 columns without colours."""
    with patch.dict(os.environ, _PLAIN):
        result = CliRunner().invoke(app, [*words, "--help"], prog_name="abslake")
    return "\n".join(line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", result.output).strip("\n").splitlines())


if __name__ == "__main__":
    sys.stdout.write(document())
