"""``/v5/abs/benign``: clients and networks that are benign for a type or all. An extension (`abslake.detection.allow_list`)."""

from datetime import UTC, datetime, tzinfo

from abslake.detection import allow_list
from abslake.detection.tuning import Tuning
from abslake.detection.tuning_store import ALL, Benign
from abslake.reports import dates
from abslake.reports import tuning_models as models
from abslake.reports.tuning_models import BenignEnd, BenignRequest
from abslake.storage import Lake


def show(lake: Lake, zone: tzinfo | None, now: datetime | None = None) -> models.BenignList:
    """All entries, newest first, those that have ended too. Raises StorageError, SettingsError."""
    when = now or datetime.now(UTC)
    entries = Tuning.load(lake).document.benign
    return models.BenignList(entries=[_shown(entry, zone, when) for entry in reversed(entries)])


def add(lake: Lake, by: str, wanted: BenignRequest, zone: tzinfo | None) -> models.BenignAdded:
    """Enter a client. The API must exist. Raises BadRequest naming the field, Conflict."""
    request = allow_list.Request(
        kind=wanted.kind,
        value=wanted.value,
        attack_id=None if wanted.attack_id == ALL else int(wanted.attack_id),
        api=None if wanted.api == ALL else wanted.api,
        why=wanted.why,
        since=dates.read("since", wanted.since, zone) if wanted.since else None,
        until=dates.read("until", wanted.until, zone) if wanted.until else None,
    )
    entry = allow_list.add(lake, by, request)
    return models.BenignAdded(message="benign client added", id=entry.id)


def end(lake: Lake, by: str, wanted: BenignEnd) -> models.Done:
    """End an entry. Raises BadRequest, NotFound."""
    allow_list.end(lake, by, wanted.id, wanted.why)
    return models.Done(message="benign client ended")


def _shown(entry: Benign, zone: tzinfo | None, now: datetime) -> models.BenignEntry:
    def spell(when: datetime | None) -> str:
        return dates.spell(when, zone) if when else ""

    return models.BenignEntry(
        id=entry.id,
        kind=entry.kind,
        value=entry.value,
        attack_id=entry.attack_id,
        api=entry.api,
        in_force=entry.covers(now),
        by=entry.by,
        added=spell(entry.when),
        why=entry.why,
        since=spell(entry.since),
        until=spell(entry.until),
        ended=spell(entry.ended),
        ended_by=entry.ended_by,
        ended_why=entry.ended_why,
    )
