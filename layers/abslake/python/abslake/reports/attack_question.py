"""The questions of ``GET /v4/abs/attack`` and ``GET /v4/abs/anomalies``.

Source: contract 2 and 3. `details` is an extension: details of one type on one API, and what each finding rests on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from abslake.detection.attack_types import attack_type
from abslake.errors import BadRequest
from abslake.reports.question import RANGE, parameters, read_flag, read_range
from abslake.settings import Settings

ATTACK_FIELDS = frozenset({*RANGE, "api", "type", "details"})
ANOMALY_FIELDS = frozenset({*RANGE, "api"})


@dataclass(frozen=True, slots=True)
class FindingQuestion:
    """Which findings are asked for: UTC range ``earlier <= t < later``, API (None: across APIs), attack id (0: all)."""

    earlier: datetime
    later: datetime
    zone: tzinfo | None
    api: str | None = None
    type: int = 0
    details: bool = False


def attack_question(query: str, settings: Settings) -> FindingQuestion:
    """The question of ``GET /v4/abs/attack``. Raises BadRequest naming the field, and why a type is not covered."""
    given = parameters(query, ATTACK_FIELDS)
    api, number = given.get("api"), _type(given)
    if number:
        across = attack_type(number, "type").scope == "across"
        if across and api is not None:
            raise BadRequest(f"api: type {number} is judged across APIs: leave api out", "INVALID_PARAMETER")
        if not across and api is None:
            raise BadRequest(f"api is missing: type {number} is judged for each API", "MISSING_PARAMETER")
    return FindingQuestion(*read_range(given, settings, days=True), api, number, read_flag("details", given))


def anomaly_question(query: str, settings: Settings) -> FindingQuestion:
    """The question of ``GET /v4/abs/anomalies``. Raises BadRequest naming the field."""
    given = parameters(query, ANOMALY_FIELDS)
    return FindingQuestion(*read_range(given, settings, days=True), given.get("api"))


def _type(given: Mapping[str, str]) -> int:
    text = given.get("type")
    if text is None:
        raise BadRequest("type is missing: give the id of an attack type, or 0 for all", "MISSING_PARAMETER")
    if not (text.isascii() and text.isdecimal() and len(text) <= 4):
        raise BadRequest("type: write the id of an attack type, or 0 for all", "UNKNOWN_TYPE")
    return int(text)
