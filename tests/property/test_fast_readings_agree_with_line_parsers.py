"""The engine's fast reading of a format and its line parser give the same facts, quarantine and counts for any lines."""

from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abslake.facts import part
from tests.support.ingesting import Ingested, definitions_of, ingested, line_parser_only, summed
from tests.support.mutations import APIS, LINES
from tests.support.thoroughness import examples

DEFINITIONS = definitions_of(APIS)
SEEDS = st.lists(st.integers(0, 2**32), min_size=30, max_size=90)


def outcome(result: Ingested) -> object:
    receipt, rows = result.receipt, result.rows
    connections = sum(row["connections"] for row in rows)
    counts = (receipt.lines_read, receipt.good, receipt.blank, receipt.requests, receipt.reasons, connections)
    return counts, result.quarantine, summed(rows)


@pytest.mark.parametrize("name", LINES)
@given(seeds=SEEDS)
@examples(4)
def test_any_lines(name: str, seeds: list[int]) -> None:
    # GIVEN good and odd lines, blank ones among them, and a reader that soon takes a second sample
    lines = [b"" if seed % 50 == 1 else LINES[name](seed) for seed in seeds]
    log = b"\n".join(lines)

    # WHEN they are ingested with the fast reading and without
    with patch.object(part, "_READ_AGAIN_FROM", 3):
        fast = ingested(log, apis=DEFINITIONS, format_name=name)
    with line_parser_only(name):
        slow = ingested(log, apis=DEFINITIONS, format_name=name)

    # THEN nothing tells them apart
    assert outcome(fast) == outcome(slow)


@pytest.mark.parametrize("name", LINES)
def test_the_comparison_compares_two_readings(name: str) -> None:
    receipt = ingested(b"\n".join(map(LINES[name], range(600))), apis=DEFINITIONS, format_name=name).receipt

    assert receipt.good > 200
    assert receipt.lines_read - receipt.parsed_singly > receipt.good / 4
