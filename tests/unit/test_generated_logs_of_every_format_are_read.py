"""The benchmark's logs are logs of these formats: each line is read, by the engine, as the request that it was made from."""

import pytest

from abslake.formats import formats
from abslake.formats.detection import detect
from benchmarks.format_lines import LINES, TEXT, lines
from benchmarks.traffic import Traffic, requests
from tests.support.ingesting import ingested, rows_of

COUNT = 60


def test_every_format_is_measured() -> None:
    assert set(LINES) == set(formats()) - {"ase"}
    assert {name for name in TEXT if not next(iter(lines(name, 1))).startswith(b"{")} == set(TEXT)


@pytest.mark.parametrize("name", LINES)
def test_each_line_is_read_by_the_engine_as_the_request_it_was_made_from(name: str) -> None:
    log = b"".join(lines(name, COUNT))
    made = list(requests(Traffic(COUNT)))

    result = ingested(log)

    assert detect("any.log", log.splitlines()).name == name
    assert (result.receipt.good, result.receipt.requests, result.receipt.quarantined) == (COUNT, COUNT, 0)
    assert result.receipt.parsed_singly == result.receipt.blank  # header lines
    rows = rows_of(result.lake, result.receipt.units)
    assert sorted((row["method"], row["path"]) for row in rows for _ in range(row["requests"])) == sorted(
        (request.method, request.path) for request in made
    )
    assert {row["ip"] for row in rows} <= {address for request in made for address in request.client.addresses}
