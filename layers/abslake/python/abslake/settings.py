"""Settings: environment variables, read once into a frozen model, so that a bad one fails at start by its name.

Every field is documented here and in docs/operations.md; a test keeps the two together.
"""

import os
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from abslake.errors import SettingsError
from abslake.records.addresses import EVERYBODY, trusted_networks

PREFIX = "ABSLAKE_"

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""Hosts that plain HTTP is spoken to."""


_ALGORITHMS = frozenset({f"{family}{bits}" for family in ("RS", "PS", "ES") for bits in (256, 384, 512)} | {"EdDSA"})
_ORIGIN = re.compile(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:[0-9]{1,5})?")


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
    oauth_issuers: Annotated[
        str,
        Field(
            description="Issuers whose access tokens (OAuth 2.0, JWT) are taken beside keys, separated by commas; empty: none."
        ),
    ] = ""
    oauth_audience: Annotated[str, Field(description="Audience that an access token must be for.")] = ""
    oauth_jwks: Annotated[
        str,
        Field(description="Public keys of the issuers: https: address, file:<path> or the JWK set itself."),
    ] = ""
    oauth_algorithms: Annotated[
        str, Field(description="Signatures that are taken: RS, PS and ES with 256, 384 or 512, EdDSA.")
    ] = "RS256,ES256"
    oauth_admin_scope: Annotated[str, Field(min_length=1, description="Scope that makes an admin.")] = "abslake:admin"
    oauth_restricted_scope: Annotated[str, Field(min_length=1, description="Scope that makes a restricted user.")] = (
        "abslake:restricted"
    )
    oauth_leeway_seconds: Annotated[
        int, Field(ge=0, le=300, description="By how much an issuer's clock may differ, seconds.")
    ] = 30
    oauth_requests_per_minute: Annotated[
        int, Field(ge=0, description="Requests a minute for each subject of tokens; 0: no limit.")
    ] = 0
    limit_table: Annotated[
        str,
        Field(
            description="DynamoDB table that counts the requests of users who have a limit; empty: each process counts."
        ),
    ] = ""
    allowed_origins: Annotated[
        str,
        Field(
            description="Origins whose pages may ask from a browser (CORS), separated by commas; *: all. Empty: none."
        ),
    ] = ""
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
            description="Most of the lake that one report reads, bytes: more is asked in Athena where that is set up, and "
            "refused by the reports that are summed from facts.",
        ),
    ] = 1024**3
    url_limit: Annotated[
        int,
        Field(ge=1, le=10_000, description="Most URLs that the report of valid URLs, or of a discovered API, lists."),
    ] = 100
    api_discovery: Annotated[bool, Field(description="Whether APIs are discovered in the traffic of the root API.")] = (
        True
    )
    discovery_initial_period: Annotated[
        int,
        Field(ge=1, le=10_000, description="Hours from the first traffic of a lake until discovered APIs are told."),
    ] = 1
    discovery_update_interval: Annotated[
        int, Field(ge=1, le=10_000, description="Hours from one telling of newly discovered APIs to the next.")
    ] = 1
    discovery_subpath: Annotated[
        int, Field(ge=1, le=10, description="Most segments of a discovered API's base path.")
    ] = 1
    attack_initial_training: Annotated[
        float,
        Field(ge=1, description="Hours of an API's traffic that are learned before its clients are called attackers."),
    ] = 24
    attack_update_interval: Annotated[
        float, Field(ge=1, description="Hours from one learning of thresholds to the next.")
    ] = 24
    continuous_learning: Annotated[
        bool, Field(description="Whether thresholds follow the traffic after training; false: they stay as trained.")
    ] = True
    window_length: Annotated[
        int, Field(ge=1, le=24, description="Longest look-back of detection, hours: attacks that take their time.")
    ] = 24
    root_api_attack: Annotated[
        bool, Field(description="Whether clients of the API at / are judged, which gets what fits no other.")
    ] = True
    response_size: Annotated[
        int, Field(ge=1, le=1_000, description="An answer larger than this is refused, MB (millions of bytes).")
    ] = 100
    attack_list_count: Annotated[
        int, Field(ge=1, le=1_000_000, description="Most clients that the attack list shows; those found last.")
    ] = 400_000
    event_bus: Annotated[
        str, Field(description="EventBridge bus that new findings are told to, by name or ARN; empty: none.")
    ] = ""
    webhook_url: Annotated[
        str,
        Field(
            repr=False,
            description="Address that new findings are POSTed to, https: (http: of the loopback only); empty: that of the "
            "secret, if there is one.",
        ),
    ] = ""
    webhook_secret: Annotated[
        str,
        Field(
            description="Where the webhook's headers, address and certificate authority are kept: "
            "secretsmanager:<name or ARN> or file:<path>. See docs/detection.md."
        ),
    ] = ""
    webhook_format: Annotated[
        Literal["abslake", "splunk", "ocsf"],
        Field(
            description="What the webhook is sent: abslake, splunk (HTTP Event Collector) or ocsf (Detection Finding)."
        ),
    ] = "abslake"
    webhook_anomalies: Annotated[
        bool, Field(description="Whether the webhook is told of anomalies too, not of attacks only.")
    ] = False
    announce_identifiers: Annotated[
        Literal["masked", "secrets-masked", "clear"],
        Field(
            description="What events say of the client: masked; secrets-masked: addresses and user names in the clear; "
            "clear: tokens, cookies, API keys and sample paths too."
        ),
    ] = "masked"
    announce_quiet_minutes: Annotated[
        int,
        Field(
            ge=0,
            le=1440,
            description="While an attack goes on it is told again after this long, minutes; 0: with every window.",
        ),
    ] = 60
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

    @field_validator("oauth_jwks")
    @classmethod
    def _keys_come_safely(cls, value: str) -> str:
        if value.startswith(("{", "file:")):
            return value
        return safe_address(value)

    @field_validator("oauth_algorithms")
    @classmethod
    def _algorithms_have_public_keys(cls, value: str) -> str:
        """Neither none nor a shared secret: with HS256 the public key would be one (RFC 8725, section 2.1)."""
        names = {name.strip() for name in value.split(",")}
        if not names <= _ALGORITHMS:
            raise ValueError(f"known are {', '.join(sorted(_ALGORITHMS))}")
        return value

    @field_validator("allowed_origins")
    @classmethod
    def _origins_are_origins(cls, value: str) -> str:
        for origin in filter(None, (part.strip() for part in value.split(","))):
            if origin != "*" and not _ORIGIN.fullmatch(origin):
                raise ValueError("write https://host or https://host:port, in lower case, without a path; or *")
        return value

    @model_validator(mode="after")
    def _tokens_are_set_up_whole(self) -> Self:
        if self.oauth_issuers and not (self.oauth_audience and self.oauth_jwks):
            raise ValueError("ABSLAKE_OAUTH_ISSUERS: tokens need ABSLAKE_OAUTH_AUDIENCE and ABSLAKE_OAUTH_JWKS, too")
        return self

    @field_validator("webhook_url")
    @classmethod
    def _webhook_is_safe(cls, value: str) -> str:
        return safe_address(value)

    @field_validator("event_time_past_days", "event_time_future_minutes", "retention_days", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value


def safe_address(value: str) -> str:
    """The address if one may ask it or POST to it, or "". Raises ValueError, which does not quote it: it may hold a secret."""
    if not value:
        return value
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("is no address") from None
    if not host or parts.username is not None or any(character <= " " or character > "~" for character in value):
        raise ValueError("must be https://host/path, in ASCII, without blanks, user name and password")
    if parts.scheme != "https" and (parts.scheme != "http" or host not in LOOPBACK):
        raise ValueError("must begin with https: (http: of the loopback only)")
    return value


def from_environment(environ: Mapping[str, str]) -> Settings:
    """The settings in `environ`. Raises SettingsError with the variable's name where one is malformed."""
    known = {PREFIX + name.upper(): name for name in Settings.model_fields}
    values = {known[key]: value for key, value in environ.items() if key in known}
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        named = "".join(f"{PREFIX}{str(field).upper()}: " for field in first["loc"][:1])  # one of several names itself
        raise SettingsError(f"{named}{first['msg'].removeprefix('Value error, ')}") from error


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read at the first call."""
    return from_environment(os.environ)
