"""``/v4/abs/attackstatus``: which attack types are on, and ``/v4/abs/reset``: forget what was learned of an API.

Source: contract 7.10 and 7.11.
"""

from datetime import datetime, tzinfo

from abslake.detection import lease, tuning_changes
from abslake.detection.detectors import detectors
from abslake.detection.tuning import Tuning
from abslake.errors import DETECTION_AT_WORK, Conflict
from abslake.reports import dates
from abslake.reports import tuning_models as models
from abslake.reports.tuning_models import StatusChange
from abslake.storage import Lake

SINCE_EVER = "n/a"
_LEASE_SECONDS = 60.0


def show(lake: Lake, zone: tzinfo | None) -> models.AttackStatus:
    """The types that can be switched, on and off, each since when. Raises StorageError, SettingsError."""
    tuning = Tuning.load(lake)
    types = [one for one in detectors().values() if one.switchable]

    def since(attack_id: int) -> str:
        switch = tuning.switches.get(attack_id)
        return _spell(switch.when if switch else None, zone)

    enabled = [
        models.EnabledType(attack_id=one.id, attack_name=one.name, enabled_time=since(one.id))
        for one in types
        if tuning.enabled(one.id)
    ]
    disabled = [
        models.DisabledType(attack_id=one.id, attack_name=one.name, disabled_time=since(one.id))
        for one in types
        if not tuning.enabled(one.id)
    ]
    return models.AttackStatus(attack_status=models.StatusListsShown(enabled=enabled, disabled=disabled))


def change(lake: Lake, by: str, wanted: StatusChange) -> models.Done:
    """Switch types on and off, all that are named or none. Raises BadRequest naming the list."""
    status = wanted.attack_status
    tuning_changes.switch(lake, by, status.enabled, status.disabled)
    return models.Done(message="attack status updated")


def reset(lake: Lake, by: str, apis: list[str]) -> models.ResetDone:
    """Forget what was learned and found of APIs, which must exist.

    Nothing is detected meanwhile, so that no run mixes what was learned before with the time after. Raises Conflict where
    detection is at work.
    """
    try:
        with lease.lease(lake, _LEASE_SECONDS):
            tuning_changes.reset(lake, by, apis)
    except lease.Held:
        raise Conflict("detection is at work on new facts; try again in a few minutes", DETECTION_AT_WORK) from None
    return models.ResetDone(apis=apis)


def _spell(when: datetime | None, zone: tzinfo | None) -> str:
    return dates.spell(when, zone) if when else SINCE_EVER
