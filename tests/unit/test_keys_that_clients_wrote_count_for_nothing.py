"""Who can end a string in a template that escapes nothing can write keys: those that other lines have not are none."""

import json
from pathlib import Path

import pytest

from abslake.formats import named
from abslake.formats.readers.json_keys import UniqueKeys
from tests.support.agreement import sure_rows
from tests.support.ingesting import ingested

NGINX = {
    "time_iso8601": "2026-03-02T10:15:00Z", "remote_ip": "192.0.2.1", "request": "GET /a HTTP/1.1", "status": "200",
    "http_user_agent": "x",
}  # fmt: skip
ENVOY = {
    "start_time": "2026-03-02T10:15:00.409Z", "method": "GET", "x-envoy-origin-path": "/a", "response_code": "200",
    "downstream_remote_address": "192.0.2.1:5", "bytes_sent": "1", "user-agent": "x",
}  # fmt: skip
API_GATEWAY = {
    "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef", "requestTimeEpoch": "1772446500000", "httpMethod": "GET",
    "path": "/a", "source_ip": "192.0.2.1", "status": "200", "userAgent": "x",
}  # fmt: skip
FORGED = [
    ("nginx-json", NGINX, {"remote_addr": "6.6.6.6", "remote_user": "joe", "http_x_api_key": "k"}),
    ("envoy-json", ENVOY, {"path": "/forged"}),
    ("api-gateway", API_GATEWAY, {"ip": "6.6.6.6", "principalId": "joe", "apiKeyId": "k"}),
]


def log(document: dict[str, str], forged: dict[str, str]) -> list[bytes]:
    return [json.dumps(entry).encode() for entry in [document] * 3 + [document | forged | {"z": ""}]]


@pytest.mark.parametrize(("name", "document", "forged"), FORGED)
def test_they_are_ignored(name: str, document: dict[str, str], forged: dict[str, str]) -> None:
    result = ingested(b"\n".join(log(document, forged)), apis={"shop": {"url": "/a", "apikey_header": "X-API-Key"}})

    assert (result.receipt.format, result.receipt.good) == (name, 4)
    told = {(row["ip"], row["path"], row["username"], row["api_key"]) for row in result.rows}
    assert told == {("192.0.2.1", "/a", None, None)}


@pytest.mark.parametrize(("name", "document", "forged"), FORGED)
def test_the_engine_ignores_them_too(
    name: str, document: dict[str, str], forged: dict[str, str], tmp_path: Path
) -> None:
    lines = log(document, forged)
    entry = named(name)
    assert entry.tailored is not None
    tailored = entry.tailored(lines)
    assert tailored is not None
    reader = tailored.readers[0]
    assert isinstance(reader, UniqueKeys)

    assert sure_rows(reader, lines, tmp_path, ("x-api-key",), sample=lines) == len(lines)
    assert sure_rows(reader, lines, tmp_path, ("x-api-key",)) == len(lines)
    assert entry.parse(lines[-1], ()) != entry.parse(lines[0], ())


def test_envoy_may_leave_out_keys_without_value() -> None:
    lines = log(ENVOY, {"authorization": "Bearer t"})
    tailored = named("envoy-json").tailored
    assert tailored is not None
    entry = tailored(lines)
    assert entry is not None
    assert entry.parse(lines[-1], ()).auth_header == "Bearer t"


@pytest.mark.parametrize("name", ["nginx-json", "envoy-json", "api-gateway"])
def test_a_sample_that_shows_nothing_leaves_the_format_as_it_is(name: str) -> None:
    entry = named(name)
    assert entry.tailored is not None
    assert entry.tailored([b"no JSON", b"{}"]) is None


def test_lines_of_several_templates_in_one_object_are_read() -> None:
    other = {name: NGINX[key] for name, key in (("time_local", "time_iso8601"), ("clientip", "remote_ip"))}
    other |= {"time_local": "02/Mar/2026:10:15:00 +0000", "request_method": "GET", "uri": "/a", "status": "200"}
    third = {
        "msec": "1772446500.123",
        "remote_addr": "192.0.2.1",
        "request_uri": "/a",
        "method": "GET",
        "status": "200",
    }
    mixed = [json.dumps(entry).encode() for entry in [NGINX] * 6 + [other] * 3 + [third] * 2]
    assert ingested(b"\n".join(mixed)).receipt.good == 11

    # Still, a key in one of them is none.
    forged = json.dumps(NGINX | {"remote_user": "joe"}).encode()
    result = ingested(b"\n".join([*mixed, forged]))
    assert {row["username"] for row in result.rows} == {None}


def test_a_key_that_is_no_text_is_refused_and_does_not_stop_the_others() -> None:
    line = json.dumps(NGINX).encode()
    odd = line.replace(b'{"', b'{"\\ud800": "", "', 1)
    result = ingested(b"\n".join([odd, line, odd]))
    assert (result.receipt.good, set(result.reasons.values())) == (1, {"a key is no text"})
