"""Bodies and answers of ``/v5/abs/admin``.

Source: contract 7.8. Documented are the keys up to `apis`; of the nodes and the times to live that follow there only that they
do. There are no nodes here: what stands in their place is our own.
"""

from typing import Annotated, Literal

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from abslake.detection.attack_list_store import MAX_MINUTES
from abslake.records.definitions import ApiType
from abslake.reports.models import Part
from abslake.reports.tuning_models import Body, Whole

NOT_KNOWN = "n/a"
"""In place of a date: there is none yet."""

Minutes = Annotated[Whole, Field(ge=0, le=MAX_MINUTES)]


class TimesToLive(Body):
    """For how many minutes clients stay on the attack list, by kind; 0: for ever. Kinds that are left out stay as they are."""

    ips: Minutes | None = None
    cookies: Minutes | None = None
    oauth_tokens: Minutes | None = None
    api_keys: Minutes | None = None
    usernames: Minutes | None = None


class AdminChange(Body):
    """Body of ``PUT /v5/abs/admin``."""

    ttl: TimesToLive


class License(Part):
    """There is none to expire; the keys are the documented ones."""

    tier: Literal["Free"] = "Free"
    expiry: str = NOT_KNOWN
    max_transactions_per_month: int = Field(default=0, description="0: no limit")
    current_month_transactions: int = Field(
        description="requests of the month (UTC) to any API, as far as they are indexed"
    )
    max_transactions_exceeded: bool = False
    expired: bool = False


class Discovery(Part):
    """Whether APIs are discovered, and how many segments their base paths may have."""

    subpath_length: str | SkipJsonSchema[None] = Field(
        default=None, exclude_if=lambda length: length is None, description="absent where none are discovered"
    )
    status: bool


class JwtShown(Part):
    """Where a definition finds its JSON Web Token."""

    username: str
    clientid: str
    location: str


class ApiShown(Part):
    """One API definition, and how far its training is."""

    api_name: str
    host_name: str
    url: str
    api_type: ApiType
    creation_date: str = Field(description="when the definition was last written")
    servers: int = Field(description="back ends that the definition names")
    protocol: str
    cookie: str
    token: bool
    training_started_at: str
    training_duration: str
    prediction_mode: bool = Field(description="whether its clients may be called attackers")
    apikey_header: str
    apikey_qs: str
    jwt: JwtShown
    username_header: str


class DetectionShown(Part):
    """How far detection has come."""

    judged_until: str = Field(description="end of the last window that was judged")
    judged_at: str = Field(description="when it was")
    at_work: bool = Field(description="whether a run is at work now")
    model: str = Field(description="moment of the thresholds in force")


class LakeShown(Part):
    """What the index tells of the lake."""

    first_day: str
    last_day: str
    units: int = Field(description="units of facts that are indexed")
    requests: int = Field(description="requests to any API in them")
    index_bytes: int
    units_waiting: int = Field(description="units that are ingested and not indexed yet; reports read them themselves")
    waiting_since: str = Field(description="when the first of them was ingested")
    index_written: str = Field(description="when the index was last changed")


class TimesToLiveShown(Part):
    """Minutes by kind; 0: for ever."""

    ips: int
    cookies: int
    oauth_tokens: int
    api_keys: int
    usernames: int


class AdminReport(Part):
    """Answer of ``GET /v5/abs/admin``."""

    company: Literal["ping identity"] = "ping identity"
    name: Literal["api_admin"] = "api_admin"
    description: str = (
        "This report shows the APIs with their training, how far the work is, and for how long attackers are held."
    )
    license_info: License
    across_api_prediction_mode: bool
    poc: bool = False
    api_discovery: Discovery
    apis: list[ApiShown]
    detection: DetectionShown
    lake: LakeShown
    ttl: TimesToLiveShown
    notes: list[str]
