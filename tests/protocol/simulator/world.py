"""One schedule: who acts, what is promised of every answer, and what has to be left at the end."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from unittest import mock

import msgspec

from abslake.facts import schema, units
from abslake.index import ledgers, names, pending, replacing, root, sweeping
from tests.protocol.simulator import actors
from tests.protocol.simulator.scheduler import Pool, Scheduler, Violation
from tests.protocol.simulator.store import Rates, Store
from tests.protocol.simulator.toy import Toy, rows_key

_KINDS = ("ip", "api")  # two instead of six: what holds for all of two holds for all of six, three times as fast


@dataclass(frozen=True)
class Profile:
    """What a schedule is made of: upper bounds, or chances from 0 to 1."""

    starts: Sequence[str] = ("2026-01-31T22:30", "2026-02-01T01:40", "2026-02-02T01:30")
    """UTC: the second day is open; the month is about to be closed; all days but the last are closed."""
    logs: int = 5
    copies: int = 3
    compactors: int = 2
    rounds: int = 3
    readers: int = 2
    reads: int = 3
    sweeps: int = 2
    indexed: float = 0.7
    """There is a root from the beginning."""
    rebuilders: float = 0.25
    retention: float = 0.08
    jump_rate: float = 0.01
    faults: Sequence[Rates] = (Rates(), Rates(), Rates(0.01, 0.02), Rates(0.01, 0.06, 0.01), Rates(crash=0.02))


EVERYDAY = Profile()


@dataclass
class World:
    """The lake, its actors, and what is known about each label."""

    seed: int
    profile: Profile = EVERYDAY
    started: set[str] = field(default_factory=set)
    acknowledged: set[str] = field(default_factory=set)
    leaving: set[str] = field(default_factory=set)
    """An erasure or retention of these has begun: they may count or not."""
    gone: set[str] = field(default_factory=set)
    """It is over: they may not count."""
    happened: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.dice = dice = Random(self.seed)
        start = datetime.fromisoformat(dice.choice(self.profile.starts)).replace(tzinfo=UTC)
        self.scheduler = Scheduler(dice, start, self.profile.jump_rate * dice.choice((0, 1, 3)))
        self.clock = self.scheduler.clock
        self.lake: Any = Store(self.scheduler, dice, dice.choice(self.profile.faults))
        self.builder = Toy(self.lake)
        self.pool: Any = Pool(dice)
        self.logs = {
            f"{number:020x}": sorted(dice.sample(actors.HOURS, dice.choice((1, 1, 2))))
            for number in range(1, 1 + dice.randint(2, self.profile.logs))
        }

    def live(self) -> None:
        """Everybody at once, with faults and crashes."""
        dice, profile = self.dice, self.profile
        rates, self.lake.rates = self.lake.rates, Rates()
        for log in list(self.logs)[: dice.choice((0, 0, 2))]:
            actors.deliver_long_ago(self, log)
        if dice.random() < profile.indexed:
            replacing.initialise(self.lake, self.clock)
        self.lake.rates = rates
        lives: list[Callable[[], None]] = [
            *(
                lambda log=log: actors.deliver(self, log)
                for log in self.logs
                for _ in range(dice.randint(1, profile.copies))
            ),
            *([lambda: actors.compact(self)] * profile.compactors),
            *([lambda: actors.read_some(self)] * profile.readers),
            *([lambda: actors.sweep(self)] * (profile.sweeps > 0)),
            *([lambda: actors.rebuild(self)] * (dice.random() < profile.rebuilders)),
            *([lambda: actors.rebuild(self)] * (dice.random() < profile.rebuilders / 2)),
            *([lambda: actors.retain(self)] * (dice.random() < profile.retention)),
        ]
        self.scheduler.run(lives)
        self.check_names()

    def finish(self) -> None:
        """Everything is tried again until it is done, in peace; then everything must be there once and nothing else."""
        self.lake.rates = Rates()
        for log in self.logs:
            actors.deliver(self, log)
        actors.compact_to_the_end(self)
        self.scheduler.now += timedelta(days=40)
        actors.compact_to_the_end(self)
        actors.clear_orphans(self)
        actors.compact_to_the_end(self)
        self.scheduler.now += timedelta(hours=3)
        sweeping.tidy(self.lake)
        sweeping.sweep(self.lake, self.clock)
        for kind in names.KINDS:
            for earlier, later in actors.RANGES:
                actors.read(self, kind, earlier, later)
        self.check_leftovers()

    def note(self, what: str) -> None:
        """Something happened that schedules are made for."""
        self.happened[what] += 1

    def check_answer(self, counted: Mapping[str, int], must: set[str], gone: set[str]) -> None:
        """A reader's answer is the sum over a set of units: all that were acknowledged before it began (`must`).

        None that was taken out before (`gone`), none that nobody had begun to deliver, and each once.
        """
        self.note("reader: answered")
        if twice := sorted(label for label, count in counted.items() if count != 1):
            raise Violation(f"counted more than once: {twice}")
        if lost := sorted(must - self.leaving - set(counted)):
            raise Violation(f"acknowledged and not counted: {lost}")
        if wrong := sorted(set(counted) - (self.started - gone)):
            raise Violation(f"counted though not there: {wrong}")

    def check_names(self) -> None:
        """Whatever the root names is there, and every unit that is marked and counts."""
        state = self._state()
        for kind, index in state.kinds.items():
            for day, segments in index.days.items():
                for one in segments:
                    self._must_exist(rows_key(kind, day, one.generation))
                    self._must_exist(names.covers_key(kind, day, one.generation))
            for month, derived in index.months.items():
                self._must_exist(rows_key(kind, month, derived.segment.generation))
        for day, generation in state.retired.items():
            self._must_exist(names.retired_key(day, generation))
        for key in self._keys(names.PENDING):
            day, unit = names.day_of(key), pending.unit_of(key)
            if state.counts(day) and names.short_name(unit) not in self._retired(state, day):
                self._must_exist(unit)

    def check_leftovers(self) -> None:
        """No garbage is left, no marker, and no unit that does not count."""
        self.check_names()
        state = self._state()
        named = set(sweeping.named(state))
        garbage = [key for key in self._keys(names.PREFIX) if key != names.ROOT and sweeping.name_for(key) not in named]
        facts = {key for key in self._keys(schema.PREFIX) if state.counts(names.day_of(key))}
        days = sorted(day for day in actors.DAYS if state.counts(day))
        counting = {key for day in days for key in replacing.counting_units(self.lake, state, day)}
        dropped = [day for index in state.kinds.values() for day in index.days if not state.counts(day)]
        covered = {
            names.unit_key(day, short)
            for kind in names.KINDS
            for day in days
            for short in ledgers.covered(self.lake, kind, day, state.segments(kind, day))
        }
        if lost := sorted(covered - facts):
            raise Violation(f"covered, and the facts are gone: {lost}")
        if dropped or garbage or self._keys(names.PENDING) or facts != counting:
            raise Violation(f"left over: {dropped} {garbage} {self._keys(names.PENDING)} {sorted(facts ^ counting)}")

    def _keys(self, prefix: str) -> list[str]:
        return sorted(key for key in self.lake.objects if key.startswith(prefix))

    def _state(self) -> root.Root:
        stored = self.lake.objects.get(names.ROOT)
        return root.decode(stored.data) if stored else root.EMPTY

    def _retired(self, state: root.Root, day: str) -> list[str]:
        ledger = self.lake.objects.get(names.retired_key(day, state.retired.get(day, "")))
        return msgspec.json.decode(ledger.data, type=list[str]) if ledger else []

    def _must_exist(self, key: str) -> None:
        if key not in self.lake.objects:
            raise Violation(f"named and not there: {key}")


@contextmanager
def _seams(world: World) -> Iterator[None]:
    """The real code with the world's dice in place of chance, and without waiting and threads."""
    with (
        mock.patch.object(names, "secrets", mock.Mock(randbits=world.dice.getrandbits)),
        mock.patch.object(names, "KINDS", _KINDS),
        mock.patch.object(units, "ThreadPoolExecutor", return_value=world.pool),
        mock.patch.object(replacing, "ThreadPoolExecutor", return_value=world.pool),
        mock.patch.object(root, "_wait"),
    ):
        yield


def run(seed: int, profile: Profile = EVERYDAY) -> World:
    """One schedule from its seed. Raises Violation, with the seed."""
    world = World(seed, profile)
    with _seams(world):
        try:
            world.live()
            world.finish()
        except Exception as error:
            raise Violation(f"seed {seed}: {error!r}") from error
    world.happened.update(world.lake.happened)
    return world
