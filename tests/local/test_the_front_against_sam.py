"""The front's events are those that SAM's own local API makes, but for the quirks of SAM named here.

SAM CLI lives in an environment of its own (scripts/bootstrap.sh sam); its constructor runs there, one process for all.
"""

import base64
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abslake.dev.front import HttpRequest, to_event

ORACLE = Path(__file__).parents[1] / "support/sam_oracle.py"
TOP = Path(__file__).parents[2]
PORT = 3000

Event = dict[str, Any]
QUIRKS: dict[str, Callable[[Event, Event], bool]] = {
    "fields without a value are null, where AWS leaves them out": lambda ours, theirs: (
        theirs["pathParameters"] is None and "pathParameters" not in ours
    ),
    "header names stay as sent, where AWS gives them in lower case": lambda ours, theirs: (
        "X-A" in theirs["headers"] and "x-a" in ours["headers"]
    ),
    "the Cookie header stays among the headers, where AWS moves it to cookies": lambda ours, theirs: (
        "Cookie" in theirs["headers"] and "cookie" not in ours["headers"]
    ),
    "X-Forwarded-For is as sent, where AWS appends the peer": lambda ours, theirs: (
        theirs["headers"]["X-Forwarded-For"] == "1.1.1.1" and ours["headers"]["x-forwarded-for"] == "1.1.1.1, 127.0.0.1"
    ),
    "cookies are parsed and written anew, where AWS gives them as sent": lambda ours, theirs: (
        theirs["cookies"] == ["a=b c"] and ours["cookies"] == ['a="b c"']
    ),
    "the user agent is a constant": lambda ours, theirs: (
        theirs["requestContext"]["http"]["userAgent"] != ours["requestContext"]["http"]["userAgent"] == "curl"
    ),
    "the domain is a constant": lambda ours, theirs: (
        theirs["requestContext"]["domainName"] == "localhost" and ours["requestContext"]["domainName"] == "h.example"
    ),
    "timeEpoch is in seconds, where AWS gives milliseconds": lambda ours, theirs: (
        theirs["requestContext"]["timeEpoch"] < 10**11 < ours["requestContext"]["timeEpoch"]
    ),
}
"""What SAM does otherwise than AWS documents: left out of the comparison. One that is gone fails its test."""


