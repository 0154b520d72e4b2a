"""The objects of a segment, made by DuckDB from units of facts and from segments that it takes the place of.

One kind and one period at a time, in local files that are then uploaded. Memory stays within the engine's limit whatever
the traffic: sorting spills to the local folder, and a large month is worked off by ranges of the hash.
"""

import contextlib
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import duckdb

from abslake.errors import StorageError
from abslake.facts.engine import work_engine
from abslake.index import layout, names
from abslake.index.root import Segment, Shape
from abslake.settings import Settings
from abslake.storage import Lake
from abslake.storage.scratch import scratch_folder
from abslake.traffic import nothing, over_facts, sums
from abslake.traffic.discreet import SHOWN_PATH

_TRANSFERS = 16
_ROWS_AT_ONCE = 6_000_000
"""Rows that one pass over a range of the hash sorts."""
_HEAVY_ROWS_AT_ONCE = 1_500_000
"""Rows of heavy values that are added up at once, in a table of the engine."""

_PARQUET = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, PARQUET_VERSION v2, ROW_GROUP_SIZE 8192"
_NAMES: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("session_sums", layout.session_name),
    ("address_sums", layout.address_name),
)

_Given = Sequence[tuple[str, Shape]]
"""Folders of segments, and what lies in them."""


@dataclass
class Builder:
    """Makes segments of `lake`. See `abslake.index.folding.Builder`."""

    lake: Lake
    settings: Settings
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(_TRANSFERS, "abslake-index"))

    def day(self, kind: str, day: str, units: Sequence[str], segments: Sequence[Segment], generation: str) -> Shape:
        """Write a day's segment from units and from the segments that it replaces.

        Raises FileNotFoundError where one of them is gone, StorageError.
        """
        given = [(names.folder(kind, day, s.generation), s.shape) for s in segments if s.shape.rows]
        with self._work(kind, day, generation) as work:
            rows = work.fetched(_named(given, layout.rows_name))
            heavy = work.fetched(key for folder, shape in given for key in layout.heavy_keys(folder, shape, 0, 24))
            return work.day(work.fetched(units), rows, heavy)

    def month(self, kind: str, month: str, days: Mapping[str, Sequence[Segment]], generation: str) -> Shape:
        """Write a month's segment from those of its days. Raises as `day`."""
        given = [
            (names.folder(kind, day, s.generation), s.shape) for day, some in days.items() for s in some if s.shape.rows
        ]
        apart = [(folder, shape) for folder, shape in given if kind == "api" and shape.heavy_hours]
        with self._work(kind, month, generation) as work:
            shapes = [shape for _, shape in given]
            work.begin_month(shapes)
            for part in work.ranges():
                rows = work.fetched(_named(given, layout.rows_name, part))
                extra = [work.fetched(_named(apart, name, part)) for _, name in _NAMES]
                work.add_to_month([path for paths in (rows, *extra) for path in paths], part)
            return work.finish_month(shapes)

    @contextlib.contextmanager
    def _work(self, kind: str, period: str, generation: str) -> Iterator["_Work"]:
        try:
            with (
                scratch_folder("abslake-index-") as folder,
                work_engine(folder, self.settings) as engine,
            ):
                yield _Work(self, kind, names.folder(kind, period, generation), folder, engine)
        except duckdb.Error as error:  # its text may quote identifiers
            raise StorageError(f"the engine failed on the index of {kind} {period} ({type(error).__name__})") from None


