"""Settings: environment variables, read once into a frozen model, so that a bad one fails at start by its name.

Every field is documented here and in docs/operations.md; a test keeps the two together.
"""

import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from abslake.errors import SettingsError
from abslake.records.addresses import EVERYBODY, trusted_networks

PREFIX = "ABSLAKE_"


class Settings(BaseModel):
    """What an operator can set. The environment variable is the field's name in capitals after ``ABSLAKE_``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lake: Annotated[str, Field(description="The lake: s3://bucket, s3://bucket/prefix or a folder.")] = "lake"
    users: Annotated[
        str,
        Field(
            description="Where the report users are kept: secretsmanager:<name or ARN> or file:<path>. "
            "Empty: nobody may ask."
        ),
    ] = ""
    users_cache_seconds: Annotated[int, Field(ge=0, description="How long the users are cached, seconds.")] = 300
    timezone: Annotated[
        str,
        Field(description="Zone of dates in requests and answers: utc, local (the machine's) or an IANA name."),
    ] = "utc"
    formats: Annotated[
        str,
        Field(
            description="Formats forced by key prefix, first match wins: "
            "prefix=format,prefix=format. What matches none is found by content and name."
        ),
    ] = ""
    trusted_proxies: Annotated[
        str,
        Field(
            description="Proxies whose X-Forwarded-For is believed: addresses and networks, separated by commas; "
            "*: everybody's is. Empty: ASE's logs believe it as documented, of others the peer is the client."
        ),
    ] = ""
    event_time_past_days: Annotated[
        float | None,
        Field(
            ge=0,
            description="Events older than this before the upload are quarantined, days; empty: any age (backfill).",
        ),
    ] = 7
    event_time_future_minutes: Annotated[
        float | None,
        Field(
            ge=0,
            description="Events later than this after the upload are quarantined, minutes; empty: any.",
        ),
    ] = 10
    max_log_bytes: Annotated[
        int, Field(gt=0, description="A log object larger than this when decompressed is refused, bytes.")
    ] = 20 * 1024**3
    max_log_ratio: Annotated[
        float, Field(gt=1, description="A log object that decompresses by more than this ratio is refused.")
    ] = 200.0
    max_line_bytes: Annotated[int, Field(gt=0, description="A longer line is quarantined, bytes.")] = 1024**2
    part_bytes: Annotated[
        int,
        Field(
            ge=1024, description="Decompressed bytes a part: the memory and disk ingest needs, and the size of units."
        ),
    ] = 128 * 1024**2
    max_pending_requests: Annotated[
        int,
        Field(ge=1, description="Two-line form: unanswered requests kept waiting for their response line."),
    ] = 50_000
    retention_days: Annotated[
        int | None,
        Field(
            ge=2,
            description="Days that facts, findings and quarantined lines are kept, today's included; empty: for ever. "
            "See docs/upkeep.md.",
        ),
    ] = None
    max_range_days: Annotated[int, Field(gt=0, description="Longest range of one report, days.")] = 400
    max_answer_bytes: Annotated[
        int,
        Field(
            gt=0,
            description="An answer larger than this is written to results/ and answered 303, bytes as Lambda counts them.",
        ),
    ] = 5_500_000
    result_link_seconds: Annotated[
        int, Field(gt=0, le=604_800, description="How long the signed address of a large answer is good, seconds.")
    ] = 300
    cache_bytes: Annotated[
        int, Field(ge=0, description="Local cache of lake objects between warm calls of a report function, bytes.")
    ] = 256 * 1024**2
    compaction_queue: Annotated[
        str,
        Field(
            description="Address of the SQS queue that hands out the tasks of compaction; "
            "empty: the scheduled call does them itself."
        ),
    ] = ""
    athena_workgroup: Annotated[
        str, Field(description="Athena workgroup that large reports are asked in; empty: Athena is not asked.")
    ] = ""
    athena_database: Annotated[
        str,
        Field(
            description="Glue database that holds the table facts and the views of the reports; see docs/scale-out.md."
        ),
    ] = ""
    report_budget_bytes: Annotated[
        int,
        Field(
            gt=0,
            description="Where Athena is set up, a report that would read more of the lake than this is asked there, bytes.",
        ),
    ] = 1024**3
    threads: Annotated[
        int,
        Field(
            gt=0,
            description="Threads of the engine in one function; with more than one, rows may lie in another order in a unit.",
        ),
    ] = 1
    memory_limit_mb: Annotated[
        int, Field(gt=0, description="Memory the engine may take before it spills to the temporary folder, MB.")
    ] = 640

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        if value not in ("utc", "local"):
            try:
                ZoneInfo(value)
            except (ZoneInfoNotFoundError, ValueError) as error:
                raise ValueError(f"{value!r} is neither utc, local nor an IANA zone") from error
        return value

    @field_validator("formats")
    @classmethod
    def _rules_have_a_prefix(cls, value: str) -> str:
        for rule in filter(str.strip, value.split(",")):
            if "=" not in rule:
                raise ValueError(f"{rule.strip()!r} is no rule: write prefix=format")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _proxies_are_networks(cls, value: str) -> str:
        if value.strip() != EVERYBODY:
            trusted_networks(value)
        return value

    @field_validator("event_time_past_days", "event_time_future_minutes", "retention_days", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value


def from_environment(environ: Mapping[str, str]) -> Settings:
    """The settings in `environ`. Raises SettingsError with the variable's name where one is malformed."""
    known = {PREFIX + name.upper(): name for name in Settings.model_fields}
    values = {known[key]: value for key, value in environ.items() if key in known}
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = PREFIX + str(first["loc"][0]).upper()
        raise SettingsError(f"{name}: {first['msg'].removeprefix('Value error, ')}") from error


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read at the first call."""
    return from_environment(os.environ)
