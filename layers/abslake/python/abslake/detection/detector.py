"""What a detector declares. The declarations are the modules of `abslake.detection.detectors`, one a type of attack.

A detector computes nothing itself: its variables are SQL expressions over the columns of an *activity* row
(`abslake.detection.activity`), so that one statement measures all clients of a window, and learning, judging and the
documents treat every type alike. Ids, names and ranges: contract sections 6.1 and 9.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from abslake.detection.findings import IdentifierKind, Level
from abslake.detection.scale import Scale

Kinds = tuple[IdentifierKind, ...]

TOKEN, COOKIE, IP = (IdentifierKind.TOKEN,), (IdentifierKind.COOKIE,), (IdentifierKind.IP,)
API_KEY, USERNAME = (IdentifierKind.API_KEY,), (IdentifierKind.USERNAME,)
CLIENTS = (IdentifierKind.TOKEN, IdentifierKind.COOKIE, IdentifierKind.IP, IdentifierKind.API_KEY)
"""What a client is known by: the documented three, and API keys, whose clients would otherwise go unwatched."""


ONE_IN = 10_000
"""One client-window in so many is expected over a Tn that was learned, where a variable says nothing else."""


class View(StrEnum):
    """What a row of activity is about."""

    CLIENT = "client"
    """A client of one API, by its identifier of contract 9.4: token, else API key, else cookie, else address."""
    ACROSS = "across"
    """A client over all APIs, the same way; API keys and user names wherever they stand."""
    USER = "user"
    """A user name at one API."""
    ADDRESS = "address"
    """An address at one API, whatever else its requests carry."""


class Span(StrEnum):
    """How long activity is added up before it is judged."""

    WINDOW = "window"
    """Ten minutes."""
    DAY = "day"
    """`window_length` hours (24 at most), judged every hour."""


@dataclass(frozen=True, slots=True)
class Variable:
    """One measure of a detector. Over its threshold Tn: not normal; over Tx: extreme."""

    letter: str
    sql: str = field(repr=False)
    """A number, from the columns of an activity row; NULL: does not apply."""
    scale: Scale
    meaning: str
    """In words, as a row of the table in docs/detectors.md."""
    unit: str
    floor: int = 0
    """Tn is never below it, however quiet the API: what is so small is no attack."""
    ceiling: int = 0
    """A learned Tn is never above it, whatever was going on in training; 0: no bound but the range."""
    initial: tuple[int, int | None] | None = None
    """Tn and Tx while too few clients of the kind were seen to learn them; None: nobody is judged so long."""
    one_in: int = ONE_IN
    """One client-window in so many is expected over Tn: fewer where other variables narrow it down."""
    extreme: bool = True
    """Whether there is a Tx; documented as ``na`` where not."""
    fixed: tuple[int, int | None] | None = None
    """Tn and Tx where they are not learned: a condition beside those that are, or a rule."""
    lowest: int = 1
    highest: int = 0
    """The documented range of Tn, that of Tx is one higher; 0: up to the scale's top."""

    @property
    def tn_range(self) -> tuple[int, int]:
        """Values that a user may set Tn to."""
        return self.lowest, (self.highest or self.scale.top - 1)

    @property
    def tx_range(self) -> tuple[int, int] | None:
        """Values that a user may set Tx to; None: there is none."""
        low, high = self.tn_range
        return (low + 1, high + 1) if self.extreme else None


@dataclass(frozen=True, slots=True)
class Habit:
    """By what a client is known that does so always, where that is not variable A over Tn."""

    sql: str
    """A count of an activity row."""
    over: int
    """The client is known if that is over this on `Scale.COUNT`, in `windows` windows of the day before the model."""
    windows: int = 2


@dataclass(frozen=True, slots=True)
class Case:
    """An example that a test holds the detector to: some columns of one activity row (the others are 0)."""

    title: str
    row: Mapping[str, float]
    thresholds: Mapping[str, tuple[int, int | None]]
    """Letter -> (Tn, Tx)."""
    level: Level | None
    """What one window of it comes to; None: nothing."""
    kind: IdentifierKind | None = None
    """What the client is known by; None: the first of the detector's kinds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """One documented type of attack."""

    id: int
    name: str
    """As it stands in ``attack_types``."""
    type_name: str
    """As it stands in thresholds and ``ioc_types`` (contract 9.2)."""
    idea: str
    """What it looks for, in a sentence."""
    remedy: str
    """What an operator does next."""
    view: View
    kinds: Kinds
    variables: tuple[Variable, ...]
    cases: tuple[Case, ...] = ()
    span: Span = Span.WINDOW
    condition: str = "true"
    """SQL over an activity row: only such rows are measured, learned and judged."""
    confirm: int = 3
    """Windows within an hour over Tn that make an attack without Tx; 1: at once."""
    crowd: bool = False
    """Whether the attack is one of many clients at once: then it is not taken for an outage or a rush."""
    habitual: bool = False
    """Whether a client known to do so always is no attacker: batch partners, monitoring, backups."""
    habit: Habit | None = None
    """With `habitual`: what is looked at instead of variable A."""
    any_of: bool = False
    """Whether one variable over its Tn is enough; otherwise all must be."""
    names: Mapping[IdentifierKind, str] = field(default_factory=dict)
    """Other names than `name`, for clients known by that kind."""
    on_by_default: bool = True
    switchable: bool = True
    needs_training: bool = False
    """Where all thresholds are fixed: whether what is measured is learned all the same (known networks, usual orders of
    calls), so that nothing is found before training has ended."""

    @property
    def rule_based(self) -> bool:
        """Whether nothing is learned: judged from the first window on."""
        return not self.needs_training and all(variable.fixed for variable in self.variables)

    @property
    def kinds_sql(self) -> str:
        """SQL: its kinds, as the list of an IN."""
        return ", ".join(f"'{kind.value}'" for kind in self.kinds)

    @property
    def scope(self) -> str:
        """``api``: judged at each API; ``across``: over all, reported as of API "all"."""
        return "across" if self.view is View.ACROSS else "api"

    def name_for(self, kind: IdentifierKind) -> str:
        """The name that a finding about a client of that kind has."""
        return self.names.get(kind, self.name)

    def over_tns(self) -> str:
        """SQL: whether a measured row is over the thresholds in the list ``tns``."""
        letters = (variable.letter.lower() for variable in self.variables)
        return (" OR " if self.any_of else " AND ").join(f"{letter} > tns[{n + 1}]" for n, letter in enumerate(letters))

    def variable(self, letter: str) -> Variable | None:
        """The variable of that letter."""
        return next((variable for variable in self.variables if variable.letter == letter), None)
