"""Smuggled headers, oversized requests, look-alike keys, overridden methods and bent paths, over a socket and as events."""

import contextlib
import json
import socket
import unicodedata

import pytest

from abslake.dev.routes import ROUTES
from abslake.dev.serve import HOST, Front, serving
from abslake.reports import http
from abslake.reports.tuning_models import Done
from abslake.settings import Settings
from abslake.storage import Lake
from tests.support.calls import ADMIN, RESTRICTED, Context, call, during, event, function, handle
from tests.support.facts import fact, write_facts
from tests.support.lakes import open_lake

KEY, SECRET = ADMIN.values()
RANGE = during("2018-02-13T18:00", "2018-02-18T18:00")
TARGET = f"/v4/abs?token=t&{RANGE}"
REFUSED = {400, 401, 403, 404, 405, 414, 431}
"""Whatever a server or a function may say to a request that is not in order; 200 is not among them, nor any 5xx."""


@pytest.fixture(scope="module", autouse=True)
def _lake(tmp_path_factory):
    with pytest.MonkeyPatch.context() as environment:
        lake = open_lake(tmp_path_factory.mktemp("odd"), environment)
        write_facts(lake, [fact("2018-02-14T10:00:01", token="t", cookie="c")])
        yield


class Called:
    """A function of this process, as the front calls it."""

    def __init__(self, name):
        self.name = name

    def invoke(self, sent):
        return json.loads(json.dumps(function(self.name).handler(sent, Context())))


@pytest.fixture(scope="module")
def port(_lake):
    def application(environ, start_response):
        return front(environ, start_response)

    front = Front({path: Called(name) for path, name in ROUTES.items()}, lambda: 80)
    with serving(application) as made:
        yield made


def sent(port, raw):
    """Status and body of one answer; 0 where the server hung up without any."""
    with socket.create_connection((HOST, port), timeout=10) as connection:
        with contextlib.suppress(OSError):  # it may hang up before it has read all
            connection.sendall(raw)
        answer = b""
        with contextlib.suppress(OSError):
            while part := connection.recv(65_536):
                answer += part
    status = int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/") else 0
    return status, answer.partition(b"\r\n\r\n")[2]


def request(*lines, target=TARGET, method="GET"):
    head = [f"{method} {target} HTTP/1.1".encode(), b"Host: localhost", b"Connection: close", *lines]
    return b"\r\n".join([*head, b"", b""])


def header(name, value):
    return f"{name}: ".encode() + (value if isinstance(value, bytes) else value.encode())


GOOD = (header("x-abs-ak", KEY), header("x-abs-sk", SECRET))


@pytest.mark.parametrize(
    "lines",
    [
        GOOD,
        (header("X-ABS-AK", KEY), header("X-Abs-Sk", SECRET)),
        (header("x-abs-ak", f"   {KEY}\t "), header("x-abs-sk", SECRET)),
        (*GOOD, header("Cookie", "x-abs-ak=other"), header("x-abs-ak2", "x")),
    ],
)
def test_a_good_pair_is_good_however_its_headers_are_spelled(port, lines):
    assert sent(port, request(*lines))[0] == 200


SMUGGLED = {
    "the access key twice": (*GOOD, GOOD[0]),
    "twice in another case": (*GOOD, header("X-ABS-AK", KEY)),
    "another one first": (header("x-abs-ak", "other"), *GOOD),
    "an empty one beside": (*GOOD, header("x-abs-sk", "")),
    "both pairs": (*GOOD, *(header(name, value) for name, value in RESTRICTED.items())),
    "half of the other pair": (*GOOD, header("x-abs-ak-ru", "")),
    "joined by a comma": (header("x-abs-ak", f"{KEY},{KEY}"), GOOD[1]),
    "joined by a comma and a blank": (header("x-abs-ak", f"{KEY}, {KEY}"), GOOD[1]),
    "folded in the middle": (GOOD[0], header("x-abs-sk", SECRET[:5].encode() + b"\r\n " + SECRET[5:].encode())),
    "folded at the end": (GOOD[0], header("x-abs-sk", SECRET.encode() + b"\r\n other")),
    "underscores": (header("x_abs_ak", KEY), header("x_abs_sk", SECRET)),
    "a blank before the colon": (b"x-abs-ak : " + KEY.encode(), GOOD[1]),
    "a blank before the name": (b" x-abs-ak: " + KEY.encode(), GOOD[1]),
    "no colon": (b"x-abs-ak " + KEY.encode(), GOOD[1]),
    "a null at the end": (header("x-abs-ak", KEY.encode() + b"\0"), GOOD[1]),
    "a null in the name": (b"x-abs-ak\0: " + KEY.encode(), GOOD[1]),
    "quotes": (header("x-abs-ak", f'"{KEY}"'), GOOD[1]),
    "percent-encoded": (header("x-abs-ak", KEY.replace("-", "%2D")), GOOD[1]),
    "RFC 2047": (header("x-abs-ak", f"=?utf-8?q?{KEY}?="), GOOD[1]),
    "upper case": (header("x-abs-ak", KEY.upper()), GOOD[1]),
    "a beginning": (header("x-abs-ak", KEY), header("x-abs-sk", SECRET[:-1])),
    "Latin 1": (header("x-abs-ak", KEY.encode() + b"\xa0"), GOOD[1]),
    "invalid UTF-8": (header("x-abs-ak", KEY.encode() + b"\xff\xfe"), GOOD[1]),
    "in the query": (),
    "as basic": (b"Authorization: Basic YWRtaW4ta2V5OmFkbWluLXNlY3JldC1vZi10ZXN0cw==",),
}


