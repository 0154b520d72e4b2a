"""An independent parser, aws-log-parser, gets the same out of AWS logs: out of every line of a real one, and of written ones."""

import gzip
import typing
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, unquote

import pytest
from aws_log_parser import parser
from aws_log_parser.interface import AwsLogParser
from aws_log_parser.models import LogType
from hypothesis import assume, given
from hypothesis import strategies as st

from abslake.formats import alb, cloudfront
from abslake.records.record import Record
from tests.support import writers_aws

REAL = Path(__file__).parents[2] / "examples/logs/alb-access.log.gz"


# The other parser asks `typing` about each field of each line; asked once for each type, it takes half the time.
_TYPING = SimpleNamespace(
    get_origin=cache(typing.get_origin),
    get_args=cache(typing.get_args),
    Union=typing.Union,
    List={str: typing.List[str]},  # noqa: UP006 - as its models spell it
)


def theirs(kind: Any, lines: list[bytes]) -> Iterator[Any]:
    with patch.object(parser, "typing", _TYPING):
        yield from AwsLogParser(log_type=kind, region="us-east-1").parse(line.decode() for line in lines)


def micros(moment: datetime) -> int:
    whole = moment.replace(microsecond=0)
    return int(whole.replace(tzinfo=UTC).timestamp()) * 1_000_000 + moment.microsecond


def load_balancer_facts(entry: Any) -> dict[str, Any]:
    waits = (entry.request_processing_time, entry.target_processing_time, entry.response_processing_time)
    return {
        "time": micros(entry.timestamp), "peer": entry.client.ip, "method": entry.http_request.method,
        "url": entry.http_request.url, "protocol": entry.http_request.protocol, "user_agent": entry.user_agent,
        "status": entry.elb_status_code, "request_bytes": entry.received_bytes, "response_bytes": entry.sent_bytes,
        "server": entry.target and f"{entry.target.ip}:{entry.target.port}",
        "time_ms": pytest.approx(sum(waits) * 1000, abs=0.001) if min(waits) >= 0 else None,
    }  # fmt: skip


def ours(record: Record, names: Any) -> dict[str, Any]:
    found = {name: getattr(record, name) for name in names}
    # The other one decodes user agents of all its logs.
    return found | {"user_agent": found["user_agent"] and unquote(found["user_agent"])}


def test_every_line_of_the_real_load_balancer_log() -> None:
    # GIVEN a log of IPv4 and IPv6 clients; the other parser knows no IPv6 address with a port
    lines = [line for line in gzip.decompress(REAL.read_bytes()).split(b"\n") if line]
    known = [line for line in lines if line.split(b" ")[3].count(b":") == 1]

    # THEN every line is read by us, and as the other one reads it
    records = {line: alb.FORMAT.parse(line, ()) for line in lines}
    compared = 0
    for line, entry in zip(known, theirs(LogType.LoadBalancer, known), strict=True):
        facts = load_balancer_facts(entry)
        assert ours(records[line], facts) == facts
        compared += 1
    assert compared > 0.9 * len(lines) > 1000


def _readable(text: str | None) -> bool:
    """The other parser takes white space for separators, quotes for marks of its own and a percent sign for an escape."""
    return text is None or (text.isascii() and text.isprintable() and not set(text) & set("\"\\%'"))


def _cookies(text: str | None) -> bool:
    """The other parser opens the Cookie header and stops at a name that RFC 6265 does not allow."""
    try:
        SimpleCookie(text or "")
        SimpleCookie(unquote(text or ""))
    except CookieError:
        return False
    return True


@given(st.lists(writers_aws.alb(classic=True), min_size=6, max_size=9))
def test_lines_of_a_classic_load_balancer(written: list[tuple[bytes, Record]]) -> None:
    lines = [
        line for line, r in written if ":" not in str(r.peer) and _readable(r.user_agent) and r.status and r.server
    ]
    assume(lines)
    for line, entry in zip(lines, theirs(LogType.ClassicLoadBalancer, lines), strict=True):
        facts = load_balancer_facts(entry)
        assert ours(alb.FORMAT.parse(line, ()), facts) == facts


@given(st.lists(writers_aws.cloudfront(), min_size=4, max_size=7))
def test_lines_of_cloudfront(written: list[tuple[bytes, Record]]) -> None:
    lines = [
        line
        for line, r in written
        if _readable(r.user_agent) and _cookies(r.cookies) and None not in (r.request_bytes, r.response_bytes)
    ]
    assume(lines)
    for line, entry in zip(lines, theirs(LogType.CloudFront, lines), strict=True):
        record = cloudfront.FORMAT.parse(line, ())
        path, _, query = str(record.url).partition("?")
        told = {
            "time": micros(entry.timestamp), "peer": entry.client_ip, "method": entry.http_method,
            "host": entry.host_header, "protocol": entry.protocol_version, "user_agent": entry.user_agent,
            "request_bytes": entry.received_bytes, "response_bytes": entry.sent_bytes,
            "time_ms": pytest.approx(entry.time_taken * 1000),
        }  # fmt: skip
        assert ours(record, told) == told
        assert (record.status or 0) == entry.status_code
        assert unquote(path) == unquote(entry.uri_stem)
        assert parse_qs(query) == (entry.uri_query or {})
