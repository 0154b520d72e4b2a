"""Whatever facts hold, an export of them is valid OCSF and counts every request once."""

from hypothesis import example, given
from hypothesis import strategies as st

from abslake.export.identifiers import Identifiers, Shown
from abslake.facts import schema
from abslake.storage import Lake
from tests.support.facts import Row, fact, write_facts
from tests.support.ocsf import all_faults, exported, records_of
from tests.support.odd_values import ADDRESSES, COOKIES, HOSTS, ODD, URLS
from tests.support.thoroughness import examples

TEXT = st.one_of(
    st.none(),
    st.sampled_from([text for text in (*URLS, *ADDRESSES, *HOSTS, *COOKIES, *ODD) if "\0" not in text]),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
)
NAMES = [column.name for column in schema.KEYS if column.duckdb == "VARCHAR"]
NUMBERS = {
    "status": st.none() | st.integers(-32_768, 32_767),
    "requests": st.integers(1, 10**6),
    "connections": st.integers(0, 10**6),
    "request_bytes": st.none() | st.integers(0, 10**15),
    "response_bytes": st.none() | st.integers(0, 10**15),
    "response_time_us": st.none() | st.integers(0, 10**12),
}
ROWS = st.fixed_dictionaries({**dict.fromkeys(NAMES, TEXT), **NUMBERS})
SHOWN = st.sampled_from([Identifiers(), Identifiers(Shown.CLEAR), Identifiers(Shown.MASKED, b"k" * 32)])
NOTHING = {**dict.fromkeys(NAMES), **dict.fromkeys(NUMBERS), "requests": 1, "connections": 0}


@examples(12)
@example([NOTHING], Identifiers())
@example([dict.fromkeys(NAMES, "") | NOTHING | {"path": "", "method": "é", "ip": "::1%eth0"}], Identifiers(Shown.CLEAR))
@given(st.lists(ROWS, min_size=1, max_size=8), SHOWN)
def test_any_facts(rows: list[Row], identifiers: Identifiers) -> None:
    lake = Lake("memory:")
    write_facts(lake, [fact(f"2026-03-02T{10 + n % 2}:{n:02}", **row) for n, row in enumerate(rows)])
    out, done = exported(lake, "2026-03-02T00:00", "2026-03-03T00:00", identifiers=identifiers)
    records = [record for of_hour in records_of(out).values() for record in of_hour]
    assert all_faults(records) == []
    assert sum(record["count"] for record in records) == done.requests == sum(row["requests"] for row in rows)
    assert len(records) == done.records == len(rows)
