"""Models: what was learned up to a moment, from which windows after it are judged.

A model is immutable and made of the histograms of windows and the model before it, so that a window that is judged again
is judged with what was known then. It lies in ``detection/models/<moment>/``: ``histograms.parquet``, ``habits.json``, and
``model.json``, which is written last and makes it one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TypeVar

import msgspec

from abslake.detection.detector import Variable
from abslake.detection.findings import ACROSS, IdentifierKind
from abslake.errors import StorageError
from abslake.storage import Lake

PREFIX = "detection/models/"
HISTOGRAMS = "detection/histograms/"
FILE = "histograms.parquet"
"""What a model was read from, beside it."""

Content = TypeVar("Content")

Who = tuple[int, str, str, str]
"""Attack id, API ("all" across), kind of identifier, identifier."""


class Learned(msgspec.Struct, frozen=True, array_like=True):
    """The thresholds of one variable of one detector, for the clients of a kind at an API ("all": across APIs)."""

    api: str
    kind: str
    attack_id: int
    letter: str
    tn: int
    tx: int | None
    samples: float
    """Client-windows that it was learned from, those of long ago at less."""


class Training(msgspec.Struct, frozen=True):
    """How much of an API was learned."""

    since: datetime
    windows: int
    """Windows with traffic."""
    trained: bool


class _Document(msgspec.Struct, frozen=True):
    as_of: datetime
    apis: dict[str, Training] = {}
    thresholds: list[Learned] = []
    usual: dict[str, dict[str, float]] = {}


class _Habit(msgspec.Struct, frozen=True, array_like=True):
    attack_id: int
    api: str
    kind: str
    client: str
    value: int
    until: datetime


@dataclass(frozen=True)
class Model:
    """What is known at `as_of`."""

    as_of: datetime
    apis: Mapping[str, Training] = field(default_factory=dict)
    thresholds: tuple[Learned, ...] = field(default=(), repr=False)
    usual: Mapping[str, Mapping[str, float]] = field(default_factory=dict, repr=False)
    """API -> measure of the whole API in a window -> what it comes to in nine windows of ten at most."""
    habits: Mapping[Who, tuple[int, datetime]] = field(default_factory=dict, repr=False)
    """Clients that were over Tn of a detector again and again: the highest value of A, and until when that counts."""

    @cached_property
    def by_variable(self) -> Mapping[tuple[str, str, int, str], Learned]:
        """Thresholds by API, kind, attack id and letter."""
        return {(one.api, one.kind, one.attack_id, one.letter): one for one in self.thresholds}

    def threshold(self, api: str, kind: str, attack_id: int, variable: Variable) -> tuple[int, int | None] | None:
        """Tn and Tx of a variable that is learned; None: there is nothing to go by.

        A kind of clients too rare to learn of is held to what the variable begins with, or else to the highest Tn of the
        API's other kinds.
        """
        learned = self.by_variable.get((api, kind, attack_id, variable.letter))
        if learned is None and variable.initial:
            return variable.initial
        learned = learned or self._by_place.get((api, attack_id, variable.letter))
        return (learned.tn, learned.tx) if learned else None

    @cached_property
    def _by_place(self) -> Mapping[tuple[str, int, str], Learned]:
        return {
            (one.api, one.attack_id, one.letter): one
            for one in sorted(self.thresholds, key=lambda one: (one.tn, one.kind))
        }

    def trained(self, api: str) -> bool:
        """Whether clients of the API may be called attackers; of "all": over APIs."""
        if api == ACROSS:
            return any(one.trained for one in self.apis.values())
        return api in self.apis and self.apis[api].trained


def keys(lake: Lake) -> list[str]:
    """The moments of all models, ascending, as they stand in keys. Raises StorageError."""
    names = (entry.key.removeprefix(PREFIX) for entry in lake.list(PREFIX))
    return sorted(name.partition("/")[0] for name in names if name.endswith("/model.json"))


def name_of(moment: datetime) -> str:
    """A moment as it stands in a key."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H%M}"


def newest(names: Iterable[str], at: datetime) -> str | None:
    """The newest of these models that was made at or before `at`."""
    return max((name for name in names if name <= name_of(at)), default=None)


def load(lake: Lake, name: str) -> Model:
    """The model of that name. Raises StorageError naming an object that is damaged or missing: without the model's
    ``model.json`` the one before it counts, and the next run makes another."""
    folder = f"{PREFIX}{name}/"
    document = _decoded(lake, f"{folder}model.json", _Document)
    habits = _decoded(lake, f"{folder}habits.json", list[_Habit])
    return Model(
        document.as_of,
        document.apis,
        tuple(document.thresholds),
        document.usual,
        {(h.attack_id, h.api, h.kind, h.client): (h.value, h.until) for h in habits},
    )


def _decoded(lake: Lake, key: str, type_: type[Content]) -> Content:
    try:
        return msgspec.json.decode(lake.get(key), type=type_)
    except (FileNotFoundError, msgspec.MsgspecError) as error:
        what = "missing" if isinstance(error, FileNotFoundError) else "damaged"
        raise StorageError(
            f"{key} is {what}: delete the model.json beside it, and the model before it counts"
        ) from None


def current(lake: Lake, at: datetime | None = None) -> Model | None:
    """The model in force at a moment, now if none is given; None: there is none yet. Raises StorageError."""
    found = newest(keys(lake), at or datetime.now(UTC))
    return load(lake, found) if found else None


def thresholds(lake: Lake, at: datetime | None = None) -> Mapping[tuple[str, IdentifierKind, int, str], Learned]:
    """The learned thresholds in force, by API ("all" across), kind, attack id and letter. Raises StorageError."""
    model = current(lake, at)
    if model is None:
        return {}
    return {
        (api, IdentifierKind(kind), id_, letter): one for (api, kind, id_, letter), one in model.by_variable.items()
    }


def save(lake: Lake, model: Model, histograms: bytes) -> None:
    """Write a model. Raises WriteStateUnknown: do it again."""
    folder = f"{PREFIX}{name_of(model.as_of)}/"
    lake.put(f"{folder}{FILE}", histograms)
    habits = [_Habit(*who, value, until) for who, (value, until) in sorted(model.habits.items())]
    lake.put(f"{folder}habits.json", msgspec.json.encode(habits), "application/json")
    document = _Document(
        model.as_of, dict(model.apis), list(model.thresholds), {a: dict(u) for a, u in model.usual.items()}
    )
    lake.put(f"{folder}model.json", msgspec.json.encode(document), "application/json")


def histogram_key(window: datetime) -> str:
    """Where the histogram of a window lies."""
    return f"{HISTOGRAMS}date={window:%Y-%m-%d}/{window:%H%M}.parquet"
