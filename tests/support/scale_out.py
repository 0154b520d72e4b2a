"""A lake for trying other engines on: what ingest makes of the sample logs, and generated facts with awkward names."""

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

from abslake.dev.ingest_files import ingest_files
from abslake.dev.samples import SAMPLES, Sample, config, logs
from abslake.dev.stack import project_folder
from abslake.records.definitions import PREFIX, load
from abslake.reports import Kind, Question, forensics_question, metrics_question
from abslake.settings import Settings
from abslake.storage import Lake
from tests.support.facts import at, definition, fact, write_facts

NASTY = (
    "O'Brien",
    "';--",
    "' OR '1'='1",
    '"',
    "back\\slash",
    "?",
    "",
    "ünï 👩‍👩‍👧",
    "a,b",
    "x" * 3000,
    "NULL",
    "line\nbreak",
)
"""Identifiers that break out of quotes, look like something else, or are too long for one parameter."""

FIRST, LAST = "2026-03-01T00:00", "2026-03-04T00:00"
ANY_TIME = Settings(event_time_past_days=None, event_time_future_minutes=None)
_EXAMPLES = project_folder() / "examples"


def sample_lake(folder: Path) -> Lake:
    """All of ``examples/`` ingested, and three days of generated facts of the APIs shop and bank. No findings."""
    lake = Lake(str(folder))
    for key, text in config(_EXAMPLES).items():
        if key.startswith(PREFIX):
            lake.put(key, text)
    outcome = ingest_files([*logs(_EXAMPLES).values()], lake, load(lake), ANY_TIME, None)
    assert not outcome.unreadable, outcome.unreadable
    for name in ("shop", "bank"):
        lake.put(f"{PREFIX}{name}.json", definition(f"/{name}"))
    write_facts(lake, generated(2000), units_an_hour=2)
    return lake


def generated(count: int) -> list[dict[str, Any]]:
    """Rows of three days, the same each time: few names, so that they meet, and awkward ones."""
    random = Random(7)
    names = (None, "one", "two", "three", *NASTY)
    return [_row(random, names) for _ in range(count)]


def _row(random: Random, names: tuple[str | None, ...]) -> dict[str, Any]:
    first = at(f"2026-03-0{random.randint(1, 3)}T{random.choice((0, 7, 23)):02d}:{random.randint(0, 59):02d}:01.007")
    token, cookie = random.choice(names), random.choice(names)
    paths = [
        "/shop",
        "/shop/%41",
        f"/shop/{token}",
        "/shop/a;jsessionid=7",
        '/shop/"q",\n',
        *(f"/shop/{n}" for n in range(9)),
    ]
    return fact(
        first,
        first.replace(second=59, microsecond=999_000),
        api=random.choice(["shop", "shop", "bank", None]),
        ip=random.choice(["192.0.2.1", "192.0.2.2", "2001:db8::1"]),
        token=token,
        cookie=cookie,
        api_key=random.choice(names),
        username=random.choice(names),
        host=random.choice(["h", None]),
        method=random.choice(["GET", "POST", "purge"]),
        path=random.choice(paths),
        user_agent=random.choice([None, "curl/8", "UNKNOWN", 'Mozilla "5"', ""]),
        device=random.choice(["UNKNOWN", "LINUX"]),
        browser=random.choice(["CHROME", "DOWNLOAD"]),
        status=random.choice([None, 199, 200, 299, 300, 500]),
        server=random.choice([None, "10.0.0.1:80", ""]),
        latency_bucket=random.choice([None, 3, 700]),
        requests=random.randint(1, 50),
        connections=random.randint(0, 3),
        request_bytes=random.choice([None, 10**12]),
        response_time_us=random.choice([None, 123_456]),
    )


def questions(names: Sequence[str] = ("one", *NASTY)) -> list[Question]:
    """The documented reports and those of the real logs, and every kind about these names of the generated facts."""
    given = [_asked(sample) for sample in SAMPLES]
    first, last = at(FIRST), at(LAST)
    for name in names:
        given += [
            Question(kind, first, last, first.tzinfo, None, name) for kind in Kind if kind not in ("metrics", "ip")
        ]
    cut = (at("2026-03-01T07:30"), at("2026-03-03T23:11"))  # whole days nowhere
    given += [
        Question(Kind.IP, *cut, first.tzinfo, None, "2001:db8::1"),
        Question(Kind.COOKIE, *cut, first.tzinfo, "bank", "two"),
        Question(Kind.METRICS, *cut, first.tzinfo, "shop"),
        Question(Kind.METRICS, first, last, first.tzinfo, "shop", "", 3, 4),
        Question(Kind.TOKEN, *cut, first.tzinfo, None, "nobody"),
    ]
    return given


def _asked(sample: Sample) -> Question:
    query = sample.target.partition("?")[2]
    return (
        metrics_question(query, Settings())
        if sample.path.endswith("metrics")
        else forensics_question(query, Settings())
    )
