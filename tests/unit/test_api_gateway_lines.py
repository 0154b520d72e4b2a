"""API Gateway access logs whose template nobody told: JSON in its usual spellings, CLF, CSV, XML and plain text."""

import json
from typing import Any

import pytest

from abslake.formats.api_gateway import FORMAT
from abslake.formats.detection import detect
from abslake.records.record import BadLine, Record
from tests.support.ingesting import ingested

ID = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
CLOCK = "02/Mar/2026:10:15:00 +0000"
SECOND = 1_772_446_500_000_000
CONSOLE = {
    "requestId": ID, "extendedRequestId": "atXz=", "ip": "192.0.2.1", "caller": "-", "user": "joe", "requestTime": CLOCK,
    "httpMethod": "GET", "resourcePath": "/pets/{id}", "status": "200", "protocol": "HTTP/1.1", "responseLength": "1024",
}  # fmt: skip
RECORD = Record(
    time=SECOND, peer="192.0.2.1", method="GET", url="/pets/{id}", protocol="HTTP/1.1", username="joe", status=200,
    response_bytes=1024,
)  # fmt: skip


def read(document: dict[str, Any] | str | None = None, **changes: Any) -> Record:
    text = document if isinstance(document, str) else json.dumps((document or CONSOLE) | changes)
    return FORMAT.parse(text.encode(), ())


def xml(**values: str) -> str:
    inner = " ".join(f"<{name}>{value}</{name}>" for name, value in values.items())
    return f'<request id="{ID}"> {inner} </request>'


TEXTS = {
    "CLF": f'192.0.2.1 - joe [{CLOCK}]"GET /pets/{{id}} HTTP/1.1" 200 1024 {ID} atXz=',
    "CLF with a blank": f'192.0.2.1 - joe [{CLOCK}] "GET /pets/{{id}} HTTP/1.1" 200 1024 {ID} atXz=',
    "CLF of CDK": f'192.0.2.1 - joe [{CLOCK}] "GET /pets/{{id}} HTTP/1.1" 200 1024 {ID}',
    "CSV": f"192.0.2.1,-,joe,{CLOCK},GET,/pets/{{id}},HTTP/1.1,200,1024,{ID},atXz=",
    "older CSV": f"192.0.2.1,-,joe,{CLOCK},GET,/pets/{{id}},HTTP/1.1,200,1024,{ID}",
    "XML": xml(
        ip="192.0.2.1", caller="-", user="joe", requestTime=CLOCK, httpMethod="GET", resourcePath="/pets/{id}", status="200",
        protocol="HTTP/1.1", responseLength="1024", extendedRequestId="atXz=",
    ),
    "Serverless Framework": (
        f"requestId: {ID}, ip: 192.0.2.1, caller: -, user: joe, requestTime: {CLOCK}, httpMethod: GET, "
        "resourcePath: /pets/{id}, status: 200, protocol: HTTP/1.1, responseLength: 1024"
    ),
}  # fmt: skip


def test_json_of_the_console_and_of_cdk() -> None:
    assert read() == RECORD


@pytest.mark.parametrize("name", TEXTS)
def test_what_the_console_offers_beside_json(name: str) -> None:
    assert read(TEXTS[name]) == RECORD
    assert detect("", [TEXTS[name].encode()] * 3).name == "api-gateway"


def test_clf_of_an_http_api_has_the_method_twice() -> None:
    line = f'192.0.2.1 - - [{CLOCK}] "POST POST /pets/{{id}} HTTP/1.1" 200 1024 JKJaXmPLvHcESHA= JKJaXmPLvHcESHA='
    record = read(line)
    assert (record.method, record.url, record.username) == ("POST", "/pets/{id}", None)


def test_a_combined_log_is_not_taken_for_clf() -> None:
    with pytest.raises(BadLine):
        read(f'192.0.2.1 - joe [{CLOCK}] "GET / HTTP/1.1" 200 1024 0.003')
    assert detect("", [f'192.0.2.1 - joe [{CLOCK}] "GET / HTTP/1.1" 200 1024'.encode()]).name == "combined"


