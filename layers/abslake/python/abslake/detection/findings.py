"""The finding record and where findings lie.

A finding lies in ``findings/date=YYYY-MM-DD/<name>.ndjson`` (one JSON object a line), where the date is the UTC date of
its ``last``. A finding spans at most 24 hours (the documented longest look-back, ``window_length``), so the findings
that touch a range lie under the dates of the range and one more.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

PREFIX = "findings/"


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


class Finding(BaseModel):
    """One attack or anomaly of one client. Source of the fields: contract sections 3.2, 3.3 and 9."""

    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)

    attack_id: Annotated[int, Field(ge=1, description="documented type id, contract 9.1")]
    name: Annotated[str, Field(min_length=1, description="display name, as it stands in attack_types")]
    level: Level
    identifier_kind: IdentifierKind
    identifier: Annotated[str, Field(repr=False)]
    api: Annotated[str, Field(description='name of the API, "all" for types across APIs')]
    first: AwareDatetime
    last: AwareDatetime
    attack_code: Annotated[str, Field(description='measured value and threshold passed: "varA(Tx, 26)"')] = ""
    attack_deviation: Annotated[str, Field(description='how far above: "varA(700%)"')] = ""


def key(day: datetime, name: str) -> str:
    """The key of a file of findings whose ``last`` is on that UTC day."""
    return f"{PREFIX}date={day:%Y-%m-%d}/{name}.ndjson"
