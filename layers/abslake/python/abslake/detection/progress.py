"""How far detection has come: what each API has taught, and the last window that was judged."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from abslake.detection import windows
from abslake.detection.findings import ACROSS, WINDOW
from abslake.detection.model import Model
from abslake.detection.models import HISTORY
from abslake.detection.training import History, history_of
from abslake.detection.tuning import Tuning
from abslake.settings import Settings
from abslake.storage import Lake


@dataclass
class ApiStatus:
    """How much of an API was learned."""

    api: str
    since: datetime
    """First window with its traffic, or its reset."""
    windows: int
    trained: bool
    hours_left: float
    """Hours of traffic until training is over; 0: it is, or is as soon as the next window is judged."""
    samples: int
    """Client-windows that the thresholds of its best-known variable are read from."""
    thresholds: int
    """Variables that have learned thresholds."""


def learning(lake: Lake, settings: Settings, last_window: datetime | None, known: Model | None) -> list[ApiStatus]:
    """How much of each API was learned, by name. `settings`: as users have changed them. Raises StorageError, SettingsError."""
    tuning = Tuning.load(lake)
    end = (last_window + WINDOW) if last_window else None
    found = []
    for api, history in sorted(history_of(_histories(lake), tuning).items()):
        if api == ACROSS:
            continue
        reset = tuning.reset_at(api)
        trained = bool(known and known.trained(api) and not (reset and reset > known.as_of))
        learned = [one for one in (known.thresholds if known and trained else ()) if one.api == api]
        training = timedelta(hours=settings.attack_initial_training)
        left = 0.0 if trained else max(0.0, (history.since + training - (end or history.since)).total_seconds())
        samples = max((one.samples for one in learned), default=0.0)
        found.append(
            ApiStatus(api, history.since, history.windows, trained, round(left / 3600, 1), round(samples), len(learned))
        )
    return found


def last_judged(lake: Lake) -> tuple[datetime | None, datetime | None]:
    """The last window that was judged, and when it was. Raises StorageError."""
    dates = [entry.key.removeprefix(f"{windows.PREFIX}date=")[:10] for entry in lake.list(windows.PREFIX)]
    for date in reversed(dates):
        verdicts = windows.read(lake, date).windows
        if verdicts:
            last = max(verdicts)
            window = datetime.strptime(f"{date} {last}", "%Y-%m-%d %H%M").replace(tzinfo=UTC)
            return window, verdicts[last].judged_at
    return None, None


def _histories(lake: Lake) -> Mapping[str, History]:
    try:
        return msgspec.json.decode(lake.get(HISTORY), type=dict[str, History])
    except FileNotFoundError:
        return {}
