"""A model out of histograms: the model before it, at less, and the windows since.

Built at fixed moments (the hour at which an API's training ends, and every `attack_update_interval` hours), from what was
in the lake then.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from abslake.detection import activity, learning, measuring
from abslake.detection.detector import Detector, Habit, Span, Variable
from abslake.detection.findings import ACROSS, Finding
from abslake.detection.judging import HABIT_ROOM
from abslake.detection.model import Learned, Model, Training, Who
from abslake.detection.scale import Scale
from abslake.detection.tuning import Tuning
from abslake.settings import Settings

HABIT_WINDOWS = 2
"""Windows over Tn before the model is made that make it a client's habit."""

HABIT_LASTS = timedelta(days=14)
MOST_HABITS = 20_000
_USUAL = 0.9

_Limits = Mapping[tuple[str, str], list[int]]
"""(API, kind) -> what is passed, variable by variable."""


@dataclass(frozen=True, slots=True)
class History:
    """What an API's training is reckoned from."""

    since: datetime
    """The first window with its traffic."""
    windows: int
    """Windows with its traffic."""


@dataclass(frozen=True)
class Lesson:
    """What a model is built from."""

    as_of: datetime
    previous: Model | None
    previous_histograms: Path | None
    histograms: Sequence[Path]
    """Those of the windows since the previous model."""
    activity: Sequence[Path]
    """Activity of the day before `as_of`, for habits."""
    hours: Sequence[Path]
    """Its sums by hours."""
    attacks: Sequence[Finding]
    """What was found in that day."""
    history: Mapping[str, History]
    tuning: Tuning


def is_due(as_of: datetime, previous: Model | None, history: Mapping[str, History], settings: Settings) -> bool:
    """Whether a model is to be built at that hour."""
    training = timedelta(hours=settings.attack_initial_training)
    ended = [api for api, known in history.items() if known.since + training <= as_of]
    if previous is None:
        return bool(ended)
    if any(not previous.trained(api) or previous.apis[api].since < history[api].since for api in ended):
        return True
    return settings.continuous_learning and as_of - previous.as_of >= timedelta(hours=settings.attack_update_interval)


def build(
    engine: duckdb.DuckDBPyConnection, lesson: Lesson, detectors: Iterable[Detector], settings: Settings
) -> tuple[Model, Callable[[Path], None]]:
    """The model, and what writes its histograms to a file."""
    _add_up(engine, lesson, continuous=settings.continuous_learning)
    learned = [one for one in detectors if not one.rule_based]
    thresholds = tuple(_thresholds(engine, learned))
    training = timedelta(hours=settings.attack_initial_training)
    apis = {
        api: Training(known.since, known.windows, known.since + training <= lesson.as_of)
        for api, known in sorted(lesson.history.items())
    }
    made = Model(lesson.as_of, apis, thresholds, _usual(engine), {})
    habits = _habits(engine, lesson, made, [one for one in learned if one.habitual])

    def write(path: Path) -> None:
        engine.execute(f"COPY (FROM learned ORDER BY ALL) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")

    return Model(made.as_of, apis, thresholds, made.usual, habits), write


def _add_up(engine: duckdb.DuckDBPyConnection, lesson: Lesson, *, continuous: bool) -> None:
    """Fill ``learned``: client-windows by value, those before the previous model at less."""
    engine.execute(
        "CREATE OR REPLACE TEMP TABLE learned "
        "(api VARCHAR, kind VARCHAR, attack_id INTEGER, letter VARCHAR, bucket SMALLINT, clients DOUBLE)"
    )
    previous = lesson.previous
    reset = {api: at for api in lesson.history if (at := lesson.tuning.reset_at(api))}
    engine.execute("CREATE OR REPLACE TEMP TABLE forgotten (api VARCHAR, until TIMESTAMP)")
    for api, at in reset.items():
        engine.execute("INSERT INTO forgotten VALUES (?, ?)", [api, at.replace(tzinfo=None)])
    if previous and lesson.previous_histograms:
        engine.execute(
            "INSERT INTO learned SELECT api, kind, attack_id, letter, bucket, clients * ? FROM read_parquet(?) "
            "ANTI JOIN (FROM forgotten WHERE until > ?) USING (api)",
            [weight(lesson), str(lesson.previous_histograms), previous.as_of.replace(tzinfo=None)],
        )
    if lesson.histograms:
        frozen = [api for api in lesson.history if previous and previous.trained(api) and not continuous]
        engine.execute(
            "INSERT INTO learned SELECT api, kind, attack_id, letter, bucket, clients FROM read_parquet(?) AS h "
            'ANTI JOIN forgotten ON forgotten.api = h.api AND h."window" < forgotten.until '
            "WHERE NOT list_contains(?::VARCHAR[], h.api)",
            [[str(path) for path in lesson.histograms], frozen],
        )
    engine.execute(
        "CREATE OR REPLACE TEMP TABLE learned AS SELECT api, kind, attack_id, letter, bucket, sum(clients) AS clients "
        "FROM learned GROUP BY ALL HAVING sum(clients) >= 0.01"
    )


