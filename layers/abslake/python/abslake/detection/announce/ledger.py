"""What one channel was told: ``detection/announced/date=YYYY-MM-DD/<channel>.json``, by the day on which it was told.

Neither identifiers nor ids of findings lie there, but keyed hashes (`abslake.export.disclosure`). It is written after
sending: a crash in between has things told twice, never lost.
"""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from abslake.detection.findings import Level
from abslake.errors import WriteRefused
from abslake.storage import Lake

PREFIX = "detection/announced/"

_ATTEMPTS = 5

Settled = dict[str, str]
"""Reference of a finding -> the level it was told or passed over at."""
Told = dict[str, dict[str, float]]
"""Subject -> level -> time of the latest finding that was told, seconds since 1970."""


@dataclass(slots=True)
class Ledger:
    """What was told yesterday and today; changes are kept in `settled` and `told` until `save`."""

    key: str
    before: "Entries"
    settled: Settled = field(default_factory=dict)
    told: Told = field(default_factory=dict)

    def is_settled(self, reference: str, level: Level) -> bool:
        """Whether nothing more is to be said: an attack says all that an anomaly would."""
        found = self.settled.get(reference) or self.before.settled.get(reference)
        return found in (level, Level.ATTACK)

    def last_told(self, subject: str) -> dict[str, float]:
        """Level -> time of the latest finding told about this subject."""
        return self.before.told.get(subject, {}) | self.told.get(subject, {})

    def settle(self, reference: str, level: Level) -> None:
        """Nothing more is to be said about this finding at this level."""
        self.settled[reference] = level.value

    def tell(self, subject: str, level: Level, moment: float) -> None:
        """A finding of this subject, level and time was told."""
        known = self.last_told(subject).get(level.value, moment)
        self.told.setdefault(subject, {})[level.value] = max(moment, known)

    def save(self, lake: Lake) -> None:
        """Add the changes to what lies there. Raises StorageError, WriteStateUnknown: then they are told again."""
        if not self.settled:
            return
        for attempt in range(_ATTEMPTS):
            there, etag = _read(lake, self.key)
            document = {
                "attempt": uuid.uuid4().hex,  # `Lake.replace` asks that no two writes be equal
                "settled": there.settled | self.settled,
                "told": {key: there.told.get(key, {}) | self.told.get(key, {}) for key in there.told | self.told},
            }
            try:
                lake.replace(self.key, json.dumps(document, separators=(",", ":")).encode(), etag)
            except WriteRefused:
                if attempt == _ATTEMPTS - 1:
                    raise
            else:
                return


@dataclass(frozen=True, slots=True)
class Entries:
    """What an object of the ledger holds."""

    settled: Settled = field(default_factory=dict)
    told: Told = field(default_factory=dict)


def load(lake: Lake, channel: str, now: datetime) -> Ledger:
    """The ledger of a channel. A damaged object counts as empty. Raises StorageError."""
    yesterday, _ = _read(lake, _key(channel, now - timedelta(days=1)))
    today, _ = _read(lake, _key(channel, now))
    subjects = yesterday.told | today.told
    told = {key: yesterday.told.get(key, {}) | today.told.get(key, {}) for key in subjects}
    return Ledger(_key(channel, now), Entries(yesterday.settled | today.settled, told))


def _key(channel: str, day: datetime) -> str:
    return f"{PREFIX}date={day:%Y-%m-%d}/{channel}.json"


def _read(lake: Lake, key: str) -> tuple[Entries, str | None]:
    try:
        data, etag = lake.read(key)
    except FileNotFoundError:
        return Entries(), None
    try:
        document = json.loads(data)
        return Entries(_settled(document["settled"]), _told(document["told"])), etag
    except (ValueError, TypeError, KeyError, AttributeError):
        return Entries(), etag


def _settled(given: Mapping[str, object]) -> Settled:
    return {str(reference): str(level) for reference, level in given.items()}


def _told(given: Mapping[str, Mapping[str, float]]) -> Told:
    return {str(key): {str(level): float(at) for level, at in levels.items()} for key, levels in given.items()}
