"""Wherever a range is cut, the two answers added up are the answer of the whole (half-open minutes, reading 1)."""

from collections import Counter
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from abslake.reports import Kind
from tests.support.thoroughness import examples
from tests.support.traffic import END, START, ask, question, traffic

MINUTES = int((END - START) / timedelta(minutes=1))


def counts(document, path=""):
    """All counts of an answer under names that do not depend on its order."""
    found = Counter()
    if isinstance(document, dict):
        label = next((str(document[key]) for key in NAMES if key in document), "")
        for key, value in document.items():
            if isinstance(value, int) and key not in TYPES:
                found[f"{path}/{label}/{key}"] += value
            else:
                found += counts(value, f"{path}/{label}/{key}")
    elif isinstance(document, list):
        for value in document:
            found += counts(value, path)
    return found


NAMES = ("session_id", "path", "ip", "user_agent", "device", "server")
TYPES = {"sessions", "total_attacks", "total_anomalies", "total_ioc"}
"""Numbers of distinct things: they do not add up over time."""


@given(facts=traffic, cut=st.integers(1, MINUTES - 1), kind=st.sampled_from(Kind))
@examples(25)
def test_any_cut(facts, cut, kind):
    between = START + timedelta(minutes=cut)

    whole, first, second = ask(facts, question(kind), question(kind, later=between), question(kind, earlier=between))

    assert counts(whole) == counts(first) + counts(second)
