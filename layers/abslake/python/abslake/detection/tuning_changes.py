"""What users can change about detection: each function is one checked change, told to the trail, or an error.

Source: contract 6 (thresholds), 7.10 (reset), 7.11 (attack status). An error names the field of the request and never holds
an identifier of a client. `by` is the name of the report user, or of whoever is at the command line.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from abslake.detection import tuning_store
from abslake.detection.attack_types import attack_type, type_named
from abslake.detection.detector import Detector, Variable
from abslake.detection.tuning import Tuning
from abslake.detection.tuning_store import ALL, Document, Reset, Switch, UserThreshold
from abslake.errors import BadRequest
from abslake.storage import Lake


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request says about one variable of a type. `field` is where it says so, for errors.

    `tn` and `tx` are on the variable's scale; None: not given.
    """

    field: str
    type: str
    variable: str | None = None
    tn: int | None = None
    tx: int | None = None


def set_thresholds(
    lake: Lake, by: str, api: str | None, attack_id: int | None, wanted: Sequence[Wanted], now: datetime | None = None
) -> Tuning:
    """Set thresholds of one API, or of the type `attack_id` across APIs (then `api` is None): all of `wanted` or none.

    Raises BadRequest: unknown type or variable, no Tn, outside the range, Tx not above Tn or where there is none.
    """
    when = now or datetime.now(UTC)
    scope = api or ALL
    given = [_threshold(scope, one, attack_id, by, when) for one in wanted]
    if len({_key(one) for one in given}) < len(given):
        raise BadRequest("ioc_threshold: a variable is named more than once")
    told = ", ".join(f"{one.attack_id}{one.variable}={one.tn}/{'na' if one.tx is None else one.tx}" for one in given)

    def edit(old: Document) -> tuple[Document, str]:
        kept = {_key(one): one for one in old.thresholds} | {_key(one): one for one in given}
        return old.model_copy(update={"thresholds": _sorted(kept.values())}), f"thresholds of {scope}: user {told}"

    return Tuning(tuning_store.change(lake, by, edit, when))


def drop_thresholds(
    lake: Lake, by: str, api: str | None, attack_id: int | None, wanted: Sequence[Wanted], now: datetime | None = None
) -> Tuning:
    """Go back to what was learned, for the types (or variables of them) named. Raises BadRequest as `set_thresholds`."""
    scope = api or ALL
    given = []
    for one in wanted:
        found = type_named(one.type, f"{one.field}.type", attack_id)
        letters = [variable.letter for variable in found.variables]
        given += [(scope, found.id, letter) for letter in ([_variable(found, one).letter] if one.variable else letters)]
    told = ", ".join(f"{attack}{letter}" for _, attack, letter in given)

    def edit(old: Document) -> tuple[Document, str]:
        kept = tuple(one for one in old.thresholds if _key(one) not in given)
        return old.model_copy(update={"thresholds": kept}), f"thresholds of {scope}: system {told}"

    return Tuning(tuning_store.change(lake, by, edit, now))


def switch(lake: Lake, by: str, on: Sequence[int], off: Sequence[int], now: datetime | None = None) -> Tuning:
    """Switch attack types on and off, all of them or none. One that is so already keeps its time.

    Raises BadRequest: no such type, not covered, not to be switched, named in both, or none at all.
    """
    when = now or datetime.now(UTC)
    if not on and not off:
        raise BadRequest("attack_status: name at least one type as enabled or disabled", "MISSING_PARAMETER")
    for field, ids in (("enabled", on), ("disabled", off)):
        for attack_id in ids:
            if not attack_type(attack_id, f"attack_status.{field}").switchable:
                raise BadRequest(f"attack_status.{field}: type {attack_id} cannot be switched", "NOT_SWITCHABLE")
    if both := set(on) & set(off):
        raise BadRequest(f"attack_status: enabled and disabled both name {min(both)}")
    wanted = dict.fromkeys(on, True) | dict.fromkeys(off, False)

    def edit(old: Document) -> tuple[Document, str]:
        now_on = Tuning(old)
        new = {attack_id: state for attack_id, state in wanted.items() if now_on.enabled(attack_id) is not state}
        kept = [one for one in old.switches if one.attack_id not in new]
        kept += [Switch(attack_id=attack_id, enabled=state, by=by, when=when) for attack_id, state in new.items()]
        told = ", ".join(f"{attack_id} {'on' if state else 'off'}" for attack_id, state in sorted(new.items()))
        switches = tuple(sorted(kept, key=lambda one: one.attack_id))
        return old.model_copy(update={"switches": switches}), f"attack types: {told}"

    return Tuning(tuning_store.change(lake, by, edit, when))


def reset(lake: Lake, by: str, apis: Collection[str], now: datetime | None = None) -> Tuning:
    """Forget what was learned and found of these APIs up to now, and thresholds that users set. Facts stay.

    Only the moment is kept: who reads models and findings leaves out what is older. Whoever calls has seen to it that
    the APIs exist and that detection is not under way.
    """
    when = now or datetime.now(UTC)
    named = set(apis)

    def edit(old: Document) -> tuple[Document, str]:
        resets = [one for one in old.resets if one.api not in named]
        resets += [Reset(api=api, by=by, when=when) for api in named]
        update = {
            "resets": tuple(sorted(resets, key=lambda one: one.api)),
            "thresholds": tuple(one for one in old.thresholds if one.scope not in named),
        }
        return old.model_copy(update=update), f"training reset: {', '.join(sorted(named))}"

    return Tuning(tuning_store.change(lake, by, edit, when))


def _threshold(scope: str, wanted: Wanted, attack_id: int | None, by: str, when: datetime) -> UserThreshold:
    found = type_named(wanted.type, f"{wanted.field}.type", attack_id)
    variable = _variable(found, wanted)
    if wanted.tn is None:
        raise BadRequest(f"{wanted.field}.tn is missing", "MISSING_PARAMETER")
    _check_range(f"{wanted.field}.tn", wanted.tn, variable.tn_range)
    if wanted.tx is not None:
        if variable.tx_range is None:
            raise BadRequest(f"{wanted.field}.tx: this variable has no Tx: write na or leave it out")
        _check_range(f"{wanted.field}.tx", wanted.tx, variable.tx_range)
        if wanted.tx <= wanted.tn:
            raise BadRequest(f"{wanted.field}.tx: must be above tn")
    return UserThreshold(
        scope=scope, attack_id=found.id, variable=variable.letter, tn=wanted.tn, tx=wanted.tx, by=by, when=when
    )


def _variable(detector: Detector, wanted: Wanted) -> Variable:
    known = {variable.letter: variable for variable in detector.variables}
    if wanted.variable is None:
        raise BadRequest(f"{wanted.field}.variable is missing", "MISSING_PARAMETER")
    if wanted.variable not in known:
        raise BadRequest(f"{wanted.field}.variable: {wanted.type} has {', '.join(known)}")
    return known[wanted.variable]


def _check_range(field: str, value: int, allowed: tuple[int, int]) -> None:
    if not allowed[0] <= value <= allowed[1]:
        raise BadRequest(f"{field}: must be from {allowed[0]} to {allowed[1]}")


def _key(one: UserThreshold) -> tuple[str, int, str]:
    return one.scope, one.attack_id, one.variable


def _sorted(thresholds: Collection[UserThreshold]) -> tuple[UserThreshold, ...]:
    return tuple(sorted(thresholds, key=_key))
