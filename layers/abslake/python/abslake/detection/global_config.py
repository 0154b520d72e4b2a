"""Settings that users change while all is running: a document in the lake that overrides those of the deployment.

In force with the next run of detection and the next report. Source: contract 7.9; maxima that it does not name are ours.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from abslake.detection import audited
from abslake.detection.audited import Audited
from abslake.settings import Settings
from abslake.storage import Lake

KEY = "config/detection/globalconfig.json"

Hours = Annotated[int, Field(ge=1, le=10_000)]
LookBack = Annotated[int, Field(ge=1, le=24)]
Clients = Annotated[int, Field(ge=1, le=1_000_000)]
Megabytes = Annotated[int, Field(ge=1, le=1_000)]
Urls = Annotated[int, Field(ge=1, le=10_000)]
SubPaths = Annotated[int, Field(ge=1, le=10)]


class Document(Audited):
    """The whole object; None: as the deployment says."""

    attack_initial_training: Hours | None = None
    attack_update_interval: Hours | None = None
    continuous_learning: bool | None = None
    window_length: LookBack | None = None
    root_api_attack: bool | None = None
    attack_list_count: Clients | None = None
    response_size: Megabytes | None = None
    url_limit: Urls | None = None
    api_discovery: bool | None = None
    discovery_initial_period: Hours | None = None
    discovery_subpath: SubPaths | None = None
    discovery_update_interval: Hours | None = None


GOVERNED = (
    "attack_initial_training",
    "attack_update_interval",
    "continuous_learning",
    "window_length",
    "root_api_attack",
    "attack_list_count",
    "response_size",
    "url_limit",
    "api_discovery",
    "discovery_initial_period",
    "discovery_subpath",
    "discovery_update_interval",
)
"""The keys that are settings."""


def overlaid(lake: Lake, settings: Settings) -> Settings:
    """The settings as users have changed them. One request. Raises SettingsError (damaged object), StorageError."""
    document, _ = audited.read(lake, KEY, Document)
    changed = {name: value for name in GOVERNED if (value := getattr(document, name)) is not None}
    return settings.model_copy(update=changed) if changed else settings


def change(lake: Lake, by: str, wanted: Mapping[str, int | bool | None]) -> None:
    """Set values by key; None: as the deployment says. Raises as `abslake.detection.audited.change`."""

    def edit(old: Document) -> tuple[Document, str]:
        told = ", ".join(f"{name}={'default' if value is None else value}" for name, value in sorted(wanted.items()))
        return old.model_copy(update=dict(wanted)), told

    audited.change(lake, KEY, Document, by, edit)
