"""Ingest of records as such, whatever log they may have come from."""

import re

import msgspec

from abslake.facts.ingest import ingest
from abslake.formats import Format
from abslake.records.record import Record
from abslake.settings import Settings
from abslake.storage import Lake
from tests.support.ingesting import ANY_TIME, Row, definitions_of, log_object, rows_of

TIME = 1_772_446_500_000_000
"""2026-03-02T10:15:00Z in microseconds."""

FORMAT = Format(
    name="record", parse=lambda line, _: msgspec.json.decode(line, type=Record), name_hint=re.compile("^record$")
)


def record(**fields: object) -> Record:
    """A whole request; `wanted` are the headers that the definitions name, in alphabetical order."""
    return Record(**{"time": TIME, "peer": "192.0.2.1", "method": "GET", "url": "/", **fields})  # type: ignore[arg-type]


def rows_from(*records: Record, apis: dict[str, dict[str, object]] | None = None, **settings: object) -> list[Row]:
    """The facts that records give."""
    lake, chosen = Lake("memory:"), Settings.model_validate({**ANY_TIME.model_dump(), **settings})
    log = log_object(b"\n".join(map(msgspec.json.encode, records)))
    receipt = ingest(log, lake, definitions_of(apis or {}), chosen, "record", known={"record": FORMAT})
    assert receipt.good == len(records)
    return rows_of(lake, receipt.units)