class _Work:
    """One segment on its way."""

    def __init__(
        self, builder: Builder, kind: str, target: str, folder: Path, engine: duckdb.DuckDBPyConnection
    ) -> None:
        self._lake, self._pool, self._kind, self._target = builder.lake, builder.pool, kind, target
        self._folder, self._engine = folder, engine
        self._in, self._out = folder / "in", folder / "out"
        self._light_rows, self._digits, self._stored, self._bytes = layout.LIGHT_ROWS, 0, 0, 0

    def fetched(self, keys: Iterable[str]) -> list[Path]:
        """The objects as local files, until the pass is over."""
        self._in.mkdir(exist_ok=True)
        places = [(key, self._lake.local_path(key) or self._in / key.replace("/", "+")) for key in keys]
        list(self._pool.map(self._bring, *zip(*places, strict=True)) if places else ())
        return [path for _, path in places]

    def day(self, units: Sequence[Path], rows: Sequence[Path], heavy: Sequence[Path]) -> Shape:
        """Write all objects of a day."""
        relation = _source(self._kind, units, rows, heavy)
        if relation is None:
            return Shape()
        self._begin(relation)
        total, requests, values = self._one("SELECT sum(rows), sum(requests), count(*) FROM counts")
        if not total:
            return Shape()
        self._add_up_heavy()
        heavy_rows, heavy_values = self._one("SELECT coalesce(sum(rows), 0), count(*) FROM heavy")
        (kept,) = self._one("SELECT count(*) FROM sums")
        self._digits = layout.digits_for(total - heavy_rows + kept, values)
        self._write_rows("")
        hours = heavy_digits = 0
        if heavy_rows:
            self._write_apart("")
            hours = layout.block_hours_for(heavy_rows)
            heavy_digits = layout.digits_for(heavy_rows * hours // 96, heavy_values)
            self._write_heavy(hours, heavy_digits)
        return Shape(self._digits, heavy_digits, hours, self._stored, int(requests), self._bytes)

    def begin_month(self, shapes: Sequence[Shape]) -> None:
        """Choose the buckets of a month."""
        self._light_rows = layout.LIGHT_ROWS_A_MONTH
        rows = sum(shape.rows for shape in shapes)
        most = max((shape.digits for shape in shapes), default=0)
        # There are far fewer APIs than rows, and about as many as a day has buckets for.
        self._digits = most if self._kind == "api" else layout.digits_for(rows, rows)
        self._rows_given = rows

    def ranges(self) -> Iterator[str]:
        """Beginnings of the hash, so that each pass has rows for one sort; "" takes all."""
        digits = 0
        while self._rows_given > _ROWS_AT_ONCE * 16**digits and digits < self._digits:
            digits += 1
        return ("".join(some) for some in product("0123456789abcdef", repeat=digits))

    def add_to_month(self, paths: Sequence[Path], part: str) -> None:
        """Write the objects of one range of the hash from all rows of the month's days."""
        if paths:
            where = f"WHERE starts_with(md5(value), '{part}')" if part else ""
            self._begin(
                f"SELECT * REPLACE (NULL::TIMESTAMP AS minute) FROM (({nothing(self._kind)}) UNION ALL BY NAME "
                f"FROM {_files(paths, by_name=True)} {where})"
            )
            self._add_up_heavy()
            self._write_rows(part)
            (heavy,) = self._one("SELECT count(*) FROM heavy")
            self._apart = self._apart or bool(heavy)
            if heavy or part:  # one of several ranges: another may hold heavy values, and then all names are looked for
                self._write_apart(part)
        shutil.rmtree(self._in, ignore_errors=True)

    def finish_month(self, shapes: Sequence[Shape]) -> Shape:
        """What was written. Sessions and addresses apart are told by hours, which a month has none of."""
        if not self._stored:
            return Shape()
        apart = self._apart and self._kind == "api"
        return Shape(self._digits, 0, 24 if apart else 0, self._stored, sum(s.requests for s in shapes), self._bytes)

    _rows_given = 0
    _apart = False

    def _begin(self, relation: str) -> None:
        """The view ``source``, its values in ``counts``, the heavy ones in ``heavy``, and empty tables for sums."""
        run = self._engine.execute
        run(f"CREATE OR REPLACE TEMP VIEW source AS {relation}")
        run(
            "CREATE OR REPLACE TEMP TABLE counts AS SELECT value, count(*) AS rows, sum(requests)::BIGINT AS requests, "
            "bool_or(part IS NOT NULL) AS summed FROM source GROUP BY value"
        )
        run(
            "CREATE OR REPLACE TEMP TABLE heavy AS SELECT *, md5(value) AS hash FROM counts "
            f"WHERE rows > {self._light_rows} OR summed"
        )
        for table in ("sums", *(table for table, _ in _NAMES)):
            run(f"CREATE OR REPLACE TEMP TABLE {table} AS FROM source WHERE false")

    def _add_up_heavy(self) -> None:
        """Fill ``sums`` and its like from the rows of heavy values, some of them at a time."""
        run = self._engine.execute
        values, rows = list[str](), 0
        for value, count in [
            *run("SELECT value, rows FROM heavy ORDER BY value").fetchall(),
            (None, _HEAVY_ROWS_AT_ONCE),
        ]:
            if values and rows + count > _HEAVY_ROWS_AT_ONCE:
                run("CREATE OR REPLACE TEMP TABLE chosen AS SELECT unnest(?::VARCHAR[]) AS value", [values])
                run("CREATE OR REPLACE TEMP TABLE joint AS FROM source SEMI JOIN chosen USING (value)")
                if self._kind == "api":
                    sums.of_apis(self._engine, "joint", layout.LIMITS)
                else:
                    sums.of_identifiers(self._engine, self._kind, "joint", layout.LIMITS)
                run("DROP TABLE joint")
                values, rows = [], 0
            if value is not None:
                values.append(value)
                rows += count

    def _write_rows(self, part: str) -> None:
        self._stored += self._write(
            f"SELECT *, {self._bucket(self._digits)} AS b FROM (FROM source ANTI JOIN heavy USING (value) "
            "UNION ALL BY NAME FROM sums)",
            "value, part, minute",
            layout.rows_name,
            self._buckets(part),
        )

    def _write_apart(self, part: str) -> None:
        if self._kind != "api":
            return
        for table, name in _NAMES:
            column = table.partition("_")[0].replace("address", "ip")
            rows = f"SELECT value, {column}, part, requests, {self._bucket(self._digits)} AS b FROM {table}"
            self._write(rows, f"value, {column}", name, self._buckets(part))

    def _write_heavy(self, hours: int, digits: int) -> None:
        prefix = f"substr(hash, 1, {digits})" if digits else "'-'"
        names_by_block = {
            f"{hour:02d}{bucket}": layout.heavy_name(hour, bucket)
            for hour in range(0, 24, hours)
            for bucket in layout.prefixes(digits)
        }
        block = f"printf('%02d%s', hour(minute) // {hours} * {hours}, {prefix})"
        rows = f"SELECT source.*, {block} AS b FROM source JOIN heavy USING (value)"
        self._write(rows, "value, minute", names_by_block.__getitem__, names_by_block)

    def _write(self, rows: str, order: str, name: Callable[[str], str], wanted: Iterable[str]) -> int:
        """Upload an object for each of the `wanted` values of the rows' column ``b``, empty ones too; how many rows.

        Sorted once in a table, then cut: a third cheaper than letting the engine part them (COPY … PARTITION_BY).
        """
        run = self._engine.execute
        shutil.rmtree(self._out, ignore_errors=True)
        self._out.mkdir()
        run(f"CREATE OR REPLACE TEMP TABLE written AS {rows} ORDER BY b, {order}")
        slices = run("SELECT b, min(rowid), max(rowid) + 1, count(*) FROM written GROUP BY b").fetchall()
        empty = self._out / "empty"
        paths = dict.fromkeys(wanted, empty)
        if unknown := {bucket for bucket, *_ in slices} - paths.keys():
            raise StorageError(f"{len(unknown)} objects of the index would have names that no reader looks for")
        for (bucket, first, end, count), number in zip(slices, range(len(slices)), strict=True):
            if end - first != count:
                raise StorageError("the engine has not kept the order of the index's rows")
            paths[bucket] = self._out / str(number)
            self._copy(f"FROM written WHERE rowid >= {first} AND rowid < {end}", paths[bucket])
        self._copy("FROM written LIMIT 0", empty)
        run("DROP TABLE written")
        keys = [self._target + name(bucket) for bucket in paths]
        list(self._pool.map(lambda key, path: self._lake.put(key, path.read_bytes()), keys, paths.values()))
        self._bytes += sum(path.stat().st_size for path in paths.values())
        return sum(count for *_, count in slices)

    def _copy(self, rows: str, path: Path) -> None:
        self._engine.execute(f"COPY (SELECT * EXCLUDE (b) {rows}) TO '{path}' ({_PARQUET})")

    def _buckets(self, part: str) -> Iterator[str]:
        return (bucket for bucket in layout.prefixes(self._digits) if _meets(bucket, part))

    def _bring(self, key: str, path: Path) -> None:
        if self._lake.folder is None:
            path.write_bytes(self._lake.get(key))
        elif not path.exists():
            raise FileNotFoundError(key)

    def _one(self, statement: str) -> tuple[int, ...]:
        return tuple(self._engine.execute(statement).fetchall()[0])

    @staticmethod
    def _bucket(digits: int) -> str:
        return f"substr(md5(value), 1, {digits})" if digits else "'-'"


def _source(kind: str, units: Sequence[Path], rows: Sequence[Path], heavy: Sequence[Path]) -> str | None:
    """The joint rows of all inputs, as traffic with a level."""
    parts = []
    if units:
        parts.append(over_facts(kind, _files(units), SHOWN_PATH))
    if rows:
        parts.append(f"FROM {_files(rows, by_name=True)} WHERE part IS NULL")
    if heavy:
        parts.append(f"FROM {_files(heavy, by_name=True)}")
    return " UNION ALL BY NAME ".join(parts) or None


def _named(given: _Given, name: Callable[[str], str], part: str = "") -> list[str]:
    """Keys of all buckets that can hold values of a range of the hash."""
    return [folder + name(p) for folder, shape in given for p in layout.prefixes(shape.digits) if _meets(p, part)]


def _meets(bucket: str, part: str) -> bool:
    return bucket == "-" or bucket.startswith(part) or part.startswith(bucket)


def _files(paths: Iterable[Path], *, by_name: bool = False) -> str:
    more = ", union_by_name = true" if by_name else ""
    return f"read_parquet({_list(paths)}, hive_partitioning = false{more})"


def _list(paths: Iterable[Path]) -> str:
    return "[" + ", ".join("'{}'".format(str(path).replace("'", "''")) for path in paths) + "]"
