"""``abslake index verify``: a sample of reports, each computed from the facts alone and with the index, and compared.

Whom the reports are about is drawn from the facts: heavy identifiers, light ones and APIs, over ranges that are whole days,
whole months, or begin and end at any minute. What is printed names kinds, ranges and fields; an identifier is shown as a
short hash.
"""

import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import duckdb
from pydantic import BaseModel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from abslake.dev.console import console
from abslake.facts import schema
from abslake.index import layout, names, replacing, root
from abslake.records.definitions import Definitions
from abslake.reports import Kind, Question, report
from abslake.settings import Settings
from abslake.storage import Lake

_UNITS = 16
"""Units that the identifiers are drawn from."""
_TRIES = 3
_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Difference:
    """A report that is not the same from facts and with the index."""

    question: Question
    fields: list[str]
    """Where they differ: fields of the document, with both values where those are numbers."""

    def __str__(self) -> str:
        asked = self.question
        whom = f"API {asked.api}" if asked.kind is Kind.METRICS else f"#{masked(asked.value)}"
        return f"{asked.kind} {whom}, {_spelled(asked.earlier)} to {_spelled(asked.later)}: {'; '.join(self.fields)}"


@dataclass(frozen=True, slots=True)
class Verified:
    """How many reports were compared, and those that differ."""

    compared: int
    differences: list[Difference]
    missing: list[str] = field(default_factory=list)
    """Kinds and periods of which an object is gone that the root names. Reports are not compared then."""


def verify(lake: Lake, settings: Settings, definitions: Definitions, reports: int, seed: int) -> Verified:
    """Compare so many reports; with a progress bar on standard error.

    A lake that takes in facts meanwhile may answer two questions differently: what differs is asked again.
    Raises StorageError.
    """
    if missing := incomplete(lake):
        return Verified(0, [], missing)
    questions = draw(lake, definitions, reports, seed)
    differences = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        bar = bars.add_task("reports compared", total=len(questions))
        for question in questions:
            bars.update(bar, description=f"{question.kind}, {question.later - question.earlier}")
            if fields := _compared(lake, settings, definitions, question):
                differences.append(Difference(question, fields))
            bars.advance(bar)
    return Verified(len(questions), differences)


def show(found: Verified) -> None:
    """What differs, and how many do."""
    for difference in found.differences[:_SHOWN]:
        console.print("[bold red]differs:[/]", end=" ")
        console.print(str(difference), markup=False, soft_wrap=True)
    if found.missing:
        shown = ", ".join(found.missing[:_SHOWN]) + (", …" if len(found.missing) > _SHOWN else "")
        console.print(f"[bold red]gone:[/] objects that the root names, of {shown}")
        console.print("Make the index of these days again with `abslake index rebuild`.", markup=False)
    elif not found.compared:
        console.print("nothing to compare: the lake has no facts that count")
    elif found.differences:
        console.print(f"{len(found.differences):,} of {found.compared:,} reports differ. The facts are right:", end=" ")
        console.print("make the index of these days again with `abslake index rebuild`.", markup=False)
    else:
        console.print(f"{found.compared:,} reports are the same with the index and from facts alone")


def incomplete(lake: Lake) -> list[str]:
    """Kinds and periods of which an object or ledger is gone that the root names. Raises StorageError."""
    for _ in range(_TRIES):
        state = root.load(lake).root
        there = {entry.key for entry in lake.list(names.PREFIX)}
        gone = [f"{kind} {period}" for kind, period, keys in _named(state) if not keys <= there]
        if not gone or root.load(lake).root.serial == state.serial:
            return gone
    return []  # it changes faster than it can be listed: nothing can be said


def _named(state: root.Root) -> Iterator[tuple[str, str, set[str]]]:
    """Objects by kind and period."""
    for kind, index in state.kinds.items():
        for day, segments in index.days.items():
            for segment in segments:
                folder = names.folder(kind, day, segment.generation)
                ledger = names.covers_key(kind, day, segment.generation)
                yield kind, day, {ledger, *layout.objects(kind, folder, segment.shape)}
        for month, derived in index.months.items():
            folder = names.folder(kind, month, derived.segment.generation)
            yield kind, month, set(layout.objects(kind, folder, derived.segment.shape))


def draw(lake: Lake, definitions: Definitions, reports: int, seed: int) -> list[Question]:
    """Questions about what is in the lake, the same for the same lake and seed. Raises StorageError."""
    chance = random.Random(seed)  # noqa: S311 - draws a sample, hides nothing
    whom = _whom(lake, definitions, chance)
    kinds = [kind for kind in Kind if whom[kind]]
    questions: list[Question] = []
    for number in range(reports if kinds else 0):
        kind = kinds[number % len(kinds)]
        value, day = chance.choice(whom[kind])
        earlier, later = _range(chance, names.first_moment(day))
        api, value = (value, "") if kind is Kind.METRICS else (None, value)
        questions.append(Question(kind, earlier, later, UTC, api, value))
    return questions


