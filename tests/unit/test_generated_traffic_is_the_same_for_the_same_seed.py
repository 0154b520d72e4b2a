"""The benchmarks' traffic: deterministic, well-formed, spoiled only where asked, and fitted by its API definitions."""

import gzip
import json
from collections import Counter
from pathlib import Path

from abslake.records.definitions import parse_all
from benchmarks.traffic import Traffic, definitions, lines, write


def test_same_seed_same_bytes() -> None:
    assert list(lines(Traffic(500, bad=0.1, seed=7))) == list(lines(Traffic(500, bad=0.1, seed=7)))
    assert list(lines(Traffic(500, seed=7))) != list(lines(Traffic(500, seed=8)))


def test_every_ase_line_is_one_transaction_record() -> None:
    # GIVEN clean traffic
    made = list(lines(Traffic(2_000)))

    # WHEN its lines are read
    records = [json.loads(line) for line in made]

    # THEN each holds a request, and all but a few an answer with a back end
    assert all(line.count(b"\n") == 1 and line.endswith(b"\n") for line in made)
    assert all({"timestamp", "request"} <= record.keys() for record in records)
    assert sum("server" in record for record in records) > 1_950


def test_bad_lines_come_in_the_share_that_was_asked_for() -> None:
    def readable(line: bytes) -> bool:
        try:
            return isinstance(json.loads(line)["request"], dict)
        except (ValueError, KeyError):
            return False

    assert 30 < sum(not readable(line) for line in lines(Traffic(1_000, bad=0.05))) < 80


def test_the_definitions_are_valid_and_every_path_belongs_to_one() -> None:
    fitted = parse_all((name, text.encode()) for name, text in definitions().items())

    prefixes = {api.metadata.url for api in fitted.apis.values()}
    seen = Counter("/" + json.loads(line)["request"]["url"].split("/")[1] for line in lines(Traffic(1_000)))
    assert fitted.rejected == ()
    assert seen.keys() == prefixes


def test_a_written_log_holds_the_lines(tmp_path: Path) -> None:
    size = write(tmp_path / "some.log.gz", Traffic(300, "combined"), quiet=True)

    text = gzip.decompress((tmp_path / "some.log.gz").read_bytes())
    assert text == b"".join(lines(Traffic(300, "combined")))
    assert size == len(text)
