"""A run's models: those that there are, the one that holds for a window, and what the next one is built from."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path

import duckdb
import msgspec

from abslake.detection import activity, model, profiles, training, transitions
from abslake.detection.day_findings import DayFindings
from abslake.detection.detector import Detector
from abslake.detection.findings import ACROSS
from abslake.detection.hours import Hours
from abslake.detection.kept import Kept
from abslake.detection.model import Model
from abslake.detection.training import History, Lesson
from abslake.detection.tuning import Tuning
from abslake.settings import Settings

_logger = logging.getLogger(__name__)

HISTORY = "detection/history.json"
_HABITS_OF = timedelta(days=1)
_TOO_NEW = timedelta(hours=1)
"""What a client has done for less is no habit: an attack that has just begun must not excuse itself. A training of one hour
has nothing else to go by, though."""


class Models:
    """The models in the lake, and the history that training is reckoned from."""

    def __init__(
        self,
        kept: Kept,
        hours: Hours,
        engine: duckdb.DuckDBPyConnection,
        findings: DayFindings,
        detectors: Sequence[Detector],
        tuning: Tuning,
        settings: Settings,
    ) -> None:
        """`detectors`: whose thresholds are learned."""
        self._kept, self._hours, self._engine, self._findings = kept, hours, engine, findings
        self._detectors, self._tuning, self._settings = detectors, tuning, settings
        self._loaded: dict[str, Model] = {}
        self._learned: str | None = None

    @cached_property
    def names(self) -> list[str]:
        """Moments of the models there are, ascending."""
        return model.keys(self._kept.lake)

    @cached_property
    def history(self) -> dict[str, History]:
        """The APIs whose traffic was seen."""
        try:
            return msgspec.json.decode(self._kept.lake.get(HISTORY), type=dict[str, History])
        except FileNotFoundError:
            return {}
        except msgspec.MsgspecError:
            _logger.warning("%s is damaged: what the newest model says counts", HISTORY)
            known = self.load(self.names[-1]).apis if self.names else {}
            return {api: History(one.since, one.windows) for api, one in known.items() if api != ACROSS}

    def before(self, window: datetime) -> Model | None:
        """The newest model that was made before a window."""
        name = model.newest(self.names, window)
        return self.load(name) if name else None

    def load(self, name: str) -> Model:
        """A model by its name. Raises StorageError."""
        if name not in self._loaded:
            self._loaded[name] = model.load(self._kept.lake, name)
        return self._loaded[name]

    def load_learned(self, known: Model | None) -> None:
        """The model's calls and profiles into the engine, where they are not there yet."""
        name = model.name_of(known.as_of) if known else ""
        if name != self._learned:
            transitions.load(self._engine, self._beside(name, transitions.MODEL))
            profiles.load(self._engine, self._beside(name, profiles.MODEL))
            self._learned = name

    def build(self, as_of: datetime) -> bool:
        """Build the model of that hour if it is due; whether it was. Raises StorageError, WriteStateUnknown."""
        newest = self.names[-1] if self.names else None
        if newest and newest >= model.name_of(as_of):
            return False
        previous = self.load(newest) if newest else None
        history = self.known_history()
        if not training.is_due(as_of, previous, history, self._settings):
            return False
        known = as_of - (_TOO_NEW if self._settings.attack_initial_training > 1 else timedelta())
        lesson = Lesson(
            as_of,
            previous,
            self._beside(newest, model.FILE),
            self._kept.of_windows(model.HISTOGRAMS, previous.as_of if previous else None, as_of),
            self._kept.of_windows(activity.PREFIX, as_of - _HABITS_OF, known),
            self._hours.files(as_of - _HABITS_OF, known),
            list(self._findings.before(as_of, _HABITS_OF)),
            history,
            self._tuning,
        )
        self.load_learned(previous)
        made, write = training.build(self._engine, lesson, self._detectors, self._settings)
        path = self._kept.folder / "learned.parquet"
        self._learn_clients(lesson, newest)
        write(path)
        model.save(self._kept.lake, made, path.read_bytes())
        self.names.append(model.name_of(as_of))
        self._loaded[model.name_of(as_of)] = made
        return True

    def note(self, window: datetime) -> None:
        """Note which APIs the table ``activity`` has traffic of."""
        rows = self._engine.execute("SELECT DISTINCT api FROM activity WHERE view = 'client' ORDER BY api").fetchall()
        for (api,) in rows:
            known = self.history.get(api)
            self.history[api] = History(
                min(known.since, window) if known else window, known.windows + 1 if known else 1
            )

    def known_history(self) -> dict[str, History]:
        """The history as training sees it (`training.history_of`)."""
        return training.history_of(self.history, self._tuning)

    def save(self) -> None:
        """Write the history. Raises WriteStateUnknown."""
        self._kept.lake.put(HISTORY, msgspec.json.encode(self.history), "application/json")

    def training(self) -> tuple[int, int]:
        """APIs with traffic whose clients may be called attackers, and the others."""
        newest = self.load(self.names[-1]) if self.names else None
        trained = sum(newest.trained(api) for api in self.history) if newest else 0
        return trained, len(self.history) - trained

    def _learn_clients(self, lesson: Lesson, newest: str | None) -> None:
        """The model's calls and profiles. They are written before the model is, so a model that can be seen has them."""
        previous, path = lesson.previous, self._kept.folder / "clients.parquet"
        folder = f"{model.PREFIX}{model.name_of(lesson.as_of)}/"
        before = self._beside(newest, transitions.MODEL)
        transitions.learn(
            self._engine,
            self._kept.of_windows(transitions.PREFIX, previous.as_of if previous else None, lesson.as_of),
            (before, training.weight(lesson), previous.as_of) if before and previous else None,
            path,
        )
        self._kept.lake.put(folder + transitions.MODEL, path.read_bytes())
        since = max(previous.as_of, lesson.as_of - _HABITS_OF) if previous else lesson.as_of - _HABITS_OF
        profiles.learn(
            self._engine,
            self._kept.of_windows(activity.PREFIX, since, lesson.as_of),
            self._beside(newest, profiles.MODEL),
            lesson.attacks,
            lesson.as_of,
            path,
        )
        self._kept.lake.put(folder + profiles.MODEL, path.read_bytes())

    def _beside(self, name: str | None, file: str) -> Path | None:
        """A file beside a model; None: no model, or one that was made before there were such files."""
        try:
            return self._kept.fetched([f"{model.PREFIX}{name}/{file}"])[0] if name else None
        except FileNotFoundError:
            return None
