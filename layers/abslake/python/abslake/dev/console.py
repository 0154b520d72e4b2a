"""How commands speak: data to standard output, everything else to standard error, mistakes without a traceback."""

import contextlib
import sys
from collections.abc import Iterator
from enum import IntEnum
from typing import NoReturn

import typer
from rich.console import Console

from abslake.errors import AbslakeError, BadRequest, NotFound, SettingsError

console = Console(stderr=True, highlight=False)
"""Diagnostics, progress, summaries."""

out = Console(highlight=False)
"""Tables that are what was asked for."""


class Exit(IntEnum):
    """Exit codes, the same for all commands."""

    OK = 0
    FAILED = 1
    USAGE = 2
    UNKNOWN_API = 3


def stop(code: Exit, message: str, advice: str = "") -> NoReturn:
    """End the command with what is wrong and what to do next. Raises typer.Exit."""
    console.print("[bold red]error:[/]", end=" ")
    console.print(message, markup=False)
    if advice:
        console.print(f"  {advice}", markup=False)
    raise typer.Exit(code)


@contextlib.contextmanager
def mistakes() -> Iterator[None]:
    """Errors that abslake raises on purpose become a message and an exit code."""
    try:
        yield
    except SettingsError as error:
        stop(Exit.USAGE, str(error), "Correct the environment variable, or unset it.")
    except BadRequest as error:
        stop(Exit.USAGE, str(error))
    except NotFound as error:
        stop(
            Exit.UNKNOWN_API,
            str(error),
            "The lake's APIs are the files in its config/apis/ folder; see abslake ingest --apis.",
        )
    except AbslakeError as error:
        stop(Exit.FAILED, str(error))


def write_json(text: str) -> None:
    """A document to standard output, with one newline."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
