"""One part of a log object becomes rows of facts in the engine's table ``grouped``.

The engine reads the whole part at once where the format has a fast reading. Rows that it is not sure of go to the
format's line parser, and what that refuses goes to quarantine: a line is counted in exactly one of these.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

import duckdb
import msgspec

from abslake.errors import StorageError
from abslake.facts.pairing import Pairing
from abslake.facts.quarantine import Quarantine
from abslake.facts.rows import grouped_sql
from abslake.facts.rules import Rules
from abslake.formats import Format
from abslake.records.addresses import ClientAddress
from abslake.records.lines import Part
from abslake.records.record import BadLine, NoRequest, Record

_SAMPLE_ROWS = 200
_READ_AGAIN_FROM = 2_000
_MOST_READINGS = 3


EARLIEST = 0
LATEST = 253_370_764_800_000_000 - 1
"""The end of the year 9998: one more year, and time zones overflow the calendar."""


@dataclass(frozen=True, slots=True)
class Window:
    """Event times that count, microseconds since the epoch, both inclusive; the others are quarantined."""

    first: int = EARLIEST
    last: int = LATEST

    @classmethod
    def around(cls, upload: datetime, past_days: float | None, future_minutes: float | None) -> "Window":
        """The window of an upload; None leaves that side open (but never before 1970)."""
        moment = int(upload.timestamp() * 1_000_000)
        default = cls()
        return cls(
            default.first if past_days is None else max(0, moment - int(past_days * 86_400e6)),
            default.last if future_minutes is None else moment + int(future_minutes * 60e6),
        )

    def reason(self, time: int) -> str | None:
        """Why an event at `time` does not count."""
        if self.first <= time <= self.last:
            return None
        if not EARLIEST <= time <= LATEST:
            return "event time before 1970 or after 9998"
        return "event time outside the window around the upload (event_time_past_days, event_time_future_minutes)"


@dataclass
class Counts:
    """Lines of one part: read = good + quarantined + blank."""

    read: int = 0
    good: int = 0
    quarantined: int = 0
    blank: int = 0
    """White space, header lines and the like: lines that were never meant to be a request."""
    singly: int = 0
    """Lines that the engine left to the line parser: a matter of speed, not of what is counted."""


class PartReader:
    """Turns parts into the table ``grouped``, in the order of the log object: halves of transactions are carried over."""

    def __init__(
        self,
        engine: duckdb.DuckDBPyConnection,
        entry: Format,
        rules: Rules,
        client: ClientAddress,
        window: Window,
        quarantine: Quarantine,
        pairing: Pairing,
    ) -> None:
        self._engine, self._format, self._rules, self._window = engine, entry, rules, window
        self._client = client
        self._quarantine, self._pairing = quarantine, pairing

    def read(self, part: Part) -> Counts:
        """Fill ``grouped`` from a part and count its lines."""
        counts = Counts(read=part.lines)
        self._create_table()
        left = self._fast(part, counts)
        readings = 1
        while readings < _MOST_READINGS and _READ_AGAIN_FROM < len(left) < 0.7 * part.rows:
            # Many rows in another spelling of the same headers: read them again by a sample of their own.
            part = part.subset(left)
            left = self._fast(part, counts)
            readings += 1
        self._slow(part, left, counts)
        counts.blank += part.blank
        if counts.read != counts.good + counts.quarantined + counts.blank:
            raise StorageError(f"lines do not add up in part {part.index}: {counts}")
        return counts

    def _create_table(self) -> None:
        nothing = "SELECT * FROM (" + _flat_sql(None, self._rules) + ") WHERE false"
        self._engine.execute("CREATE OR REPLACE TEMP TABLE grouped AS " + self._grouped(nothing, looking=False))

    def _grouped(self, parsed: str, rows_to_keep: str = "", *, looking: bool = True) -> str:
        return grouped_sql(parsed, self._rules, self._client, rows_to_keep=rows_to_keep, looking=looking)

    def _fast(self, part: Part, counts: Counts) -> list[int]:
        """Let the engine read the part; returns the rows that it leaves, ascending."""
        with part.path.open("rb") as file:
            sample = [line for line in islice(file, _SAMPLE_ROWS) if line.strip()]
        select = self._format.fast(part.path, sample, self._rules.wanted) if self._format.fast and sample else None
        if not select:
            return list(range(part.rows))
        if not self._insert_fast(select, part, counts):
            return list(range(part.rows))
        marked = self._engine.execute("SELECT slow_row FROM grouped WHERE slow_row IS NOT NULL ORDER BY ALL").fetchall()
        if marked:
            self._engine.execute("DELETE FROM grouped WHERE slow_row IS NOT NULL")
        return [row for (row,) in marked]

    def _insert_fast(self, select: str, part: Part, counts: Counts) -> bool:
        """True if the engine read exactly the rows of the part; otherwise nothing is kept of it."""
        lo, hi = (f"make_timestamp({time}::BIGINT)" for time in (self._window.first, self._window.last))
        keep = f"ok AND ts BETWEEN {lo} AND {hi}"
        self._engine.begin()
        try:
            self._engine.execute("INSERT INTO grouped " + self._grouped(select, rows_to_keep=keep))
            total, good = self._engine.execute(
                "SELECT coalesce(sum(requests), 0), coalesce(sum(requests) FILTER (slow_row IS NULL), 0) FROM grouped"
            ).fetchall()[0]
        except duckdb.Error:  # text that the engine cannot read at all: the line parser can
            self._engine.rollback()
            return False
        if total - counts.good != part.rows:
            part.skip_blank_lines()  # the engine passed over them
        if total - counts.good != part.rows:
            self._engine.rollback()
            return False
        self._engine.commit()
        counts.good = int(good)
        return True

    def _slow(self, part: Part, rows: list[int], counts: Counts) -> None:
        """Parse the given rows one by one, and settle what waits when the log object ends."""
        counts.singly = len(rows)
        path = part.path.with_suffix(".ndjson")
        records = self._records(part, rows, counts)
        if part.ends_log:
            records = _chain(records, self._pairing)
        if _write(path, records):
            flat = _flat_sql(path, self._rules)
            self._engine.execute("INSERT INTO grouped " + self._grouped(flat))
        path.unlink(missing_ok=True)

    def _records(self, part: Part, rows: list[int], counts: Counts) -> Iterator[Record]:
        for row, line in part.lines_of(rows):
            if not line.strip():
                counts.blank += 1
                continue
            try:
                if len(line) > part.max_line:
                    raise BadLine("line longer than max_line_bytes")
                record = self._format.parse(line, self._rules.wanted)
                if reason := self._window.reason(record.time):
                    raise BadLine(reason)
                settled = [record] if record.kind == "whole" else list(self._pairing.add(record))
            except NoRequest:
                counts.blank += 1
                continue
            except BadLine as bad:
                counts.quarantined += 1
                self._quarantine.add(part.number(row), str(bad), line)
                continue
            counts.good += 1
            yield from settled


def _chain(records: Iterable[Record], pairing: Pairing) -> Iterator[Record]:
    yield from records
    yield from pairing.end()


def _write(path: Path, records: Iterable[Record]) -> int:
    encoder, count = msgspec.json.Encoder(), 0
    with path.open("wb") as file:
        for record in records:
            file.write(encoder.encode(record))
            file.write(b"\n")
            count += 1
    return count


def _flat_sql(path: Path | None, rules: Rules) -> str:
    """Records as the line parser gives them, with the columns of a fast reading."""
    wanted = "".join(f"wanted[{n + 1}] AS w{n}, " for n in range(len(rules.wanted)))
    types = {"time": "BIGINT", "wanted": "VARCHAR[]", "status": "SMALLINT", "sideband": "BOOLEAN", "time_ms": "DOUBLE"}
    types |= {"request_bytes": "BIGINT", "response_bytes": "BIGINT"}
    columns = {name: types.get(name, "VARCHAR") for name in Record.__struct_fields__}
    names = ", ".join(name for name in columns if name not in ("time", "kind", "correlation", "wanted"))
    if path is None:
        source = "(SELECT " + ", ".join(f"NULL::{kind} AS {name}" for name, kind in columns.items()) + ")"
    else:
        declared = ", ".join(f"{name}: '{kind}'" for name, kind in columns.items())
        source = f"read_json('{path}', format = 'newline_delimited', columns = {{{declared}}})"
    return f"SELECT true AS ok, make_timestamp(coalesce(time, 0)) AS ts, {wanted}{names} FROM {source}"
