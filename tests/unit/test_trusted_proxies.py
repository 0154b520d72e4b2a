"""Behind trusted proxies the client is what they say, and nobody else chooses an address by X-Forwarded-For."""

import pytest

from abslake.facts.clients import IPV4, nearest_sql
from abslake.records.addresses import Believed, client_address, trusted_networks
from tests.support import ase
from tests.support.ingesting import ingested
from tests.support.records import record, rows_from

TRUSTED = "10.0.0.0/8, 192.0.2.1,172.16.0.0/12,2001:db8:ffff::/48"
PROXY, STRANGER = "10.9.9.9", "203.0.113.9"
CASES: list[tuple[str, str, str]] = [
    # X-Forwarded-For, peer, client
    ("", PROXY, PROXY),
    ("", STRANGER, STRANGER),
    ("1.1.1.1", STRANGER, STRANGER),
    ("1.1.1.1, 10.0.0.1", STRANGER, STRANGER),
    ("1.1.1.1", PROXY, "1.1.1.1"),
    ("1.1.1.1", "192.0.2.1", "1.1.1.1"),
    ("1.1.1.1", "192.0.2.2", "192.0.2.2"),
    # An entry that the client wrote itself stands left of its own address.
    ("9.9.9.9, 1.1.1.1", PROXY, "1.1.1.1"),
    ("10.0.0.1, 1.1.1.1", PROXY, "1.1.1.1"),
    ("9.9.9.9, 1.1.1.1, 10.0.0.1,172.31.255.255", PROXY, "1.1.1.1"),
    ("9.9.9.9, 1.1.1.1, 172.32.0.0", PROXY, "172.32.0.0"),
    ("', 1.1.1.1', 1.1.1.1", PROXY, "1.1.1.1"),
    # All are trusted: the leftmost is as far as anybody knows.
    ("10.0.0.1", PROXY, "10.0.0.1"),
    ("10.0.0.1 ,10.0.0.2 , 10.0.0.3", PROXY, "10.0.0.1"),
    # What is no address: nothing left of it is known.
    ("unknown", PROXY, PROXY),
    ("1.1.1.1, unknown", PROXY, PROXY),
    ("1.1.1.1, unknown, 10.0.0.1", PROXY, "10.0.0.1"),
    ("1.1.1.1, 10.0.0.256, 10.0.0.1", PROXY, "10.0.0.1"),
    ("1.1.1.1, 10.0.0.1x", PROXY, PROXY),
    ("1.1.1.1 10.0.0.1", PROXY, PROXY),
    ("unknown, 1.1.1.1", PROXY, "1.1.1.1"),
    # Empty entries are none (RFC 9110, section 5.6.1).
    ("1.1.1.1,, 10.0.0.1, ", PROXY, "1.1.1.1"),
    (" , ", PROXY, PROXY),
    # Ports, IPv6, IPv4 in IPv6 clothes.
    ("1.1.1.1:5678", PROXY, "1.1.1.1"),
    ("1.1.1.1, 10.0.0.1:80", "10.0.0.2:443", "1.1.1.1"),
    ("[2001:DB8::1]:443, 10.0.0.1", PROXY, "2001:db8::1"),
    ("1.1.1.1, 2001:db8:ffff::5", PROXY, "1.1.1.1"),
    ("1.1.1.1, 2001:db8:fffe::5", PROXY, "2001:db8:fffe::5"),
    ("1.1.1.1", "2001:db8:ffff::1", "1.1.1.1"),
    ("1.1.1.1", "2001:db8::1", "2001:db8::1"),
    ("1.1.1.1, ::ffff:10.0.0.1", "::ffff:10.0.0.2", "1.1.1.1"),
    ("1.1.1.1", "::ffff:203.0.113.9", "203.0.113.9"),
    # A proxy may add a header of its own instead of an entry: all headers count, in their order.
    ("9.9.9.9\n1.1.1.1", PROXY, "1.1.1.1"),
    ("9.9.9.9, 8.8.8.8\n1.1.1.1, 10.0.0.1", PROXY, "1.1.1.1"),
    ("9.9.9.9\n", PROXY, "9.9.9.9"),
    ("1.1.1.1", "unix:", "unix:"),
]


@pytest.mark.parametrize(("forwarded_for", "peer", "client"), CASES)
def test_the_client(forwarded_for: str, peer: str, client: str) -> None:
    assert client_address(TRUSTED, documented=False).of(forwarded_for, peer) == client


