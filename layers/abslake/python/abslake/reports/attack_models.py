"""The documented answers of ``GET /v4/abs/attack`` and ``GET /v4/abs/anomalies``.

Source: contract 2 and 3; see `abslake.reports.models` for what all answers share. Lists of kinds of clients that do not apply
are absent, but for type 101. `evidence` is an extension that is there when it is asked for.
"""

from typing import Annotated, Any, Literal

from pydantic import Field, RootModel
from pydantic.json_schema import SkipJsonSchema

from abslake.reports.models import Notes, Part


def _absent(value: object) -> bool:
    return value is None or value == ""


def _text(about: str) -> str:
    text: str = Field(default="", exclude_if=_absent, description=about)
    return text


class Thresholds(Part):
    """The thresholds that a variable was held against, on its scale; ``na``: there is no Tx."""

    tn: str
    tx: str


class SampleRequest(Part):
    """Some of the requests behind a finding."""

    path: str
    status: int | None
    count: int


class FindingEvidence(Part):
    """What a finding rests on. Times are those of the first and the last request, and of the start of the ten minutes."""

    id: str
    first: str
    last: str
    window: str
    values: dict[str, float] = Field(description="variable -> measured value, in the variable's unit")
    thresholds: dict[str, Thresholds]
    samples: list[SampleRequest] = Field(description="none for the restricted user: URLs can hold identifiers")
    note: str


class Detail(Part):
    """One finding: when, which variables were over which threshold, and how far."""

    access_time: str
    attack_code: str
    attack_deviation: str = _text("how far over the threshold, per variable; absent for type 101")
    evidence: FindingEvidence | SkipJsonSchema[None] = Field(
        default=None, exclude_if=_absent, description="there where details are asked for"
    )


class Client(Part):
    """A client: exactly one of the five is there. Masks for the restricted user, but for addresses."""

    ip: str = _text("address")
    cookie: str = _text("value of the session cookie")
    access_token: str = _text("OAuth2 token")
    api_key: str = _text("API key")
    username: str = _text("user name")


class SeenClient(Client):
    """A client and when it was found."""

    access_time: list[str]


class DetailedClient(Client):
    """A client and its findings."""

    details: list[Detail]


def _no_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)  # None is never sent


SeenList = Annotated[list[SeenClient] | SkipJsonSchema[None], Field(exclude_if=_absent, json_schema_extra=_no_default)]
DetailedList = Annotated[
    list[DetailedClient] | SkipJsonSchema[None], Field(exclude_if=_absent, json_schema_extra=_no_default)
]


class SeenLists(Part):
    """Clients by kind."""

    ips: SeenList = None
    cookies: SeenList = None
    access_tokens: SeenList = None
    api_keys: SeenList = None
    usernames: SeenList = None


class DetailedLists(Part):
    """Clients by kind, with details."""

    ips: DetailedList = None
    cookies: DetailedList = None
    access_tokens: DetailedList = None
    api_keys: DetailedList = None
    usernames: DetailedList = None


class _OfType(Part):
    company: Literal["ping identity"] = "ping identity"
    description: str = "This report lists the clients that attacked the specified API in this way, and when."
    earlier_date: str
    later_date: str
    api_name: str
    ioc_type: str = Field(description="display name without the word Attack")


class AttackOfType(SeenLists, _OfType):
    """Answer of ``GET /v4/abs/attack?api=&type=``: one type on one API, the simple form."""


class _Details(Part):
    company: Literal["ping identity"] = "ping identity"
    attack_type: str
    name: Literal["api_attack_type", ""] = Field(default="", exclude_if=_absent)
    cookie: str = _text("name of the API's session cookie, where cookies are listed")
    description: str = (
        "This report lists the clients that attacked in this way, with the thresholds that they passed and how far."
    )
    earlier_date: str
    later_date: str
    api_name: str


class AttackDetails(DetailedLists, _Details):
    """One type of attack on one API, or across APIs ("all"): the detailed form."""


class Attacks(RootModel[list[AttackDetails]]):
    """Answer of ``GET /v4/abs/attack`` where it is about several types, or across APIs."""


class _AnomalyType(Part):
    anomaly_type: str


class AnomalyType(SeenLists, _AnomalyType):
    """The clients with anomalies of one type."""


class SuspiciousRequest(Client):
    """A client whose URLs or headers look like an attack, and some of them."""

    anomaly_type: str
    access_time: list[str]
    urls: list[SampleRequest]


class UrlAnomalies(Part):
    """Irregular URLs and odd requests: of clients with session, and of others."""

    suspicious_sessions: list[SuspiciousRequest]
    suspicious_requests: list[SuspiciousRequest]


class AnomaliesSummary(Part):
    """The API's anomalies in figures; `total_anomalies` counts them one by one, both lists name ten at most."""

    api_url: str
    total_anomalies: int
    most_suspicious_ips: list[str] = Field(max_length=10)
    most_suspicious_anomalies_urls: list[str] = Field(max_length=10)


class AnomaliesDetails(Part):
    """The anomalies: those of URLs and headers apart."""

    url_anomalies: UrlAnomalies
    ioc_anomalies: list[AnomalyType]


class ApiAnomalies(Part):
    """Answer of ``GET /v4/abs/anomalies?api=``."""

    company: Literal["ping identity"] = "ping identity"
    name: Literal["api_anomalies"] = "api_anomalies"
    description: str = (
        "This report lists activity on the specified API that has the marks of attacks, under their threshold."
    )
    earlier_date: str
    later_date: str
    api_name: str
    anomalies_summary: AnomaliesSummary
    anomalies_details: AnomaliesDetails
    notes: Notes = Field(default=[])


class _AcrossApis(Part):
    company: Literal["ping identity"] = "ping identity"
    anomaly_type: str
    type: int
    name: Literal["api_anomaly_type"] = "api_anomaly_type"
    description: str = "This report lists the clients whose activity over all APIs has the marks of this attack."
    earlier_date: str
    later_date: str
    api_name: Literal["all"] = "all"


class AnomalyAcrossApis(SeenLists, _AcrossApis):
    """One type of anomaly across APIs."""


class AnomaliesAcrossApis(RootModel[list[AnomalyAcrossApis]]):
    """Answer of ``GET /v4/abs/anomalies`` without ``api``."""


AttackAnswer = AttackOfType | AttackDetails | Attacks
AnomalyAnswer = ApiAnomalies | AnomaliesAcrossApis
