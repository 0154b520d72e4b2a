"""``index/root.json``: which segments count. The only object of the lake that changes, and only by compare-and-swap.

Report functions decode it on every call, so this module imports little and the file is kept short.
"""

import random
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from abslake.errors import StorageError, WriteRefused, WriteStateUnknown
from abslake.index import names
from abslake.storage import Lake

FORMAT = 1
"""Version of the file. A reader that does not know it refuses to answer rather than answer wrongly."""

_ATTEMPTS = 40
_LONGEST_WAIT = 1.0
_LONG = 32_768
_GZIP = b"\x1f\x8b"
_GZIP_FORM = 31  # of zlib: gzip's frame around it


class Shape(msgspec.Struct, array_like=True, frozen=True):
    """What a segment's objects hold, as far as a reader has to know to name the right ones."""

    digits: int = 0
    """Hex digits of the bucket in ``b=<digits>.parquet``; 0: one bucket."""
    heavy_digits: int = 0
    """The same for the minute rows of heavy values."""
    heavy_hours: int = 0
    """Hours in one object of heavy values' minute rows; 0: there is none."""
    rows: int = 0
    requests: int = 0
    """Sum of requests of all rows: what a merge must give again."""
    bytes: int = 0
    """Of all objects."""


class Segment(msgspec.Struct, array_like=True, frozen=True):
    """The objects that one attempt wrote for a kind and period, under a generation of its own."""

    generation: str
    shape: Shape
    units: int
    """How many units it covers."""
    settled: bool = False
    """A closed day's whole: made after its facts were listed in full."""


class Month(msgspec.Struct, frozen=True, rename={"segment": "s", "days": "d"}):
    """A month's sums and what they are sums of."""

    segment: Segment
    days: dict[str, list[str]]
    """Generations by day of the segments that were added up."""

    def beside(self, days: Mapping[str, Sequence[Segment]]) -> dict[str, list[Segment]] | None:
        """The segments of the month's `days` that count beside it, by day; None: it may not be used.

        A month is good only for its generations: all of them must still count.
        """
        return rest_of(self.days, days)


class KindIndex(msgspec.Struct, frozen=True, rename={"days": "d", "months": "m"}):
    """Everything of one kind."""

    days: dict[str, list[Segment]] = {}
    """Segments by day, oldest first; a unit is covered by one of them at most."""
    months: dict[str, Month] = {}


class Root(msgspec.Struct, frozen=True, omit_defaults=True):
    """The file. Never changed in place: `with_day` and the like give another one."""

    format: int
    serial: int = 0
    """Goes up by one with every swap."""
    writer: str = ""
    """Who swapped it in; with `serial` it makes every version's bytes, and so its ETag, unique."""
    born: int = 0
    """When the lake got its first root, seconds since 1970 by the clock of whoever made it."""
    kinds: dict[str, KindIndex] = {}
    retired: dict[str, str] = {}
    """By day: generation of the ledger of units that count no more (`names.retired_key`)."""
    since: str | None = None
    """Days before this one do not count any more (retention)."""

    def segments(self, kind: str, day: str) -> list[Segment]:
        """A day's segments, oldest first."""
        index = self.kinds.get(kind)
        return index.days.get(day, []) if index else []

    def months(self, kind: str) -> dict[str, Month]:
        """All months of a kind."""
        index = self.kinds.get(kind)
        return index.months if index else {}

    def counts(self, day: str) -> bool:
        """Whether retention has left the day in the account."""
        return self.since is None or day >= self.since

    def with_day(self, kind: str, day: str, segments: list[Segment]) -> "Root":
        """The same with these segments for a day; none: without the day."""
        index = self.kinds.get(kind, KindIndex())
        days = {**index.days, day: segments}
        if not segments:
            del days[day]
        return self._with(kind, KindIndex(dict(sorted(days.items())), index.months))

    def with_month(self, kind: str, month: str, derived: Month | None) -> "Root":
        """The same with this month; None: without it."""
        index = self.kinds.get(kind, KindIndex())
        months = {name: value for name, value in index.months.items() if name != month}
        if derived:
            months[month] = derived
        return self._with(kind, KindIndex(index.days, dict(sorted(months.items()))))

    def _with(self, kind: str, index: KindIndex) -> "Root":
        return msgspec.structs.replace(self, kinds={**self.kinds, kind: index})


class _Head(msgspec.Struct):
    format: int


