"""One run of announcing: what is new goes out by each channel, and what went out is written down."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from abslake.detection.announce import ledger as ledgers
from abslake.detection.announce.attempts import Attempts
from abslake.detection.announce.channel import Channel, Delivery
from abslake.detection.announce.channels import channels as configured
from abslake.detection.announce.choice import choose
from abslake.detection.tuning import Tuning
from abslake.export.disclosure import Identifiers
from abslake.export.findings import between, disclosure_for
from abslake.settings import Settings
from abslake.storage import Lake

LOOK_BACK = timedelta(hours=24)
"""A finding about something older is history, as after a backfill: it is in the reports, and told to nobody."""

MOST = 1000
"""Findings told in one run by one channel, attacks first; the others wait for the next."""


@dataclass(slots=True)
class Announced:
    """What a run of announcing came to, all channels together. `faults`: reason -> times, without content."""

    delivered: int = 0
    quiet: int = 0
    """Passed over, because the same was told a short while ago."""
    undelivered: int = 0
    """Could not be delivered, or had to wait: tried again in the next run, for a day."""
    faults: Counter[str] = field(default_factory=Counter)


def announce(
    lake: Lake,
    settings: Settings,
    now: datetime,
    attempts: Attempts,
    channels: Sequence[Channel] | None = None,
) -> Announced:
    """Tell what is new. `channels`: those of the settings unless given.

    Raises StorageError, WriteStateUnknown, SettingsError: nothing is lost, the next run tells it.
    """
    told = Announced()
    channels = configured(settings) if channels is None else channels
    if not channels:
        return told
    run = _Run(lake, settings, now, attempts)
    for channel in channels:
        run.by(channel, told)
    return told


class _Run:
    """What all channels of a run share."""

    def __init__(self, lake: Lake, settings: Settings, now: datetime, attempts: Attempts) -> None:
        self._lake, self._now, self._attempts = lake, now, attempts
        tuning = Tuning.load(lake)  # what reports do not show is told to nobody
        self._findings = [one for one in between(lake, now - LOOK_BACK, now + LOOK_BACK) if tuning.shows(one)]
        self._disclosure = disclosure_for(lake, settings, Identifiers(settings.announce_identifiers))
        self._quiet = timedelta(minutes=settings.announce_quiet_minutes)

    def by(self, channel: Channel, told: Announced) -> None:
        """Tell by one channel, and add to `told`."""
        ledger = ledgers.load(self._lake, channel.name, self._now)
        wanted = [finding for finding in self._findings if channel.takes(finding.level)]
        choice = choose(wanted, ledger, self._disclosure, self._quiet)
        chosen = choice.chosen[:MOST]
        events = [self._disclosure.of(each.finding, each.news) for each in chosen]
        delivery = channel.send(events, self._attempts) if events else Delivery()
        for place in sorted(delivery.delivered):
            chosen[place].settle(ledger)
        ledger.save(self._lake)
        told.delivered += len(delivery.delivered)
        told.quiet += choice.quiet
        told.undelivered += len(choice.chosen) - len(delivery.delivered)
        told.faults.update(f"{channel.name}: {fault}" for fault in delivery.faults)
