"""A log object in, units of facts and a quarantine object out: the whole of ingest, a pure function of the log's bytes.

Order: read and make everything locally; create the quarantine object; create the units. A crash anywhere leaves objects
that the next attempt makes again, byte for byte, under the same keys.
"""

import contextlib
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO

import duckdb

from abslake.errors import StorageError, UnreadableLog
from abslake.facts import flagged, resolve, rules, units
from abslake.facts import quarantine as quarantine_objects
from abslake.facts.engine import work_engine
from abslake.facts.log_object import LogObject
from abslake.facts.pairing import Pairing
from abslake.facts.part import Counts, PartReader, Window
from abslake.facts.quarantine import Quarantine
from abslake.facts.schema import PARSER_VERSION, SCHEMA_VERSION
from abslake.formats import Format, named
from abslake.formats.detection import SAMPLE, detect
from abslake.records import parquet
from abslake.records.addresses import Believed, ClientAddress, client_address
from abslake.records.definitions import Definitions
from abslake.records.envelopes import Opened, opened
from abslake.records.gunzip import Caps, LogBytes
from abslake.records.lines import Part, parts
from abslake.settings import Settings
from abslake.storage import Lake

__all__ = ["LogObject", "Receipt", "ingest"]

Progress = Callable[[int], None]
"""Called with the number of compressed bytes read so far."""

_KEEP_MEMORY = {"allocator_flush_threshold": "4GB", "allocator_bulk_deallocation_flush_threshold": "4GB"}
"""Freed memory is kept for the next part: giving it back and taking it again costs 8 % of the time."""


@dataclass
class Receipt:
    """What became of a log object: ``lines_read = good + quarantined + blank``."""

    format: str
    envelope: str | None = None
    """What the records were wrapped in (docs/formats/envelopes.md): a line is then a record of it."""
    lines_read: int = 0
    good: int = 0
    quarantined: int = 0
    blank: int = 0
    requests: int = 0
    bytes_read: int = 0
    """Decompressed bytes."""
    parsed_singly: int = 0
    """Lines that the engine left to the line parser: many of them make ingest slow, not wrong."""
    units: list[str] = field(default_factory=list)
    """Keys of the units, whether this attempt or an earlier one created them."""
    quarantine: str | None = None
    """Key of the quarantine object, if there is one."""
    reasons: dict[str, int] = field(default_factory=dict)
    """Lines by reason of quarantine."""
    remarks: list[str] = field(default_factory=list)
    """What was noted about the whole object, such as a gzip stream that ends early."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a log object gives: files of units, not yet in any lake, and the quarantine object's bytes, if there is one."""

    receipt: Receipt
    units: list[units.Unit]
    quarantine: bytes | None


def ingest(
    log: LogObject,
    lake: Lake,
    definitions: Definitions,
    settings: Settings,
    format_name: str | None = None,
    progress: Progress | None = None,
    known: Mapping[str, Format] | None = None,
) -> Receipt:
    """Ingest one log object. `known`: the formats there are, grammars among them; None: the built-in ones.

    Raises UnreadableLog (nothing of it is counted then), WriteStateUnknown and StorageError (repeat it).
    """
    with tempfile.TemporaryDirectory(prefix="abslake-") as name:
        made = read(log, Path(name), definitions, settings, format_name, progress, known)
        receipt = made.receipt
        if made.quarantine is not None:
            receipt.quarantine = quarantine_objects.key(log.last_modified, log.id)
            lake.create(receipt.quarantine, made.quarantine)
        receipt.units = units.create_units(lake, made.units)
        return receipt


def read(
    log: LogObject,
    folder: Path,
    definitions: Definitions,
    settings: Settings,
    format_name: str | None = None,
    progress: Progress | None = None,
    known: Mapping[str, Format] | None = None,
) -> Made:
    """Make in the local `folder` all that a log object gives. Raises UnreadableLog, StorageError."""
    try:
        with work_engine(folder, settings, **_KEEP_MEMORY) as engine:
            work = _Work(log, engine, folder, rules.rules_of(definitions), settings)
            receipt, made = work.read(format_name, progress, known)
    except duckdb.Error as error:  # its text may quote the log
        raise StorageError(f"the engine failed on the log object ({type(error).__name__})") from None
    return Made(receipt, made, work.quarantine.object({"bucket": log.bucket, "key": log.key, "etag": log.etag}))


def head(log: LogObject, folder: Path, settings: Settings, most: int) -> tuple[list[bytes], str | None]:
    """The first lines of a log object, at most `most` of them from its first MiB, and the name of its envelope.

    What is no line on its own (blank ones) is left out. Raises UnreadableLog, StorageError.
    """
    with log.open() as stream:
        _, lines = _lines(stream, folder, settings)
        with contextlib.closing(parts(lines, folder, 1 << 20, settings.max_line_bytes)) as cut:
            part = next(cut, None)
            return _first_lines(part, most) if part else [], lines.envelope


