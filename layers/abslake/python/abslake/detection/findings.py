"""The finding record and where findings lie.

All findings of a UTC day lie in ``findings/date=YYYY-MM-DD/day.ndjson``, one JSON object a line, where the day is that of
the finding's ``last``. Detection writes that object as a whole; other ``.ndjson`` objects beside it are read as well. A
finding spans at most 24 hours (the documented longest look-back, ``window_length``), so the findings that touch a range
lie under the dates of the range and one more.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import blake2b
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from abslake.records.addresses import canonical

PREFIX = "findings/"
ACROSS = "all"
"""The API of a finding across APIs."""

WINDOW = timedelta(minutes=10)
"""What is judged at once, aligned to the clock: detection works on ten-minute batches (contract 3.5)."""


class Level(StrEnum):
    """Attack: over its threshold. Anomaly: with the marks of the attack, under it."""

    ATTACK = "attack"
    ANOMALY = "anomaly"


class IdentifierKind(StrEnum):
    """The documented kinds of client identifiers; the values are the fact columns that hold them."""

    TOKEN = "token"  # noqa: S105 - a kind, not a secret
    IP = "ip"
    COOKIE = "cookie"
    API_KEY = "api_key"
    USERNAME = "username"


class Thresholds(BaseModel):
    """The thresholds that a variable was held against, on its scale."""

    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)

    tn: int
    tx: int | None = None


class Sample(BaseModel):
    """Some of the requests behind a finding."""

    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)

    path: str
    status: int | None = None
    count: int


class Finding(BaseModel):
    """One attack or anomaly of one client. Source of the fields: contract sections 3.2, 3.3 and 9."""

    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)

    attack_id: Annotated[int, Field(ge=1, description="documented type id, contract 9.1")]
    name: Annotated[str, Field(min_length=1, description="display name, as it stands in attack_types")]
    type_name: Annotated[
        str, Field(description="lower-case name, as it stands in ioc_types; empty: made of `name`")
    ] = ""
    level: Level
    identifier_kind: IdentifierKind
    identifier: Annotated[str, Field(repr=False)]
    api: Annotated[str, Field(description='name of the API, "all" for types across APIs')]
    first: AwareDatetime
    last: AwareDatetime
    attack_code: Annotated[str, Field(description='measured value and threshold passed: "varA(Tx, 26)"')] = ""
    attack_deviation: Annotated[str, Field(description='how far above: "varA(700%)"')] = ""
    window: Annotated[AwareDatetime | None, Field(description="start of the ten minutes that were judged")] = None
    id: Annotated[str, Field(description="the same whenever the window is judged again")] = ""
    values: Annotated[Mapping[str, float], Field(description="letter -> measured value, in the variable's unit")] = {}
    thresholds: Mapping[str, Thresholds] = {}
    samples: tuple[Sample, ...] = ()
    note: Annotated[str, Field(description="why an attack's marks are called an anomaly; empty: they are not")] = ""


def identifier(finding: Finding) -> str:
    """The client's identifier as reports compare it: an address in the spelling of the facts."""
    if finding.identifier_kind is IdentifierKind.IP:
        return canonical(finding.identifier) or finding.identifier
    return finding.identifier


def finding_id(window: datetime, attack_id: int, api: str, kind: IdentifierKind, identifier: str) -> str:
    """What tells a finding from all others: 16 bytes in hexadecimal."""
    text = "\0".join((f"{window:%Y%m%d%H%M}", str(attack_id), api, kind.value, identifier))
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def key(day: datetime | date, name: str = "day") -> str:
    """The key of a file of findings whose ``last`` is on that UTC day."""
    return f"{PREFIX}date={day:%Y-%m-%d}/{name}.ndjson"


def lines(findings: Iterable[Finding]) -> bytes:
    """A file of findings, in an order that depends on nothing else."""
    ordered = sorted(findings, key=lambda finding: (finding.last, finding.id, finding.attack_id, finding.identifier))
    return b"".join(finding.model_dump_json(exclude_defaults=True).encode() + b"\n" for finding in ordered)