EMPTY = Root(FORMAT)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A root as it was read; `etag` None: there is none, and `root` is empty."""

    root: Root
    etag: str | None


_decode = msgspec.json.Decoder(Root).decode


def load(lake: Lake) -> Snapshot:
    """The root as it is now. Raises StorageError, also where its format is not known here."""
    try:
        found = lake.read(names.ROOT)
    except FileNotFoundError:
        return Snapshot(EMPTY, None)
    return Snapshot(decode(found.data), found.etag)


def decode(data: bytes) -> Root:
    """A root from its bytes. Raises StorageError."""
    if data.startswith(_GZIP):
        data = _inflated(data)
    try:
        root = _decode(data)
    except msgspec.DecodeError as error:
        raise StorageError(f"{names.ROOT} is not readable as format {FORMAT}{_said(data)}") from error
    if root.format != FORMAT:
        raise StorageError(f"{names.ROOT} has format {root.format}, and this version reads {FORMAT}: update abslake")
    return root


def encode(root: Root) -> bytes:
    """The file's bytes: JSON, and in gzip once it is long (a year of six kinds: 250 kB, 45 of them left)."""
    data = msgspec.json.encode(root)
    if len(data) < _LONG:
        return data
    packer = zlib.compressobj(1, wbits=_GZIP_FORM)
    return packer.compress(data) + packer.flush()


def create(lake: Lake, writer: str, now: datetime) -> None:
    """The first, empty root; no error if there is one. Raises WriteStateUnknown, StorageError: repeat it."""
    try:
        lake.replace(names.ROOT, encode(Root(FORMAT, writer=writer, born=int(now.timestamp()))), None)
    except WriteRefused:
        return


def swap(lake: Lake, writer: str, change: Callable[[Root], Root | None], may_write: Callable[[], bool]) -> bool:
    """Apply `change` to the root by compare-and-swap. False: it was not to be applied any more.

    `change` gets the root as it is and gives the root as it shall be, the same object if that is so already, or None to
    give up. It is called again after every refusal, also when its own effect is in the root already. `may_write` is
    asked right before each write. `writer` is an id that no other call uses.

    Raises WriteRefused when others always came first, WriteStateUnknown when it cannot be found out whether the write
    took effect, StorageError. After any of them the caller must not delete what it wrote: the root may name it.
    """
    in_doubt: str | None = None  # the version that a write is based on which may still take effect
    for attempt in range(_ATTEMPTS):
        if attempt:
            _wait(attempt)
        snapshot = _there(lake)
        if snapshot.root.writer == writer:
            return True  # an earlier attempt took effect, whatever its answer said
        changed = change(snapshot.root)
        if changed is snapshot.root:
            return True
        if changed is None or not may_write():
            if in_doubt == snapshot.etag:
                raise WriteStateUnknown(f"cannot tell whether {names.ROOT} will still be written")
            return False
        changed = msgspec.structs.replace(changed, serial=snapshot.root.serial + 1, writer=writer)
        written = _written(lake, changed, snapshot.etag)
        if written:
            return True
        in_doubt = in_doubt if written is False else snapshot.etag
    if in_doubt:
        raise WriteStateUnknown(f"cannot tell whether {names.ROOT} was written")
    raise WriteRefused(f"{names.ROOT} was changed by others {_ATTEMPTS} times in a row")


def _there(lake: Lake) -> Snapshot:
    snapshot = load(lake)
    if snapshot.etag is None:
        raise StorageError(f"there is no {names.ROOT}: no segment may count before the lake's units are marked")
    return snapshot


def _written(lake: Lake, root: Root, etag: str | None) -> bool | None:
    """None: it cannot be known, and only the root itself can tell, before anything else is done."""
    try:
        lake.replace(names.ROOT, encode(root), etag)
    except WriteRefused:
        return False
    except WriteStateUnknown:
        return None
    return True


def rest_of(
    used: Mapping[str, Sequence[str]], days: Mapping[str, Sequence[Segment]]
) -> dict[str, list[Segment]] | None:
    """The segments of `days` without the `used` generations; None: one of those does not count any more."""
    rest: dict[str, list[Segment]] = {}
    for day, generations in used.items():
        if not set(generations) <= {segment.generation for segment in days.get(day, ())}:
            return None
    for day, segments in days.items():
        gone = used.get(day, ())
        if others := [segment for segment in segments if segment.generation not in gone]:
            rest[day] = others
    return rest


def _inflated(data: bytes) -> bytes:
    try:
        return zlib.decompress(data, wbits=_GZIP_FORM)
    except zlib.error as error:
        raise StorageError(f"{names.ROOT} is damaged") from error


def _said(data: bytes) -> str:
    """What the file says of itself, for a file whose other fields are not ours."""
    try:
        return f": it says format {msgspec.json.decode(data, type=_Head).format}"
    except msgspec.DecodeError:
        return ""


def _wait(attempt: int) -> None:
    time.sleep(random.uniform(0, min(_LONGEST_WAIT, 0.02 * 2**attempt)))  # noqa: S311 - spreads writers, hides nothing