def weight(lesson: Lesson) -> float:
    """At how much the previous model counts in the next one."""
    since = lesson.as_of - lesson.previous.as_of if lesson.previous else timedelta()
    return float(0.5 ** (since / timedelta(days=learning.HALF_LIFE_DAYS)))


def _histograms(
    engine: duckdb.DuckDBPyConnection, where: str
) -> Mapping[tuple[str, str, int, str], Mapping[int, float]]:
    found: dict[tuple[str, str, int, str], dict[int, float]] = defaultdict(dict)
    for *at, bucket, clients in engine.execute(f"FROM learned WHERE {where} ORDER BY ALL").fetchall():
        api, kind, attack_id, letter = at
        found[api, kind, attack_id, letter][bucket] = clients
    return found


def _thresholds(engine: duckdb.DuckDBPyConnection, detectors: Sequence[Detector]) -> Iterable[Learned]:
    by_id = {detector.id: detector for detector in detectors}
    for (api, kind, attack_id, letter), histogram in _histograms(engine, "attack_id > 0").items():
        variable = by_id[attack_id].variable(letter) if attack_id in by_id else None
        limits = learning.limits(histogram, variable) if variable else None
        if limits:
            yield Learned(api, kind, attack_id, letter, limits.tn, limits.tx, round(sum(histogram.values()), 1))


