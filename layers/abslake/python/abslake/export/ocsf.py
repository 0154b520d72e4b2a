"""OCSF HTTP Activity out of facts: Parquet objects in the layout that Amazon Security Lake asks of a custom source.

::

    ext/<source>/region=<region>/accountId=<account>/eventDay=YYYYMMDD/YYYYMMDDTHHMM-HHMM.parquet

One object for each hour with requests, its records in the order of time. Names are made of the range alone, and the same
facts give the same bytes: an export that broke off is done again, and writes what is missing or has changed.

Sources: OCSF 1.3.0 (https://schema.ocsf.io/1.3.0/classes/http_activity); Amazon Security Lake user guide, "Collecting data
from custom sources": one event class, Parquet with zstandard, pages of 1 MB at most (uncompressed), row groups of 256 MB at
most (compressed), partitions by region, account and UTC day, an object for 5 minutes to a day, OCSF 1.3 or earlier.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import duckdb

from abslake import __version__
from abslake.errors import BadRequest, StorageError
from abslake.export.identifiers import Identifiers
from abslake.facts import schema
from abslake.facts.clients import IPV4
from abslake.index import names, replacing, root
from abslake.records.addresses import canonical
from abslake.settings import Settings
from abslake.storage import Lake
from abslake.storage.scratch import scratch_folder
from abslake.upkeep import copies
from abslake.upkeep.exchange import Progress, silent

MOST_NAME = 20
"""Characters of a source's name: longer ones make the name of Security Lake's role too long."""

_SOURCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-\d{1,2}")
_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_ATTEMPTS = 5
_TEXTS_AT_ONCE = 10_000
_HOUR = timedelta(hours=1)
_PARQUET = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 3, DATA_PAGE_SIZE_LIMIT 1000000"


@dataclass(frozen=True, slots=True)
class Source:
    """A custom source of Security Lake: its name, and of which region and account its records are.

    `account` is an AWS account, or for records of none a text such as ``external_shop``. Raises BadRequest.
    """

    name: str
    region: str
    account: str

    def __post_init__(self) -> None:
        if not _SOURCE.fullmatch(self.name) or len(self.name) > MOST_NAME:
            raise BadRequest(
                f"source name: write at most {MOST_NAME} letters, digits, _, . or -, a letter or digit first"
            )
        if not _REGION.fullmatch(self.region):
            raise BadRequest("region: write an AWS region, for example eu-central-1")
        if not _ACCOUNT.fullmatch(self.account):
            raise BadRequest("account: write the 12 digits of an AWS account, or a name such as external_shop")

    def folder(self, day: str) -> str:
        """The partition of a day (``YYYY-MM-DD``), with a slash at its end."""
        place = f"ext/{self.name}/region={self.region}/accountId={self.account}"
        return f"{place}/eventDay={day.replace('-', '')}/"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to export: facts of ``earlier <= minute < later`` (UTC, whole minutes), of one API if `api` is given.

    Raises BadRequest where the range is empty.
    """

    earlier: datetime
    later: datetime
    source: Source
    api: str | None = None
    identifiers: Identifiers = field(default_factory=Identifiers)

    def __post_init__(self) -> None:
        if self.earlier >= self.later:
            raise BadRequest("the range is empty: its end is not included, and must lie behind its begin")

    def key(self, hour: datetime) -> str:
        """The object of an hour, of which the range may cut something off."""
        first, end = self.minutes(hour)
        api = "" if self.api is None else f"-{sha256(self.api.encode()).hexdigest()[:8]}"
        return f"{self.source.folder(f'{hour:%Y-%m-%d}')}{first:%Y%m%dT%H%M}-{end:%H%M}{api}.parquet"

    def minutes(self, hour: datetime) -> tuple[datetime, datetime]:
        """The part of the hour that is within the range."""
        return max(hour, self.earlier), min(hour + _HOUR, self.later)


@dataclass(slots=True)
class Exported:
    """What an export wrote."""

    objects: int = 0
    """Written now."""
    unchanged: int = 0
    """Were there already, byte for byte."""
    records: int = 0
    """In all of them."""
    requests: int = 0
    """Sum of the records' ``count``."""
    bytes: int = 0
    """Of all of them."""

    def add(self, other: "Exported") -> None:
        """Sum up."""
        self.objects += other.objects
        self.unchanged += other.unchanged
        self.records += other.records
        self.requests += other.requests
        self.bytes += other.bytes


def export(lake: Lake, out: Lake, wanted: Wanted, settings: Settings, progress: Progress = silent) -> Exported:
    """Write the records of `wanted` to `out`, hour by hour. What counts is looked up for each day.

    Raises StorageError, WriteStateUnknown: do it again, what is written is not written twice.
    """
    done = Exported()
    days = [*_days(wanted)]
    with copies.engine(settings) as engine, scratch_folder("abslake-export-") as folder:
        hours = _Hours(lake, out, wanted, engine, folder)
        for number, day in enumerate(days):
            for hour, written in hours.of_day(day):
                progress(f"{hour:%Y-%m-%d %H:00}", 24 * number + hour.hour + 1, 24 * len(days))
                done.add(written)
    return done


