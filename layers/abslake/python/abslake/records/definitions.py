"""API definitions in the documented ASE schema: which requests belong to an API, and where its identifiers stand.

Source: contract section 11 (API JSON configuration); naming rules from the API naming guidelines. ``identities`` is this
project's own addition to the schema (docs/api-definitions.md).
"""

import json
import re
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationError,
    field_validator,
    model_validator,
)

from abslake.errors import DefinitionError
from abslake.records.allowances import Characters, DecoyConfig, PatternEnforcement
from abslake.records.places import BEARER, IDENTIFIERS, Kind, Place, place_of
from abslake.storage import Entry, Lake

PREFIX = "config/apis/"
MAX_LEVELS = 10
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\- ]{0,159}")
_RESERVED = {"model", "threshold", "all", "decoyall"}

ApiType = Literal["regular", "decoy-incontext", "decoy-outcontext"]


def _none_is_empty(value: object) -> object:
    return "" if value is None else value


def _names_a_place(value: str) -> str:
    place_of(value)
    return value


Text = Annotated[Characters, BeforeValidator(_none_is_empty)]
PlaceText = Annotated[Characters, AfterValidator(_names_a_place)]


class Jwt(BaseModel):
    """Where the JSON Web Token stands and which claims name the user and the client."""

    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)

    location: Text = ""
    username: Text = ""
    clientid: Text = ""

    @field_validator("location")
    @classmethod
    def _known_place(cls, value: str) -> str:
        kind, _, name = value.partition(":")
        if value and (kind.strip().lower() not in ("qs", "h") or not name.strip()):
            raise ValueError('write "qs:<key>", "h:<header>" or "h:authorization:bearer"')
        return value

    @model_validator(mode="after")
    def _claims_differ(self) -> "Jwt":
        if self.username and self.username == self.clientid:
            raise ValueError("username and clientid must name different claims")
        return self

    @property
    def place(self) -> Place | None:
        """Where the token stands; None where `location` is not set."""
        kind, _, rest = self.location.partition(":")
        name = rest.strip()
        if not name:
            return None
        if kind.strip().lower() == "qs":
            return Place("query", name)
        header, _, scheme = (text.strip().lower() for text in name.partition(":"))
        return BEARER if (header, scheme) == ("authorization", "bearer") else _named("header", header)


class Identities(BaseModel):
    """Places of each identifier, in the order they are tried; claims of the JSON Web Token stand last."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    token: tuple[PlaceText, ...] = ()
    api_key: tuple[PlaceText, ...] = ()
    username: tuple[PlaceText, ...] = ()
    session: tuple[PlaceText, ...] = ()

    @field_validator(*IDENTIFIERS, mode="before")
    @classmethod
    def _list_may_be_absent(cls, value: object) -> object:
        return () if value is None else value

    @field_validator(*IDENTIFIERS)
    @classmethod
    def _claims_stand_last(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        claims = [place_of(text).kind == "claim" for text in value]
        if claims != sorted(claims):
            raise ValueError("claims must stand last: the token is opened where no other place has a value")
        return value

    def places(self, identifier: str) -> tuple[Place, ...]:
        """The places of one of `abslake.records.places.IDENTIFIERS`."""
        texts: tuple[str, ...] = getattr(self, identifier)
        return tuple(place_of(text) for text in texts)


class ApiMetadata(BaseModel):
    """The fields of ``api_metadata`` that decide about reports; the others are accepted and left alone."""

    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)

    protocol: Text = "http"
    url: Characters
    hostname: Text = "*"
    cookie: Text = ""
    oauth2_access_token: bool = False
    apikey_qs: Text = ""
    apikey_header: Text = ""
    username_header: Text = ""
    jwt: Jwt = Jwt()
    login_url: Text = ""
    identities: Identities = Identities()
    api_pattern_enforcement: PatternEnforcement = PatternEnforcement()
    decoy_config: DecoyConfig = DecoyConfig()

    @field_validator("jwt", "identities", "api_pattern_enforcement", "decoy_config", mode="before")
    @classmethod
    def _object_may_be_absent(cls, value: object) -> object:
        return {} if value in (None, "") else value

    @field_validator("url")
    @classmethod
    def _url_is_a_prefix(cls, value: str) -> str:
        if not value.startswith("/"):
            raise ValueError('must start with "/"')
        if any(c in value for c in "?#"):
            raise ValueError("is a path: no query, no fragment")
        if len(segments(value)) > MAX_LEVELS:
            raise ValueError(f"has more than {MAX_LEVELS} levels")
        return value

    @field_validator("hostname")
    @classmethod
    def _host_is_set(cls, value: str) -> str:
        return value.strip().lower() or "*"

    def places(self, identifier: str) -> tuple[Place, ...]:
        """Where one of `abslake.records.places.IDENTIFIERS` is looked for, in order, claims last.

        ASE's own fields count before the `identities`: what ASE finds in a request stays what is found.
        """
        places = (*self._places_of_ase(identifier), *self.identities.places(identifier))
        return tuple(dict.fromkeys(sorted(places, key=lambda place: place.kind == "claim")))

    @property
    def jwt_place(self) -> Place:
        """Where the JSON Web Token stands whose claims are places."""
        return self.jwt.place or BEARER

    @property
    def api_type(self) -> ApiType:
        """A decoy of some paths stands among an API's own; without paths the whole API is one (contract 7.4, 7.8, 11)."""
        if not self.decoy_config.decoy_enabled:
            return "regular"
        return "decoy-incontext" if self.decoy_config.decoy_subpaths else "decoy-outcontext"

    def _places_of_ase(self, identifier: str) -> tuple[Place, ...]:
        places = {
            "token": [BEARER if self.oauth2_access_token else None],
            "api_key": [_named("header", self.apikey_header.lower()), _named("query", self.apikey_qs)],
            "username": [
                _named("header", self.username_header.lower()),
                _named("claim", self.jwt.username if self.jwt.place else ""),
            ],
            "session": [_named("cookie", self.cookie)],
        }
        return tuple(place for place in places[identifier] if place)


