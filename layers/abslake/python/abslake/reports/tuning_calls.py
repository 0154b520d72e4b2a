"""The calls that tune detection, as a table: method and path -> who may make it, and what it does.

Source: contract 5, 6, 7.8 to 7.11 and 8 (the restricted user sees no thresholds and changes nothing). What may be asked is
checked before anything is written.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from pydantic import BaseModel

from abslake.access import User, allow_tuning
from abslake.detection.tuning_store import ALL
from abslake.errors import BadRequest
from abslake.reports import admin, attack_list, attack_status, benign, bodies, dates, global_config, thresholds
from abslake.reports.admin_models import AdminChange
from abslake.reports.attack_list_models import BulkRemoval, ClientRemoval
from abslake.reports.catalogue import apis_named
from abslake.reports.tuning_models import BenignEnd, BenignRequest, ResetRequest, StatusChange, ThresholdChange
from abslake.settings import Settings
from abslake.storage import Lake

THRESHOLD, STATUS, RESET = "/v4/abs/attack/threshold", "/v4/abs/attackstatus", "/v4/abs/reset"
BENIGN = "/v5/abs/benign"
ATTACK_LIST = attack_list.PATH

INVALID_JSON = "Invalid json. Please ensure all input fields are present and have valid values"
"""What the contract has the attack list answer to a bad body (contract 5); why follows."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: by whom, with which query string and body."""

    lake: Lake
    settings: Settings
    user: User
    query: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Call:
    """One method of a path. `admin_only` completes "the restricted user may not …"; empty: everybody may."""

    make: Callable[[Asked], BaseModel]
    admin_only: str = ""

    def __call__(self, asked: Asked) -> BaseModel:
        """The answer. Raises RequestError, StorageError, SettingsError."""
        if self.admin_only:
            allow_tuning(asked.user, self.admin_only)
        return self.make(asked)


def _thresholds(asked: Asked) -> BaseModel:
    api, across = thresholds.question(asked.query)
    apis_named(asked.lake, "api", [] if api is None else [api])
    return thresholds.show(asked.lake, api, across)


def _set_thresholds(asked: Asked) -> BaseModel:
    wanted = bodies.read(asked.body, ThresholdChange)
    _no_parameters(asked)
    apis_named(asked.lake, "api_name", [] if wanted.api_name is None else [wanted.api_name])
    return thresholds.change(asked.lake, asked.user.name, wanted)


def _status(asked: Asked) -> BaseModel:
    _no_parameters(asked)
    return attack_status.show(asked.lake, dates.zone(asked.settings.timezone))


def _switch(asked: Asked) -> BaseModel:
    _no_parameters(asked)
    return attack_status.change(asked.lake, asked.user.name, bodies.read(asked.body, StatusChange))


def _reset(asked: Asked) -> BaseModel:
    _no_parameters(asked)
    apis = bodies.read(asked.body, ResetRequest).apis
    if len(set(apis)) < len(apis):
        raise BadRequest("apis: an API is named more than once")
    apis_named(asked.lake, "apis", apis)
    return attack_status.reset(asked.lake, asked.user.name, apis)


def _benign(asked: Asked) -> BaseModel:
    _no_parameters(asked)
    return benign.show(asked.lake, dates.zone(asked.settings.timezone))


def _add_benign(asked: Asked) -> BaseModel:
    _no_parameters(asked)
    wanted = bodies.read(asked.body, BenignRequest)
    apis_named(asked.lake, "api", [] if wanted.api == ALL else [wanted.api])
    return benign.add(asked.lake, asked.user.name, wanted, dates.zone(asked.settings.timezone))


def _end_benign(asked: Asked) -> BaseModel:
    _no_parameters(asked)
    return benign.end(asked.lake, asked.user.name, bodies.read(asked.body, BenignEnd))


def _remove_attackers(asked: Asked) -> BaseModel:
    _no_parameters(asked)
    with _of_attack_list():
        wanted = bodies.read(asked.body, ClientRemoval)
        return attack_list.remove(asked.lake, asked.user.name, wanted, dates.zone(asked.settings.timezone))


def _clear_attackers(asked: Asked) -> BaseModel:
    _no_parameters(asked)
    with _of_attack_list():
        wanted = bodies.read(asked.body, BulkRemoval)
        return attack_list.clear(asked.lake, asked.user.name, wanted, dates.zone(asked.settings.timezone))


def _admin(asked: Asked) -> BaseModel:
    _no_parameters(asked)
    return admin.change(asked.lake, asked.user.name, bodies.read(asked.body, AdminChange))


def _global_config(asked: Asked) -> BaseModel:
    _no_parameters(asked)
    return global_config.change(asked.lake, asked.user.name, bodies.read(asked.body, global_config.GlobalChange))


@contextmanager
def _of_attack_list() -> Iterator[None]:
    try:
        yield
    except BadRequest as error:
        raise BadRequest(f"{INVALID_JSON}: {error}", "INVALID_JSON") from None


def _no_parameters(asked: Asked) -> None:
    if asked.query.strip("&"):
        raise BadRequest("this call takes no parameters in its address", "UNKNOWN_PARAMETER")


_ATTACK_LIST: Mapping[str, Call] = {
    "PUT": Call(_remove_attackers, "change the attack list"),
    "DELETE": Call(_clear_attackers, "change the attack list"),
}

CALLS: Mapping[str, Mapping[str, Call]] = {
    THRESHOLD: {
        "GET": Call(_thresholds, "see thresholds"),
        "PUT": Call(_set_thresholds, "change thresholds"),
    },
    STATUS: {"GET": Call(_status), "PUT": Call(_switch, "switch attack types")},
    RESET: {"DELETE": Call(_reset, "reset training")},
    BENIGN: {
        "GET": Call(_benign, "see the allow-list"),
        "PUT": Call(_add_benign, "change the allow-list"),
        "DELETE": Call(_end_benign, "change the allow-list"),
    },
    ATTACK_LIST: _ATTACK_LIST,
    f"{ATTACK_LIST}/": _ATTACK_LIST,  # printed so in one place
    **{path: {"PUT": Call(_global_config, "change the global configuration")} for path in global_config.PATHS},
    **{path: {"PUT": Call(_admin, "change times to live")} for path in admin.PATHS},
}
"""Path -> method -> call."""

READ_ELSEWHERE = frozenset({ATTACK_LIST, f"{ATTACK_LIST}/", *admin.PATHS, *global_config.PATHS})
"""Paths whose GET a function answers that may change nothing."""
