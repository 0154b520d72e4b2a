"""A lake in a folder with users and API definitions, and the functions' environment pointed at it."""

import json
from pathlib import Path

import pytest

from abslake.storage import Lake
from tests.support.calls import USERS
from tests.support.facts import definition


def open_lake(folder: Path, monkeypatch: pytest.MonkeyPatch, **settings: object) -> Lake:
    """A lake with the APIs shop and bank; `settings` are set as environment variables of the functions."""
    users = folder / "users.json"
    users.write_text(json.dumps(USERS))
    lake = Lake(str(folder / "lake"))
    for name in ("shop", "bank"):
        lake.put(f"config/apis/{name}.json", definition(f"/{name}"))
    given = {"lake": folder / "lake", "users": f"file:{users}", **settings}
    for name, value in given.items():
        monkeypatch.setenv(f"ABSLAKE_{name.upper()}", str(value))
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "reports")
    return lake