class Document(BaseModel):
    """One file of ``config/apis/``."""

    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)

    api_metadata: ApiMetadata


def _named(kind: Kind, name: str) -> Place | None:
    return Place(kind, name) if name else None


@dataclass(frozen=True, slots=True)
class Api:
    """One valid definition and its name (the file's name without ``.json``)."""

    name: str
    metadata: ApiMetadata


@dataclass(frozen=True, slots=True)
class Definitions:
    """All valid definitions, by name, and what was wrong with the others (messages with file and field)."""

    apis: Mapping[str, Api]
    rejected: tuple[str, ...] = ()


def segments(url: str) -> list[str]:
    """The path segments of a definition's ``url``; none for the root API."""
    return url.strip("/").split("/") if url.strip("/") else []


def parse(name: str, text: bytes | str) -> Api:
    """One definition. Raises DefinitionError with file and field."""
    file = f"{PREFIX}{name}.json"
    if not _NAME.fullmatch(name) or name.lower() in _RESERVED:
        raise DefinitionError(
            f"{file}: the name must start with a letter or digit, have at most 160 letters, digits, blanks, - or _, "
            f"and not be one of {', '.join(sorted(_RESERVED))}"
        )
    try:
        content: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DefinitionError(f"{file}: not JSON ({type(error).__name__})") from error
    try:
        return Api(name, Document.model_validate(content).api_metadata)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, e['loc'])) or 'document'}: {e['msg'].removeprefix('Value error, ')}"
            for e in error.errors()
        )
        raise DefinitionError(f"{file}: {faults}") from error


def parse_all(files: Iterable[tuple[str, bytes]]) -> Definitions:
    """Definitions from (name, text) pairs: a bad one is rejected by name and never breaks the others.

    Two definitions of one host and one url would fight for the same requests: the second by name is rejected.
    """
    apis: dict[str, Api] = {}
    rejected: list[str] = []
    taken: dict[tuple[str, tuple[str, ...]], str] = {}
    for name, text in sorted(files):
        try:
            api = parse(name, text)
        except DefinitionError as error:
            rejected.append(str(error))
            continue
        place = (api.metadata.hostname, tuple(segments(api.metadata.url)))
        if place in taken:
            rejected.append(f"{PREFIX}{name}.json: api_metadata.url: {taken[place]} has the same hostname and url")
            continue
        taken[place] = name
        apis[name] = api
    return Definitions(apis, tuple(rejected))


def load(lake: Lake, threads: Executor | None = None) -> Definitions:
    """The definitions in the lake's ``config/apis/``; `threads` as of `stored`. Raises StorageError."""
    return parse_all((name, text) for name, (_, text) in stored(lake, threads).items())


def stored(lake: Lake, threads: Executor | None = None) -> dict[str, tuple[Entry, bytes]]:
    """The files in ``config/apis/`` by the API's name, read side by side where there are `threads`. Raises StorageError.

    One that is deleted meanwhile is left out.
    """

    def text(entry: Entry) -> bytes | None:
        try:
            return lake.get(entry.key)
        except FileNotFoundError:
            return None

    entries = [entry for entry in lake.list(PREFIX) if entry.key.endswith(".json")]
    texts = threads.map(text, entries) if threads else map(text, entries)
    return {
        entry.key.removeprefix(PREFIX).removesuffix(".json"): (entry, found)
        for entry, found in zip(entries, texts, strict=True)
        if found is not None
    }


def recent(lake: Lake, report: Callable[[str], object]) -> Definitions:
    """As `load`, at most a minute old; `report` is told what was wrong with a definition when it is read."""
    return _of_minute(lake, report, int(time.time() // 60))


@lru_cache(maxsize=1)
def _of_minute(lake: Lake, report: Callable[[str], object], _: int) -> Definitions:
    definitions = load(lake)
    for fault in definitions.rejected:
        report(f"API definition rejected: {fault}")
    return definitions
