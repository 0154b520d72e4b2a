"""The engine's cheap expression lets through whatever a closer look would find, however it is spelled."""

import re
from random import Random

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abslake.facts import suspects
from abslake.facts.injection_rules import COMMAND, SEPARATED_COMMANDS, SPLIT, SQL, TRAVERSAL
from abslake.facts.script_rules import SCRIPT
from abslake.facts.signals import header_signals, url_signals
from tests.support.thoroughness import examples

RULES = (*SQL, *TRAVERSAL, *SEPARATED_COMMANDS, *COMMAND, *SPLIT, *SCRIPT)
PIECES = (
    "' \" ` < > ( ) ; | || && & = -- # /* */ /**/ .. / \\ ? : { } ${ {{ [ ] % %25 %2 %00 %0a %0d %09 %c0%ae %u0027 "
    "%uff1c + * , @@ $ \uff07 \uff1c \u02bc \uff0e union select from or and not null 1 1=1 '1 sleep( waitfor delay "
    "order by having case "
    "when script  svg img onerror onload alert( javascript: document cookie etc passwd proc self bin sh cat id "
    "whoami cmd.exe jndi ldap: 7*7 __proto__ php:// a=b .git/ .env information_schema . xp_cmdshell &#x3c; &lt; "
    "%26lt; %27 %3C %2e host: %73 %53 \xe9 %e9"
).split(" ")


@pytest.fixture(scope="module")
def engine() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("CREATE TABLE texts (url VARCHAR, cookies VARCHAR, auth_header VARCHAR, forwarded_for VARCHAR)")
    return connection


def are_suspects(engine: duckdb.DuckDBPyConnection, urls: list[str], cookies: list[str]) -> bool:
    """Whether all of these URLs and all of these headers are."""
    engine.execute("DELETE FROM texts")
    engine.execute("INSERT INTO texts (url) SELECT unnest(?::VARCHAR[])", [urls])
    engine.execute("INSERT INTO texts (url, cookies) SELECT '/', unnest(?::VARCHAR[])", [cookies])
    condition = suspects.condition("url", [])
    return engine.execute(f"SELECT url, cookies FROM texts WHERE {condition} IS NOT TRUE").fetchall() == []


@st.composite
def spelled(draw: st.DrawFn) -> str:
    """A text that a rule matches, some of its characters percent-encoded once or twice, its blanks as they come."""
    rule = re.compile(draw(st.sampled_from(RULES)), re.ASCII | re.DOTALL)
    text = draw(st.from_regex(rule, fullmatch=True))[:300]
    random = draw(st.randoms(use_true_random=False))
    return "".join(_spelled(character, random) for character in text).encode("utf-8", "replace").decode()


def _spelled(character: str, random: Random) -> str:
    if character == " ":
        return random.choice(("+", "%20", "  ", "%09"))
    code = "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "replace"))
    return random.choice((character, character, character.upper(), code, code.replace("%", "%25")))


@examples(40)
@given(texts=st.lists(spelled(), min_size=5, max_size=15))
def test_a_text_of_a_rule_is_a_suspect(engine: duckdb.DuckDBPyConnection, texts: list[str]) -> None:
    urls = [url for text in texts if url_signals(url := f"/a?b={text}")]
    cookies = [text for text in texts if header_signals("cookie", text)]

    assert are_suspects(engine, urls, cookies)


@examples(40)
@given(
    texts=st.lists(st.lists(st.sampled_from(PIECES), max_size=8), max_size=40),
    between=st.sampled_from(("", "+", "%20", "/**/", " ")),
)
def test_a_text_of_pieces_is_a_suspect(engine: duckdb.DuckDBPyConnection, texts: list[list[str]], between: str) -> None:
    joined = [between.join(pieces) for pieces in texts]
    urls = [url for text in joined for url in (text, f"/{text}", f"/a?b={text}") if url_signals(url)]
    cookies = [text for text in joined if header_signals("cookie", text)]

    assert are_suspects(engine, urls, cookies)
