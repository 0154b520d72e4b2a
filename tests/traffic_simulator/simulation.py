"""A customer's traffic: hours of training, then a judged day with every attack in both variants, and the labels."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain

from tests.traffic_simulator.attacks import CATALOGUE, Attack, Scene
from tests.traffic_simulator.labels import Label, label_of
from tests.traffic_simulator.machines import Machines, machines
from tests.traffic_simulator.norms import Norm, norms
from tests.traffic_simulator.parameters import Parameters
from tests.traffic_simulator.population import BEGIN, HOUR, Population, populate
from tests.traffic_simulator.requests import Request
from tests.traffic_simulator.sessions import Calls, Outage, People
from tests.traffic_simulator.world import Api, apis

JUDGED_HOURS = 24
MARGIN = 20 * 60
"""Attacks are not scheduled so near to an outage of their API, in seconds: what is found then is nobody's merit."""


@dataclass(slots=True)
class Plan:
    """One attack that will take place."""

    attack: Attack
    blatant: bool
    scene: Scene
    training: bool
    made: list[Request] = field(default_factory=list)


@dataclass
class Simulation:
    """All of a customer. `poisoned`: share of the attacks that also take place in training, by others.

    `wanted`: which attacks there are; None: all.
    """

    parameters: Parameters
    poisoned: float = 0.0
    wanted: Callable[[Attack, bool], bool] | None = None

    @cached_property
    def apis(self) -> list[Api]:
        """The APIs."""
        return apis(self.parameters)

    @cached_property
    def population(self) -> Population:
        """The people."""
        return populate(self.parameters, self.apis)

    @cached_property
    def calls(self) -> Calls:
        """Usual requests, with the outages."""
        p = self.parameters
        rng = random.Random(f"outages {p.seed}")
        days = (p.training_hours + JUDGED_HOURS) / 24
        outages = []
        for _ in range(round(p.outages_a_day * days * rng.uniform(0.7, 1.3))):
            start = BEGIN + rng.random() * days * 24 * HOUR
            length = rng.uniform(10, 40) * 60
            outages.append(
                Outage(rng.choice(self.apis).name, start, start + length, rng.uniform(0.6, 1), rng.randint(2, 5))
            )
        return Calls(self.population, outages)

    @cached_property
    def people(self) -> People:
        """Sessions."""
        p = self.parameters
        rng = random.Random(f"crowds {p.seed}")
        crowds = []
        for _ in range(p.flash_crowds):
            start = BEGIN + int(rng.random() * (p.training_hours + JUDGED_HOURS)) * HOUR
            name = rng.choice([api.name for api in self.apis if api.name in ("shop", "public", "community", "mobile")])
            crowds.append((name, start, start + rng.randint(1, 2) * HOUR, rng.uniform(2, 6)))
        return People(self.calls, crowds)

    @cached_property
    def machines(self) -> Machines:
        """Programs."""
        return machines(self.calls, self.population)

    @cached_property
    def norms(self) -> dict[str, Norm]:
        """What people usually do on each API, and partners on theirs, of the first day."""
        return norms(r for n in range(min(24, self.hours)) for r in self._by_hand(BEGIN + n * HOUR))

    def _by_hand(self, start: float) -> Iterator[Request]:
        yield from self.people.hour(start)
        yield from (r for r in self.machines.hour(start) if r.url.startswith("/partners/"))

    @property
    def hours(self) -> int:
        """Hours in all, counted from 0."""
        return self.parameters.training_hours + JUDGED_HOURS

    @property
    def judged_from(self) -> float:
        """When training ends and the judged day begins, in seconds since the epoch."""
        return BEGIN + self.parameters.training_hours * HOUR

    @property
    def benign_clients(self) -> int:
        """How many people and programs came in the judged day, of the hours that were made: each counts once."""
        people = set().union(*(who for at, who in self.people.active.items() if at >= self.judged_from))
        programs = len(self.machines.jobs) + len(self.machines.monitors) + sum(map(len, self.machines.crawlers))
        return len(people) + programs

    def hour(self, number: int) -> list[Request]:
        """The requests of one hour in order of time, attacks included."""
        start = BEGIN + number * HOUR
        # Sessions go on into the next hour: those of the hour before are made once more.
        made = list(self._spilled) if self._spilled_into == number else self._of_sessions(number - 1, start)
        own = list(self._background(number))
        self._spilled = [r for r in own if r.at >= start + HOUR]
        self._spilled_into = number + 1
        made += [r for r in own if r.at < start + HOUR]
        made += self._attacking.get(number, ())
        made.sort(key=lambda request: request.at)
        return made

    _spilled: "list[Request]" = field(default_factory=list, init=False, repr=False)
    _spilled_into: int = field(default=-1, init=False, repr=False)

    def _of_sessions(self, number: int, start: float) -> list[Request]:
        return [r for r in self._background(number) if start <= r.at < start + HOUR] if number >= 0 else []

    def _background(self, number: int) -> Iterator[Request]:
        """What begins in an hour, and ends in the next one at the latest."""
        start = BEGIN + number * HOUR
        begun = chain(self.people.hour(start), self.machines.hour(start))
        return (request for request in begun if request.at < start + 2 * HOUR)

    @cached_property
    def plans(self) -> list[Plan]:
        """The attacks with their requests."""
        made = []
        for attack in CATALOGUE:
            for blatant in (False, True):
                if self.wanted is not None and not self.wanted(attack, blatant):
                    continue
                rng = random.Random(f"attack {self.parameters.seed} {attack.attack_id} {blatant}")
                made.append(self._plan(attack, blatant, rng, training=False))
                if rng.random() < self.poisoned:
                    made.append(self._plan(attack, blatant, rng, training=True))
        return made

    @cached_property
    def labels(self) -> list[Label]:
        """What is to be found in the judged day, and what poisons the training."""
        return [
            label_of(number, plan.attack, plan.blatant, plan.scene, plan.made, training=plan.training)
            for number, plan in enumerate(self.plans)
        ]

    @cached_property
    def _attacking(self) -> dict[int, list[Request]]:
        by_hour: dict[int, list[Request]] = defaultdict(list)
        for plan in self.plans:
            for request in (*plan.made, *plan.scene.others):
                by_hour[int((request.at - BEGIN) // HOUR)].append(request)
        return by_hour

    def _plan(self, attack: Attack, blatant: bool, rng: random.Random, *, training: bool) -> Plan:
        both = random.Random(f"place {self.parameters.seed} {attack.attack_id}")  # the variants are at the same place
        kind = both.choice(attack.kinds)
        api = both.choice(self._places(attack, kind, both))
        start, end = self._time(attack, api, rng, training=training)
        jobs = [job.identities for job in self.machines.jobs if job.api.client == "api_key"]
        scene = Scene(self.people, self.norms, rng, kind, api, start, end, blatant, jobs)
        plan = Plan(attack, blatant, scene, training)
        plan.made = sorted((r for r in attack.act(scene) if start <= r.at < end), key=lambda r: r.at)
        return plan

    def _places(self, attack: Attack, kind: str, rng: random.Random) -> list[Api]:
        client = {"username": "token"}.get(kind, kind)
        if attack.apis:
            named = [api for api in self.apis if api.name in attack.apis]
            return [api for api in named if api.client == client] or named
        fitting = [api for api in self.apis if api.client == client]
        return self.apis if kind == "ip" and rng.random() < 0.3 and not attack.all_apis else fitting

    def _time(self, attack: Attack, api: Api, rng: random.Random, *, training: bool) -> tuple[float, float]:
        low, high = attack.minutes
        first = BEGIN if training else self.judged_from
        lasts = (self.parameters.training_hours if training else JUDGED_HOURS) * HOUR
        length = min(rng.uniform(low, high) * 60, lasts * 0.8)
        for _ in range(50):
            start = first + rng.uniform(600, lasts - length - 600)
            if not self._in_outage(api.name, start, start + length):
                break
        return start, start + length

    def _in_outage(self, api: str, start: float, end: float) -> bool:
        short = end - start < 2 * HOUR  # what lasts long cannot avoid them all
        return short and any(
            o.api == api and o.start - MARGIN < end and start < o.end + MARGIN for o in self.calls.outages
        )


def clients_of(requests: Iterable[Request]) -> set[tuple[str, str, str]]:
    """API, kind and identifier of all clients in some requests."""
    return {(request.url.split("/", 2)[1], *request.sender.client) for request in requests}
