"""Who acts on the lake: each function is one actor's life, made of calls of the real code."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from unittest import mock

import msgspec

from abslake.errors import StorageError, WriteRefused
from abslake.facts import schema, units
from abslake.index import folding, names, pending, reading, replacing, root, sweeping, tasks
from abslake.index.attempts import Attempt
from tests.protocol.simulator.scheduler import Crash, Violation
from tests.protocol.simulator.toy import label_of, rows_key, rows_of, within

if TYPE_CHECKING:
    from tests.protocol.simulator.world import World

HOURS = ("2026-01-30T09", "2026-01-30T10", "2026-01-31T22", "2026-01-31T23", "2026-02-01T00")
DAYS = ("2026-01-30", "2026-01-31", "2026-02-01")
RANGES = (
    ("2026-01-01T00:00", "2026-02-01T00:00"),  # a whole month
    ("2026-01-01T00:00", "2026-03-01T00:00"),
    ("2026-01-30T00:00", "2026-01-31T00:00"),  # a whole day
    ("2026-01-30T10:00", "2026-01-31T23:00"),  # two days, both cut
    ("2026-01-31T00:00", "2026-02-02T00:00"),
)
PACE = folding.Pace(settle_delay=timedelta(hours=2), resettle_after=timedelta(minutes=40), most_units=3)
_MOST_TRIES = 60


def deliver(world: "World", log: str) -> None:
    """One delivery of a log object's notification."""
    made, labels = [], set()
    for hour in world.logs[log]:
        label = label_of(hour, log)
        labels.add(label)
        key = schema.unit_key(datetime.fromisoformat(hour), log, 0)
        made.append(units.Unit(key, msgspec.json.encode({label: 1})))  # type: ignore[arg-type]
    world.started |= labels
    try:
        units.create_units(world.lake, made)
    except StorageError:
        return  # the queue delivers it again
    world.acknowledged |= labels


def deliver_long_ago(world: "World", log: str) -> None:
    """A log object that came before there were markers."""
    with mock.patch.object(pending, "mark"):
        deliver(world, log)


def compact(world: "World") -> None:
    """Some passes of a compaction function."""
    for _ in range(world.dice.randint(1, world.profile.rounds)):
        try:
            replacing.initialise(world.lake, world.clock)
            due = tasks.due(world.lake, world.clock(), PACE)
        except (StorageError, FileNotFoundError):
            continue
        if world.dice.random() < 0.3:
            world.dice.shuffle(due)
        for task in due:
            _attempt(world, lambda task=task: _run(world, task))
        if world.dice.random() < 0.8:
            _attempt(world, lambda: sweeping.tidy(world.lake))


def _run(world: "World", task: tasks.Task) -> None:
    outcome = tasks.run(world.lake, world.builder, task, world.clock, PACE)
    world.note(f"{'day' if names.is_day(task.period) else 'month'}: {outcome.value}")


def compact_to_the_end(world: "World") -> None:
    """Passes until nothing is due."""
    replacing.initialise(world.lake, world.clock)
    for _ in range(40):
        due = tasks.due(world.lake, world.clock(), PACE)
        for task in due:
            tasks.run(world.lake, world.builder, task, world.clock, PACE)
        if not due:
            return
    raise Violation(f"compaction never comes to an end: {due}")


def sweep(world: "World") -> None:
    """Some passes of the sweeper."""
    for _ in range(world.dice.randint(1, world.profile.sweeps)):
        for _ in range(world.dice.randint(0, 4)):
            world.scheduler.pause()
        _attempt(world, lambda: sweeping.sweep(world.lake, world.clock))


def rebuild(world: "World") -> None:
    """Replace the units of one or two days by equal ones, or leave one of them out (erasure)."""
    days = sorted(world.dice.sample(DAYS, world.dice.choice((1, 1, 2))))
    erase = world.dice.random() < 0.4
    _attempt(world, lambda: _rebuild(world, days, erase=erase))


