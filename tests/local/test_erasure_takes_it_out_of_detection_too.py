"""Activity, sums of hours, habits, profiles, calls and findings hold identifiers: after an erasure they do not."""

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from abslake.detection import allow_list, attack_list, attack_list_store, model, work
from abslake.detection.attackers import Client
from abslake.detection.detectors import detectors
from abslake.detection.findings import IdentifierKind
from abslake.index import names
from abslake.index.build import Builder
from abslake.settings import Settings
from abslake.storage import Lake
from abslake.upkeep import erase
from abslake.upkeep.traces import Traces
from tests.support.facts import fact, write_facts
from tests.support.judging import END, START, found, judge, lake_with, rows
from tests.support.upkeep import all_text, keys

SECRET = "a secret/of-somebody"
SETTINGS = Settings()


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "KINDS", ("token",))
    monkeypatch.setattr(work, "detectors", lambda: {number: detectors()[number] for number in (1, 21, 41)})


def holders(lake: Lake) -> set[str]:
    return {key for key, text in all_text(lake) if SECRET in text}


def written(file: Path, select: str) -> None:
    with duckdb.connect() as engine:
        engine.sql(select).write_parquet(str(file))


def filled(folder: Path) -> Lake:
    """A lake in which the secret's client was judged, learned and found."""
    lake = lake_with()
    client = [fact(START, token=SECRET, signals=1, requests=9, path="/shop/x"), fact(END, token=SECRET, path="/shop/y")]
    write_facts(lake, [*rows(), *client], source="all")
    judge(lake)
    lake.delete([f"{model.PREFIX}2026-03-01T2100/histograms.parquet"])
    file = folder / "profiles.parquet"
    bits = ", ".join(f"1 AS {old}{name}_bits" for old in ("", "old_") for name in ("network", "agent", "call"))
    profile = (
        f"SELECT 'token' AS kind, unnest(['{SECRET}', 'another']) AS client, 3 AS windows, {bits}, version() AS engine"
    )
    written(file, profile)
    lake.put(f"{model.PREFIX}2026-03-01T2100/profiles.parquet", file.read_bytes())
    habits = [
        [1, "shop", "token", SECRET, 9, "2027-01-01T00:00:00Z"],
        [1, "shop", "token", "b", 9, "2027-01-01T00:00:00Z"],
    ]
    lake.put(f"{model.PREFIX}2026-03-01T2100/habits.json", json.dumps(habits).encode())
    names = "unnest([NULL, 'GET /shop/a secret/of-somebody/x']) AS previous, 'GET /' AS call"
    calls = f"SELECT 'shop' AS api, {names}, 1.0 AS clients, NULL::UBIGINT[] AS users"
    written(file, calls)
    lake.put(f"{model.PREFIX}2026-03-01T2100/calls.parquet", file.read_bytes())
    allow_list.add(lake, "a test", allow_list.Request(IdentifierKind.TOKEN, SECRET, 1, "shop", "ours"))
    return lake


def erased(lake: Lake) -> Iterator[str]:
    traces = Traces(IdentifierKind.TOKEN, SECRET)
    where = erase.look(lake, traces, SETTINGS)
    erase.erase(lake, Builder(lake, SETTINGS), traces, where, SETTINGS)
    return (key for objects in where.texts.values() for key in objects)


def test_it_is_gone_and_what_is_somebody_elses_is_not(tmp_path: Path) -> None:
    lake = filled(tmp_path)
    folders = {"/".join(key.split("/")[:2]) for key in holders(lake) if key.startswith("detection/")}
    assert folders >= {"detection/activity", "detection/hours", "detection/models"}
    before = found(lake)
    # WHEN it is erased
    assert set(erased(lake)) >= set(keys(lake, "detection/hours/")[:1])
    # THEN nothing holds it, and the others are all there
    assert holders(lake) == set()
    kept = found(lake)
    assert kept.keys() == before.keys()
    assert {line for data in kept.values() for line in data.splitlines()} == {
        line for data in before.values() for line in data.splitlines() if SECRET.encode() not in line
    }
    texts = {text for key, text in all_text(lake) if key.startswith(f"{model.PREFIX}2026-03-01T2100/")}
    assert "another" in texts
    # AND detection goes on: it judges the day again, of which the facts have changed, and brings nothing back
    judge(lake)
    assert holders(lake) == set()
    assert judge(lake).again == 0


def test_that_it_was_taken_off_the_attack_list_is_forgotten(tmp_path: Path) -> None:
    lake = filled(tmp_path)
    clients = [Client(IdentifierKind.TOKEN, SECRET), Client(IdentifierKind.TOKEN, "somebody else's")]
    attack_list.remove(lake, "a test", lambda _: clients)

    erased(lake)

    kept = [one.client for one in attack_list_store.read(lake).removed]
    assert kept == [attack_list_store.name_of(clients[1])]