@pytest.mark.parametrize("name", SMUGGLED)
def test_smuggled_headers_are_no_keys(port, name):
    target = f"{TARGET}&x-abs-ak={KEY}&x-abs-sk={SECRET}" if name == "in the query" else TARGET

    status, body = sent(port, request(*SMUGGLED[name], target=target))

    assert status in REFUSED
    assert SECRET.encode() not in body
    assert KEY.encode() not in body


@pytest.mark.parametrize(
    "raw",
    [
        request(*GOOD, header("x-big", "x" * 70_000)),
        request(*GOOD, *(header(f"x-{number}", "x") for number in range(500))),
        request(header("x-abs-ak", "k" * 60_000), GOOD[1]),
        request(*GOOD, target=f"{TARGET}&{'x' * 70_000}=1"),
        request(*GOOD, target="/v4/abs/" + "x" * 70_000),
        request(*GOOD, target=f"/v4/abs?token={'t' * 50_000}{'%' * 9}&{RANGE}"),
        request(*GOOD, target="/v4/abs?" + "&".join(["token=t"] * 5_000)),
        request(header("authorization", "Bearer " + "x" * 60_000)),
    ],
    ids=range(8),
)
def test_what_is_oversized_is_refused_and_the_next_is_answered(port, raw):
    status, body = sent(port, raw)

    assert status in REFUSED
    assert b"xxxx" not in body
    assert sent(port, request(*GOOD))[0] == 200


OVERRIDES = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")


@pytest.mark.parametrize("name", OVERRIDES)
def test_no_header_changes_the_method(port, name):
    path = "/v4/abs/attackstatus"
    overridden = request(*GOOD, header(name, "PUT"), target=path)

    assert json.loads(sent(port, overridden)[1]) == json.loads(sent(port, request(*GOOD, target=path))[1])
    assert sent(port, request(*GOOD, header(name, "GET"), target="/v4/abs/metrics", method="POST"))[0] == 405


@pytest.mark.parametrize("query", ["_method=DELETE", "_method=PUT", "method=PUT", "X-HTTP-Method-Override=PUT"])
def test_no_parameter_changes_the_method(query):
    answer = call(query, path="/v4/abs/attackstatus")

    assert (answer.status, answer.json["status_code"]) == (400, "UNKNOWN_PARAMETER")


@pytest.mark.parametrize("method", ["get", "Get", "GET ", "GETX", "", "CONNECT", "TRACE"])
def test_another_spelling_of_a_method_is_another_method(method):
    assert call(f"token=t&{RANGE}", method=method, function_name="forensics").status in (404, 405)


BENT = [
    "//v4/abs",
    "/v4//abs",
    "/v4/abs/",
    "/v4/./abs",
    "/v4/x/../abs",
    "/v4/abs/metrics/..",
    "/v4/abs/metrics/../",
    "/v4/%61bs",
    "/v4%2fabs",
    "/v4/abs%00",
    "/v4/abs%0a",
    "/v4/abs%20",
    "/v4/abs;x=1",
    "/v4/abs;/metrics",
    "/V4/ABS",
    "/v4/abs%2e%2e/abs",
    "/v4/abs/%2e%2e/abs",
    "/v4/abs/..%2fabs",
    "/v4\\abs",
    "/v4/abs%5c",
    "/v4/%2561bs",
    "/v4/аbs",
    "/v4/abs/metrics%2f..",
    "/v4/abs.json",
    "/v5/abs",
]


@pytest.mark.parametrize("path", BENT)
def test_a_bent_path_asks_for_keys_or_is_not_there(port, path):
    status, body = sent(port, request(target=f"{path}?token=t&{RANGE}".encode().decode("latin-1")))

    assert status in (401, 404)
    assert b"total_requests" not in body


@pytest.mark.parametrize("path", BENT)
def test_no_bent_path_gives_the_restricted_user_forensics(port, path):
    lines = [header(name, value) for name, value in RESTRICTED.items()]

    status, body = sent(port, request(*lines, target=f"{path}?token=t&{RANGE}".encode().decode("latin-1")))

    assert status in (403, 404)
    assert b"total_requests" not in body


