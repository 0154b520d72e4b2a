"""``/v5/abs/admin``: the APIs with their training, how far the work is, and times to live of the attack list.

Known without asking anything but the lake. What only AWS knows (queues, running functions) is said to be unknown.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice
from typing import Any

from abslake.detection import attack_list, attack_list_store, lease, model, progress
from abslake.detection.findings import ACROSS, WINDOW, IdentifierKind
from abslake.detection.global_config import overlaid
from abslake.detection.progress import ApiStatus
from abslake.errors import BadRequest
from abslake.index import names, root
from abslake.index.root import Root
from abslake.records.definitions import ApiMetadata, parse_all, stored
from abslake.reports import admin_models as models
from abslake.reports import dates
from abslake.reports.admin_models import NOT_KNOWN, AdminChange
from abslake.reports.answer import pool
from abslake.reports.attack_list import KEYS
from abslake.reports.tuning_models import Done
from abslake.settings import Settings
from abslake.storage import Entry, Lake

PATHS = ("/v5/abs/admin", "/v4/abs/admin")

_KIND = "api"
"""The kind of index that the sums are taken from: all cover the same facts."""

_MOST_WAITING = 10_000
_UNKNOWN = (
    "Not known here: running functions, lengths of queues and dead letters, size of the facts. See the alarms and metrics "
    "of the stack."
)


def show(lake: Lake, settings: Settings, now: datetime | None = None) -> models.AdminReport:
    """The report. Raises StorageError, SettingsError."""
    when, zone = now or datetime.now(UTC), dates.zone(settings.timezone)
    judged = pool().submit(progress.last_judged, lake)
    coming = pool().submit(model.current, lake, when + timedelta(days=2)), pool().submit(attack_list_store.read, lake)
    settings = overlaid(lake, settings)
    (state, written), known = _root(lake), coming[0].result()
    window, judged_at = judged.result()
    learned = {one.api: one for one in progress.learning(lake, settings, window, known)}
    holder = lease.holder(lake, when)
    waiting = list(islice(lake.list(names.PENDING), _MOST_WAITING))
    return models.AdminReport(
        license_info=models.License(current_month_transactions=_requests(state, f"{when:%Y-%m}")),
        across_api_prediction_mode=bool(known and known.trained(ACROSS)),
        api_discovery=models.Discovery(
            subpath_length=str(settings.discovery_subpath) if settings.api_discovery else None,
            status=settings.api_discovery,
        ),
        apis=_apis(lake, learned, settings, zone),
        detection=models.DetectionShown(
            judged_until=_spell(window + WINDOW if window else None, zone),
            judged_at=_spell(judged_at, zone),
            at_work=holder is not None,
            model=_spell(known.as_of if known else None, zone),
        ),
        lake=_lake(state, written, waiting, zone),
        ttl=_ttl(attack_list.ttl(coming[1].result())),
        notes=[
            *([f"More than {_MOST_WAITING} units wait for the index."] if len(waiting) == _MOST_WAITING else []),
            _UNKNOWN,
        ],
    )


def change(lake: Lake, by: str, wanted: AdminChange) -> Done:
    """Set times to live. Raises BadRequest where none is named, Conflict, SettingsError, StorageError, Unavailable."""
    given = {kind: getattr(wanted.ttl, key) for kind, key in KEYS.items() if getattr(wanted.ttl, key) is not None}
    if not given:
        raise BadRequest(f"ttl: name at least one of {', '.join(KEYS.values())}", "MISSING_PARAMETER")
    attack_list.set_ttl(lake, by, given)
    return Done(message="time to live updated")


def _apis(
    lake: Lake, learned: Mapping[str, ApiStatus], settings: Settings, zone: tzinfo | None
) -> list[models.ApiShown]:
    files = stored(lake, pool())
    definitions = parse_all((name, text) for name, (_, text) in files.items())
    return [
        _api(name, api.metadata, _servers(files[name][1]), files[name][0], learned.get(name), settings, zone)
        for name, api in sorted(definitions.apis.items())
    ]


def _api(
    name: str,
    metadata: ApiMetadata,
    servers: int,
    entry: Entry,
    learned: ApiStatus | None,
    settings: Settings,
    zone: tzinfo | None,
) -> models.ApiShown:
    return models.ApiShown(
        api_name=name,
        host_name=metadata.hostname,
        url=metadata.url,
        api_type=metadata.api_type,
        creation_date=_spell(entry.last_modified, zone),
        servers=servers,
        protocol=metadata.protocol,
        cookie=metadata.cookie,
        token=metadata.oauth2_access_token,
        training_started_at=_spell(learned.since if learned else None, zone),
        training_duration=_hours(settings.attack_initial_training) if learned else NOT_KNOWN,
        prediction_mode=bool(learned and learned.trained),
        apikey_header=metadata.apikey_header,
        apikey_qs=metadata.apikey_qs,
        jwt=models.JwtShown(
            username=metadata.jwt.username, clientid=metadata.jwt.clientid, location=metadata.jwt.location
        ),
        username_header=metadata.username_header,
    )


def _servers(text: bytes) -> int:
    """The back ends of a valid definition, which nothing else here asks for."""
    servers: Any = json.loads(text)["api_metadata"].get("servers")
    return len(servers) if isinstance(servers, list) else 0


def _hours(hours: float) -> str:
    return f"{hours:g} hour{'' if hours == 1 else 's'}"


def _root(lake: Lake) -> tuple[Root, datetime | None]:
    """What the index holds, and when it was last changed."""
    try:
        data, entry = lake.get_as_listed(names.ROOT)
    except FileNotFoundError:
        return root.EMPTY, None
    return root.decode(data), entry.last_modified


def _lake(state: Root, written: datetime | None, waiting: list[Entry], zone: tzinfo | None) -> models.LakeShown:
    index = state.kinds.get(_KIND)
    days = index.days if index else {}
    segments = [segment for some in days.values() for segment in some]
    everything = [
        segment.shape.bytes
        for kind in state.kinds.values()
        for segment in [*(s for some in kind.days.values() for s in some), *(m.segment for m in kind.months.values())]
    ]
    return models.LakeShown(
        first_day=min(days, default=NOT_KNOWN),
        last_day=max(days, default=NOT_KNOWN),
        units=sum(segment.units for segment in segments),
        requests=sum(segment.shape.requests for segment in segments),
        index_bytes=sum(everything),
        units_waiting=len(waiting),
        waiting_since=_spell(min((one.last_modified for one in waiting), default=None), zone),
        index_written=_spell(written, zone),
    )


def _requests(state: Root, month: str) -> int:
    index = state.kinds.get(_KIND)
    days = index.days if index else {}
    return sum(segment.shape.requests for day, some in days.items() if day[:7] == month for segment in some)


def _ttl(minutes: Mapping[IdentifierKind, int]) -> models.TimesToLiveShown:
    return models.TimesToLiveShown.model_validate({key: minutes[kind] for kind, key in KEYS.items()})


def _spell(when: datetime | None, zone: tzinfo | None) -> str:
    return dates.spell_with_zone(when, zone) if when else NOT_KNOWN
