"""After an erasure no object of the lake holds the identifier, and every request is still counted."""

import base64
import contextlib
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote

import pytest

from abslake.detection.findings import IdentifierKind
from abslake.errors import UpkeepRefused
from abslake.facts.ingest import ingest
from abslake.index import names, sweeping
from abslake.index.build import Builder
from abslake.reports import Kind, Question, report
from abslake.settings import Settings
from abslake.storage import Lake
from abslake.upkeep import erase, rebuild
from abslake.upkeep.traces import Traces
from abslake.upkeep.versions import Versions
from tests.support import ase
from tests.support.facts import finding, write_findings
from tests.support.indexed import fold
from tests.support.ingesting import definitions_of, log_object, quarantine_of, rows_of
from tests.support.s3 import moto_server
from tests.support.upkeep import BreakingLake, Broken, LogsInMemory, all_text, copy_of, keys

APIS = definitions_of(
    {
        "shop": {
            "url": "/shop",
            "hostname": "*",
            "cookie": "SID",
            "oauth2_access_token": True,
            "apikey_header": "X-Key",
            "username_header": "X-User",
        }
    }
)
SETTINGS = Settings()
DAY = datetime(2026, 3, 2, tzinfo=UTC)
LATER = DAY + timedelta(days=5)
NASTY = "s3cr%t+/é\"x'"
HEADERS = {
    IdentifierKind.TOKEN: lambda value: ("Authorization", f"Bearer {value}"),
    IdentifierKind.COOKIE: lambda value: ("Cookie", f"SID={value}"),
    IdentifierKind.API_KEY: lambda value: ("X-Key", value),
    IdentifierKind.USERNAME: lambda value: ("X-User", value),
    IdentifierKind.IP: lambda value: ("X-Forwarded-For", value),
}


def log(kind: IdentifierKind, value: str):
    """Requests with the identifier in its own place, in others, in bad lines, and requests of somebody else."""

    def line(url: str, *headers: tuple[str, str], minute: int = 0) -> bytes:
        return ase.line(
            timestamp=f"2026-03-02T10:{minute:02}:00.000Z",
            request=ase.request(url=url, headers=ase.headers(("Host", ase.HOST), *headers)),
        )

    encoded = quote(value, safe="")
    basic = base64.b64encode(f"user={value}:x".encode()).decode()
    lines = [
        line("/shop/a", HEADERS[kind](value)),
        line("/shop/a", HEADERS[kind](value), minute=1),
        line("/shop/a", HEADERS[kind]("somebody-else" if kind is not IdentifierKind.IP else "198.51.100.7")),
        line(f"/shop/{encoded}/b", ("User-Agent", f"robot of {value}"), minute=2),
        line(f"/shop/{encoded.lower()}", ("X-Key", "a.b" + basic), minute=2),
        b"bad " + value.encode(),
        b'{"bad": ' + json.dumps(value).encode(),
        b"bad \xff " + encoded.encode() + b" " + basic.encode(),
        b"bad and harmless",
    ]
    return log_object(ase.log(*lines), "logs/one", DAY + timedelta(hours=11))


OTHER = log_object(ase.log(ase.line(timestamp="2026-03-01T10:00:00.000Z")), "logs/other", DAY)


def filled(lake: Lake, kind: IdentifierKind, value: str) -> Lake:
    for one in (log(kind, value), OTHER):
        ingest(one, lake, APIS, SETTINGS)
    write_findings(
        lake,
        [
            finding("About it", kind, value, "shop", "2026-03-02T10:05"),
            finding(f"Beside {value}", IdentifierKind.TOKEN, "another", "shop", "2026-03-02T10:05"),
        ],
    )
    lake.put("results/x.json", json.dumps({"client": value}).encode())
    lake.put("results/y.json", b'{"client": "somebody-else"}')
    return lake


def erased(lake: Lake, kind: IdentifierKind, value: str, versions: Versions | None = None) -> erase.Erased:
    traces = Traces(kind, value)
    found = erase.look(lake, traces, SETTINGS)
    return erase.erase(lake, Builder(lake, SETTINGS), traces, found, SETTINGS, versions)


def holders(lake: Lake, value: str) -> set[str]:
    """Objects that hold it, by a search that shares nothing with the erasure."""
    core = base64.b64encode(f"user={value}".encode()).decode()[8:-4]
    spellings = {value, value.encode().decode("latin-1"), json.dumps(value)[1:-1], core}
    return {
        key
        for key, text in all_text(lake)
        if any(one in reading for one in spellings for reading in (text, unquote(text)))
    }


def metrics(lake: Lake) -> dict:
    question = Question(Kind.METRICS, DAY, DAY + timedelta(days=1), UTC, "shop")
    return report(question, lake, SETTINGS, APIS).model_dump()


