"""Where an identifier stands in a lake: units of facts, and objects of findings, flagged requests, quarantine and answers."""

import zlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from abslake.detection import findings
from abslake.errors import StorageError
from abslake.facts import flagged, quarantine, schema
from abslake.index import names
from abslake.settings import Settings
from abslake.storage import Lake
from abslake.upkeep import copies, erased_detection, erased_texts, erased_units
from abslake.upkeep.exchange import Progress, silent
from abslake.upkeep.traces import Traces

RESULTS = "results/"
TEXTS = (findings.PREFIX, erased_detection.PREFIX, flagged.PREFIX, quarantine.PREFIX, RESULTS)


@dataclass(slots=True)
class Found:
    """Where the identifier stands."""

    units: dict[str, list[str]] = field(default_factory=dict)
    """Units of facts by day, those too that count no more."""
    texts: dict[str, list[str]] = field(default_factory=lambda: {prefix: [] for prefix in TEXTS})
    """Objects of findings, flagged requests, quarantine and results by folder."""
    logs: set[tuple[str, str]] = field(default_factory=set)
    """Bucket and key of the log objects that it came from."""
    seen: set[str] = field(default_factory=set, repr=False)
    """All units that were looked at."""

    @property
    def objects(self) -> int:
        """How many objects hold it."""
        return sum(map(len, self.units.values())) + sum(map(len, self.texts.values()))


def look(lake: Lake, traces: Traces, settings: Settings, progress: Progress = silent) -> Found:
    """Find it: all facts, findings, flagged requests, quarantine and results are read. Changes nothing.

    Raises FileNotFoundError when the lake changes meanwhile (begin again), StorageError.
    """
    found = Found()
    days: dict[str, list[str]] = defaultdict(list)
    for entry in lake.list(schema.PREFIX):
        if entry.key.endswith(".parquet"):
            days[names.day_of(entry.key)].append(entry.key)
    for done, (day, keys) in enumerate(sorted(days.items())):
        progress("looking through days", done, len(days))
        if hits := holding(lake, traces, settings, keys, found.logs):
            found.units[day] = sorted(hits)
        found.seen.update(keys)
    progress("looking through days", len(days), len(days))
    for prefix in TEXTS:
        for entry in lake.list(prefix):
            data = lake.get(entry.key)
            if without(traces, entry.key, data) != data:
                found.texts[prefix].append(entry.key)
                if prefix == quarantine.PREFIX:
                    found.logs.add(erased_texts.log_of(data))
    return found


def holding(
    lake: Lake, traces: Traces, settings: Settings, keys: Iterable[str], logs: set[tuple[str, str]]
) -> set[str]:
    """Those of the units that hold it; the log objects they came from are added to `logs`.

    Raises FileNotFoundError, StorageError.
    """
    hits = set[str]()
    with copies.engine(settings) as engine:
        for batch in copies.batches(keys):
            with copies.copies(lake, batch) as files:
                found = erased_units.holding(engine, traces, files)
                hits |= found
                for key in found:
                    with copies.reading():
                        described = copies.metadata(engine, files[key])
                    logs.add((described.get("abslake.bucket", ""), described.get("abslake.key", "")))
    return hits


def without(traces: Traces, key: str, data: bytes) -> bytes:
    """The object without it; the same bytes where it does not hold it; nothing where all of it goes. Raises StorageError."""
    try:
        if key.startswith(erased_detection.PREFIX):
            return erased_detection.without(traces, key, data)
        if key.startswith(findings.PREFIX):
            return erased_texts.findings_without(traces, data)
        if key.startswith(flagged.PREFIX):
            return erased_texts.flagged_without(traces, data)
        if key.startswith(quarantine.PREFIX):
            return erased_texts.quarantine_without(traces, data)
    except (OSError, EOFError, zlib.error, msgspec.DecodeError, KeyError) as error:
        raise StorageError(f"{key} is not what it should be ({type(error).__name__}): see to it by hand") from None
    return b"" if erased_texts.is_mentioned(traces, data) else data
