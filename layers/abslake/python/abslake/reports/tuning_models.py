"""Bodies and answers of the calls that tune detection: thresholds, attack status, reset, allow-list.

Source: contract 6, 7.10 and 7.11. Documented nowhere: the body of PUT attackstatus (here what GET prints, or only the ids),
and the allow-list, which is an extension.
"""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from abslake.detection.findings import IdentifierKind
from abslake.reports.attack_models import Thresholds
from abslake.reports.models import Part

_WHOLE = re.compile(r"-?[0-9]{1,9}")


def whole_number(value: object) -> int:
    """A whole number, or one in a text, as the documented bodies spell it."""
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > 999_999_999:
        raise ValueError("write a whole number")
    return value


def _type_id(value: object) -> int:
    """The id of a type, given alone or as GET prints it."""
    return whole_number(value.get("attack_id") if isinstance(value, dict) else value)


def _not_applicable(value: object) -> object:
    return None if value == "na" else value


def _plain(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("is not valid Unicode") from None
    return value


Whole = Annotated[int, BeforeValidator(whole_number, json_schema_input_type=int | str)]
Text = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_plain)]


class Body(BaseModel):
    """What all bodies of requests share: a field that is not known is a mistake, and no text is taken for a number."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)


class ThresholdItem(Body):
    """A type (by its threshold name), a variable of it and, in mode user, its thresholds."""

    type: Text
    variable: Text | None = Field(default=None, description="in mode system it may be left out: all of the type")
    tn: Whole | None = None
    tx: Annotated[Whole | None, BeforeValidator(_not_applicable)] = Field(
        default=None, description="na or left out: the learned one counts, where there is one"
    )


class ThresholdChange(Body):
    """Body of ``PUT /v4/abs/attack/threshold``: thresholds of one API, or of one type across APIs."""

    api_name: Text | None = None
    id: Whole | None = Field(default=None, description="a type across APIs, in place of api_name")
    mode: Literal["user", "system"]
    ioc_threshold: Annotated[list[ThresholdItem], Field(min_length=1, max_length=500)]


class ShownType(BaseModel):
    """A type as ``attackstatus`` prints it; only the id counts."""

    attack_id: int | str


TypeId = Annotated[int, BeforeValidator(_type_id, json_schema_input_type=int | str | ShownType)]


class StatusLists(Body):
    """Types to be switched on and off, by id or as GET prints them. Types in neither list stay as they are."""

    enabled: Annotated[list[TypeId], Field(max_length=100)] = []
    disabled: Annotated[list[TypeId], Field(max_length=100)] = []


class StatusChange(Body):
    """Body of ``PUT /v4/abs/attackstatus``."""

    attack_status: StatusLists


class ResetRequest(Body):
    """Body of ``DELETE /v4/abs/reset``."""

    apis: Annotated[list[Text], Field(min_length=1, max_length=1000)]


class BenignRequest(Body):
    """Body of ``PUT /v5/abs/benign``."""

    kind: Annotated[IdentifierKind, Field(strict=False)]
    value: Annotated[str, Field(description="identifier, address, or network as address/prefix", max_length=8192)]
    attack_id: Whole | Literal["all"] = Field(default="all")
    api: Text = Field(default="all", description='name of an API, or "all"')
    why: Annotated[str, Field(max_length=500)]
    since: Text | None = Field(default=None, description="yyyy-mm-ddThh:mm; now unless given")
    until: Text | None = Field(default=None, description="yyyy-mm-ddThh:mm; until it is ended unless given")


class BenignEnd(Body):
    """Body of ``DELETE /v5/abs/benign``."""

    id: Text
    why: Annotated[str, Field(max_length=500)]


class Done(Part):
    """A change was made."""

    status_code: Literal["SUCCESS"] = "SUCCESS"
    message: str


class ApiType(Part):
    """Thresholds of one type on one API. `user`: set by hand, which counts; `system`: learned, -1 not trained."""

    id: int
    type: str
    user: dict[str, Thresholds] | None = Field(default=None, exclude_if=lambda value: value is None)
    system: dict[str, Thresholds]
    system_by_identifier: dict[str, dict[str, Thresholds]] = Field(
        default={}, exclude_if=lambda value: not value, description="where clients of several kinds were learned"
    )


class AcrossType(Part):
    """Thresholds of a type across APIs."""

    type: str
    user: dict[str, Thresholds] | None = Field(default=None, exclude_if=lambda value: value is None)
    system: dict[str, Thresholds]
    system_by_identifier: dict[str, dict[str, Thresholds]] = Field(default={}, exclude_if=lambda value: not value)


class ApiThresholds(Part):
    """Answer of ``GET /v4/abs/attack/threshold?api=``."""

    company: Literal["ping identity"] = "ping identity"
    name: Literal["api_threshold"] = "api_threshold"
    description: str = "This report shows the thresholds of the attack types on the specified API."
    thresholds: list[ApiType]


class AcrossThresholds(Part):
    """Answer of ``GET /v4/abs/attack/threshold?id=``."""

    company: Literal["ping identity"] = "ping identity"
    name: Literal["api_threshold"] = "api_threshold"
    description: str = "This report shows the thresholds of the specified attack type across APIs."
    api_name: str = Field(description="kind of identifier that the type is about")
    threshold: list[AcrossType]


class EnabledType(Part):
    """A type that is on; n/a: since ever."""

    attack_id: int
    attack_name: str
    enabled_time: str


class DisabledType(Part):
    """A type that is off; n/a: since ever."""

    attack_id: int
    attack_name: str
    disabled_time: str


class StatusListsShown(Part):
    """The types that can be switched."""

    enabled: list[EnabledType]
    disabled: list[DisabledType]


class AttackStatus(Part):
    """Answer of ``GET /v4/abs/attackstatus``."""

    attack_status: StatusListsShown


class ResetDone(Part):
    """Answer of ``DELETE /v4/abs/reset``."""

    status: Literal["API training reset is successful"] = "API training reset is successful"
    apis: list[str]


class BenignEntry(Part):
    """An entry of the allow-list. Times are spelled like all dates; empty: there is none."""

    id: str
    kind: IdentifierKind
    value: str
    attack_id: int | Literal["all"]
    api: str
    in_force: bool
    by: str
    added: str
    why: str
    since: str
    until: str
    ended: str
    ended_by: str
    ended_why: str


class BenignList(Part):
    """Answer of ``GET /v5/abs/benign``: newest first."""

    company: Literal["ping identity"] = "ping identity"
    name: Literal["api_benign"] = "api_benign"
    description: str = "This report lists the clients and networks that are not reported, who entered them and why."
    entries: list[BenignEntry]


class BenignAdded(Done):
    """Answer of ``PUT /v5/abs/benign``."""

    id: str


ThresholdAnswer = ApiThresholds | AcrossThresholds
