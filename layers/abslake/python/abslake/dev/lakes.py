"""A lake named on the command line, and API definitions brought to it."""

import os
from functools import lru_cache
from pathlib import Path

from abslake import settings
from abslake.dev.console import Exit, stop
from abslake.errors import DefinitionError
from abslake.records.definitions import PREFIX, Definitions, load, parse, parse_all
from abslake.storage import Lake


def open_lake(url: str, *, create: bool) -> Lake:
    """The lake at `url`. A folder that is not there is made, or is a usage error. Raises StorageError."""
    if "://" not in url and url != "memory:":
        folder = Path(url)
        if folder.exists() and not folder.is_dir():
            stop(Exit.USAGE, f"--lake: {url} is a file", "Give a folder, s3://bucket or s3://bucket/prefix.")
        if not folder.exists() and not create:
            stop(Exit.USAGE, f"--lake: there is no folder {url}", "Fill one with abslake ingest FILES --lake FOLDER.")
    return Lake(url)


@lru_cache
def opened(url: str) -> Lake:
    """The lake at `url`, once in each process that works side by side with others."""
    return Lake(url)


def from_environment() -> settings.Settings:
    """The settings of the environment. Raises SettingsError."""
    return settings.from_environment(os.environ)


def definition_files(folder: Path) -> list[tuple[str, bytes]]:
    """Name and text of each ``*.json`` of `folder`, by name; a usage error where there is none."""
    if not folder.is_dir():
        stop(
            Exit.USAGE,
            f"there is no folder {folder}",
            "Give the folder that holds the API definitions, one <name>.json each.",
        )
    files = [(path.stem, path.read_bytes()) for path in sorted(folder.glob("*.json"))]
    if not files:
        stop(
            Exit.USAGE,
            f"{folder} holds no *.json",
            "Give the folder that holds the API definitions, one <name>.json each.",
        )
    return files


def store_definitions(lake: Lake, folder: Path) -> Definitions:
    """Put the valid definitions of `folder` into the lake; gives all that the lake has then, and what was rejected.

    Raises StorageError.
    """
    files = definition_files(folder)
    given = parse_all(files)
    for name, text in files:
        if name in given.apis:
            lake.put(f"{PREFIX}{name}.json", text)
    stored = load(lake)
    return Definitions(stored.apis, given.rejected + stored.rejected)


def verdicts(folder: Path) -> list[tuple[str, str]]:
    """Each definition of `folder` and what is wrong with it ("" where nothing is)."""
    files = definition_files(folder)
    together = parse_all(files)
    found = []
    for name, text in files:
        fault = ""
        if name not in together.apis:
            fault = _own_fault(name, text) or _fault_beside_others(name, together)
        found.append((name, fault))
    return found


def _own_fault(name: str, text: bytes) -> str:
    try:
        parse(name, text)
    except DefinitionError as error:
        return str(error).removeprefix(f"{PREFIX}{name}.json: ")
    return ""


def _fault_beside_others(name: str, together: Definitions) -> str:
    start = f"{PREFIX}{name}.json: "
    return next((text.removeprefix(start) for text in together.rejected if text.startswith(start)), "rejected")
