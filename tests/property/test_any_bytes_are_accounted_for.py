"""Whatever the bytes of a log object, it is refused as a whole or each of its lines is good, quarantined or blank."""

import gzip
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from abslake.errors import UnreadableLog
from tests.support.ingesting import definitions_of, ingested, metadata_of, quarantine_of
from tests.support.mutations import APIS, LINES
from tests.support.thoroughness import examples

DEFINITIONS = definitions_of(APIS)
PIECES = [
    b"\n",
    b"\r",
    b"\r\n",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b" ",
    b"\x0c",
    b"\x85",
    "\u2028".encode(),
    b'"',
    b"{",
    b"\\",
    b"-",
    b"[[[",
]
TEXT = st.lists(st.binary(max_size=40) | st.sampled_from(PIECES), max_size=60).map(b"".join)


def spoiled(name: str, seed: int) -> bytes:
    """Good and odd lines with bytes of them changed, lost or doubled; many, as one log costs as much as another."""
    random = Random(seed)
    log = bytearray(b"\n".join(LINES[name](random.randrange(2**32)) for _ in range(random.randrange(1, 36))))
    for _ in range(random.randrange(36)):
        at = random.randrange(len(log) + 1)
        log[at : at + random.randrange(3)] = random.choice([b"", random.randbytes(2), random.choice(PIECES)])
    return bytes(log)


def account(log: bytes, name: str | None) -> None:
    try:
        result = ingested(log, apis=DEFINITIONS, format_name=name, max_line_bytes=3000)
    except UnreadableLog:
        return
    receipt = result.receipt
    assert receipt.lines_read == receipt.good + receipt.quarantined + receipt.blank
    head = quarantine_of(result.lake, receipt.quarantine)[:1]
    assert sum(one["quarantined"] for one in head) == receipt.quarantined == sum(receipt.reasons.values())
    assert sum(row["requests"] for row in result.rows) == receipt.requests <= receipt.good
    if receipt.units:
        assert metadata_of(result.lake, receipt.units[0])["abslake.part.lines_read"] == str(receipt.lines_read)


@pytest.mark.parametrize("name", [*LINES, None])
@examples(2)
@given(log=TEXT)
@example(log=b"")
@example(log=b"\n")
@example(log=b"\xef\xbb\xbf")
@example(log=b"\x1f\x8b")
@example(log=b"\x1f")
def test_arbitrary_bytes(name: str | None, log: bytes) -> None:
    account(log, name)


@pytest.mark.parametrize("name", LINES)
@given(seed=st.integers(0, 2**32))
@examples(4)
def test_spoiled_logs(name: str, seed: int) -> None:
    account(spoiled(name, seed), name)


@examples(12)
@given(seed=st.integers(0, 2**32), name=st.sampled_from(sorted(LINES)))
def test_spoiled_gzip(seed: int, name: str) -> None:
    random = Random(seed)
    stored = bytearray(gzip.compress(spoiled(name, seed), mtime=0) * random.randrange(1, 3))
    for _ in range(random.randrange(4)):
        stored[random.randrange(len(stored))] = random.randrange(256)
    account(bytes(stored[: random.randrange(len(stored) + 1)]), name)