class Oracle:
    """SAM's constructor: a line of JSON in, a line of JSON out."""

    def __init__(self, python: Path) -> None:
        self._process = subprocess.Popen(
            [str(python), "-P", str(ORACLE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def event(self, request: HttpRequest, route_key: str) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        question = {
            "method": request.method,
            "target": request.target,
            "headers": list(request.headers),
            "body": base64.b64encode(request.body).decode(),
            "source_ip": request.source_ip,
            "port": PORT,
            "route_key": route_key,
        }
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        self._process.communicate(timeout=10)


def sam_python() -> Path | None:
    """The interpreter that SAM CLI is installed in."""
    sam = shutil.which("sam")
    homes = [TOP / ".tools/sam", *([Path(sam).resolve().parent.parent] if sam else [])]
    for home in homes:
        if list(home.glob("lib/python*/site-packages/samcli")):
            return home / "bin/python"
    return None


@pytest.fixture(scope="module")
def oracle() -> Iterator[Oracle]:
    python = sam_python()
    if python is None:
        pytest.skip("SAM CLI is not installed: scripts/bootstrap.sh sam")
    running = Oracle(python)
    yield running
    running.close()


def agree(oracle: Oracle, request: HttpRequest) -> None:
    ours = to_event(request, "ANY /v4/abs", request_id="id", port=PORT)
    theirs = oracle.event(request, "ANY /v4/abs")
    for name in ("version", "routeKey", "rawPath", "rawQueryString"):
        assert ours[name] == theirs[name], name
    assert ours.get("queryStringParameters") == theirs.get("queryStringParameters")
    for name in ("method", "path", "sourceIp"):
        assert ours["requestContext"]["http"][name] == theirs["requestContext"]["http"][name], name
    for name in ("routeKey", "stage"):
        assert ours["requestContext"][name] == theirs["requestContext"][name]
    assert headers_of(ours) == headers_of(theirs)
    assert ours.get("body", "") == theirs["body"]
    assert set(ours) - {"cookies", "queryStringParameters"} <= set(theirs)
    assert set(ours["requestContext"]) == set(theirs["requestContext"])
    assert set(ours["requestContext"]["http"]) == set(theirs["requestContext"]["http"])


def headers_of(event: dict[str, Any]) -> dict[str, str]:
    """Headers without what the quirks touch."""
    lower = {name.lower(): value for name, value in event["headers"].items()}
    return {name: value for name, value in lower.items() if name not in ("cookie", "x-forwarded-for", "content-length")}


CASES = {
    "plain": HttpRequest("GET", "/v4/abs", [("Host", "localhost")]),
    "query": HttpRequest("GET", "/v4/abs?token=a&earlier_date=2018-02-13T18:00", [("Host", "localhost")]),
    "repeated": HttpRequest("GET", "/v4/abs?a=1&b=2&a=3", [("Host", "localhost")]),
    "empty value": HttpRequest("GET", "/v4/abs?a=&b&=c", [("Host", "localhost")]),
    "doubled equals": HttpRequest("GET", "/v4/abs?a==1", [("Host", "localhost")]),
    "plus and percent": HttpRequest("GET", "/v4/abs?a=b+c%20d%2Be&%C3%A9=%E2%82%AC", [("Host", "localhost")]),
    "comma in a value": HttpRequest("GET", "/v4/abs?a=1,2&a=3", [("Host", "localhost")]),
    "question mark": HttpRequest("GET", "/v4/abs?a=b?c", [("Host", "localhost")]),
    "empty query": HttpRequest("GET", "/v4/abs?", [("Host", "localhost")]),
    "encoded path": HttpRequest("GET", "/v4/a%62s/%C3%A9%20+", [("Host", "localhost")]),
    "header twice": HttpRequest("GET", "/", [("Host", "localhost"), ("X-A", "1"), ("x-a", "2")]),
    "keys": HttpRequest("GET", "/", [("Host", "localhost"), ("x-abs-ak", "a"), ("X-Abs-Sk", "b c")]),
    "body": HttpRequest(
        "POST",
        "/v4/abs",
        [("Host", "localhost"), ("Content-Type", "application/json"), ("Content-Length", "10")],
        '{"a":"é"}'.encode(),
    ),
    "another peer": HttpRequest("DELETE", "/v4/abs", [("Host", "localhost")], source_ip="10.0.0.7"),
}


@pytest.mark.parametrize("name", CASES)
def test_case(oracle: Oracle, name: str) -> None:
    agree(oracle, CASES[name])


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
PAIRS = st.lists(st.tuples(TEXT, TEXT), max_size=5)
VALUE = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=12)
NAME = st.from_regex(r"\AX-[A-Z][a-z]{0,6}\Z")


@st.composite
def requests(draw: st.DrawFn) -> HttpRequest:
    encode = draw(st.sampled_from([quote, quote_plus]))
    path = "/" + "/".join(quote(part, safe="") for part in draw(st.lists(TEXT.filter(bool), max_size=3)))
    query = "&".join(f"{encode(name, safe='')}={encode(value, safe='')}" for name, value in draw(PAIRS))
    headers = [("Host", "localhost"), *draw(st.lists(st.tuples(NAME, VALUE), max_size=4))]
    return HttpRequest(draw(st.sampled_from(["GET", "PUT", "DELETE"])), f"{path}?{query}" if query else path, headers)


@given(request=requests())
@settings(max_examples=150, deadline=None)
def test_any_request(oracle: Oracle, request: HttpRequest) -> None:
    agree(oracle, request)


@pytest.mark.parametrize("quirk", QUIRKS)
def test_quirk_of_sam(oracle: Oracle, quirk: str) -> None:
    headers = [("Host", "h.example:1"), ("Cookie", 'a="b c"'), ("User-Agent", "curl"), ("X-A", "1")]
    request = HttpRequest("GET", "/v4/abs", [*headers, ("X-Forwarded-For", "1.1.1.1")])
    ours = to_event(request, "ANY /v4/abs", request_id="id", port=PORT)
    assert QUIRKS[quirk](ours, oracle.event(request, "ANY /v4/abs"))
