"""What a lake says of the logs it holds: lines read, good, quarantined and blank, from the units' own metadata."""

import gzip
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from abslake.facts import quarantine, schema
from abslake.storage import Lake


@dataclass
class Account:
    """One log object. Where a part gave no unit, only its quarantined lines are known."""

    key: str
    format: str = ""
    lines_read: int = 0
    good: int = 0
    quarantined: int = 0
    blank: int = 0
    requests: int = 0
    units: int = 0
    reasons: dict[str, int] = field(default_factory=dict)


def accounts(lake: Lake) -> list[Account]:
    """An account of each log object in the lake, by key. Raises StorageError."""
    found: dict[tuple[str, ...], Account] = {}
    parts: set[tuple[str, ...]] = set()
    for unit in _units(lake):
        log = tuple(unit.get(f"abslake.{name}", "") for name in ("bucket", "key", "etag"))
        account = found.setdefault(log, Account(log[1], unit.get("abslake.format", "")))
        account.units += 1
        part = (*log, unit.get("abslake.part", ""))
        if part not in parts:  # the units of a part all tell the same
            parts.add(part)
            for name in ("lines_read", "good", "quarantined", "blank", "requests"):
                setattr(account, name, getattr(account, name) + int(unit.get(f"abslake.part.{name}", 0)))
    for head in _quarantines(lake):
        log = tuple(head["log"][name] for name in ("bucket", "key", "etag"))
        account = found.setdefault(log, Account(log[1]))
        account.reasons = head["reasons"]
        account.quarantined = head["quarantined"]
    return sorted(found.values(), key=lambda account: account.key)


def _units(lake: Lake) -> Iterator[dict[str, str]]:
    """The metadata of every unit."""
    with tempfile.TemporaryDirectory(prefix="abslake-ledger-") as folder, duckdb.connect() as engine:
        for n, entry in enumerate(lake.list(schema.PREFIX)):
            path = lake.local_path(entry.key)
            if path is None:
                path = Path(folder) / f"{n}.parquet"
                path.write_bytes(lake.get(entry.key))
            rows = engine.execute("SELECT key, value FROM parquet_kv_metadata(?)", [str(path)]).fetchall()
            yield {_text(name): _text(value) for name, value in rows}


def _quarantines(lake: Lake) -> Iterator[dict[str, Any]]:
    """The first line of every quarantine object."""
    for entry in lake.list(quarantine.PREFIX):
        head: dict[str, Any] = json.loads(gzip.decompress(lake.get(entry.key)).partition(b"\n")[0])
        yield head


def _text(value: bytes | str) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else value