def _lines(stream: BinaryIO, folder: Path, settings: Settings) -> tuple[LogBytes, Opened]:
    """The decompressed bytes of a log object, and out of these its lines without envelope."""
    caps = Caps(settings.max_log_bytes, settings.max_log_ratio)
    source = LogBytes(stream, caps)
    return source, opened(source, settings.max_line_bytes, partial(parquet.lines, folder=folder, caps=caps))


class _Work:
    """One log object on its way through."""

    def __init__(
        self, log: LogObject, engine: duckdb.DuckDBPyConnection, folder: Path, table: rules.Rules, settings: Settings
    ) -> None:
        self._log, self._engine, self._folder, self._rules, self._settings = log, engine, folder, table, settings
        self.quarantine = Quarantine()
        self._pairing = Pairing(settings.max_pending_requests)
        self._client = ClientAddress(Believed.NOBODY)
        self._grammar = ""
        self._window = Window.around(
            log.last_modified, settings.event_time_past_days, settings.event_time_future_minutes
        )

    def read(
        self, format_name: str | None, progress: Progress | None, known: Mapping[str, Format] | None
    ) -> tuple[Receipt, list[units.Unit]]:
        """All lines, and the units made of them in the local folder."""
        settings = self._settings
        rules.load_table(self._engine, self._rules)
        made: list[units.Unit] = []
        receipt: Receipt | None = None
        reader: PartReader | None = None
        with self._log.open() as stream:
            source, lines = _lines(stream, self._folder, settings)
            for part in parts(lines, self._folder, settings.part_bytes, settings.max_line_bytes):
                if reader is None or receipt is None:
                    entry = _format(format_name, self._log.key, part, known)
                    receipt, reader = Receipt(entry.name), self._reader(entry)
                counts = reader.read(part)
                made += self._units(part, counts, receipt)
                if progress:
                    progress(source.compressed)
            if receipt is None:
                raise UnreadableLog("the log object gave no part")
            receipt.bytes_read = source.decompressed
            receipt.envelope = self.quarantine.envelope = lines.envelope
            if source.damage:
                self.quarantine.remark(source.damage)
        receipt.reasons, receipt.remarks = dict(self.quarantine.reasons), self.quarantine.remarks
        return receipt, made

    def _reader(self, entry: Format) -> PartReader:
        self._grammar = entry.version
        self._client = client_address(self._settings.trusted_proxies, documented=entry.believes_forwarded_for)
        return PartReader(self._engine, entry, self._rules, self._client, self._window, self.quarantine, self._pairing)

    def _units(self, part: Part, counts: Counts, receipt: Receipt) -> list[units.Unit]:
        receipt.lines_read += counts.read
        receipt.good += counts.good
        receipt.quarantined += counts.quarantined
        receipt.blank += counts.blank
        receipt.parsed_singly += counts.singly
        (requests,) = self._engine.execute("SELECT coalesce(sum(requests), 0)::BIGINT FROM grouped").fetchall()[0]
        receipt.requests += requests
        resolved = resolve.load_tables(self._engine, "grouped", self._rules, self._client)
        conspicuous = flagged.objects(self._engine, self._rules.secret_parameters) if resolved.has_flagged else {}
        metadata = {
            "abslake.schema": str(SCHEMA_VERSION),
            "abslake.parser": str(PARSER_VERSION),
            "abslake.definitions": self._rules.version,
            "abslake.format": receipt.format,
            **({"abslake.grammar": self._grammar} if self._grammar else {}),
            "abslake.bucket": self._log.bucket,
            "abslake.key": self._log.key,
            "abslake.etag": self._log.etag,
            "abslake.part": str(part.index),
            "abslake.part.lines_read": str(counts.read),
            "abslake.part.good": str(counts.good),
            "abslake.part.quarantined": str(counts.quarantined),
            "abslake.part.blank": str(counts.blank),
            "abslake.part.requests": str(requests),
        }
        return units.make_units(
            self._engine,
            self._folder,
            self._log.id,
            part.index,
            metadata,
            merge=resolved.may_merge,
            flagged_by_hour=conspicuous,
        )


def _format(name: str | None, key: str, part: Part, known: Mapping[str, Format] | None) -> Format:
    """The format of that name, or the one that the first lines of the first part and the object's name tell."""
    lines = _first_lines(part, SAMPLE)
    if name is None:
        return detect(key.rpartition("/")[2], lines, known)
    entry = named(name, known)
    return (entry.tailored(lines) if entry.tailored else None) or entry


def _first_lines(part: Part, most: int) -> list[bytes]:
    """The first lines of a part that are not blank, however many blank ones stand before them."""
    found: list[bytes] = []
    first, size = 0, most
    while first < part.rows and len(found) < most:
        rows = list(range(first, min(first + size, part.rows)))
        found += [line for _, line in part.lines_of(rows) if line.strip()]
        first, size = first + size, size * 8
    return found[:most]
