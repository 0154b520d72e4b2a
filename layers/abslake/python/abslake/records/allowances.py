"""What an API definition allows, and its decoys. Source: contract section 11; docs/api-definitions.md ("What an API allows")."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, field_validator


def _whole_characters(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("holds half a character (a lone surrogate)") from None
    return value


Characters = Annotated[str, AfterValidator(_whole_characters)]
"""Text that can be written as UTF-8."""


def _list_of_names(value: object) -> object:
    """Names in a list, or in one text with commas; absent or empty: none."""
    if value is None:
        return ()
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise ValueError("write a text or a list of texts")
    return tuple(name.strip() for name in names if name.strip())


Names = Annotated[tuple[Characters, ...], BeforeValidator(_list_of_names)]
_METHOD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_MEDIA_TYPE = re.compile(rf"{_METHOD.pattern}/{_METHOD.pattern}")
_PROTOCOLS = ("http", "https", "ws", "wss")
_MOST_DECOYS = 32


class PatternEnforcement(BaseModel):
    """What the API allows; what is empty allows anything."""

    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)

    protocol_allowed: Names = ()
    methods_allowed: Names = ()
    content_type_allowed: Names = ()

    @property
    def decides(self) -> bool:
        """Whether there is anything that is not allowed."""
        return bool(self.protocol_allowed or self.methods_allowed or self.content_type_allowed)

    @field_validator("protocol_allowed")
    @classmethod
    def _known_protocols(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any(name.lower() not in _PROTOCOLS for name in value):
            raise ValueError(f"write one of {', '.join(_PROTOCOLS)}")
        return tuple(name.lower() for name in value)

    @field_validator("methods_allowed")
    @classmethod
    def _are_methods(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(map(_METHOD.fullmatch, value)):
            raise ValueError("holds what is no method")
        return tuple(name.upper() for name in value)

    @field_validator("content_type_allowed")
    @classmethod
    def _are_media_types(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        bare = tuple(name.partition(";")[0].strip().lower() for name in value)
        if not all(map(_MEDIA_TYPE.fullmatch, bare)):
            raise ValueError("holds what is no media type, such as application/json")
        return bare


class DecoyConfig(BaseModel):
    """Paths that nobody has a reason to ask for; without any, the whole API is one."""

    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)

    decoy_enabled: bool = False
    decoy_subpaths: Names = ()

    @property
    def decides(self) -> bool:
        """Whether there is a decoy."""
        return self.decoy_enabled

    @field_validator("decoy_subpaths")
    @classmethod
    def _are_paths(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(value) > _MOST_DECOYS:
            raise ValueError(f"has more than {_MOST_DECOYS} paths")
        if any("?" in path or "#" in path or not path.strip("/") for path in value):
            raise ValueError("holds what is no path below the API's url")
        return value