def _rebuild(world: "World", days: list[str], *, erase: bool) -> None:
    before = root.load(world.lake)
    if before.etag is None or not all(before.root.counts(day) for day in days):
        return
    attempt = Attempt.begin(world.clock)
    replacements: dict[str, replacing.Replacement] = {}
    erased: set[str] = set()
    for day in days:
        old = replacing.counting_units(world.lake, before.root, day)
        new = []
        for unit in old:
            data = world.lake.get(unit)
            if erase and unit == old[0]:
                erased |= set(rows_of(data))
                continue
            new.append(names.replacement_key(unit, attempt.generation))
            world.lake.create(new[-1], data)
        replacements[day] = replacing.Replacement(new, old)
    world.leaving |= erased
    try:
        done = replacing.replace_units(world.lake, world.builder, before.root, replacements, attempt, PACE)
    except WriteRefused:
        world.note("rebuild refused")
        world.lake.delete([unit for replacement in replacements.values() for unit in replacement.new])
        raise
    world.note("erased" if erase else "rebuilt")
    world.gone |= erased
    world.lake.delete([*done.units, *done.objects])


def clear_orphans(world: "World") -> None:
    """What an operator does after a rebuild that crashed: rebuild the day."""
    for day in DAYS:
        before = root.load(world.lake).root
        if before.counts(day):
            nothing = {day: replacing.Replacement()}
            attempt = Attempt.begin(world.clock)
            done = replacing.replace_units(world.lake, world.builder, before, nothing, attempt, PACE)
            world.lake.delete(done.units)


def retain(world: "World") -> None:
    """Retention drops the first day."""
    _attempt(world, lambda: _retain(world))


def _retain(world: "World") -> None:
    if root.load(world.lake).etag is None:
        return
    labels = {label_of(hour, log) for log, hours in world.logs.items() for hour in hours}
    first = {label for label in labels if label.startswith(DAYS[0])}
    world.leaving |= first
    replacing.drop_before(world.lake, DAYS[1], world.clock)
    world.gone |= first


def read_some(world: "World") -> None:
    """Some reports."""
    for _ in range(world.dice.randint(1, world.profile.reads)):
        world.scheduler.pause()
        read(world, world.dice.choice(names.KINDS), *world.dice.choice(RANGES))


def read(world: "World", kind: str, earlier: str, later: str) -> None:
    """One report, and whether its answer may be so."""
    first, end = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (earlier, later))
    before = set(world.acknowledged), set(world.gone)
    for _ in range(_MOST_TRIES):
        try:
            counted = _counted(world, kind, first, end)
        except FileNotFoundError:
            world.note("reader: an object was gone")
            world.check_names()
            continue
        except StorageError:
            return  # the caller is told, and asks again
        if counted is not None:
            inside = {label: count for label, count in counted.items() if within(label, first, end)}
            must = {label for label in before[0] if within(label, first, end)}
            world.check_answer(inside, must, before[1])
            return
        world.note("reader: the root had changed")
    raise Violation("a reader began again and again")


def _counted(world: "World", kind: str, first: datetime, end: datetime) -> Counter[str] | None:
    """What a reader adds up; None: begin again."""
    view = reading.look(world.lake, world.pool, kind, first, end, world.clock)
    soon = view is not None and world.dice.random() < 0.5
    if soon and not reading.still(world.lake, view):
        return None
    counted: Counter[str] = Counter()
    for key in _keys(world, view):
        try:
            counted.update(rows_of(world.lake.get(key)))
        except FileNotFoundError:
            counted.update(gone(key))
    return counted if soon or reading.still(world.lake, view) else None


def gone(key: str) -> dict[str, int]:
    """What a reader does about an object that is gone: it begins again."""
    raise FileNotFoundError(key)


def _keys(world: "World", view: reading.View | None) -> Iterator[str]:
    if view is None:
        yield from [entry.key for entry in world.lake.list(schema.PREFIX)]
        return
    yield from view.units
    for piece in reading.pieces(view):
        world.note("reader: a day" if names.is_day(piece.period) else "reader: a month")
        yield rows_key(view.kind, piece.period, piece.segment.generation)


def _attempt(world: "World", work: Callable[[], object]) -> None:
    """Work that may fail or die, and that somebody begins again later."""
    try:
        work()
    except (StorageError, FileNotFoundError, Crash):
        return
    finally:
        world.check_names()
