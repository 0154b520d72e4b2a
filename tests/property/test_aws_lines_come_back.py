"""Any request, written as an AWS service logs it, comes back from the line: in the line parser and in the engine's reading."""

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from abslake.formats import Format, alb, api_gateway, cloudfront, cloudfront_realtime, waf
from abslake.records.record import BadLine, NoRequest, Record
from tests.support import writers_aws
from tests.support.agreement import sure_rows
from tests.support.ingesting import ingested
from tests.support.thoroughness import examples
from tests.support.writers_aws_odd import SEEDED

Written = tuple[bytes, Record]


def console_json(filled: tuple[dict[str, str], Record]) -> Written:
    values, record = filled
    names = {
        "ip": "identity.sourceIp", "userAgent": "identity.userAgent", "apiKeyId": "identity.apiKeyId",
        "principalId": "authorizer.principalId", "caller": "identity.caller", "user": "identity.user",
    }  # fmt: skip
    named = {value: key for key, value in names.items()}
    return json.dumps({named.get(name, name): value for name, value in values.items()}).encode(), record


WRITTEN: dict[str, tuple[Format, st.SearchStrategy[Written], tuple[str, ...]]] = {
    "ALB": (alb.FORMAT, writers_aws.alb(), ()),
    "Classic Load Balancer": (alb.FORMAT, writers_aws.alb(classic=True), ()),
    "CloudFront": (cloudfront.FORMAT, writers_aws.cloudfront(), ()),
    "CloudFront as JSON": (cloudfront.FORMAT, writers_aws.cloudfront(as_json=True), ()),
    "CloudFront real-time": (cloudfront_realtime.FORMAT, writers_aws.cloudfront_realtime(), ("x-key",)),
    "WAF": (waf.FORMAT, writers_aws.waf(), ("x-key",)),
    "API Gateway": (api_gateway.FORMAT, writers_aws.gateway_values().map(console_json), ()),
}


@pytest.mark.parametrize("name", WRITTEN)
@given(data=st.data())
@examples(20)
def test_a_request_comes_back(name: str, data: st.DataObject) -> None:
    # GIVEN requests as the service writes them
    entry, strategy, wanted = WRITTEN[name]
    written = data.draw(st.lists(strategy, min_size=1, max_size=5))

    # THEN each line is its request, and the engine agrees where it is sure
    for line, record in written:
        assert entry.parse(line, wanted) == record
    lines = [line for line, _ in written if not set(line) & set(b"\0\r\n")]
    reader = max(entry.readers, key=lambda reader: sum(_parses(reader, line) for line in lines))
    with TemporaryDirectory() as folder:
        sure_rows(reader, lines, Path(folder), wanted)


def _parses(reader: Any, line: bytes) -> bool:
    try:
        reader.parse(line, ())
    except BadLine:
        return False
    return True


@pytest.mark.parametrize("name", SEEDED)
def test_the_engine_agrees_on_odd_lines_and_is_sure_of_most(name: str, tmp_path: Path) -> None:
    # GIVEN two thousand lines, odd ones among them
    entry = {"cloudfront": cloudfront, "waf": waf, "api-gateway": api_gateway}.get(name, cloudfront_realtime).FORMAT
    lines = [line for line in map(SEEDED[name], range(2000)) if line.strip() and not set(line) & set(b"\0\r\n\xff")]
    wanted = ("authorization", "x-key", "x-user", "cookie")

    # THEN no reader is sure of a row that its line parser reads otherwise, and all together are sure of most good ones
    sure = sum(sure_rows(reader, lines, tmp_path, wanted) for reader in entry.readers)
    sampled = sum(sure_rows(reader, lines, tmp_path, wanted, sample=lines[:200]) for reader in entry.readers)
    good = sum(_good(entry.parse, line) for line in lines)
    assert good > 1000
    assert sure >= sampled > 0.7 * good


def _good(parse: Callable[..., Record], line: bytes) -> bool:
    try:
        parse(line, ())
    except (BadLine, NoRequest):
        return False
    return True


@pytest.mark.parametrize("name", ["alb", *SEEDED])
@given(
    junk=st.lists(st.binary(max_size=60).filter(lambda line: b"\n" not in line), max_size=6), seed=st.integers(0, 2**32)
)
@examples(6)
def test_any_bytes_are_accounted_for(name: str, junk: list[bytes], seed: int) -> None:
    # GIVEN junk around a line that may be good, which is no compressed object and no table
    line = SEEDED[name](seed) if name in SEEDED else b""
    log = b"\n".join([*junk, line, *junk])
    assume(not log.startswith((b"\x1f\x8b", b"PAR1")))
    result = ingested(log, format_name=name)

    # THEN nothing is raised and every line is counted once
    receipt = result.receipt
    assert receipt.lines_read == receipt.good + receipt.quarantined + receipt.blank
