"""A log in any envelope gives what the same log gives plain, and of no bytes anything is lost."""

import json
from collections import Counter
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from abslake.records.envelopes import opened
from abslake.records.wrapped import DOCUMENTS, is_wrapped
from tests.support.ingesting import definitions_of, ingested, small_reads, summed
from tests.support.mutations import APIS, LINES
from tests.support.thoroughness import examples
from tests.support.wrapping import OF_JSON, OF_TEXT

DEFINITIONS = definitions_of(APIS)
LONGEST = 4000
SEED = st.integers(0, 2**32)
JSON = st.recursive(
    st.none()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["}{", '"}\n{"', "\\", "},{", "]}"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.lists(
    # An object that is an envelope itself is undone, too: it does not come out as it went in.
    st.dictionaries(st.text(min_size=1, max_size=8), JSON, max_size=4).filter(
        lambda one: not any(is_wrapped(json.dumps(one).encode(), name) for name in DOCUMENTS)
    ),
    min_size=2,
    max_size=12,
)
PIECES = [
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b"\n",
    b"\r",
    b'"',
    b"\\",
    b"}{",
    b'{"a":1}',
    b'{"records":[{"a":1}]}',
    b"\xff",
    b"\xef\xbb\xbf",
]
PIECES += [
    b"2026-03-02T10:00:00Z stdout F ",
    b"2026-03-02T10:00:00Z stderr P ",
    b'{"log":"x","stream":"stdout"}',
    b'[{"a":1},',
    b"\\ud800",
]
TEXT = (
    st.lists(st.binary(max_size=10) | st.sampled_from(PIECES), max_size=60)
    .map(b"".join)
    .filter(lambda log: b"PAR1" not in log[:7])  # Parquet, which is not undone here
)


def out_of(log: bytes, random: Random) -> bytes:
    """Opened from pieces of any size, which must not matter."""
    size = random.choice([1, 2, 3, 10, 100, 10**6])
    found = opened([log[at : at + size] for at in range(0, len(log), size)], LONGEST)
    out = b"".join(found)
    whole = opened([log], LONGEST)
    assert (b"".join(whole), whole.envelope) == (out, found.envelope)
    return out


def material(log: bytes) -> Counter[int]:
    """The bytes that carry something: without byte order marks, blanks and what stands between objects."""
    return Counter(log.translate(None, b"\xef\xbb\xbf \t\r\n,[]"))


@pytest.mark.parametrize("name", sorted(OF_JSON | OF_TEXT))
@given(objects=OBJECTS, seed=SEED)
@examples(15)
def test_objects_come_out_as_they_went_in(name: str, objects: list[dict[str, object]], seed: int) -> None:
    random = Random(seed)
    lines = [json.dumps(one, ensure_ascii=random.random() < 0.5) for one in objects]

    out = out_of((OF_JSON | OF_TEXT)[name](lines, random), random)

    assert [json.loads(line) for line in out.split(b"\n")[:-1]] == objects


@given(log=TEXT, seed=SEED)
@examples(100)
@example(log=b"[", seed=0)
@example(log=b'[{"a":1},', seed=0)
@example(log=b'{"a":1}{"b":1}[', seed=0)
@example(log=b'{"a":1}{"b":1}{', seed=0)
def test_of_arbitrary_bytes_nothing_is_lost(log: bytes, seed: int) -> None:
    found = opened([log], LONGEST)
    out = b"".join(found)

    assert out == out_of(log, Random(seed))
    if found.envelope is None:
        assert out == log
    elif set(found.envelope.split(", ")) <= {"concatenated-json", "json-array"}:
        assert material(out) == material(log)


@pytest.mark.parametrize("name", sorted(OF_JSON | OF_TEXT))
@given(objects=OBJECTS, seed=SEED)
@examples(6)
def test_damage_costs_no_more_than_the_rest_of_its_line(name: str, objects: list[dict[str, object]], seed: int) -> None:
    # GIVEN a log in an envelope, a newline after it, some bytes that are no JSON, and another one
    random = Random(seed)
    lines = [json.dumps(one) for one in objects]
    log = (OF_JSON | OF_TEXT)[name](lines, random)

    # WHEN it is opened
    out = out_of(log + b"\n\x00damage{\n" + log, random)

    # THEN both are there, and so is what stood between
    found = out.split(b"\n")
    assert b"\x00damage{" in found
    assert len([line for line in found if line.strip()]) == 2 * len(objects) + 1


@pytest.mark.parametrize("name", ["cut", "changed"])
@given(seed=SEED, writer=st.sampled_from(sorted(OF_JSON | OF_TEXT)))
@examples(40)
def test_spoiled_envelopes_never_raise_and_pieces_do_not_matter(name: str, seed: int, writer: str) -> None:
    random = Random(seed)
    log = bytearray((OF_JSON | OF_TEXT)[writer]([json.dumps({"n": n, "t": "}{\n"}) for n in range(12)], random))
    for _ in range(random.randrange(1, 5)):
        at = random.randrange(len(log))
        log[at : at + random.randrange(1, 4)] = b"" if name == "cut" else random.choice([*PIECES, random.randbytes(2)])
    out_of(bytes(log), random)


@given(seed=SEED, part_bytes=st.sampled_from([2000, 10**6]))
@examples(6)
def test_a_wrapped_log_gives_the_facts_of_the_plain_one(seed: int, part_bytes: int) -> None:
    # GIVEN a log of text or of JSON, plain and in an envelope
    random = Random(seed)
    name = random.choice(["ase", "combined"])
    every = [LINES[name](random.randrange(2**32)) for _ in range(30)]
    lines = [line.decode() for line in every if _is_whole(line, name)]
    writers = OF_TEXT | OF_JSON if name == "ase" else OF_TEXT
    log = writers[random.choice(sorted(writers))](lines, random)

    # WHEN both are ingested
    plain = ingested("\n".join(lines).encode(), apis=DEFINITIONS, format_name=name)
    with small_reads(random.choice([500, 10**6])):
        wrapped = ingested(log, apis=DEFINITIONS, format_name=name, part_bytes=part_bytes)

    # THEN only the envelope and the units' keys differ
    assert (plain.receipt.envelope, bool(wrapped.receipt.envelope)) == (None, bool(lines))
    assert summed(wrapped.rows) == summed(plain.rows)
    # What is wrong first may be told otherwise: an envelope of JSON holds the line as its writer spelled it anew.
    assert sum(wrapped.receipt.reasons.values()) == sum(plain.receipt.reasons.values())


def _is_whole(line: bytes, name: str) -> bool:
    """Whether every envelope can carry the line: text of one line, and JSON if it is of a JSON format."""
    try:
        text = line.decode()
        return not set("\r\n\0") & set(text) and (name != "ase" or isinstance(json.loads(text), dict))
    except ValueError:
        return False
