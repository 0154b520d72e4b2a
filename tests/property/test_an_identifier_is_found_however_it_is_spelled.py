"""What erasure leaves of a text: nothing of the identifier in any spelling, and all of the rest."""

import base64
import json
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abslake.detection.findings import IdentifierKind
from abslake.upkeep.traces import BLOT, Traces

NASTY = "aA01/%+\\\"'*. _-;=&é€😀ßu{}[](){}^$|?\n\t\x00\u2028"
VALUES = st.text(st.sampled_from(NASTY), min_size=6, max_size=12).filter(lambda value: value.strip("*"))
AROUND = st.text(st.sampled_from("xyz/ ?&=XYZ,"), max_size=6)


def encoded(character: str) -> str:
    return "".join(f"%{byte:02x}" for byte in character.encode())


def base64_of(text: str, *, url: bool) -> str:
    encode = base64.urlsafe_b64encode if url else base64.b64encode
    return encode(text.encode()).decode()


@st.composite
def spelled(draw: st.DrawFn, value: str) -> str:
    """The value as somebody may write it."""
    inside = draw(st.sampled_from(["", "a", "ab", '{"sub":"'])) + value + draw(st.sampled_from(["", ":x", '"}']))
    ways = [
        value,
        quote(value, safe=""),
        quote(quote(value, safe=""), safe=""),
        "".join(encoded(c) if draw(st.booleans()) and c != "%" else c for c in value),
        quote(value, safe=" ").replace(" ", "+"),
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        quote(json.dumps(value)[1:-1], safe=""),
        base64_of(inside, url=False),
        base64_of(inside, url=True),
        quote(base64_of(inside, url=False), safe=""),
    ]
    return draw(st.sampled_from(ways))


def readings(text: str) -> set[str]:
    """The text and what it says, by other code than the code under test."""
    found = {text}
    for _ in range(3):
        found |= {unquote(one) for one in found} | {one.replace("+", " ") for one in found}
        for one in list(found):
            try:
                found.add(json.loads(f'"{one}"', strict=False))
            except ValueError:
                continue
    return found


@given(st.data(), VALUES, AROUND, AROUND)
def test_no_spelling_stays(data: st.DataObject, value: str, before: str, after: str) -> None:
    # GIVEN a text that holds the value in some spelling, twice
    traces = Traces(IdentifierKind.COOKIE, value)
    text = before + data.draw(spelled(value)) + after + "/" + data.draw(spelled(value)) + "/end"
    # WHEN it is blotted out
    result = traces.blotted(text)
    # THEN nobody reads it any more
    assert traces.holds(text)
    assert BLOT in result
    assert not traces.holds(result)
    assert not any(value in reading for reading in readings(result))


@given(VALUES, st.text(st.sampled_from("xyz/ ?&=XYZ,%41\\u0041"), max_size=30))
def test_other_texts_stay_as_they_are(value: str, text: str) -> None:
    if not any(value in reading for reading in readings(text)):
        assert Traces(IdentifierKind.TOKEN, value).blotted(text) == text


@pytest.mark.parametrize(
    ("path", "left"),
    [
        ("/shop/a", "/shop/***"),
        ("/a/b%61/a%2Fa", "/***/b%61/a%2Fa"),
        ("/%61/x", "/***/x"),
        ("/cart/data", "/cart/data"),
    ],
)
def test_a_short_one_is_blotted_out_of_whole_segments_only(path: str, left: str) -> None:
    assert Traces(IdentifierKind.USERNAME, "a").blotted_path(path) == left


@pytest.mark.parametrize(
    ("line", "mentioned"),
    [('{"user":"bob"}', True), ("user=bob&x", True), ("/b%6Fb/", True), ("bobby", False), ("kebob", False)],
)
def test_a_short_one_is_mentioned_where_it_is_a_word(line: str, mentioned: bool) -> None:
    assert Traces(IdentifierKind.USERNAME, "bob").is_mentioned(line) is mentioned


@pytest.mark.parametrize(
    ("value", "text", "left"),
    [
        ("192.0.2.1", "/ip/192.0.2.1/x", "/ip/***/x"),
        ("192.0.2.1", "192.0.2.10 1192.0.2.1 192.0.2.1:80", "192.0.2.10 1192.0.2.1 ***"),
        ("192.0.2.1", "x ::ffff:192.0.2.1 y ::FFFF:C000:0201", "x *** y ***"),
        ("2001:db8::1", "[2001:DB8:0:0:0:0:0:1]:443 2001:db8::12", "[***]:443 2001:db8::12"),
        ("2001:0DB8::0001", "/2001%3adb8%3A%3A1", "/***"),
        ("192.0.2.1", "for=192.0.2.1.", "for=***."),
    ],
)
def test_an_address_is_found_in_every_way_to_write_it(value: str, text: str, left: str) -> None:
    assert Traces(IdentifierKind.IP, value).blotted(text) == left


def test_a_text_that_was_cut_within_it_is_noticed() -> None:
    traces = Traces(IdentifierKind.TOKEN, "0123456789")
    assert traces.begins_at_the_end_of("x012345")
    assert not traces.begins_at_the_end_of("x01234")


def test_nothing_shows_the_value() -> None:
    assert "secret-value" not in repr(Traces(IdentifierKind.TOKEN, "secret-value"))