@pytest.mark.parametrize(
    "target", ["http://evil.example/v4/abs", "*", "v4/abs", "http:///v4/abs", "/v4/abs#?x", "/v4/abs?#"]
)
def test_other_forms_of_a_target_open_nothing(port, target):
    assert sent(port, request(target=target))[0] in {*REFUSED, 0}


@pytest.mark.parametrize(("path", "name"), [(path, name) for path, name in ROUTES.items() if path.startswith("/")])
def test_a_function_answers_its_own_paths_only(path, name):
    others = sorted({*ROUTES.values()} - {name, ROUTES.get(f"GET {path}")})

    assert {call("", RESTRICTED, path=path, function_name=other).status for other in others} == {404}


CONFUSABLE = {
    "full width": lambda text: "".join(chr(ord(c) + 0xFEE0) for c in text),
    "Cyrillic": lambda text: text.replace("a", "а").replace("e", "е"),
    "composed": lambda text: text.replace("e", "é", 1),
    "decomposed": lambda text: unicodedata.normalize("NFD", text.replace("e", "é", 1)),
    "hyphen": lambda text: text.replace("-", "\u2010"),
    "soft hyphen": lambda text: text + "\u00ad",
    "zero width": lambda text: text[:2] + "\u200b" + text[2:],
    "byte order mark": lambda text: "\ufeff" + text,
    "dotless i": lambda text: text.replace("i", "ı"),
    "mathematical": lambda text: "".join(chr(0x1D41A + ord(c) - 97) if c.isalpha() else c for c in text),
    "blank": lambda text: f" {text}",
    "tab": lambda text: f"{text}\t",
    "line": lambda text: f"{text}\n",
    "lone surrogate": lambda text: f"{text}\ud800",
    "null": lambda text: f"{text}\0",
}


@pytest.mark.parametrize("which", ["x-abs-ak", "x-abs-sk"])
@pytest.mark.parametrize("name", CONFUSABLE)
def test_what_looks_like_a_key_is_none(which, name):
    changed = CONFUSABLE[name](ADMIN[which])
    assert changed != ADMIN[which]

    answer = call(f"token=t&{RANGE}", {**ADMIN, which: changed})

    assert answer.status == 401
    assert answer.json["message"] == "the keys are missing or wrong; send x-abs-ak and x-abs-sk"


def raw(**changes):
    made = event("GET", "/v4/abs", f"token=t&{RANGE}", ADMIN)
    return made | changes


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Abs-Ak": KEY, "x-abs-ak": KEY, "x-abs-sk": SECRET},
        {"x-abs-ak": KEY, "x-abs-sk": SECRET, "X-ABS-SK": ""},
        {"x-abs-ak": KEY, "x-abs-sk": SECRET, "X-Abs-Ak-Ru": "x"},
        {"x-abs-ak ": KEY, "x-abs-sk": SECRET},
        {"x-abs-ak": "", "x-abs-sk": ""},
        {"x-abs-ak": f"{KEY},", "x-abs-sk": SECRET},
        {"ｘ-abs-ak": KEY, "x-abs-sk": SECRET},
    ],
)
def test_events_with_odd_headers_are_401(headers):
    assert handle(raw(headers=headers), "forensics").status == 401


def test_names_in_any_case_and_other_places_of_keys_count_for_nothing():
    assert handle(raw(headers={name.title(): value for name, value in ADMIN.items()}), "forensics").status == 200
    elsewhere = raw(headers={}, cookies=[f"x-abs-ak={KEY}"], queryStringParameters=ADMIN, multiValueHeaders=ADMIN)
    assert handle(elsewhere, "forensics").status == 401


def test_the_query_as_sent_counts_and_not_the_gateway_s_reading_of_it():
    sent_twice = raw(rawQueryString=f"token=t&token=u&{RANGE}", queryStringParameters={"token": "t"})

    assert handle(sent_twice, "forensics").json["status_code"] == "REPEATED_PARAMETER"


def test_the_method_is_that_of_the_request_and_not_of_the_route():
    overridden = raw(routeKey="GET /v4/abs", httpMethod="GET")
    overridden["requestContext"]["http"]["method"] = "DELETE"

    assert handle(overridden, "forensics").status == 405


def test_a_path_with_a_newline_behind_it_is_another_path():
    answer = call(f"token=t&{RANGE}", path="/v4/abs\n", function_name="forensics")

    assert answer.status == 404


def test_a_route_that_forgets_to_ask_who_it_answers_gives_nothing():
    app = http.resolver({"/v4/abs": ["GET"]})

    @app.get("/v4/abs")
    def forgetful():
        return http.answer(app, Done(message="all of it"), Lake("memory:"), Settings())

    result = http.handler(app)(raw(), Context())

    assert result["statusCode"] == 500
    assert "all of it" not in result["body"]


def test_one_who_was_let_in_lets_nobody_else_in():
    assert call(f"token=t&{RANGE}").status == 200
    assert call(f"token=t&{RANGE}", {}).status == 401