def _usual(engine: duckdb.DuckDBPyConnection) -> Mapping[str, Mapping[str, float]]:
    """What an API's own sums come to in nine windows of ten at most."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for (api, _, _, name), histogram in _histograms(engine, "attack_id = 0").items():
        reached, wanted = 0.0, _USUAL * sum(histogram.values())
        for bucket in sorted(histogram):
            reached += histogram[bucket]
            if reached >= wanted:
                found[api][name] = float(2 ** ((bucket + 1) / measuring.FINE) - 1)
                break
    return found


def _habits(
    engine: duckdb.DuckDBPyConnection, lesson: Lesson, made: Model, detectors: Sequence[Detector]
) -> Mapping[Who, tuple[int, datetime]]:
    """Clients that were over every Tn in windows of the day before, and were not called attackers; and earlier ones."""
    habits: dict[Who, tuple[int, datetime]] = {}
    if lesson.previous:
        habits = {who: kept for who, kept in lesson.previous.habits.items() if kept[1] > lesson.as_of}
    found = {
        (one.attack_id, one.api, one.identifier_kind.value, one.identifier) for one in lesson.attacks
    } - habits.keys()
    if lesson.activity:
        limits = {one.id: _limits(one, made) for one in detectors}
        measuring.no_crowd(engine)
        activity.add_up(engine, lesson.hours, activity.day_rows(detectors))
        of_windows = [one for one in detectors if one.span is Span.WINDOW]
        likely = [_likely(one, limits[one.id]) for one in of_windows if one.habit or limits[one.id]]
        activity.read_likely(engine, lesson.activity, likely, activity.named((), of_windows))
        for detector in detectors:
            for api, kind, client, value in _regulars(engine, detector, limits[detector.id]):
                who = (detector.id, api, kind, client)
                if who not in found:
                    habits[who] = (max(value, habits.get(who, (0, made.as_of))[0]), lesson.as_of + HABIT_LASTS)
    kept = sorted(habits.items(), key=lambda item: (-item[1][0], item[0]))[:MOST_HABITS]
    return dict(kept)


def _limits(detector: Detector, made: Model) -> _Limits:
    """What clients with the habit are over, variable by variable, by API and kind."""
    known: dict[tuple[str, str], list[int]] = {}
    apis = {one.api for one in made.thresholds if one.attack_id == detector.id}
    if all(variable.fixed for variable in detector.variables):
        apis = set(made.apis)
    places = [(api, kind.value) for api in sorted(apis) for kind in detector.kinds]
    for api, kind in places:
        tns = [
            tn
            for variable in detector.variables
            if (tn := _usual_over(made, api, kind, detector, variable)) is not None
        ]
        if len(tns) == len(detector.variables):
            known[api, kind] = tns
    return known


def _likely(detector: Detector, limits: _Limits) -> str:
    """A condition on rows of activity that all rows meet of which `_regulars` may tell: so a day is read through once."""
    if detector.habit:
        over = f"{Scale.COUNT.sql(detector.habit.sql)} > {detector.habit.over}"
    else:
        lowest = [min(tns) for tns in zip(*limits.values(), strict=True)]
        each = [f"{v.scale.sql(f'({v.sql})::DOUBLE')} > {tn}" for v, tn in zip(detector.variables, lowest, strict=True)]
        over = f"({detector.condition}) AND ({(' OR ' if detector.any_of else ' AND ').join(each)})"
    return f"view = '{detector.view}' AND kind IN ({detector.kinds_sql}) AND {over}"


def _regulars(
    engine: duckdb.DuckDBPyConnection, detector: Detector, limits: _Limits
) -> list[tuple[str, str, str, int]]:
    """Clients over every Tn of the detector in the day, or in `HABIT_WINDOWS` windows of it, with their highest A.

    Where the detector names another habit, that is looked at instead.
    """
    if detector.habit:
        return _by_habit(engine, detector, detector.habit)
    if not limits:
        return []
    least = HABIT_WINDOWS if detector.span is Span.WINDOW else 1
    rows: list[tuple[str, str, str, int]] = engine.execute(
        f"""
WITH limits AS (SELECT unnest(?::VARCHAR[]) AS api, unnest(?::VARCHAR[]) AS kind, unnest(?::INTEGER[][]) AS tns)
SELECT api, kind, client, max(a) FROM ({measuring.measured(detector)}) JOIN limits USING (api, kind)
WHERE {detector.over_tns()} GROUP BY ALL HAVING count(*) >= {least} ORDER BY ALL""",
        [[api for api, _ in limits], [kind for _, kind in limits], list(limits.values())],
    ).fetchall()
    return rows


def _by_habit(engine: duckdb.DuckDBPyConnection, detector: Detector, habit: Habit) -> list[tuple[str, str, str, int]]:
    rows: list[tuple[str, str, str, int]] = engine.execute(
        f"""
SELECT api, kind, client, max(known) FROM (
    SELECT api, kind, client, {Scale.COUNT.sql(habit.sql)} AS known FROM {measuring.TABLES[detector.span]}
    WHERE view = '{detector.view}' AND kind IN ({detector.kinds_sql}))
WHERE known > {habit.over} GROUP BY ALL HAVING count(*) >= {habit.windows} ORDER BY ALL"""
    ).fetchall()
    return rows


def _usual_over(made: Model, api: str, kind: str, detector: Detector, variable: Variable) -> int | None:
    """What a client with the habit is over: Tn, or somewhat less where that is learned on a logarithmic scale."""
    if variable.fixed:
        return variable.fixed[0]
    known = made.threshold(api, kind, detector.id, variable)
    if known is None:
        return None
    return max(0, known[0] - HABIT_ROOM) if variable.scale.logarithmic else known[0]


def history_of(history: Mapping[str, History], tuning: Tuning) -> dict[str, History]:
    """The history as training sees it: since the API's reset, if there was one; and of all APIs together."""
    found = {}
    for api, known in history.items():
        reset = tuning.reset_at(api)
        found[api] = History(reset, known.windows) if reset and reset > known.since else known
    if found:
        found[ACROSS] = History(min(one.since for one in found.values()), max(one.windows for one in found.values()))
    return found
