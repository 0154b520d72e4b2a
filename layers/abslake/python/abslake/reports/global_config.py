"""``/v5/abs/globalconfig``: settings that govern detection and reports, shown and changed.

Source: contract 7.9. All documented keys are shown. Those whose behaviour does not exist here have one value that says so, and
any other is refused.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AliasChoices, BeforeValidator, Field

from abslake.detection import global_config
from abslake.detection.global_config import GOVERNED, Clients, Hours, LookBack, Megabytes, SubPaths, Urls
from abslake.errors import BadRequest
from abslake.reports.models import Part
from abslake.reports.tuning_models import Body, Done, Whole, whole_number
from abslake.settings import Settings
from abslake.storage import Lake

PATHS = ("/v5/abs/globalconfig", "/v4/abs/globalconfig")

WITHOUT_EFFECT: Mapping[str, str] = {
    "poc": "there is no demonstration mode",
    "session_inactivity_duration": "no detector looks at user sessions",
}
"""Key -> why nothing follows from it. Their only value is false or 0."""


def _is_set(value: object) -> object:
    """A whole number, or one in a text, as other documented bodies spell it; null stays null."""
    return None if value is None else whole_number(value)


WholeHours = Annotated[Hours | None, BeforeValidator(_is_set, json_schema_input_type=Hours | str | None)]


class GlobalSettings(Body):
    """What can be set. What is left out stays as it is; null goes back to what the deployment says."""

    attack_initial_training: WholeHours = None
    attack_update_interval: WholeHours = None
    continuous_learning: bool | None = Field(
        default=None, validation_alias=AliasChoices("continuous_learning", "continous_learning")
    )
    window_length: Annotated[
        LookBack | None, BeforeValidator(_is_set, json_schema_input_type=LookBack | str | None)
    ] = None
    root_api_attack: bool | None = None
    attack_list_count: Annotated[
        Clients | None, BeforeValidator(_is_set, json_schema_input_type=Clients | str | None)
    ] = None
    response_size: Annotated[
        Megabytes | None, BeforeValidator(_is_set, json_schema_input_type=Megabytes | str | None)
    ] = None
    url_limit: Annotated[Urls | None, BeforeValidator(_is_set, json_schema_input_type=Urls | str | None)] = None
    api_discovery: bool | None = None
    discovery_initial_period: WholeHours = None
    discovery_subpath: Annotated[
        SubPaths | None, BeforeValidator(_is_set, json_schema_input_type=SubPaths | str | None)
    ] = None
    discovery_update_interval: WholeHours = None
    poc: bool = False
    session_inactivity_duration: Whole = 0


class GlobalChange(GlobalSettings):
    """Body of ``PUT /v5/abs/globalconfig``: the keys, or what GET prints of them under `global_config`."""

    global_config: GlobalSettings | None = None


class GlobalShown(Part):
    """What is in force, under the documented keys."""

    attack_initial_training: int | float
    attack_update_interval: int | float
    api_discovery: bool
    discovery_initial_period: int
    discovery_subpath: int
    discovery_update_interval: int
    poc: Literal[False] = False
    url_limit: int
    response_size: int
    continuous_learning: bool
    attack_list_count: int
    root_api_attack: bool
    session_inactivity_duration: Literal[0] = 0
    window_length: int


class GlobalConfig(Part):
    """Answer of ``GET /v5/abs/globalconfig``."""

    company: Literal["ping identity"] = "ping identity"
    name: Literal["api_globalconfig"] = "api_globalconfig"
    description: str = (
        "This report shows the settings of detection and of the reports that can be changed while they run."
    )
    global_config: GlobalShown
    notes: list[str]


def show(lake: Lake, settings: Settings) -> GlobalConfig:
    """What is in force. Raises SettingsError, StorageError."""
    current = global_config.overlaid(lake, settings)
    values = {name: _plain(getattr(current, name)) for name in GOVERNED}
    return GlobalConfig(
        global_config=GlobalShown.model_validate(values), notes=[f"Without effect: {', '.join(WITHOUT_EFFECT)}."]
    )


def change(lake: Lake, by: str, wanted: GlobalChange) -> Done:
    """Set what is named. Raises BadRequest naming the key, and as `abslake.detection.audited.change`."""
    given: GlobalSettings = wanted
    if wanted.global_config:
        if len(wanted.model_fields_set) > 1:
            raise BadRequest("global_config: give the keys in it or without it, not both")
        given = wanted.global_config
    for name in sorted(given.model_fields_set & WITHOUT_EFFECT.keys()):
        if getattr(given, name):
            raise BadRequest(f"{name}: {WITHOUT_EFFECT[name]}; leave it out", "NOT_SUPPORTED")
    named = given.model_fields_set & {*GOVERNED, *WITHOUT_EFFECT}
    if not named:
        raise BadRequest("name at least one setting", "MISSING_PARAMETER")
    if values := {name: getattr(given, name) for name in named if name in GOVERNED}:
        global_config.change(lake, by, values)
    return Done(message="global configuration updated")


def _plain(value: float) -> float:
    """24 rather than 24.0: hours are whole numbers in the documented answer."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