def masked(identifier: str) -> str:
    """Enough of a hash to tell two identifiers of one output apart."""
    return sha256(identifier.encode()).hexdigest()[:8]


def differing(left: BaseModel, right: BaseModel, where: str = "") -> Iterator[str]:
    """Fields in which two documents differ, by their documented names alone: keys of maps may be identifiers."""
    for name, about in type(left).model_fields.items():
        mine, other = getattr(left, name), getattr(right, name)
        path = f"{where}{about.alias or name}"
        if mine == other:
            continue
        if isinstance(mine, BaseModel) and isinstance(other, BaseModel):
            yield from differing(mine, other, f"{path}.")
        elif isinstance(mine, int) and isinstance(other, int):
            yield f"{path}: {mine:,} from facts, {other:,} with the index"
        else:
            yield path


def _compared(lake: Lake, settings: Settings, definitions: Definitions, question: Question) -> list[str]:
    """Fields that differ, each time; none: the documents are equal."""
    fields: list[str] = []
    for _ in range(_TRIES):
        with_index = report(question, lake, settings, definitions)
        from_facts = report(question, lake, settings, definitions, with_index=False)
        if from_facts.model_dump_json() == with_index.model_dump_json():
            return []
        fields = [*differing(from_facts, with_index)] or ["the order of a list"]
    return fields


def _whom(lake: Lake, definitions: Definitions, chance: random.Random) -> dict[Kind, list[tuple[str, str]]]:
    """Identifiers and APIs by kind of report, each with a day on which it occurs."""
    whom: dict[Kind, list[tuple[str, str]]] = {kind: [] for kind in Kind}
    with duckdb.connect(config={"threads": 1}) as engine:
        for unit in _units(lake, chance):
            with _local(lake, unit) as path:
                for kind in Kind:
                    column = "api" if kind is Kind.METRICS else kind.value
                    found = _values(engine, path, column, chance.randrange(2**31))
                    known = [value for value in found if kind is not Kind.METRICS or value in definitions.apis]
                    whom[kind] += [(value, names.day_of(unit)) for value in known]
    return whom


def _units(lake: Lake, chance: random.Random) -> list[str]:
    """Some units that count."""
    state = root.load(lake).root
    every = [entry.key for entry in lake.list(schema.PREFIX) if state.counts(names.day_of(entry.key))]
    chosen = sorted(chance.sample(sorted(every), min(_UNITS, len(every))))
    counting = {day: set(replacing.counting_units(lake, state, day)) for day in {names.day_of(unit) for unit in chosen}}
    return [unit for unit in chosen if unit in counting[names.day_of(unit)]]


@contextmanager
def _local(lake: Lake, key: str) -> Iterator[Path]:
    if path := lake.local_path(key):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="abslake-verify-") as folder:
        path = Path(folder, "unit.parquet")
        path.write_bytes(lake.get(key))
        yield path


def _values(engine: duckdb.DuckDBPyConnection, path: Path, column: str, seed: int) -> list[str]:
    """The two heaviest values of a unit, its lightest, and some of any weight."""
    rows = engine.execute(
        f"SELECT {column}, sum(requests) FROM read_parquet(?) WHERE {column} IS NOT NULL GROUP BY ALL "
        f"ORDER BY sum(requests) DESC, {column}",
        [str(path)],
    ).fetchall()
    values = [value for value, _ in rows]
    chance = random.Random(seed)  # noqa: S311
    return [*values[:2], *values[-1:], *chance.sample(values, min(3, len(values)))]


def _range(chance: random.Random, day: datetime) -> tuple[datetime, datetime]:
    """A range that holds some of `day`: minutes of it, all of it, days around it, its month, or a month and edges."""
    sort = chance.choices(("minutes", "day", "days", "month", "edges"), (4, 3, 2, 1, 1))[0]
    within = chance.randrange(1440) * _MINUTE
    if sort == "minutes":
        return day + within - chance.choice((0, 0, 1440)) * _MINUTE, day + within + chance.randint(1, 1440) * _MINUTE
    if sort == "day":
        return day, day + _DAY
    if sort == "days":
        return day - chance.randint(0, 3) * _DAY, day + chance.randint(1, 4) * _DAY
    first, end = day.replace(day=1), names.end_moment(f"{day:%Y-%m}")
    return (first, end) if sort == "month" else (first - within, end + within)


def _spelled(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M}"
