"""Whatever text an identifier is, its percent-encoded query finds its requests and nobody else's."""

from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.calls import call, during
from tests.support.facts import fact, write_facts
from tests.support.lakes import open_lake
from tests.support.thoroughness import examples

RANGE = during("2018-02-13T00:00", "2018-02-14T00:00")
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    with pytest.MonkeyPatch.context() as environment:
        lake = open_lake(tmp_path_factory.mktemp("identifiers"), environment)
        write_facts(lake, [fact("2018-02-13T10:00", token="somebody else")])
        yield lake


@given(value=TEXT, kind=st.sampled_from(["token", "cookie", "api_key", "username"]), plus=st.booleans())
@example(value="=", kind="token", plus=False)
@example(value="=abc=", kind="token", plus=False)
@example(value="a+b c%41&d", kind="cookie", plus=True)
@example(value="nul\0nul", kind="api_key", plus=False)
@example(value="'; DROP TABLE facts; --", kind="username", plus=False)
@example(value="🂡" * 1024, kind="token", plus=False)
@examples(40)
def test_any_identifier(lake, value, kind, plus):
    write_facts(lake, [fact("2018-02-13T11:00", requests=7, **{kind: value})], source=f"{kind} {value}")

    answer = call(f"{kind}={quote_plus(value) if plus else quote(value, safe='=')}&{RANGE}")

    assert answer.status == 200
    assert answer.json["summary"]["total_requests"] == 7
    metrics = answer.json["details"]["metrics"]
    assert (metrics[0]["session_id"] if kind == "cookie" else metrics[kind]) == value
