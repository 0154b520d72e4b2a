"""What the ASE line parser refuses, each with its own reason."""

import pytest

from abslake.formats.ase import parse
from abslake.records.record import BadLine
from tests.support import ase


def reason(line: bytes) -> str:
    with pytest.raises(BadLine) as error:
        parse(line, ())
    return str(error.value)


@pytest.mark.parametrize(
    "stamp",
    [
        "",
        "2026-03-02T10:15:00",
        "2026-03-02 10:15:00Z",
        "2026-03-02T10:15Z",
        "2026-03-02T10:15:00.1234567Z",
        "2026-03-02T10:15:00.Z",
        "2026-02-30T10:15:00Z",
        "2026-03-02T24:00:00Z",
        "2026-03-02T10:15:61Z",
        "2026-03-02T10:15:00+25:00",
        "٢٠٢٦-03-02T10:15:00Z",
        "1772446500123",
        1772446500.5,
        True,
        [],
    ],
)
def test_no_timestamps(stamp: object) -> None:
    assert reason(ase.line(timestamp=stamp)) == "timestamp is neither RFC 3339 with zone nor an integer"


def test_the_timestamp_is_required() -> None:
    assert reason(ase.line(timestamp=None)) == "timestamp missing"
    assert reason(ase.line().replace(b'"2026-03-02T10:15:00.123Z"', b"null")) == "timestamp missing"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"not json", "not JSON"),
        (ase.line()[:-1], "not JSON"),
        (ase.line() + ase.line(), "not JSON"),
        (b'{"timestamp": NaN}', "not JSON"),
        (b'{"a":1e999}', "not JSON"),
        (b"[]", "not a JSON object"),
        (b"5", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b'{"timestamp":"\xff"}', "not UTF-8"),
        (b"\xff", "not UTF-8"),
        (ase.line(request=None, response=None), "neither request nor response"),
        (ase.line(request=[]), "request is not an object"),
        (ase.line(request="GET /"), "request is not an object"),
        (ase.line(request={"ASEPayload": 5}), "request is not an object"),
        (ase.line(request=ase.request(source_ip=None)), "request without source_ip"),
        (ase.line(request=ase.request(source_ip="")), "request without source_ip"),
        (ase.line(request=ase.request(method=None)), "request without method"),
        (ase.line(request=ase.request(url="")), "request without url"),
        (ase.line(request=ase.request(headers={"Host": "x"})), "request.headers is not a list of one-key objects"),
        (
            ase.line(request=ase.request(headers=[{"A": "1", "B": "2"}])),
            "request.headers is not a list of one-key objects",
        ),
        (ase.line(request=ase.request(headers=[{}])), "request.headers is not a list of one-key objects"),
        (ase.line(request=ase.request(headers=["x"])), "request.headers is not a list of one-key objects"),
        (ase.line(response=ase.response(headers="x")), "response.headers is not a list of one-key objects"),
        (ase.line(response="OK"), "response is not an object"),
        (ase.line(response={}), "response without a numeric response_code"),
        (ase.line(response=ase.response(response_code="OK")), "response without a numeric response_code"),
        (ase.line(response=ase.response(response_code="99")), "response without a numeric response_code"),
        (ase.line(response=ase.response(response_code="2000")), "response without a numeric response_code"),
        (ase.line(response=ase.response(response_code="٢٠٠")), "response without a numeric response_code"),
        (ase.line(response=ase.response(response_code=200.5)), "response without a numeric response_code"),
        (ase.line(request=None), "response without request: no correlation_id"),
        (ase.line(request=None, correlation_id=""), "response without request: no correlation_id"),
        (b'{"a":' + b"[" * 400_000 + b"]" * 400_000 + b"}", "JSON nested too deeply"),
    ],
    ids=lambda value: value if isinstance(value, str) else "line",
)
def test_lines_that_are_none(line: bytes, why: str) -> None:
    assert reason(line) == why