@pytest.mark.parametrize("trusted", [TRUSTED, TRUSTED + "," + ",".join(f"198.51.{n}.0/31" for n in range(1, 255))])
def test_facts_hold_the_client(trusted: str) -> None:
    records = [record(method=f"M{n}", forwarded_for=said, peer=peer) for n, (said, peer, _) in enumerate(CASES)]
    rows = rows_from(*records, trusted_proxies=trusted)

    assert {row["method"]: row["ip"] for row in rows} == {f"M{n}": client for n, (*_, client) in enumerate(CASES)}


def test_of_repeated_headers_in_an_ase_log_the_last_says_who_came() -> None:
    ways = [("X-Forwarded-For", "X-Forwarded-For"), ("X-Forwarded-For", "x-forwarded-for")]
    lines = [
        ase.line(request=ase.request(headers=[{first: "9.9.9.9"}, {"Host": "h"}, {second: "1.1.1.1"}]))
        for first, second in ways
    ]

    row = ingested(ase.log(*lines), trusted_proxies="192.0.2.1").row
    assert (row["ip"], row["requests"]) == ("1.1.1.1", 2)


def test_one_client_behind_many_proxies_is_one_row() -> None:
    ways = ["1.1.1.1", "9.9.9.9, 1.1.1.1", "1.1.1.1, 10.0.0.1", "x, 1.1.1.1:80, 10.0.0.3"]
    (row,) = rows_from(*(record(forwarded_for=way, peer=PROXY) for way in ways), trusted_proxies="10.0.0.0/8")

    assert (row["ip"], row["requests"]) == ("1.1.1.1", 4)


SAID = {"forwarded_for": "x, 9.9.9.9:80, 1.1.1.1", "peer": PROXY}


@pytest.mark.parametrize(
    ("setting", "ip"), [("", PROXY), ("10.0.0.0/8", "1.1.1.1"), ("*", "9.9.9.9"), (" * ", "9.9.9.9")]
)
def test_without_the_setting_no_log_but_that_of_ase_believes_the_header(setting: str, ip: str) -> None:
    (row,) = rows_from(record(**SAID), trusted_proxies=setting)
    assert row["ip"] == ip


@pytest.mark.parametrize(
    ("setting", "ip"), [("", "9.9.9.9"), (",", "9.9.9.9"), ("10.0.0.0/8", "1.1.1.1"), ("*", "9.9.9.9")]
)
def test_ase_logs_believe_it_as_documented_until_proxies_are_set(setting: str, ip: str) -> None:
    request = ase.request(source_ip=PROXY, headers=[{"X-Forwarded-For": SAID["forwarded_for"]}])
    assert ingested(ase.log(ase.line(request=request)), trusted_proxies=setting).row["ip"] == ip


@pytest.mark.parametrize("setting", ["", "10.0.0.0/8", "*"])
def test_a_log_without_peer(setting: str) -> None:
    forwarded, silent = rows_from(
        record(method="A", peer=None, forwarded_for="x, ::1, 1.1.1.1"),
        record(method="B", peer=None),
        trusted_proxies=setting,
    )
    assert (forwarded["ip"], silent["ip"]) == ("::1" if setting == "*" else None, None)


@pytest.mark.parametrize(
    ("setting", "networks"),
    [
        ("", []),
        (" , ", []),
        ("10.0.0.1", ["10.0.0.1/32"]),
        ("2001:db8::1, 10.0.0.0/8", ["10.0.0.0/8", "2001:db8::1/128"]),
        ("10.0.0.0/9,10.128.0.0/9,10.1.0.0/16", ["10.0.0.0/8"]),
        ("192.0.2.0/24,10.0.0.0/8", ["10.0.0.0/8", "192.0.2.0/24"]),
        ("::ffff:10.0.0.0/104", ["10.0.0.0/8"]),
        ("0.0.0.0/0", ["0.0.0.0/0"]),
    ],
)
def test_the_networks_of_a_setting(setting: str, networks: list[str]) -> None:
    assert [str(network) for network in trusted_networks(setting)] == networks


@pytest.mark.parametrize("count", [1, 200])
def test_usual_numbers_of_networks_are_looked_up_by_the_engine(count: int) -> None:
    client = client_address(",".join(f"10.{n}.1.0/24" for n in range(count)), documented=True)

    assert client.believed is Believed.PROXIES
    assert "regexp_full_match(peer" in nearest_sql(client)
    assert IPV4 not in nearest_sql(client_address("2001:db8::/32", documented=True))
