"""One window at a time: measure, judge, learn, keep. What `abslake.detection.run` drives.

What is fetched of the lake lies in the run's own folder: units of facts for as long as their hour is worked on, activity
for as long as a day looks back.
"""

import logging
import shutil
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

import duckdb
import msgspec

from abslake.detection import activity, measuring, model, profiles, recurring, samples, training, transitions
from abslake.detection.day_findings import DayFindings
from abslake.detection.detector import Span
from abslake.detection.detectors import detectors
from abslake.detection.findings import ACROSS, Finding, Level
from abslake.detection.judging import WINDOW, Judge, earlier_of
from abslake.detection.model import Model
from abslake.detection.training import History, Lesson
from abslake.detection.tuning import Tuning
from abslake.detection.windows import Verdict
from abslake.settings import Settings
from abslake.storage import Lake

_logger = logging.getLogger(__name__)

HISTORY = "detection/history.json"
_TRANSFERS = 16
_MOST_TOLD = 3
_EARLIER = timedelta(hours=6)
_HOUR = timedelta(hours=1)
_HABITS_OF = timedelta(days=1)


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
    models: dict[str, Model] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.findings = DayFindings(self.lake)
        self._all = list(detectors().values())
        self._day_rows = activity.day_rows(self._all)
        self._learned: str | None = None
        self._recurring: str | None = None
        self._used: dict[str, Path] = {}

    @cached_property
    def model_names(self) -> list[str]:
        """Moments of the models there are, ascending."""
        return model.keys(self.lake)

    @cached_property
    def history(self) -> dict[str, History]:
        """The APIs whose traffic was seen."""
        try:
            return msgspec.json.decode(self.lake.get(HISTORY), type=dict[str, History])
        except FileNotFoundError:
            return {}
        except msgspec.MsgspecError:
            _logger.warning("%s is damaged: what the newest model says counts", HISTORY)
            known = self._loaded(self.model_names[-1]).apis if self.model_names else {}
            return {api: History(one.since, one.windows) for api, one in known.items() if api != ACROSS}

    def window(self, window: datetime, units: Sequence[str], *, facts_changed: bool, first_time: bool) -> Done:
        """Judge a window of these units of facts (keys); of its kept activity where the facts have not changed.

        Raises StorageError, WriteStateUnknown.
        """
        known = self._model(window)
        self._load_learned(known)
        self._fill_activity(window, units, facts_changed=facts_changed)
        if first_time:
            self._note_history(window)
        usual = known.usual if known else {}
        measuring.crowd(self.engine, usual)
        self._load_recurring(window)
        day = self._fill_day(window)
        chosen = [one for one in self._all if day or one.span is Span.WINDOW]
        highest = measuring.histogram(self.engine, chosen)
        judged = Judge(self.engine, known, self.tuning).judge(
            chosen, window, earlier_of(self.findings.before(window, _EARLIER)), highest
        )
        found = self._with_samples(judged.findings, units, window, facts_changed=facts_changed)
        requests, clients = self.engine.execute(
            "SELECT coalesce(sum(requests), 0)::BIGINT, count(*) FROM activity WHERE view = 'client'"
        ).fetchall()[0]
        if self._without_attackers(window, found):
            measuring.crowd(self.engine, usual)
            measuring.histogram(self.engine, chosen)
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

    def build_model(self, as_of: datetime) -> bool:
        """Build the model of that hour if it is due; whether it was. Raises StorageError, WriteStateUnknown."""
        newest = self.model_names[-1] if self.model_names else None
        if newest and newest >= model.name_of(as_of):
            return False
        previous = self._loaded(newest) if newest else None
        history = training.history_of(self.history, self.tuning)
        if not training.is_due(as_of, previous, history, self.settings):
            return False
        lesson = Lesson(
            as_of,
            previous,
            self._of_model(newest, model.FILE),
            self._kept(model.HISTOGRAMS, previous.as_of if previous else None, as_of),
            self._kept(activity.PREFIX, as_of - _HABITS_OF, as_of),
            self._hours(as_of - _HABITS_OF, as_of),
            list(self.findings.before(as_of, _HABITS_OF)),
            history,
            self.tuning,
        )
        self._load_learned(previous)
        made, write = training.build(self.engine, lesson, self._all, self.settings)
        path = self.folder / "learned.parquet"
        self._learn_clients(lesson, newest)
        write(path)
        model.save(self.lake, made, path.read_bytes())
        self.model_names.append(model.name_of(as_of))
        self.models[model.name_of(as_of)] = made
        return True

    def _learn_clients(self, lesson: Lesson, newest: str | None) -> None:
        """The model's calls and profiles. They are written before the model is, so a model that can be seen has them."""
        previous, path = lesson.previous, self.folder / "clients.parquet"
        folder = f"{model.PREFIX}{model.name_of(lesson.as_of)}/"
        before = self._of_model(newest, transitions.MODEL)
        transitions.learn(
            self.engine,
            self._kept(transitions.PREFIX, previous.as_of if previous else None, lesson.as_of),
            (before, training.weight(lesson), previous.as_of) if before and previous else None,
            path,
        )
        self.lake.put(folder + transitions.MODEL, path.read_bytes())
        since = max(previous.as_of, lesson.as_of - _HABITS_OF) if previous else lesson.as_of - _HABITS_OF
        profiles.learn(
            self.engine,
            self._kept(activity.PREFIX, since, lesson.as_of),
            self._of_model(newest, profiles.MODEL),
            lesson.attacks,
            lesson.as_of,
            path,
        )
        self.lake.put(folder + profiles.MODEL, path.read_bytes())

    def masks(self, units: Mapping[str, str]) -> dict[str, int]:
        """The windows of its hour that each unit touches, a bit each, by short name. `units`: short name -> key."""
        if not units:
            return {}
        paths = self.fetched(units.values())
        rows = self.engine.execute(
            "SELECT filename, bit_or(1 << (minute(minute) // 10)::INTEGER) FROM read_parquet(?, filename = true, "
            "union_by_name = true) GROUP BY filename",
            [[str(path) for path in paths]],
        ).fetchall()
        found = dict(rows)
        return {short: found.get(str(path), 0) for short, path in zip(units, paths, strict=True)}

    def fetched(self, keys: Iterable[str]) -> list[Path]:
        """The objects as local files. Raises FileNotFoundError, StorageError."""
        store = self.folder / "in"
        store.mkdir(exist_ok=True)
        places = [(key, self.lake.local_path(key) or store / key.replace("/", "+")) for key in keys]
        self._used.update(places)
        list(self.pool.map(self._bring, *zip(*places, strict=True)) if places else ())
        return [path for _, path in places]

    def forget_units(self) -> None:
        """Let go of the units that were fetched."""
        for path in (self.folder / "in").glob("facts+*"):
            path.unlink()

    def unreadable(self) -> list[str]:
        """Which of the objects that were fetched, and are still there, are no whole Parquet files: to tell why the engine
        failed. Keys; of many the first."""
        found: list[str] = []
        for key, path in self._used.items():
            if path.exists() and len(found) < _MOST_TOLD:
                try:
                    self.engine.execute("SELECT max(COLUMNS(*)) FROM read_parquet(?)", [str(path)])
                except duckdb.Error:
                    found.append(key)
        return found

    def save(self) -> None:
        """Write findings and history. Raises WriteStateUnknown."""
        self.findings.save()
        self.lake.put(HISTORY, msgspec.json.encode(self.history), "application/json")

    def close(self) -> None:
        """End its threads, and delete what was fetched."""
        self.pool.shutdown()
        shutil.rmtree(self.folder / "in", ignore_errors=True)

    def training(self) -> tuple[int, int]:
        """APIs with traffic whose clients may be called attackers, and the others."""
        newest = self._loaded(self.model_names[-1]) if self.model_names else None
        trained = sum(newest.trained(api) for api in self.history) if newest else 0
        return trained, len(self.history) - trained

    def _fill_activity(self, window: datetime, units: Sequence[str], *, facts_changed: bool) -> None:
        key = activity.key(window)
        if not facts_changed and self._read_activity(key):
            return
        activity.measure(self.engine, self.fetched(units), window, window + WINDOW)
        path = self.folder / "activity.parquet"
        activity.write(self.engine, path)
        self._forget_hour(window)  # before: what breaks off in between leaves none, not a wrong one
        self.lake.put(key, path.read_bytes())
        (self.folder / "in" / key.replace("/", "+")).unlink(missing_ok=True)
        steps = transitions.key(window)
        transitions.write(self.engine, window, path)
        self.lake.put(steps, path.read_bytes())
        (self.folder / "in" / steps.replace("/", "+")).unlink(missing_ok=True)

    def _read_activity(self, key: str) -> bool:
        """False: it is not kept any more, and to be measured again."""
        try:
            (path,) = self.fetched([key])
        except FileNotFoundError:
            return False
        if not path.exists():  # of a lake that is a folder, nothing is fetched
            return False
        activity.read(self.engine, path)
        return True

    def _load_learned(self, known: Model | None) -> None:
        """The model's calls and profiles into the engine, where they are not there yet."""
        name = model.name_of(known.as_of) if known else ""
        if name != self._learned:
            transitions.load(self.engine, self._of_model(name, transitions.MODEL))
            profiles.load(self.engine, self._of_model(name, profiles.MODEL))
            self._learned = name

    def _load_recurring(self, window: datetime) -> None:
        """Who was there in many windows of the day before, into the engine, where they are not there yet."""
        key = recurring.key_for(window)
        if key != self._recurring:
            self._recurring = key
            try:
                path = self.fetched([key])[0]
            except FileNotFoundError:
                recurring.load(self.engine, None)
                return
            recurring.load(self.engine, path if path.exists() else None)

    def _of_model(self, name: str | None, file: str) -> Path | None:
        """A file beside a model; None: no model, or one that was made before there were such files."""
        try:
            return self.fetched([f"{model.PREFIX}{name}/{file}"])[0] if name else None
        except FileNotFoundError:
            return None

    def _fill_day(self, window: datetime) -> bool:
        """Fill ``day_activity`` where an hour ends; whether it does."""
        end = window + WINDOW
        self.engine.execute("CREATE OR REPLACE TEMP TABLE complete (api VARCHAR)")
        if end.minute:
            self.engine.execute("CREATE TEMP TABLE IF NOT EXISTS day_activity (kind VARCHAR, client VARCHAR)")
            return False
        length = timedelta(hours=self.settings.window_length)
        activity.add_up(self.engine, self._hours(end - length, end), self._day_rows)
        known = training.history_of(self.history, self.tuning)
        self._insert("complete", [[api] for api, one in known.items() if one.since + length <= end])
        path = self.folder / "recurring.parquet"
        recurring.write(self.engine, path)
        self.lake.put(recurring.key(window), path.read_bytes())
        return True

    @cached_property
    def hours(self) -> set[str]:
        """Keys of sums of hours that there are. None is there of an hour whose activity has changed since."""
        return {entry.key for entry in self.lake.list(activity.HOURS)}

    def _hours(self, first: datetime, end: datetime) -> list[Path]:
        """Local files of the sums of hours, ``first <= hour < end``; those that are not there yet are made."""
        hours = [first + n * _HOUR for n in range((end - first) // _HOUR)]
        if missing := {hour for hour in hours if activity.hour_key(hour) not in self.hours}:
            self._sum_hours(missing)
        return self.fetched(key for hour in hours if (key := activity.hour_key(hour)) in self.hours)

    def _sum_hours(self, missing: set[datetime]) -> None:
        windows: dict[datetime, list[str]] = defaultdict(list)
        for key in self._kept_keys(activity.PREFIX, min(missing), max(missing) + _HOUR):
            windows[_window_of(key).replace(minute=0)].append(key)
        path = self.folder / "hour.parquet"
        for hour in sorted(missing & set(windows)):
            activity.add_up_hour(self.engine, self.fetched(windows[hour]), path, self._day_rows)
            self.lake.put(activity.hour_key(hour), path.read_bytes())
            self.hours.add(activity.hour_key(hour))

    def _forget_hour(self, window: datetime) -> None:
        """The sums of the window's hour do not hold any more."""
        key = activity.hour_key(window)
        if key in self.hours:
            self.lake.delete([key])
            self.hours.discard(key)
            (self.folder / "in" / key.replace("/", "+")).unlink(missing_ok=True)

    def _with_samples(
        self, found: Sequence[Finding], units: Sequence[str], window: datetime, *, facts_changed: bool
    ) -> list[Finding]:
        if not found:
            return []
        kept = {one.id: one.samples for one in self.findings.of_window(window) if one.samples}
        if not facts_changed and all(one.id in kept for one in found):
            return [one.model_copy(update={"samples": kept[one.id]}) for one in found]
        return samples.with_samples(self.engine, self.fetched(units), found, window, window + WINDOW)

    def _without_attackers(self, window: datetime, found: Sequence[Finding]) -> bool:
        """Take clients that attack, in this window or the hour before, by whatever type, out of what is learned; whether
        there are any."""
        known = {
            (one.identifier_kind.value, one.identifier)
            for one in (*found, *self.findings.before(window, _HOUR))
            if one.level is Level.ATTACK
        }
        self.engine.execute("CREATE OR REPLACE TEMP TABLE attackers (kind VARCHAR, client VARCHAR)")
        self._insert("attackers", sorted(known))
        for table in measuring.TABLES.values() if known else ():
            self.engine.execute(
                f"DELETE FROM {table} USING attackers WHERE {table}.kind = attackers.kind AND {table}.client = attackers.client"
            )
        return bool(known)

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
        self.lake.put(model.histogram_key(window), path.read_bytes())

    def _insert(self, table: str, rows: Sequence[Sequence[object]]) -> None:
        if rows:
            columns = [list(column) for column in zip(*rows, strict=True)]
            self.engine.execute(f"INSERT INTO {table} SELECT {', '.join('unnest(?)' for _ in columns)}", columns)

    def _note_history(self, window: datetime) -> None:
        rows = self.engine.execute("SELECT DISTINCT api FROM activity WHERE view = 'client' ORDER BY api").fetchall()
        for (api,) in rows:
            known = self.history.get(api)
            self.history[api] = History(
                min(known.since, window) if known else window, known.windows + 1 if known else 1
            )

    def _model(self, window: datetime) -> Model | None:
        name = model.newest(self.model_names, window)
        return self._loaded(name) if name else None

    def _loaded(self, name: str) -> Model:
        if name not in self.models:
            self.models[name] = model.load(self.lake, name)
        return self.models[name]

    def _kept(self, prefix: str, first: datetime | None, end: datetime) -> list[Path]:
        """Local files of the objects that detection keeps a window, ``first <= window < end``."""
        return self.fetched(self._kept_keys(prefix, first, end))

    def _kept_keys(self, prefix: str, first: datetime | None, end: datetime) -> list[str]:
        start_after = f"{prefix}date={first:%Y-%m-%d}/" if first else ""
        found = []
        for entry in self.lake.list(prefix, start_after=start_after):
            if entry.key.endswith(".parquet"):
                if _window_of(entry.key) >= end:
                    break  # in the order of time
                if first is None or first <= _window_of(entry.key):
                    found.append(entry.key)
        return found

    def _bring(self, key: str, path: Path) -> None:
        if not path.exists():
            path.write_bytes(self.lake.get(key))


def _window_of(key: str) -> datetime:
    """The window of ``…/date=YYYY-MM-DD/HHMM.parquet``."""
    return datetime.strptime(key[-23:-8], "%Y-%m-%d/%H%M").replace(tzinfo=UTC)
