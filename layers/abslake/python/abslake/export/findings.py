"""Findings out of the lake, in the forms of other systems: one JSON object a line, in the order of time."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import ValidationError

from abslake.access import source
from abslake.detection.findings import PREFIX, Finding
from abslake.errors import BadRequest
from abslake.export import finding_event, ocsf_finding, splunk
from abslake.export.disclosure import Disclosed, Disclosure, Identifiers, reference_key
from abslake.export.key_names import key_names
from abslake.records import definitions
from abslake.settings import Settings
from abslake.storage import Lake

FORMS: Mapping[str, Callable[[Disclosed], dict[str, Any]]] = {
    "abslake": finding_event.detail,
    "splunk": splunk.event,
    "ocsf": ocsf_finding.record,
}
"""Name -> what a finding becomes."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Findings of ``earlier <= last < later`` (aware), of one API if `api` is given, in one of `FORMS`.

    Raises BadRequest where the range is empty.
    """

    earlier: datetime
    later: datetime
    form: str
    api: str | None = None

    def __post_init__(self) -> None:
        if self.earlier >= self.later:
            raise BadRequest("the range is empty: its end is not included, and must lie behind its begin")


def lines(lake: Lake, wanted: Wanted, disclosure: Disclosure) -> Iterator[str]:
    """The findings, day by day. Raises StorageError."""
    for day in _days(wanted.earlier, wanted.later):
        found = sorted(_of_day(lake, day, wanted.earlier, wanted.later), key=lambda one: (one.last, one.id))
        for finding in found:
            if wanted.api is None or finding.api == wanted.api:
                yield json.dumps(FORMS[wanted.form](disclosure.of(finding)), separators=(",", ":"))


def between(lake: Lake, earlier: datetime, later: datetime) -> Iterator[Finding]:
    """Findings of ``earlier <= last < later`` (aware), day by day. A line that is no finding is passed over.

    Raises StorageError.
    """
    for day in _days(earlier, later):
        yield from _of_day(lake, day, earlier, later)


def disclosure_for(lake: Lake, settings: Settings, identifiers: Identifiers) -> Disclosure:
    """How findings of this lake are told. Its key of references is made if there is none.

    Raises StorageError, SettingsError.
    """
    mask_key = None if identifiers is Identifiers.CLEAR else source.load(settings).masking_key
    return Disclosure(identifiers, reference_key(lake), mask_key, key_names(definitions.load(lake)))


def _days(earlier: datetime, later: datetime) -> Iterator[str]:
    day = earlier.astimezone(UTC).date()
    while day <= later.astimezone(UTC).date():
        yield f"{day:%Y-%m-%d}"
        day += timedelta(days=1)


def _of_day(lake: Lake, day: str, earlier: datetime, later: datetime) -> Iterator[Finding]:
    for entry in lake.list(f"{PREFIX}date={day}/"):
        if entry.key.endswith(".ndjson"):
            yield from (one for one in _read(lake, entry.key) if earlier <= one.last < later)


def _read(lake: Lake, key: str) -> Iterator[Finding]:
    try:
        data = lake.get(key)
    except FileNotFoundError:  # retention was faster
        return
    for line in data.split(b"\n"):
        if line.strip():
            try:
                yield Finding.model_validate_json(line)
            except ValidationError:
                continue
