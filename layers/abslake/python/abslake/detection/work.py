"""One window at a time: measure, judge, learn, keep. What `abslake.detection.run` drives.

What it fetches and puts is in `abslake.detection.kept`, what it judges by in `abslake.detection.models`.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from abslake.detection import activity, measuring, model, recurring, samples, transitions
from abslake.detection.day_findings import DayFindings
from abslake.detection.detector import Detector, Span
from abslake.detection.detectors import detectors
from abslake.detection.findings import WINDOW, Finding, Level
from abslake.detection.hours import Hours
from abslake.detection.judging import LOOK_BACK, Judge, earlier_of
from abslake.detection.kept import Kept
from abslake.detection.models import HISTORY, Models
from abslake.detection.tuning import Tuning
from abslake.detection.windows import Verdict
from abslake.records.definitions import load, segments
from abslake.settings import Settings
from abslake.storage import Lake

__all__ = ["HISTORY", "Done", "Work"]

_TRANSFERS = 16
_EARLIER = max(LOOK_BACK.values())
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Done:
    """What a window came to."""

    verdict: Verdict
    new: Sequence[Finding]
    """Findings that were not there before, or have become attacks."""


@dataclass
class Work:
    """A run's hold on the lake and the engine."""

    lake: Lake
    settings: Settings
    engine: duckdb.DuckDBPyConnection
    folder: Path
    tuning: Tuning
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(_TRANSFERS, "abslake-detect"))

    def __post_init__(self) -> None:
        self._all = list(detectors().values())
        self._day_rows, self._asked = activity.day_rows(self._all), activity.asked(self._all)
        self.findings = DayFindings(self.lake)
        self.kept = Kept(self.lake, self.folder, self.pool)
        self._hours = Hours(self.kept, self.engine, self._day_rows)
        self.models = Models(self.kept, self._hours, self.engine, self.findings, self._all, self.tuning, self.settings)
        self._recurring: str | None = None
        self._left_out = frozenset[str]() if self.settings.root_api_attack else _at_the_root(self.lake)

    def window(self, window: datetime, units: Sequence[str], *, facts_changed: bool, first_time: bool) -> Done:
        """Judge a window of these units of facts (keys); of its kept activity where the facts have not changed.

        Raises StorageError, WriteStateUnknown.
        """
        known = self.models.before(window)
        self.models.load_learned(known)
        self._fill_activity(window, units, facts_changed=facts_changed)
        if first_time:
            self.models.note(window)
        usual = known.usual if known else {}
        measuring.crowd(self.engine, usual)
        self._load_recurring(window)
        day = self._fill_day(window)
        chosen = [one for one in self._all if day or one.span is Span.WINDOW]
        highest = measuring.histogram(self.engine, chosen)
        judged = Judge(self.engine, known, self.tuning, self._left_out).judge(
            chosen, window, earlier_of(self.findings.before(window, _EARLIER)), highest
        )
        found = self._with_samples(judged.findings, units, window, facts_changed=facts_changed)
        requests, clients = self.engine.execute(
            "SELECT coalesce(sum(requests), 0)::BIGINT, count(*) FROM activity WHERE view = 'client'"
        ).fetchall()[0]
        self._without_attackers(window, found, chosen, usual)
        self._learn(window)
        new = self.findings.replace(window, found)
        attacks = sum(one.level is Level.ATTACK for one in found)
        verdict = Verdict(
            datetime.now(UTC),
            model.name_of(known.as_of) if known else None,
            requests,
            clients,
            attacks,
            len(found) - attacks,
            judged.dropped,
        )
        return Done(verdict, new)

    def masks(self, units: Mapping[str, str]) -> dict[str, int]:
        """The windows of its hour that each unit touches, a bit each, by short name. `units`: short name -> key."""
        if not units:
            return {}
        paths = self.kept.fetched(units.values())
        rows = self.engine.execute(
            "SELECT filename, bit_or(1 << (minute(minute) // 10)::INTEGER) FROM read_parquet(?, filename = true, "
            "union_by_name = true) GROUP BY filename",
            [[str(path) for path in paths]],
        ).fetchall()
        found = dict(rows)
        return {short: found.get(str(path), 0) for short, path in zip(units, paths, strict=True)}

    def save(self) -> None:
        """Write findings and history. Raises WriteStateUnknown."""
        self.findings.save()
        self.models.save()

    def close(self) -> None:
        """End its threads, and delete what was fetched."""
        self.kept.close()

    def _fill_activity(self, window: datetime, units: Sequence[str], *, facts_changed: bool) -> None:
        key = activity.key(window)
        if not facts_changed and self._read_activity(key):
            return
        activity.measure(self.engine, self.kept.fetched(units), window, window + WINDOW, self._asked)
        path = self.folder / "activity.parquet"
        activity.write(self.engine, path)
        self._hours.forget(window)  # before: what breaks off in between leaves none, not a wrong one
        self.kept.put(key, path)
        transitions.write(self.engine, window, path)
        self.kept.put(transitions.key(window), path)

    def _read_activity(self, key: str) -> bool:
        """False: it is not kept any more, and to be measured again."""
        path = self.kept.found(key)
        if path is None:
            return False
        activity.read(self.engine, path)
        return True

    def _load_recurring(self, window: datetime) -> None:
        """Who was there in many windows of the day before, into the engine, where they are not there yet."""
        key = recurring.key_for(window)
        if key != self._recurring:
            self._recurring = key
            recurring.load(self.engine, self.kept.found(key))

    def _fill_day(self, window: datetime) -> bool:
        """Fill ``day_activity`` where an hour ends; whether it does."""
        end = window + WINDOW
        self.engine.execute("CREATE OR REPLACE TEMP TABLE complete (api VARCHAR)")
        if end.minute:
            self.engine.execute("CREATE TEMP TABLE IF NOT EXISTS day_activity (kind VARCHAR, client VARCHAR)")
            return False
        length = timedelta(hours=self.settings.window_length)
        activity.add_up(self.engine, self._hours.files(end - length, end), self._day_rows)
        known = self.models.known_history()
        self._insert("complete", [[api] for api, one in known.items() if one.since + length <= end])
        path = self.folder / "recurring.parquet"
        recurring.write(self.engine, path)
        self.kept.put(recurring.key(window), path)
        return True

    def _with_samples(
        self, found: Sequence[Finding], units: Sequence[str], window: datetime, *, facts_changed: bool
    ) -> list[Finding]:
        if not found:
            return []
        kept = {one.id: one.samples for one in self.findings.of_window(window) if one.samples}
        if not facts_changed and all(one.id in kept for one in found):
            return [one.model_copy(update={"samples": kept[one.id]}) for one in found]
        return samples.with_samples(self.engine, self.kept.fetched(units), found, window, window + WINDOW)

    def _without_attackers(
        self,
        window: datetime,
        found: Sequence[Finding],
        chosen: Sequence[Detector],
        usual: Mapping[str, Mapping[str, float]],
    ) -> None:
        """Take clients that attack, in this window or the hour before, by whatever type, out of what is learned."""
        known = {
            (one.identifier_kind.value, one.identifier)
            for one in (*found, *self.findings.before(window, _HOUR))
            if one.level is Level.ATTACK
        }
        if known:
            self.engine.execute("CREATE OR REPLACE TEMP TABLE attackers (kind VARCHAR, client VARCHAR)")
            self._insert("attackers", sorted(known))
            measuring.without_attackers(self.engine, chosen, usual)

    def _learn(self, window: datetime) -> None:
        """Keep the window's histogram.

        What looks at a day is learned of APIs in ``complete`` only: a day that has just begun is no measure of days.
        """
        learned = {
            (one.id, variable.letter): one.span
            for one in self._all
            for variable in one.variables
            if not (variable.fixed or one.rule_based)
        }
        self.engine.execute("CREATE OR REPLACE TEMP TABLE kept (attack_id INTEGER, letter VARCHAR, day BOOLEAN)")
        self._insert("kept", [[id_, letter, span is Span.DAY] for (id_, letter), span in learned.items()])
        self._insert("kept", [[0, name, False] for name in measuring.CROWD])
        path = self.folder / "histogram.parquet"
        self.engine.execute(
            f"COPY (SELECT TIMESTAMP '{window:%Y-%m-%d %H:%M:%S}' AS \"window\", api, kind, attack_id, letter, bucket, "
            "sum(clients) AS clients FROM histogram JOIN kept USING (attack_id, letter) "
            "WHERE NOT day OR api IN (SELECT api FROM complete) GROUP BY ALL HAVING sum(clients) > 0 ORDER BY ALL) "
            f"TO '{path}' (FORMAT parquet, COMPRESSION zstd)"
        )
        self.kept.put(model.histogram_key(window), path)

    def _insert(self, table: str, rows: Sequence[Sequence[object]]) -> None:
        if rows:
            columns = [list(column) for column in zip(*rows, strict=True)]
            self.engine.execute(f"INSERT INTO {table} SELECT {', '.join('unnest(?)' for _ in columns)}", columns)


def _at_the_root(lake: Lake) -> frozenset[str]:
    """The APIs that get what fits no other of their host."""
    return frozenset(name for name, api in load(lake).apis.items() if not segments(api.metadata.url))