def of_client(lake: Lake, kind: IdentifierKind, value: str) -> dict:
    question = Question(Kind(kind.value), DAY, DAY + timedelta(days=1), UTC, None, value)
    return report(question, lake, SETTINGS, APIS).model_dump()


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (IdentifierKind.TOKEN, NASTY),
        (IdentifierKind.COOKIE, NASTY),
        (IdentifierKind.USERNAME, NASTY),
        (IdentifierKind.IP, "203.0.113.77"),
    ],
)
def test_no_object_holds_it(kind: IdentifierKind, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if kind is not IdentifierKind.TOKEN:  # all kinds once; to save time, two of them otherwise
        monkeypatch.setattr(names, "KINDS", (kind.value, "api"))
    # GIVEN a lake with an index, that holds the identifier wherever it can stand
    lake = filled(Lake("memory:"), kind, value)
    fold(lake, LATER)
    folders = {key.partition("/")[0] for key in holders(lake, value)}
    assert folders >= {"facts", "index", "findings", "quarantine", "results"}
    before, others = metrics(lake), [key for key in keys(lake, "") if "2026-03-01" in key]
    assert of_client(lake, kind, value) != of_client(lake, kind, "203.0.113.99")
    # WHEN it is erased
    done = erased(lake, kind, value)
    # THEN nothing holds it
    assert holders(lake, value) == set()
    assert (done.units, done.unfinished) == (1, 0)
    # AND it is a client that was never there, while the API's requests are all there
    unknown = of_client(lake, kind, "203.0.113.99")
    assert json.dumps(of_client(lake, kind, value), default=str).replace(json.dumps(value)[1:-1], "203.0.113.99") == (
        json.dumps(unknown, default=str)
    )
    rows = rows_of(lake, keys(lake, "facts/date=2026-03-02/"))
    assert sum(row["requests"] for row in rows) == 5
    assert all(row["ip"] for row in rows)
    assert metrics(lake)["api_name"] == before["api_name"]
    # AND what is somebody else's stays: another day, a bad line, a finding, an answer
    assert all(lake.exists(key) for key in others)
    (quarantine,) = keys(lake, "quarantine/")
    head, *bad = quarantine_of(lake, quarantine)
    assert [one.get("text") for one in bad] == [None, None, None, "bad and harmless"]
    assert (head["quarantined"], [one["line"] for one in bad]) == (4, [6, 7, 8, 9])
    findings = b"".join(lake.get(key) for key in keys(lake, "findings/"))
    assert [json.loads(line)["name"] for line in findings.splitlines()] == ["Beside ***"]
    assert keys(lake, "results/") == ["results/y.json"]
    # AND a second time there is nothing to do
    assert erase.look(lake, Traces(kind, value), SETTINGS).objects == 0


@pytest.fixture
def one_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    """An index of one kind, to save time."""
    monkeypatch.setattr(names, "KINDS", ("token",))


def test_a_late_duplicate_does_not_bring_it_back(one_kind: None) -> None:
    # GIVEN an erased token
    lake = filled(Lake("memory:"), IdentifierKind.TOKEN, NASTY)
    fold(lake, LATER, ("token",))
    erased(lake, IdentifierKind.TOKEN, NASTY)
    before = of_client(lake, IdentifierKind.TOKEN, NASTY)
    # WHEN its log object is delivered once more
    ingest(log(IdentifierKind.TOKEN, NASTY), lake, APIS, SETTINGS)
    # THEN it does not count, and goes with the next tidying; the quarantine was not touched
    assert of_client(lake, IdentifierKind.TOKEN, NASTY) == before
    assert {key.partition("/")[0] for key in holders(lake, NASTY)} == {"facts"}
    sweeping.tidy(lake)
    assert holders(lake, NASTY) == set()
    assert len(rows_of(lake, keys(lake, "facts/date=2026-03-02/"))) > 0


def test_a_rebuild_does_not_bring_it_back_unasked(one_kind: None) -> None:
    # GIVEN an erased token, and its log
    lake = filled(Lake("memory:"), IdentifierKind.TOKEN, NASTY)
    erased(lake, IdentifierKind.TOKEN, NASTY)
    logs = LogsInMemory(log(IdentifierKind.TOKEN, NASTY), OTHER)
    planned = rebuild.plan(lake, logs, "2026-03-01", "2026-03-03", SETTINGS)
    given = (planned, lake, Builder(lake, SETTINGS), APIS, SETTINGS)
    # WHEN the day is rebuilt THEN that is refused
    with pytest.raises(UpkeepRefused, match="was erased"):
        rebuild.run(*given)
    # WHEN what was erased is kept THEN only the other log is rebuilt
    done = rebuild.run(*given, erased=rebuild.Erased.KEEP)
    assert (done.logs, done.kept, holders(lake, NASTY)) == (1, 1, set())
    # WHEN it is restored THEN it is back
    planned = rebuild.plan(lake, logs, "2026-03-01", "2026-03-03", SETTINGS)
    rebuild.run(planned, *given[1:], erased=rebuild.Erased.RESTORE)
    assert {key.partition("/")[0] for key in holders(lake, NASTY)} >= {"facts", "quarantine"}


def test_broken_off_anywhere_it_can_be_done_again(one_kind: None) -> None:
    # GIVEN a lake that holds a token
    start = filled(Lake("memory:"), IdentifierKind.TOKEN, NASTY)
    fold(start, LATER, ("token",))
    before = of_client(start, IdentifierKind.TOKEN, NASTY)
    at = 0
    while True:
        # WHEN its erasure breaks off at one write after the other
        lake, at = copy_of(start), at + 1
        with contextlib.suppress(Broken):
            erased(BreakingLake(lake, at, behind=at % 2 == 0), IdentifierKind.TOKEN, NASTY)
            break
        # THEN its report is as before or empty, and another run leaves nothing
        left = of_client(lake, IdentifierKind.TOKEN, NASTY)
        assert left == before or not left.get("device_type_counts", {})
        if at % 3 == 0:
            erased(lake, IdentifierKind.TOKEN, NASTY)
            assert holders(lake, NASTY) == set()
    assert at > 10


def test_what_compaction_has_just_replaced_goes_and_what_it_is_making_is_told(one_kind: None) -> None:
    # GIVEN an index that was folded twice within the hour, and another attempt's object
    now = datetime.now(UTC)
    lake = filled(Lake("memory:"), IdentifierKind.TOKEN, NASTY)
    fold(lake, now, ("token",))
    (first,) = [key for key in keys(lake, "index/token/day=2026-03-02/") if key.endswith(".parquet")]
    (month,) = keys(lake, "index/token/month=2026-03/")
    more = ase.log(ase.line(timestamp="2026-03-02T12:00:00.000Z"))
    ingest(log_object(more, "logs/more", DAY + timedelta(hours=13)), lake, APIS, SETTINGS)
    fold(lake, now + timedelta(minutes=1), ("token",))
    making = f"index/token/day=2026-03-02/{names.new_generation(now)}/b=-.parquet"
    lake.put(making, lake.get(first))
    # WHEN the token is erased
    done = erased(lake, IdentifierKind.TOKEN, NASTY)
    # THEN the replaced segment has gone; what might be somebody's work yet is left and told of, also the next time
    assert not lake.exists(first)
    assert (done.unfinished, holders(lake, NASTY)) == (2, {making, month})
    assert erased(lake, IdentifierKind.TOKEN, NASTY).unfinished == 2
    # AND once its hour is over it goes as well
    traces = Traces(IdentifierKind.TOKEN, NASTY)
    found = erase.look(lake, traces, SETTINGS)
    builder = Builder(lake, SETTINGS)
    last = erase.erase(lake, builder, traces, found, SETTINGS, clock=lambda: datetime.now(UTC) + timedelta(hours=2))
    assert (last.unfinished, holders(lake, NASTY)) == (0, set())


def test_old_versions_go_too(one_kind: None) -> None:
    # GIVEN a bucket that keeps versions, with a lake in a folder of it that was compacted and swept
    with moto_server() as server, contextlib.closing(server.client()) as s3:
        server.make_bucket("lake")
        s3.put_bucket_versioning(Bucket="lake", VersioningConfiguration={"Status": "Enabled"})
        lake = filled(server.lake("s3://lake/a/b"), IdentifierKind.TOKEN, NASTY)
        fold(lake, LATER, ("token",))
        versions = Versions(s3, "lake", "a/b")
        assert versions.are_kept()
        # WHEN the token is erased with its versions
        done = erased(lake, IdentifierKind.TOKEN, NASTY, versions)
        # THEN no version holds it, and nothing current is gone
        assert done.versions > 0
        assert holders(lake, NASTY) == set()
        copy = Lake("memory:")
        for page in s3.get_paginator("list_object_versions").paginate(Bucket="lake"):
            for one in page.get("Versions", []):
                body = s3.get_object(Bucket="lake", Key=one["Key"], VersionId=one["VersionId"])["Body"].read()
                copy.put(f"{one['Key']}@{one['VersionId']}", body)
        assert holders(copy, NASTY) == set()
        assert len(rows_of(lake, keys(lake, "facts/"))) > 0
        # AND versions of what did not hold it stay, such as the root's
        assert [one for one in versions.behind("index/root.json") if not one.is_marker]
