"""The client's address: the first valid one of the first X-Forwarded-For, else the peer's, in one spelling."""

import pytest

from abslake.facts.resolve import address_of
from abslake.records.addresses import canonical, client_address
from tests.support import ase
from tests.support.ingesting import ingested


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("1.2.3.4", "1.2.3.4"),
        (" 1.2.3.4\t", "1.2.3.4"),
        ("1.2.3.4:5678", "1.2.3.4"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:1.2.3.4", "1.2.3.4"),
        ("", None),
        ("unknown", None),
        ("1.2.3", None),
        ("1.2.3.4.5", None),
        ("01.2.3.4", None),
        ("256.1.1.1", None),
        ("1.2.3.4:x", None),
        ("1.2.3.4:123456", None),
        ("[2001:db8::1", None),
        ("[2001:db8::1]x", None),
        ("_hidden", None),
        ("١.2.3.4", None),
        ("1.2.3.4\x00", None),
    ],
)
def test_spellings(text: str, address: str | None) -> None:
    assert canonical(text) == address


CASES = {
    None: "192.0.2.1",
    "": "192.0.2.1",
    "1.2.3.4": "1.2.3.4",
    "1.2.3.4, 5.6.7.8": "1.2.3.4",
    "1.2.3.4:80,5.6.7.8": "1.2.3.4",
    "unknown, 5.6.7.8": "5.6.7.8",
    "unknown": "192.0.2.1",
    ", ,5.6.7.8": "5.6.7.8",
    "2001:DB8::1, 1.1.1.1": "2001:db8::1",
    "é👩‍👩‍👧, 5.6.7.8": "5.6.7.8",
    "\x00, 5.6.7.8": "5.6.7.8",
    "' OR 1=1 --": "192.0.2.1",
}


def test_forwarded_addresses() -> None:
    lines = [
        ase.line(request=ase.request(method=f"M{n}", headers=[{"X-Forwarded-For": value}] if value is not None else []))
        for n, value in enumerate(CASES)
    ]
    rows = ingested(ase.log(*lines)).rows

    assert {row["method"]: row["ip"] for row in rows} == {f"M{n}": address for n, address in enumerate(CASES.values())}


def test_only_the_first_forwarded_header_counts() -> None:
    headers = [{"X-Forwarded-For": "unknown"}, {"x-forwarded-for": "5.6.7.8"}]
    assert ingested(ase.log(ase.line(request=ase.request(headers=headers)))).row["ip"] == "192.0.2.1"


@pytest.mark.parametrize(
    ("peer", "ip"),
    [("1.2.3.4:80", "1.2.3.4"), ("::FFFF:1.2.3.4", "1.2.3.4"), ("[::1]", "::1"), ("host.example", "host.example")],
)
def test_the_peer(peer: str, ip: str) -> None:
    assert ingested(ase.log(ase.line(request=ase.request(source_ip=peer, headers=[])))).row["ip"] == ip


def test_one_client_spelt_in_several_ways_is_one_row() -> None:
    ways = ["2001:db8::1", "2001:DB8:0::1", "[2001:db8::1]:443", "unknown, 2001:db8::1"]
    lines = [ase.line(request=ase.request(headers=[{"X-Forwarded-For": way}])) for way in ways]

    row = ingested(ase.log(*lines)).row
    assert (row["ip"], row["requests"]) == ("2001:db8::1", 4)


def test_the_pair_that_the_engine_hands_over() -> None:
    anybody = client_address("*", documented=False)
    assert address_of("3:👩a,1.2.3.4", anybody) == anybody.of("👩a,", "1.2.3.4") == "1.2.3.4"
    assert address_of("0:1.2.3.4", anybody) == "1.2.3.4"
    assert address_of("0:", anybody) is None