class _Hours:
    """The hours of an export, one after the other in one engine."""

    def __init__(self, lake: Lake, out: Lake, wanted: Wanted, engine: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self._lake, self._out, self._wanted, self._engine, self._folder = lake, out, wanted, engine, folder
        self._engine.execute(f"CREATE TEMP MACRO product_version() AS '{__version__}'")

    def of_day(self, day: str) -> Iterator[tuple[datetime, Exported]]:
        """Each hour that has units, and what was written of it. Raises StorageError, WriteStateUnknown."""
        finished = set[datetime]()
        for _ in range(_ATTEMPTS):
            try:
                for hour, keys in sorted(_units(self._lake, day).items()):
                    first, end = self._wanted.minutes(hour)
                    if first < end and hour not in finished:
                        yield hour, self._write(hour, keys)
                        finished.add(hour)
            except FileNotFoundError:  # units were exchanged for others meanwhile
                continue
            return
        raise StorageError("the lake changes faster than it can be read: try again at a quieter time")

    def _write(self, hour: datetime, keys: Sequence[str]) -> Exported:
        path = self._folder / "records.parquet"
        with copies.copies(self._lake, keys) as units, copies.reading():
            self._make_records(units.values(), *self._wanted.minutes(hour))
            records, requests = self._engine.execute("SELECT count(*), sum(requests)::BIGINT FROM facts").fetchall()[0]
            if not records:
                return Exported()
            self._engine.execute(f"COPY (FROM records) TO '{path}' ({_PARQUET})")
        data = path.read_bytes()
        written = _write_once(self._out, self._wanted.key(hour), data)
        return Exported(int(written), int(not written), records, requests, len(data))

    def _make_records(self, units: Iterable[Path], first: datetime, end: datetime) -> None:
        """The view ``records`` (see ocsf.sql) and all that it reads."""
        shown = self._wanted.identifiers
        secrets = shown.columns()
        minutes = f"minute >= TIMESTAMP '{first:%Y-%m-%d %H:%M}' AND minute < TIMESTAMP '{end:%Y-%m-%d %H:%M}'"
        of_api = "" if self._wanted.api is None else f" AND api = '{_quoted(self._wanted.api)}'"
        self._engine.execute(
            f"CREATE OR REPLACE TEMP VIEW facts AS SELECT *, {shown.path} AS shown_path, {secrets['cookie']} AS session_uid, "
            f"{secrets['token']} AS session_uid_alt, {secrets['api_key']} AS credential_uid "
            f"FROM {copies.relation(units, ', union_by_name = true')} WHERE {minutes}{of_api}"
        )
        self._load_addresses()
        self._engine.execute(_sql())

    def _load_addresses(self) -> None:
        """The table ``addresses``: texts of facts that are addresses, and each in its usual spelling, without port."""
        self._engine.execute(f"""
            CREATE OR REPLACE TEMP TABLE texts AS SELECT DISTINCT unnest([ip, server]) AS text FROM facts;
            CREATE OR REPLACE TEMP TABLE addresses AS
                SELECT text, text AS ip FROM texts WHERE regexp_full_match(text, '{IPV4}');
            CREATE OR REPLACE TEMP TABLE others AS
                SELECT text FROM texts WHERE NOT regexp_full_match(text, '{IPV4}')""")
        (count,) = self._engine.execute("SELECT count(*) FROM others").fetchall()[0]
        for start in range(0, count, _TEXTS_AT_ONCE):
            some = self._engine.execute(
                "SELECT text FROM others WHERE rowid >= ? AND rowid < ?", [start, start + _TEXTS_AT_ONCE]
            ).fetchall()
            found = [(text, ip) for (text,) in some if (ip := canonical(text))]
            columns = [list(column) for column in zip(*found, strict=True)] if found else [[], []]
            self._engine.execute("INSERT INTO addresses SELECT unnest(?::VARCHAR[]), unnest(?::VARCHAR[])", columns)


def _days(wanted: Wanted) -> Iterator[str]:
    day = wanted.earlier.replace(hour=0, minute=0)
    while day < wanted.later:
        yield f"{day:%Y-%m-%d}"
        day += timedelta(days=1)


def _units(lake: Lake, day: str) -> dict[datetime, list[str]]:
    """The units of a day that count, by hour. Raises FileNotFoundError (begin again), StorageError."""
    snapshot = root.load(lake)
    if not snapshot.root.counts(day):
        return {}
    if snapshot.etag is None:
        keys = [entry.key for entry in lake.list(f"{schema.PREFIX}date={day}/") if entry.key.endswith(".parquet")]
    else:
        keys = replacing.counting_units(lake, snapshot.root, day)
    midnight = names.first_moment(day)
    hours: dict[datetime, list[str]] = defaultdict(list)
    for key in sorted(keys):
        hours[midnight + int(names.short_name(key)[:2]) * _HOUR].append(key)
    return hours


def _write_once(out: Lake, key: str, data: bytes) -> bool:
    """Write the object unless it is there with just these bytes: whoever is told of new objects is told once."""
    try:
        if out.get(key) == data:
            return False
    except FileNotFoundError:
        pass
    except StorageError:
        pass  # the role of a custom source may be allowed to write only; where nothing goes, writing says so
    out.put(key, data)
    return True


@cache
def _sql() -> str:
    return files("abslake.export").joinpath("ocsf.sql").read_text(encoding="utf-8")


def _quoted(text: str) -> str:
    return text.replace("'", "''")
