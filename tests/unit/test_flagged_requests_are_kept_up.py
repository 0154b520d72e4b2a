"""Erasure, rebuild and retention treat flagged requests as they treat quarantine, and units of before signals as any others."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest

from abslake.detection.findings import IdentifierKind
from abslake.facts import flagged
from abslake.facts.ingest import ingest
from abslake.index import names
from abslake.index.build import Builder
from abslake.records.definitions import Definitions
from abslake.reports import Kind, Question, report
from abslake.settings import Settings
from abslake.storage import Lake
from abslake.upkeep import erase, rebuild, retention
from abslake.upkeep.traces import Traces
from tests.support import ase
from tests.support.indexed import fold
from tests.support.ingesting import definitions_of, log_object, rows_of
from tests.support.upkeep import LogsInMemory, keys

APIS = definitions_of({"shop": {"url": "/shop", "oauth2_access_token": True}})
SETTINGS = Settings()
DAY = datetime(2026, 3, 2, tzinfo=UTC)
LATER = DAY + timedelta(days=5)


@pytest.fixture(autouse=True)
def _fewer_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "KINDS", ("token", "api"))


def line(url: str, token: str = "somebody-else", address: str = "192.0.2.1") -> bytes:
    headers = ase.headers(("Host", ase.HOST), ("Authorization", f"Bearer {token}"))
    request = ase.request(url=url, headers=headers, source_ip=address)
    return ase.line(timestamp="2026-03-02T10:00:00.000Z", request=request)


LOG = log_object(
    ase.log(
        line("/shop/a?q=../../x&u=ann-secret"),
        line("/shop/b?q=../../x&u=bob"),
        line("/shop/c?q=../../x", address="203.0.113.77"),
        line("/shop/d", token="token-one"),
    ),
    "logs/one",
    DAY + timedelta(hours=11),
)


def filled(definitions: Definitions = APIS) -> Lake:
    lake = Lake("memory:")
    ingest(LOG, lake, definitions, SETTINGS)
    return lake


def urls(lake: Lake) -> list[str]:
    return sorted(one.url for one in flagged.read(lake, DAY, DAY + timedelta(days=1)))


def erased(lake: Lake, kind: IdentifierKind, value: str) -> None:
    traces = Traces(kind, value)
    erase.erase(lake, Builder(lake, SETTINGS), traces, erase.look(lake, traces, SETTINGS), SETTINGS)


def rebuilt(lake: Lake, definitions: Definitions, **options: rebuild.Erased) -> None:
    planned = rebuild.plan(lake, LogsInMemory(LOG), "2026-03-02", "2026-03-03", SETTINGS)
    rebuild.run(planned, lake, Builder(lake, SETTINGS), definitions, SETTINGS, **options)


@pytest.mark.parametrize(
    ("kind", "value", "gone"),
    [
        (IdentifierKind.USERNAME, "ann-secret", "/shop/a?q=../../x&u=ann-secret"),
        (IdentifierKind.IP, "203.0.113.77", "/shop/c?q=../../x"),
    ],
)
def test_an_erased_identifier_takes_its_records_along(kind: IdentifierKind, value: str, gone: str) -> None:
    lake = filled()
    before = urls(lake)
    erased(lake, kind, value)

    assert urls(lake) == [url for url in before if url != gone]
    assert not any(value.encode() in lake.get(key) for key in keys(lake, flagged.PREFIX))
    assert erase.look(lake, Traces(kind, value), SETTINGS).objects == 0


def test_an_identifier_that_a_cut_url_ends_in_is_erased() -> None:
    lake = Lake("memory:")
    url = "/shop/a?q=../../" + "x" * 1000 + "ann-secret-and-more"
    ingest(log_object(ase.log(line(url))), lake, APIS, SETTINGS)
    assert urls(lake)[0].endswith("ann-secr")
    erased(lake, IdentifierKind.USERNAME, "ann-secret-and-more")

    assert urls(lake) == []


def test_a_rebuild_does_not_bring_back_what_was_erased() -> None:
    lake = filled()
    erased(lake, IdentifierKind.USERNAME, "ann-secret")
    rebuilt(lake, APIS)
    assert len(urls(lake)) == 2

    rebuilt(lake, APIS, erased=rebuild.Erased.RESTORE)
    assert len(urls(lake)) == 3


def test_a_rebuild_writes_them_as_a_new_lake_has_them() -> None:
    secret = definitions_of({"shop": {"url": "/shop", "apikey_qs": "u"}})
    lake, fresh = filled(), filled(secret)
    rebuilt(lake, secret)

    assert urls(lake) == urls(fresh)
    assert "/shop/a?q=../../x&u=***" in urls(lake)
    assert keys(lake, flagged.PREFIX) == keys(fresh, flagged.PREFIX)


def test_a_rebuild_takes_away_what_is_not_flagged_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    lake = filled()
    monkeypatch.setattr("abslake.facts.resolve._of_url", lambda _: 0)
    rebuilt(lake, APIS)

    assert keys(lake, flagged.PREFIX) == []


def test_dropped_days_have_none() -> None:
    lake = filled()
    retention.drop(lake, "2026-03-03")

    assert keys(lake, flagged.PREFIX) == []


def older(lake: Lake) -> None:
    """Make the lake's units what they were before there were signals."""
    with TemporaryDirectory() as name, duckdb.connect() as engine:
        path = Path(name, "unit.parquet")
        for key in keys(lake, "facts/"):
            path.write_bytes(lake.get(key))
            kept = engine.execute(f"SELECT decode(key), decode(value) FROM parquet_kv_metadata('{path}')").fetchall()
            described = ", ".join(f"'{name}': '{value}'" for name, value in kept if name.startswith("abslake."))
            engine.execute(f"CREATE OR REPLACE TABLE facts AS SELECT * EXCLUDE (signals) FROM read_parquet('{path}')")
            engine.execute(f"COPY facts TO '{path}' (FORMAT parquet, KV_METADATA {{{described}}})")
            lake.put(key, path.read_bytes())


def metrics(lake: Lake, *, with_index: bool) -> object:
    question = Question(Kind.METRICS, DAY, DAY + timedelta(days=1), UTC, "shop")
    return report(question, lake, SETTINGS, APIS, with_index=with_index).model_dump()


@pytest.mark.parametrize("old_first", [True, False])
def test_reports_go_on_with_units_of_before_signals(*, old_first: bool) -> None:
    lake, fresh = Lake("memory:"), Lake("memory:")
    logs = [log_object(ase.log(line(f"/shop/{name}", token=f"t-{name}")), f"logs/{name}") for name in ("one", "two")]
    for log in logs:
        ingest(log, fresh, APIS, SETTINGS)
    first, second = logs if old_first else logs[::-1]
    ingest(first, lake, APIS, SETTINGS)
    older(lake)
    ingest(second, lake, APIS, SETTINGS)

    assert metrics(lake, with_index=False) == metrics(fresh, with_index=False)
    fold(lake, LATER)
    fold(fresh, LATER)
    assert metrics(lake, with_index=True) == metrics(fresh, with_index=True)


def test_an_identifier_is_erased_from_a_unit_of_before_signals() -> None:
    lake = filled()
    older(lake)
    erased(lake, IdentifierKind.TOKEN, "token-one")

    rows = rows_of(lake, keys(lake, "facts/"))
    assert {row["token"] for row in rows} == {"somebody-else", None}
    assert {row["signals"] for row in rows} == {None}


def test_a_mark_of_an_erasure_is_no_record() -> None:
    assert flagged.parsed(b'{"erased":true}\n') == []
