"""A user's own access log template, as it stands in the stage, is a reader of its lines."""

import json
from pathlib import Path

import pytest
from hypothesis import given

from abslake.formats.api_gateway_template import reader
from abslake.records.record import BadLine, Record
from tests.support.agreement import sure_rows
from tests.support.writers_aws import gateway_values

NEEDED = (
    '"a":"$context.identity.sourceIp","t":"$context.requestTimeEpoch","m":"$context.httpMethod","p":"$context.path"'
)
VALUES = {
    "identity.sourceIp": "192.0.2.1", "requestTimeEpoch": "1772446500123", "requestTime": "02/Mar/2026:10:15:00 +0000",
    "httpMethod": "GET", "path": "/pets", "resourcePath": "/pets", "routeKey": "GET /pets",
    "protocol": "HTTP/1.1", "status": "200",
    "authorizer.claims.cognito:username": "joe", "authorizer.claims.sub": "-", "identity.userAgent": "curl",
    "identity.apiKey": "k",
}  # fmt: skip


def filled(template: str, values: dict[str, str]) -> str:
    """What the gateway makes of a template; longest names first, for some begin with others."""
    for name in sorted(values, key=len, reverse=True):
        template = template.replace(f"$context.{name}", values[name])
    return template


def read(template: str) -> Record:
    return reader(template).parse(filled(template, VALUES).encode(), ())


TEMPLATES = {
    "keys of any name": "{" + NEEDED + ',"s":"$context.status"}',
    "numbers without quotes": "{" + NEEDED + ',"s":$context.status, "n": 1}',
    "deep objects": '{"x":{"y/z":{' + NEEDED + '}},"s":"$context.status"}',
    "method and path in one": (
        '{"ip":"$context.identity.sourceIp","at":"$context.requestTime","r":"$context.httpMethod $context.path '
        '$context.protocol","s":"$context.status"}'
    ),
    "route for a path": (
        '{"ip":"$context.identity.sourceIp","at":"$context.requestTime","r":"$context.routeKey","s":"$context.status"}'
    ),
    "CSV": "$context.status,$context.identity.sourceIp,$context.requestTime,$context.httpMethod,$context.path",
    "text": (
        '$context.identity.sourceIp at [$context.requestTime]: '
        '"$context.httpMethod $context.resourcePath $context.protocol" -> $context.status'
    ),
    "mark-up": (
        "<r><ip>$context.identity.sourceIp</ip><t>$context.requestTime</t><m>$context.httpMethod</m>"
        "<p>$context.path</p><s>$context.status</s></r>"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_is_read(name: str, tmp_path: Path) -> None:
    record = read(TEMPLATES[name])
    assert (record.peer, record.method, record.url, record.status) == ("192.0.2.1", "GET", "/pets", 200)
    assert record.time // 1_000_000 == 1_772_446_500
    assert sure_rows(reader(TEMPLATES[name]), [filled(TEMPLATES[name], VALUES).encode()] * 3, tmp_path) == 3


def test_claims_of_an_authorizer_are_the_user_name() -> None:
    template = "{" + NEEDED + ',"u":"$context.authorizer.claims.sub","v":"$context.authorizer.claims.cognito:username"}'
    assert read(template).username == "joe"


def test_a_key_is_its_id_or_itself() -> None:
    assert read("{" + NEEDED + ',"k":"$context.identity.apiKey"}').api_key == "k"


@pytest.mark.parametrize(
    ("template", "why"),
    [
        (
            '{"ip":"$context.identity.sourceIp"}',
            "the template does not log $context.requestTimeEpoch or requestTime nor $context.httpMethod",
        ),
        ("$context.requestId", "the template does not log $context.identity.sourceIp"),
        ('{"ip":"$context.identity.sourceIp"', "the template looks like JSON but is none"),
        (
            '"$context.httpMethod on $context.path" $context.identity.sourceIp $context.requestTime',
            "must fill its quotes alone",
        ),
    ],
)
def test_a_template_that_cannot_be_read_says_why(template: str, why: str) -> None:
    with pytest.raises(ValueError, match=r"^.*" + why.replace("$", r"\$")):
        reader(template)


def test_keys_that_only_a_client_wrote_count_for_nothing() -> None:
    # GIVEN a gateway that does not escape quotes: the template has no user name, the user agent writes one
    template = "{" + NEEDED + ',"ua":"$context.identity.userAgent"}'
    forged = VALUES | {"identity.userAgent": 'x","user":"admin","apiKeyId":"stolen'}
    record = reader(template).parse(filled(template, forged).encode(), ())
    assert (record.username, record.api_key) == (None, None)

    # THEN a key of the template a second time refuses the line
    again = VALUES | {"identity.userAgent": 'x","a":"6.6.6.6'}
    with pytest.raises(BadLine, match="a key stands twice"):
        reader(template).parse(filled(template, again).encode(), ())


FULL = {
    "peer": "identity.sourceIp", "time": "requestTimeEpoch", "method": "httpMethod", "url": "path", "host": "domainName",
    "protocol": "protocol", "user_agent": "identity.userAgent", "username": "authorizer.principalId",
    "api_key": "identity.apiKeyId", "status": "status", "response_bytes": "responseLength", "time_ms": "responseLatency",
}  # fmt: skip


@given(written=gateway_values())
def test_all_that_is_logged_comes_back(written: tuple[dict[str, str], Record]) -> None:
    # GIVEN a template with every variable, under keys of its own
    values, record = written
    template = json.dumps({f"key {column}": f"$context.{variable}" for column, variable in FULL.items()})

    # WHEN the gateway fills it in
    line = json.dumps({f"key {column}": values[variable] for column, variable in FULL.items()})

    # THEN the record is what the request was
    assert reader(template).parse(line.encode(), ()) == record
