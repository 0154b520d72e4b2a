"""``abslake detect thresholds``: what judges the clients of an API, learned or set, in words."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from rich import box
from rich.table import Table

from abslake.detection import model
from abslake.detection.detector import Detector, Variable
from abslake.detection.detectors import detectors
from abslake.detection.findings import ACROSS
from abslake.detection.model import Model
from abslake.detection.tuning import Tuning
from abslake.dev.console import out
from abslake.dev.measured_words import least_over
from abslake.storage import Lake

_EVER = datetime(9000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Row:
    """One variable of one type, for one kind of client."""

    attack_id: int
    type: str
    variable: str
    meaning: str
    kind: str
    tn: int | None
    tx: int | None
    source: str
    """``learned``, ``fixed``, ``user``, ``initial`` (until it is learned), or why there is none."""
    samples: int = 0
    over_tn: str = ""
    """The least that is over Tn, in the variable's unit."""
    over_tx: str = ""


def rows(lake: Lake, api: str, attack_id: int | None) -> list[Row]:
    """The thresholds that are in force at an API ("all": of types across APIs). Raises StorageError, SettingsError."""
    tuning, known = Tuning.load(lake), model.current(lake, _EVER)
    reset = tuning.reset_at(api)
    if known and (not known.trained(api) or (reset and reset > known.as_of)):
        known = None
    chosen = [one for one in detectors().values() if attack_id in (None, one.id)]
    return [
        row
        for one in chosen
        if (one.scope == "across") == (api == ACROSS)
        for variable in one.variables
        for row in _of(one, variable, api, known, tuning)
    ]


def _of(detector: Detector, variable: Variable, api: str, known: Model | None, tuning: Tuning) -> Iterator[Row]:
    def row(kind: str, tn: int | None, tx: int | None, source: str, samples: float = 0) -> Row:
        words = [least_over(variable, at) if at is not None else "" for at in (tn, tx)]
        return Row(
            detector.id,
            detector.type_name,
            variable.letter,
            variable.meaning,
            kind,
            tn,
            tx,
            source,
            round(samples),
            *words,
        )

    user = tuning.threshold(api, detector.id, variable.letter)
    if user[0] is not None:
        yield row("all", *user, "user")
    elif variable.fixed and (detector.rule_based or known):
        yield row("all", *variable.fixed, "fixed")
    else:
        found = [
            (kind.value, one)
            for kind in detector.kinds
            if known and (one := known.by_variable.get((api, kind.value, detector.id, variable.letter)))
        ]
        if found:
            yield from (row(kind, one.tn, one.tx, "learned", one.samples) for kind, one in found)
        elif known and variable.initial:
            yield row("all", *variable.initial, "initial")
        else:
            yield row("all", None, None, "too few samples" if known else "in training")


def as_json(found: Sequence[Row]) -> str:
    """The rows as a document."""
    return json.dumps([asdict(one) for one in found], indent=2)


def show(found: Sequence[Row]) -> None:
    """The rows for reading."""
    if not found:
        out.print("no type of attack is judged here")
        return
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for name in ("type", "variable", "client"):
        table.add_column(name, overflow="fold")
    table.add_column("over Tn", justify="right")
    table.add_column("over Tx", justify="right")
    table.add_column("source")
    before = 0
    for one in found:
        learned = f"learned, {one.samples:,}" if one.source == "learned" else one.source
        limits = [
            f"{at}: {words}" if at is not None else "-" for at, words in ((one.tn, one.over_tn), (one.tx, one.over_tx))
        ]
        name = f"{one.attack_id} {one.type}" if one.attack_id != before else ""
        table.add_row(name, f"{one.variable} {one.meaning}", one.kind, *limits, learned)
        before = one.attack_id
    out.print(table)
    out.print("N: X means: over N on the scale is X or more. learned, n: from n client-windows.")
