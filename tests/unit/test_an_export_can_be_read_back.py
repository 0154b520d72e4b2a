"""What is exported as OCSF is read again as OCSF: where a record is one request, nothing that OCSF has a place for is lost."""

from abslake.export.identifiers import Identifiers, Shown
from abslake.storage import Lake
from tests.support.facts import fact, write_facts
from tests.support.ingesting import ingested
from tests.support.ocsf import exported

KEPT = (
    "ip host method path user_agent status protocol server request_content_type response_content_type username "
    "cookie api_key request_bytes response_bytes requests first_seen"
).split()
ROWS = [
    fact(
        "2026-03-02T10:15:00.123",
        ip="203.0.113.7",
        host="Shop.example.com:8443",
        method="PUT",
        path="/shop/items/a%20b",
        user_agent='curl "quoted"',
        status=201,
        protocol="HTTP/1.1",
        server="10.0.0.7:8080",
        request_content_type="application/json",
        response_content_type="text/html",
        username="joe",
        cookie="session-1",
        api_key="key-1",
        request_bytes=10,
        response_bytes=2000,
        response_time_us=12_000,
    ),
    fact("2026-03-02T10:16:00", ip="2001:db8::1", server="[2001:db8::7]:80", host="h", protocol="HTTP/2"),
]


def test_single_requests_come_back() -> None:
    # GIVEN an export of facts of one request each
    lake = Lake("memory:")
    write_facts(lake, ROWS)
    out, _ = exported(lake, "2026-03-02T10:00", "2026-03-02T11:00", identifiers=Identifiers(Shown.CLEAR))
    (entry,) = out.list("")
    # WHEN its object is ingested
    back = ingested(out.get(entry.key))
    # THEN the facts are the same
    assert back.receipt.format == "ocsf"
    assert [{name: row[name] for name in KEPT} for row in sorted(back.rows, key=lambda row: row["first_seen"])] == [
        {name: row.get(name) if name != "first_seen" else row[name].replace(tzinfo=None) for name in KEPT}
        for row in ROWS
    ]


def test_sums_are_refused_rather_than_counted_as_one() -> None:
    lake = Lake("memory:")
    write_facts(lake, [fact("2026-03-02T10:15", requests=1), fact("2026-03-02T10:15", requests=5)])
    out, _ = exported(lake, "2026-03-02T10:00", "2026-03-02T11:00")
    (entry,) = out.list("")
    receipt = ingested(out.get(entry.key)).receipt
    assert (receipt.requests, receipt.quarantined) == (1, 1)
