"""``/v4/abs/attack/threshold``: what was learned and what users have set, and how they set it.

Source: contract 6. A type has one documented set of learned thresholds, while several kinds of clients may have been learned
of an API: `system` is that of the first kind by which contract 9.4 tells clients apart; `system_by_identifier` has all.
"""

from collections.abc import Mapping
from typing import Any

from abslake.detection import model, tuning_changes
from abslake.detection.attack_types import attack_type
from abslake.detection.detector import Detector, Variable
from abslake.detection.detectors import detectors
from abslake.detection.findings import ACROSS, IdentifierKind
from abslake.detection.tuning import Tuning
from abslake.detection.tuning_changes import Wanted
from abslake.errors import BadRequest
from abslake.reports import tuning_models as models
from abslake.reports.attack_models import Thresholds
from abslake.reports.found import LISTS
from abslake.reports.question import parameters
from abslake.reports.tuning_models import ThresholdChange
from abslake.storage import Lake

NOT_TRAINED, NO_TX = "-1", "na"
_KINDS = (
    IdentifierKind.TOKEN,
    IdentifierKind.API_KEY,
    IdentifierKind.COOKIE,
    IdentifierKind.IP,
    IdentifierKind.USERNAME,
)


def question(query: str) -> tuple[str | None, Detector | None]:
    """The API, or the type across APIs, that is asked for. Raises BadRequest naming the field."""
    given = parameters(query, frozenset({"api", "id"}))
    api, number = given.get("api"), given.get("id")
    if (api is None) == (number is None):
        raise BadRequest("give api, or the id of a type across APIs", "MISSING_PARAMETER" if api is None else None)
    if number is None:
        return api, None
    if not (number.isascii() and number.isdecimal() and len(number) <= 4):
        raise BadRequest("id: write the id of an attack type", "UNKNOWN_TYPE")
    return None, _across(int(number))


def show(lake: Lake, api: str | None, across: Detector | None) -> models.ThresholdAnswer:
    """The thresholds of an API that exists, or of a type across APIs. Raises StorageError, SettingsError."""
    types = _Types(lake, ACROSS if across else api or "")
    if across is not None:
        entry = models.AcrossType(type=across.type_name, **types.entry(across))
        return models.AcrossThresholds(api_name=LISTS[across.kinds[0]][1], threshold=[entry])
    listed = [one for one in detectors().values() if one.scope == "api" and one.variables]
    return models.ApiThresholds(
        thresholds=[models.ApiType(id=one.id, type=one.type_name, **types.entry(one)) for one in listed]
    )


def change(lake: Lake, by: str, wanted: ThresholdChange) -> models.Done:
    """Set or drop thresholds, all that are named or none. The API must exist. Raises BadRequest naming the field."""
    if (wanted.api_name is None) == (wanted.id is None):
        raise BadRequest("give api_name, or the id of a type across APIs", "MISSING_PARAMETER")
    if wanted.id is not None:
        _across(wanted.id)
    items = [
        Wanted(f"ioc_threshold[{place}]", one.type, one.variable, one.tn, one.tx)
        for place, one in enumerate(wanted.ioc_threshold)
    ]
    make = tuning_changes.set_thresholds if wanted.mode == "user" else tuning_changes.drop_thresholds
    make(lake, by, wanted.api_name, wanted.id, items)
    return models.Done(message="attack threshold updated")


def _across(number: int) -> Detector:
    found = attack_type(number, "id")
    if found.scope != "across":
        raise BadRequest(f"id: type {number} belongs to single APIs: give the API instead")
    return found


class _Learned:
    """The thresholds in force that were learned, of APIs that are trained and were not reset since."""

    def __init__(self, lake: Lake, tuning: Tuning) -> None:
        self._model, self._tuning = model.current(lake), tuning

    def of(self, scope: str) -> Mapping[tuple[str, int, str], model.Learned] | None:
        """By kind, attack id and letter; None: nothing was learned of this API (or, of "all", over APIs) yet."""
        known, reset = self._model, self._tuning.reset_at(scope)
        if known is None or not known.trained(scope) or (reset and reset > known.as_of):
            return None
        return {(one.kind, one.attack_id, one.letter): one for one in known.thresholds if one.api == scope}


class _Types:
    """How types are shown in the scope of one API, or across APIs."""

    def __init__(self, lake: Lake, scope: str) -> None:
        self._scope, self._tuning = scope, Tuning.load(lake)
        self._learned = _Learned(lake, self._tuning).of(scope)

    def entry(self, detector: Detector) -> dict[str, Any]:
        user = {
            variable.letter: _shown(found.tn, found.tx)
            for variable in detector.variables
            if (found := self._tuning.thresholds.get((self._scope, detector.id, variable.letter)))
        }
        by_kind = {LISTS[kind][1]: self._system(detector, kind) for kind in _KINDS if self._knows(detector, kind)}
        first = next(iter(by_kind.values()), None) or self._system(detector, None)
        return {"user": user or None, "system": first, "system_by_identifier": by_kind if len(by_kind) > 1 else {}}

    def _knows(self, detector: Detector, kind: IdentifierKind) -> bool:
        return any(
            (kind.value, detector.id, variable.letter) in (self._learned or {}) for variable in detector.variables
        )

    def _system(self, detector: Detector, kind: IdentifierKind | None) -> dict[str, Thresholds]:
        return {variable.letter: self._variable(detector, variable, kind) for variable in detector.variables}

    def _variable(self, detector: Detector, variable: Variable, kind: IdentifierKind | None) -> Thresholds:
        """The fixed thresholds of a rule; else what was learned, or counts until it is; else that it is not trained."""
        if variable.fixed and (detector.rule_based or self._learned is not None):
            return _shown(*variable.fixed)
        one = (self._learned or {}).get((kind.value, detector.id, variable.letter)) if kind else None
        if one is None and variable.initial and self._learned is not None:
            return _shown(*variable.initial)
        if one is None:
            return Thresholds(tn=NOT_TRAINED, tx=NOT_TRAINED if variable.tx_range else NO_TX)
        return _shown(one.tn, one.tx)


def _shown(tn: int, tx: int | None) -> Thresholds:
    return Thresholds(tn=str(tn), tx=NO_TX if tx is None else str(tx))
