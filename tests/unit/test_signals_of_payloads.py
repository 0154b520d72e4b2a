"""Payloads give their signal and ordinary requests give none; whatever gives one is a suspect first.

The payloads are of the classes of the OWASP Web Security Testing Guide, one a line under ``tests/samples/signals``.
"""

from pathlib import Path

import duckdb
import pytest

from abslake.facts import suspects
from abslake.facts.signals import HEADER_BITS, LONGEST_VALUE, MOST_PARAMETERS, Signal, header_signals, url_signals

SAMPLES = Path(__file__).parents[1] / "samples" / "signals"
KINDS = (Signal.SQL, Signal.TRAVERSAL, Signal.COMMAND, Signal.SCRIPT, Signal.IRREGULAR_URL)
OVERFLOWS = (
    "/items?id=" + "A" * 256,
    "/items/" + "%41" * 3000,
    "/" + "a" * 9000,
    "/items?" + "&".join(f"p{n}={n}" for n in range(MOST_PARAMETERS + 1)),
    "/items?q=" + "ab" * (LONGEST_VALUE // 2 + 1),
    "/items?x=1&y=" + "." * 300,
)
LONG_BUT_ORDINARY = (
    "/items?" + "&".join(f"id={n * 7919}" for n in range(150)),
    "/saml?SAMLRequest=" + "fZJNb9swDIbv" * 200,
    "/files/" + "/".join(f"folder-{n}" for n in range(60)),
)


def lines(name: str) -> list[str]:
    return (SAMPLES / f"{name}.txt").read_text().splitlines()


def headers(name: str) -> list[tuple[str, str]]:
    pairs = (line.partition(" ") for line in lines(name))
    return [(header, value) for header, _, value in pairs]


def suspicious(texts: list[str], pattern: str) -> list[bool]:
    with duckdb.connect(config={"threads": 1}) as engine:
        found = engine.execute(
            "SELECT regexp_matches(text, $pattern) FROM (SELECT unnest($texts) AS text)",
            {"pattern": pattern, "texts": texts},
        ).fetchall()
    return [is_one for (is_one,) in found]


def test_the_sets_are_large_enough() -> None:
    assert sum(len(lines(kind.name.lower())) for kind in KINDS if kind.name) + len(headers("header")) >= 250
    assert len(lines("ordinary")) >= 300


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name.lower())
def test_payloads_of_a_kind_are_recalled(kind: Signal) -> None:
    payloads = lines(str(kind.name).lower())
    missed = [url for url in payloads if not url_signals(url) & kind]

    assert len(missed) <= 0.05 * len(payloads), missed


@pytest.mark.parametrize("kind", [*KINDS, Signal.OVERFLOW], ids=lambda kind: kind.name.lower())
def test_ordinary_urls_give_no_signal_of_a_kind(kind: Signal) -> None:
    found = [url for url in (*lines("ordinary"), *LONG_BUT_ORDINARY) if url_signals(url) & kind]

    assert len(found) <= 0.01 * len(lines(str(kind.name).lower()) if kind in KINDS else OVERFLOWS), found


@pytest.mark.parametrize("url", OVERFLOWS, ids=range(len(OVERFLOWS)))
def test_what_is_out_of_proportion_is_an_overflow(url: str) -> None:
    assert url_signals(url) & Signal.OVERFLOW


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("kind", KINDS[:4], ids=lambda kind: kind.name.lower())
def test_wholly_encoded_payloads_are_found(kind: Signal, times: int) -> None:
    payload = {"sql": "' or 1=1--", "traversal": "../../x", "command": ";cat /etc/x", "script": "<script>"}
    text = payload[str(kind.name).lower()]
    for _ in range(times):
        text = "".join(f"%{byte:02x}" for byte in text.encode())

    assert url_signals(f"/a?b={text}") & kind


def test_malicious_headers_are_recalled_and_ordinary_ones_give_nothing() -> None:
    missed = [pair for pair in headers("header") if not header_signals(*pair) & Signal.HEADER]
    found = [pair for pair in headers("ordinary_headers") if header_signals(*pair)]

    assert (missed, found) == ([], [])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("host", "a b.example"),
        ("content-type", "json"),
        ("x-forwarded-for", "<unknown>"),
        ("user-agent", "a" * 3000),
        ("cookie", "a=" + "b" * 9000),
        ("cookie", "a=\x07"),
        ("user-agent", "a\r\nb"),
    ],
)
def test_a_malformed_or_oversized_header_is_odd(name: str, value: str) -> None:
    assert header_signals(name, value) == Signal.HEADER_ODD


def test_several_x_forwarded_for_are_not_odd() -> None:
    assert header_signals("x-forwarded-for", "192.0.2.1\n192.0.2.2, 192.0.2.3") == 0


def test_every_payload_is_a_suspect_and_few_ordinary_texts_are() -> None:
    payloads = [url for kind in KINDS for url in lines(str(kind.name).lower())]
    values = [value for _, value in headers("header")]

    assert all(suspicious(payloads, suspects.url_pattern()))
    assert all(suspicious(values, suspects.header_pattern()))
    assert sum(suspicious(lines("ordinary"), suspects.url_pattern())) < 0.4 * len(lines("ordinary"))


def test_bits_do_not_change() -> None:
    assert {signal.name: int(signal) for signal in Signal} == {
        "SQL": 1,
        "TRAVERSAL": 2,
        "COMMAND": 4,
        "SCRIPT": 8,
        "OVERFLOW": 16,
        "IRREGULAR_URL": 32,
        "HEADER": 64,
        "HEADER_ODD": 128,
        "LOGIN": 256,
        "PROTOCOL": 512,
        "METHOD": 1024,
        "CONTENT_TYPE": 2048,
        "DECOY": 4096,
    }
    assert HEADER_BITS == 192
