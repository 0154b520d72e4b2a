"""However often a connection is used, in however many facts, it counts once in a client's window; many are estimated."""

import tempfile
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abslake.detection import activity, profiles, transitions
from abslake.facts import connections, units
from abslake.storage import Lake
from tests.support import ase
from tests.support.facts import at, fact, write_facts
from tests.support.ingesting import ingested
from tests.support.thoroughness import examples

START = at("2026-03-02T10:10")
END = START + timedelta(minutes=10)
Row = dict[str, Any]
ids = st.one_of(st.integers(-(2**63), 2**64).map(str), st.text(min_size=1, max_size=20))


def bits_of(names: Iterable[str]) -> list[int]:
    """The bit of each id, by the engine."""
    with duckdb.connect(config={"threads": 1}) as engine:
        found = engine.execute(f"SELECT {connections.BIT} FROM (SELECT unnest(?::VARCHAR[]) AS connection)", [[*names]])
        return [bit for (bit,) in found.fetchall()]


def opened(numbers: Sequence[int], requests_on_each: int = 1) -> list[Row]:
    """A client's facts: each connection has requests in so many minutes and paths."""
    return [
        fact(
            START + timedelta(minutes=n % 10), path=f"/shop/{n % 3}", status=(200, 404)[n % 2], connections=1,
            connection_bits=bit,
        )
        for bit in bits_of(map(str, numbers))
        for n in range(requests_on_each)
    ]  # fmt: skip


def measured(rows: Iterable[Row], without: str = "") -> int:
    """The connections of the one client of these facts. `without`: a column that its units lack."""
    with tempfile.TemporaryDirectory() as folder, an_engine() as engine:
        paths = [Path(folder, key) for key in write_facts(Lake(folder), rows, units_an_hour=3)]
        for path in paths if without else ():
            older = path.with_suffix(".older")
            engine.execute(f"COPY (SELECT * EXCLUDE ({without}) FROM '{path}') TO '{older}' (FORMAT parquet)")
            older.replace(path)
        activity.measure(engine, paths, START, END)
        ((found,),) = engine.execute("SELECT connections FROM activity WHERE view = 'client'").fetchall()
    return int(found)


@contextmanager
def an_engine() -> Any:
    with duckdb.connect(config={"threads": 1}) as engine:
        transitions.load(engine, None)
        profiles.load(engine, None)
        yield engine


@examples(10)
@given(st.integers(0, 2**62), st.integers(1, 100), st.sampled_from((1, 2, 62, 1000, 65536)), st.integers(1, 3))
def test_the_estimate_is_near(first: int, number: int, step: int, requests: int) -> None:
    # GIVEN ids as gateways give them: one after the other, or with equal distances
    numbers = [first + n * step for n in range(number)]

    # WHEN each has one to three requests
    found = measured(opened(numbers, requests))

    # THEN it is near the number of connections, and never over that of requests
    assert found <= number * requests
    assert 0.55 * number - 1 <= found <= 1.8 * number + 1


def test_the_estimate_is_right_on_the_whole() -> None:
    sums = {
        number: sum(measured(opened(range(at, at + number), 3)) for at in (7, 10**6, 10**12)) for number in (4, 40, 150)
    }

    assert sums[4] == pytest.approx(3 * 4, rel=0.1)
    assert sums[40] == pytest.approx(3 * 40, rel=0.2)
    assert sums[150] == pytest.approx(3 * 150, rel=0.3)


def test_a_busy_client_on_few_connections_has_few() -> None:
    rows = opened(range(5), 300)

    assert sum(row["connections"] for row in rows) == 1_500
    assert measured(rows) <= 6


def test_beyond_the_estimate_they_are_added_up() -> None:
    assert measured(opened(range(3_000))) == 3_000


def test_units_of_before_are_added_up() -> None:
    rows = opened(range(5), 4)

    assert measured(rows, without="connection_bits") == 20
    assert measured([*rows, fact(START, connections=7)]) == 27


def test_none_where_none_is_logged() -> None:
    assert measured([fact(START, connection_bits=0)]) == 0
    assert measured([fact(START)], without="connection_bits") == 0


@examples(50)
@given(st.lists(ids, min_size=1, max_size=20))
def test_any_id_sets_one_bit(names: list[str]) -> None:
    found = bits_of(names)

    assert all(bit.bit_count() == 1 and bit & connections.FULL for bit in found)
    assert found == bits_of(names)


def test_the_bits_of_stored_facts_stay_what_they_are() -> None:
    names = ("1", "7", "-5", "147378243", "99999999999999999999", "8f0c2c1e-1", "é")

    assert [bit.bit_length() - 1 for bit in bits_of(names)] == [42, 6, 45, 2, 31, 52, 16]


def test_ingest_keeps_the_bits_of_all_connections_of_a_row() -> None:
    lines = [ase.line(connection_id=name) for name in ("1", 1, "7", "x", None, "")]
    one, seven, text = bits_of(["1", "7", "x"])

    assert ingested(ase.log(*lines)).row["connection_bits"] == one | seven | text
    assert ingested(ase.log(ase.line(connection_id=None))).row["connection_bits"] == 0


def test_rows_that_become_one_keep_the_bits_of_both() -> None:
    with duckdb.connect(config={"threads": 1}) as engine, tempfile.TemporaryDirectory() as folder:
        for number, bits in enumerate(((0b01, 0b10), (None, None), (0b01, None))):
            rows = [fact(START, connections=1, connection_bits=one) for one in bits]
            (key,) = write_facts(Lake(folder), rows, source=str(number))
            found = engine.execute(
                f"SELECT connections, connection_bits FROM ({units.added_up(f'FROM read_parquet({str(Path(folder, key))!r})')})"
            ).fetchall()
            expected = None if bits == (None, None) else sum(one for one in bits if one)
            assert found == [(2, expected)]