def test_everything_that_a_template_can_tell() -> None:
    more = {
        "requestTimeEpoch": "1772446500123", "path": "/prod/pets/7", "domainName": "api.example.com", "userAgent": 'a "b" \\',
        "responseLatency": "124", "apiKeyId": "a1b2", "apiKey": "secret", "principalId": "anna",
    }  # fmt: skip
    record = read(**more)
    assert (record.time, record.url, record.host) == (SECOND + 123_000, "/prod/pets/7", "api.example.com")
    assert (record.user_agent, record.time_ms, record.api_key, record.username) == ('a "b" \\', 124.0, "a1b2", "anna")


@pytest.mark.parametrize(
    ("changes", "username"),
    [
        ({"principalId": "anna"}, "anna"),
        ({"principalId": "-", "sub": "s-1"}, "s-1"),
        ({"user": "-", "userArn": "arn:aws:iam::1:user/joe"}, "arn:aws:iam::1:user/joe"),
        ({"user": "-", "caller": "AIDA"}, "AIDA"),
        ({"user": "-", "cognitoUser": "eu:1"}, "eu:1"),
        ({"user": "-"}, None),
    ],
)
def test_user_names(changes: dict[str, str], username: str | None) -> None:
    assert read(**changes).username == username


@pytest.mark.parametrize(
    ("route", "told"),
    [
        ("GET /pets/{id}", ("GET", "/pets/{id}")),
        ("ANY /pets", (None, "/pets")),
        ("$default", (None, None)),
        ("-", (None, None)),
    ],
)
def test_the_route_of_an_http_api_stands_in_for_method_and_path(
    route: str, told: tuple[str | None, str | None]
) -> None:
    document = {name: value for name, value in CONSOLE.items() if name not in ("resourcePath", "httpMethod")} | {
        "routeKey": route
    }
    if None in told:
        with pytest.raises(BadLine, match=r"no method|no URL"):
            read(document)
    else:
        record = read(document)
        assert (record.method, record.url) == told
    record = read(document, path="/p", httpMethod="PUT")
    assert (record.method, record.url) == ("PUT", "/p")


def test_the_terraform_modules_object_named_context() -> None:
    context = {
        "domainName": "api.example.com", "protocol": "HTTP/1.1", "requestId": "JKJaXmPLvHcESHA=", "requestTime": CLOCK,
        "responseLength": "1024", "routeKey": "GET /pets/{id}", "stage": "$default", "status": "200",
        "error": {"message": "-"}, "identity": {"sourceIP": "192.0.2.1"}, "integration": {"integrationStatus": "200"},
    }  # fmt: skip
    record = read({"context": context})
    assert (record.peer, record.method, record.url, record.host) == (
        "192.0.2.1",
        "GET",
        "/pets/{id}",
        "api.example.com",
    )


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (
            json.dumps({n: v for n, v in CONSOLE.items() if not n.endswith("Id")}),
            "requestId is missing, which every line of this format has",
        ),
        (json.dumps(CONSOLE | {"requestTime": "-"}), "no time"),
        (json.dumps(CONSOLE | {"ip": "-"}), "no client address"),
        (json.dumps(CONSOLE).replace('"200"', "-"), "not JSON"),
        (json.dumps(CONSOLE | {"status": "20"}), "the status is not a number of three digits"),
    ],
)
def test_lines_that_are_none(line: str, why: str) -> None:
    with pytest.raises(BadLine) as error:
        read(line)
    assert str(error.value) == why


FORGED = 'x","ip":"6.6.6.6","junk":"'


def test_fault_06_a_user_agent_that_ends_its_string_forges_no_address() -> None:
    # GIVEN a gateway that does not escape quotes, and a client that knows it
    honest = json.dumps(CONSOLE | {"userAgent": "curl"})
    forged = honest.replace("curl", FORGED)
    assert json.loads(forged)["ip"] == "6.6.6.6"

    # THEN neither reading takes the line, whatever of the two addresses stands first
    log = "\n".join([honest, forged, json.dumps({"userAgent": "curl"} | CONSOLE).replace("curl", FORGED), honest] * 20)
    result = ingested(log.encode())
    assert (result.receipt.good, result.receipt.quarantined) == (40, 40)
    assert {row["ip"] for row in result.rows} == {"192.0.2.1"}
    assert set(result.reasons.values()) == {"a key stands twice in an object"}


def test_fault_15_request_ids_are_no_keys() -> None:
    # GIVEN many requests for which their caller chose one id
    log = "\n".join([json.dumps(CONSOLE)] * 50)

    assert ingested(log.encode()).receipt.requests == 50
