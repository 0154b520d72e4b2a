"""What is called by programs, legitimately: partners' jobs, service accounts, monitoring, crawlers."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from tests.traffic_simulator.api import Api
from tests.traffic_simulator.population import BEGIN, DAY, HOUR, Population, address
from tests.traffic_simulator.requests import Identity, Request, web_token
from tests.traffic_simulator.sessions import Calls

BOTS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
)
PROGRAMS = ("Java/17.0.9", "Apache-HttpClient/4.5.14 (Java/17.0.9)", "python-requests/2.31.0", "Go-http-client/2.0")


@dataclass(slots=True)
class Job:
    """A program that runs every night or every hour, reads or writes many things, and does little between."""

    api: Api
    identities: list[Identity]
    """The same program on the addresses of its owner."""
    hours: tuple[int, ...]
    requests: float
    answer_bytes: float
    writes: float
    trickle: float
    """Requests an hour beside the job."""
    first_id: int


@dataclass(slots=True)
class Machines:
    """All programs of a customer."""

    calls: Calls
    jobs: list[Job]
    monitors: list[Identity]
    crawlers: list[list[Identity]]

    def hour(self, start: float) -> Iterator[Request]:
        """What they ask in this hour."""
        rng = random.Random(f"machines {self.calls.population.parameters.seed} {int(start)}")
        for number, job in enumerate(self.jobs):
            yield from self._job(number, job, start, rng)
        yield from self._monitoring(start, rng)
        yield from self._crawling(start, rng)

    def _job(self, number: int, job: Job, start: float, rng: random.Random) -> Iterator[Request]:
        hour = int(start % DAY // HOUR)
        busy = hour in job.hours
        count = int(job.requests * rng.lognormvariate(0, 0.25)) if busy else int(job.trickle * rng.random() * 2)
        if not count:
            return
        lasts = rng.uniform(600, 3_300) if busy else HOUR - 10
        at = start + rng.random() * (HOUR - lasts)
        ids = [e for e in job.api.of(ids=True) if e.role == "" and e.method in ("GET", "PUT")]
        reading = next(e for e in ids if e.method == "GET")
        writing = next(e for e in ids if e.method == "PUT")
        identity = job.identities[(int(start // DAY) + number) % len(job.identities)]
        base = rng.getrandbits(40)
        size = job.answer_bytes / reading.answer_bytes
        for index in range(count):
            if index % 200 == 199:
                identity = rng.choice(job.identities)
            endpoint = writing if rng.random() < job.writes else reading
            thing = job.first_id + index if busy else job.first_id + rng.randrange(100)
            request = self.calls.request(at, identity.on(job.api), job.api, endpoint, thing, base + index % 4, rng)
            if busy and endpoint is reading:
                request = request._replace(answered_bytes=int(request.answered_bytes * size))
            yield from self.calls.troubled(request, job.api, rng)
            at += lasts / count * rng.uniform(0.5, 1.5)

    def _monitoring(self, start: float, rng: random.Random) -> Iterator[Request]:
        for number, identity in enumerate(self.monitors):
            api = self.calls.population.apis[number % len(self.calls.population.apis)]
            for second in range(number % 30, HOUR, 30 if number % 2 else 60):
                at = start + second + rng.random()
                request = Request(
                    at, identity.on(api), "GET", f"{api.url}/health", 200, 0, 20, 2.0, rng.getrandbits(40)
                )
                yield from self.calls.troubled(request, api, rng)

    def _crawling(self, start: float, rng: random.Random) -> Iterator[Request]:
        public = [api for api in self.calls.population.apis if api.name in ("public", "community")]
        p = self.calls.population.parameters
        for number, pool in enumerate(self.crawlers):
            api = public[number % len(public)]
            pages = [e for e in api.of(method="GET", ids=True) if e.role == ""]
            at, gap = start + rng.random() * 10, p.crawler_gap_seconds * (1 + number)
            thing = int((start - BEGIN) / gap)
            while at < start + HOUR:
                sender = pool[int(at // 1_200) % len(pool)].on(api)
                yield self.calls.request(
                    at, sender, api, pages[thing % len(pages)], 1 + thing % p.catalogue, rng.getrandbits(40), rng
                )
                thing += 1
                at += gap * rng.uniform(0.6, 1.4)


def machines(calls: Calls, population: Population) -> Machines:
    """The programs of a customer."""
    p = population.parameters
    rng = random.Random(f"machines {p.seed}")
    by_name = {api.name: api for api in population.apis}
    jobs = [_partner(population, by_name["partners"], rng) for _ in range(p.partners)]
    jobs += [_service(population, by_name["bank"], number, rng) for number in range(p.service_accounts)]
    monitors = [Identity(address(rng), "StatusProbe/2.1") for _ in range(p.monitors * 2)]
    crawlers = [
        [Identity(f"66.249.{60 + number}.{last}", BOTS[number % 3]) for last in range(1, rng.randint(2, 12))]
        for number in range(p.crawlers)
    ]
    return Machines(calls, jobs, monitors, crawlers)


def _partner(population: Population, api: Api, rng: random.Random) -> Job:
    """A partner with an API key: nightly, hourly, or only now and then."""
    p = population.parameters
    key, agent = f"{rng.getrandbits(128):032x}", rng.choice(PROGRAMS)
    cloud = rng.random() < 0.2
    places = [address(rng) for _ in range(rng.randint(8, 30) if cloud else rng.randint(1, 3))]
    kind = rng.choice(("nightly", "hourly", "trickle", "trickle"))
    first = rng.choice((0, 1, 2, 3, 4, 22, 23))
    nightly = tuple((first + more) % 24 for more in range(rng.randint(1, 4)))
    hours = {"nightly": nightly, "hourly": tuple(range(24)), "trickle": ()}[kind]
    return Job(
        api,
        [Identity(place, agent, api_key=key) for place in places],
        hours,
        p.job_requests * rng.lognormvariate(0, 0.7) * (0.15 if kind == "hourly" else 1),
        p.job_bytes * rng.lognormvariate(0, 0.8),
        rng.choice((0.0, 0.05, 0.6)),
        rng.lognormvariate(3, 1),
        rng.randrange(1, p.catalogue),
    )


def _service(population: Population, api: Api, number: int, rng: random.Random) -> Job:
    """A service account: a program with a token that lives long."""
    p = population.parameters
    name = f"svc-{number}"
    token = web_token(name, rng.getrandbits(64), BEGIN)
    hours = tuple(range(24)) if rng.random() < 0.5 else (rng.randrange(6), rng.randrange(18, 24))
    return Job(
        api,
        [Identity(address(rng), "Java/17.0.9", name, token)],
        hours,
        p.job_requests * rng.lognormvariate(-1, 0.5),
        p.answer_bytes * 2,
        rng.choice((0.0, 0.3)),
        20,
        rng.randrange(1, p.catalogue),
    )
