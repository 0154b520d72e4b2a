"""Units without an identifier: whatever it is and wherever it stands, it goes, and what it is no part of stays."""

import base64
import json
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote, unquote

from hypothesis import example, given
from hypothesis import strategies as st

from abslake.detection.findings import IdentifierKind
from abslake.facts import schema
from abslake.settings import Settings
from abslake.storage import Lake
from abslake.upkeep import copies, erased_units
from abslake.upkeep.traces import SHORT, Traces
from tests.support.facts import fact, write_facts
from tests.support.thoroughness import examples
from tests.support.upkeep import all_text

KINDS = st.sampled_from([kind for kind in IdentifierKind if kind is not IdentifierKind.IP])
VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="*"), min_size=1, max_size=12).filter(
    lambda value: value not in "0.0.0.0/shop/items"
)
"""No blot, and nothing that a harmless row consists of."""
COLUMNS = ("path", "user_agent", "host", "token", "cookie", "api_key", "username", "response_content_type")


def spellings(value: str) -> list[str]:
    return [
        value,
        quote(value, safe=""),
        f"/shop/{quote(value, safe='')}/x",
        f"a {value} b",
        base64.urlsafe_b64encode(json.dumps({"sub": value}).encode()).decode(),
    ]


@examples(25)
@example(IdentifierKind.USERNAME, "a", [("path", 2), ("username", 0), ("host", 0)])
@example(IdentifierKind.TOKEN, "'; DROP TABLE unit --", [("token", 0), ("path", 1), ("user_agent", 3), ("cookie", 4)])
@given(KINDS, VALUES, st.lists(st.tuples(st.sampled_from(COLUMNS), st.integers(0, 4)), max_size=6))
def test_it_goes_and_the_rest_stays(kind: IdentifierKind, value: str, places: list[tuple[str, int]]) -> None:
    # GIVEN a unit with the value in its own column, in others, and rows without it
    harmless = fact("2026-03-02T10:00", path="/shop/items", requests=3, user_agent="curl")
    rows = [harmless, fact("2026-03-02T10:01", **{kind.value: value}, requests=5)]
    rows += [fact("2026-03-02T10:02", **{column: spellings(value)[n]}, requests=7) for column, n in places]
    traces = Traces(kind, value)
    with TemporaryDirectory() as name, copies.engine(Settings()) as engine:
        lake, after = Lake(name), Lake("memory:")
        (unit,) = write_facts(lake, rows)
        target = Path(name, "new.parquet")
        # WHEN it is rewritten
        assert erased_units.holding(engine, traces, {unit: Path(name, unit)}) == {unit}
        erased_units.rewrite(engine, traces, Path(name, unit), target)
        after.put("facts/unit.parquet", target.read_bytes())
        # THEN no erasure would find it any more, the own column is empty, and every request is still there
        assert not erased_units.holding(engine, traces, {unit: target})
        left = engine.execute(f"FROM read_parquet('{target}')").fetchall()
    columns = [column.name for column in schema.COLUMNS]
    new = [dict(zip(columns, row, strict=True)) for row in left]
    assert value not in {row[kind.value] for row in new}
    counted = Counter[int]()
    for row in new:
        counted[row["minute"].minute] += row["requests"]
    assert counted == Counter({0: 3, 1: 5} | ({2: 7 * len(places)} if places else {}))
    (same,) = [row for row in new if row["minute"].minute == 0]
    assert {name: same[name] for name in ("path", "user_agent", "requests", "ip")} == {
        name: harmless[name] for name in ("path", "user_agent", "requests", "ip")
    }
    # AND unless it is a short word, no byte of the unit says it
    if len(value) >= SHORT:
        assert not [text for _, text in all_text(after) if value in text or value in unquote(text)]


def test_an_erased_address_is_nobodys() -> None:
    # GIVEN a request from an address, which stands in a path too
    with TemporaryDirectory() as name, copies.engine(Settings()) as engine:
        (unit,) = write_facts(Lake(name), [fact("2026-03-02T10:00", ip="2001:db8::7", path="/ip/2001:DB8::0007")])
        target = Path(name, "new.parquet")
        # WHEN it is erased, in another spelling
        erased_units.rewrite(engine, Traces(IdentifierKind.IP, "2001:db8:0::7"), Path(name, unit), target)
        # THEN the request has the address of nobody
        assert engine.execute(f"SELECT ip, path, requests FROM '{target}'").fetchall() == [("0.0.0.0", "/ip/***", 1)]
