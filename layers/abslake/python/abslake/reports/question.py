"""A query string becomes a validated question, or a `BadRequest` that names the field.

Source: contract 0.2 (dates, order, the doubled ``=`` of printed addresses), 1.1 and 4 (parameters); `limit` and `cursor`
are an extension. The query string is read as sent: a parsed one has already lost which parameter was repeated. No
message holds a parameter's value, since that may be somebody's token.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from urllib.parse import unquote_to_bytes

from abslake.errors import BadRequest
from abslake.records.addresses import canonical
from abslake.reports import dates, paging
from abslake.settings import Settings


class Kind(StrEnum):
    """The six reports; the value of a forensics kind is the fact column and the parameter that select it."""

    METRICS = "metrics"
    TOKEN = "token"  # noqa: S105 - a parameter's name
    IP = "ip"
    COOKIE = "cookie"
    API_KEY = "api_key"
    USERNAME = "username"


SELECTORS = {"token": Kind.TOKEN, "IP": Kind.IP, "ip": Kind.IP} | {
    kind.value: kind for kind in (Kind.COOKIE, Kind.API_KEY, Kind.USERNAME)
}
"""The parameters of ``/v4/abs`` that say whom the report is about. ``IP`` is documented, ``ip`` taken as well."""

_IDENTIFIERS = frozenset({*SELECTORS, "prefix"})
"""Parameters whose value may begin with ``=``."""

RANGE = ("earlier_date", "later_date")
PAGE = ("limit", "cursor")
METRICS_FIELDS = frozenset({*RANGE, "api", "engine", *PAGE})
"""The parameters of ``/v4/abs/metrics``."""
PAGED_FIELDS = METRICS_FIELDS | {
    "details", "status", "by", "kind", "method", "path", "sort", "prefix", "api_name", *SELECTORS
}  # fmt: skip
"""The parameters of all reports that come in pages."""

CLIENTS_FIELDS = frozenset({*RANGE, *PAGE})
"""The parameters of ``/v4/abs/apikeys``, ``oauthtokens`` and ``username``."""

_FORENSICS_FIELDS = frozenset({*RANGE, "api", "engine", *SELECTORS})
_BAD_PERCENT = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_HARMLESS_NAME = re.compile(r"[A-Za-z][A-Za-z_]{0,23}")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: kind of report, UTC range ``earlier <= t < later`` in whole minutes, whom or which API.

    Of the sessions of a metrics report: `limit` of them, behind the first `offset`. `athena`: to be asked there.
    `place`: about all clients of the kind, `limit` of them from there on; None: about the one whose `value` is given.
    """

    kind: Kind
    earlier: datetime
    later: datetime
    zone: tzinfo | None
    api: str | None = None
    value: str = field(default="", repr=False)
    limit: int = paging.DEFAULT_LIMIT
    offset: int = 0
    athena: bool = False
    place: paging.Place | None = None


def metrics_question(query: str, settings: Settings) -> Question:
    """The question of ``GET /v4/abs/metrics``. Raises BadRequest naming the field."""
    given = parameters(query, METRICS_FIELDS)
    return ask(Kind.METRICS, "", given, settings)


def forensics_question(query: str, settings: Settings) -> Question:
    """The question of ``GET /v4/abs``: exactly one selector. Raises BadRequest naming the field."""
    given = parameters(query, _FORENSICS_FIELDS)
    return ask(*selected(given), given, settings)


def selected(given: Mapping[str, str]) -> tuple[Kind, str]:
    """The one identifier that is asked for. Raises BadRequest."""
    chosen = [name for name in given if name in SELECTORS]
    if not chosen:
        raise BadRequest("one of token, IP, cookie, api_key, username is missing", "MISSING_PARAMETER")
    if len(chosen) > 1:
        raise BadRequest(f"{' and '.join(sorted(chosen))}: give one selector only", "TOO_MANY_SELECTORS")
    return SELECTORS[chosen[0]], given[chosen[0]]


def ask(kind: Kind, value: str, given: Mapping[str, str], settings: Settings) -> Question:
    """A question from decoded parts.

    `given` holds ``earlier_date``, ``later_date`` and, where asked, ``api``, ``limit``, ``cursor``, ``engine``.
    Raises BadRequest naming the field.
    """
    _refuse_strangers(kind, given)
    api = given.get("api")
    if kind is not Kind.METRICS:
        value = _identifier(kind, value)
    earlier, later, zone = read_range(given, settings)
    limit = paging.read_limit(given.get("limit"))
    offset = paging.read_cursor(given.get("cursor"), api or "", earlier, later)
    athena = _asks_athena(given.get("engine"), settings)
    return Question(kind, earlier, later, zone, api, value, limit, offset, athena)


def clients_question(kind: Kind, query: str, settings: Settings) -> Question:
    """The question about all clients of a kind, such as ``GET /v4/abs/apikeys``. Raises BadRequest naming the field."""
    return ask_all(kind, parameters(query, CLIENTS_FIELDS), settings)


def ask_all(kind: Kind, given: Mapping[str, str], settings: Settings) -> Question:
    """The same from decoded parts: ``earlier_date``, ``later_date`` and, where asked, ``limit``, ``cursor``."""
    if "api" in given:
        raise BadRequest("api: a report on all clients is about all APIs", "UNKNOWN_PARAMETER")
    earlier, later, zone = read_range(given, settings)
    place = paging.read_place(given.get("cursor"), kind.value, earlier, later)
    return Question(kind, earlier, later, zone, limit=paging.read_limit(given.get("limit")), place=place)


def read_range(
    given: Mapping[str, str], settings: Settings, *, days: bool = False
) -> tuple[datetime, datetime, tzinfo | None]:
    """Begin and end of the range that was asked for, UTC, and the zone of the answer. `days`: dates alone are taken, too.

    Raises BadRequest naming the field.
    """
    for name in RANGE:
        need(name, given)
    zone = dates.zone(settings.timezone)
    if days:
        earlier = dates.read_day("earlier_date", given["earlier_date"], zone)
        later = dates.read_day("later_date", given["later_date"], zone, end=True)
    else:
        earlier, later = (dates.read(name, given[name], zone) for name in RANGE)
    _check_range(earlier, later, settings)
    return earlier, later, zone


def need(name: str, given: Mapping[str, str]) -> None:
    """Raises BadRequest where a parameter was not given."""
    if name not in given:
        raise BadRequest(f"{name} is missing", "MISSING_PARAMETER")


def read_flag(name: str, given: Mapping[str, str]) -> bool:
    """A parameter that is true or false, false where it is not given. Raises BadRequest."""
    text = given.get(name, "false")
    if text not in ("true", "false"):
        raise BadRequest(f"{name}: write true or false")
    return text == "true"


def _check_range(earlier: datetime, later: datetime, settings: Settings) -> None:
    """Raises BadRequest where a range is empty, the wrong way round or too long."""
    if earlier >= later:
        raise BadRequest("earlier_date must be before later_date", dates.INVALID_DATE)
    if later - earlier > timedelta(days=settings.max_range_days):
        raise BadRequest(
            f"earlier_date to later_date: more than {settings.max_range_days} days; ask for less", "RANGE_TOO_LONG"
        )


def parameters(query: str, known: frozenset[str]) -> dict[str, str]:
    """The decoded parameters of a raw query string, each known, given once and not empty, in their order.

    ``+`` is a blank and ``%XX`` a byte of UTF-8. A doubled ``=`` (contract 0.2) is taken as one, except where the value
    is an identifier: that may begin with ``=``. Raises BadRequest naming the field.
    """
    given: dict[str, str] = {}
    for position, part in enumerate(filter(None, query.split("&")), start=1):
        raw_name, _, raw_value = part.partition("=")
        name = _decode(raw_name, f"parameter {position}")
        if name not in known:
            shown = name if raw_value and _HARMLESS_NAME.fullmatch(name) else f"parameter {position}"
            what = f"known are {', '.join(sorted(known))}" if known else "this takes no parameters"
            raise BadRequest(f"{shown}: not known here; {what}", "UNKNOWN_PARAMETER")
        if name in given:
            raise BadRequest(f"{name} is given more than once", "REPEATED_PARAMETER")
        if name not in _IDENTIFIERS:
            raw_value = raw_value.removeprefix("=")
        given[name] = _decode(raw_value, name)
        if not given[name]:
            raise BadRequest(f"{name} is empty", "EMPTY_PARAMETER")
    return given


def _refuse_strangers(kind: Kind, given: Mapping[str, str]) -> None:
    if kind is Kind.METRICS:
        need("api", given)
        return
    if "api" in given and kind is not Kind.COOKIE:
        raise BadRequest("api: only metrics and cookie reports take it", "UNKNOWN_PARAMETER")
    for name in PAGE:
        if name in given:
            raise BadRequest(f"{name}: only reports that come in pages take it", "UNKNOWN_PARAMETER")


def _decode(raw: str, name: str) -> str:
    try:
        data = raw.replace("+", " ").encode()
        if _BAD_PERCENT.search(data):
            raise BadRequest(f"{name}: a % must be followed by two hexadecimal digits; write % itself as %25")
        return unquote_to_bytes(data).decode()
    except UnicodeError as error:
        raise BadRequest(f"{name}: percent-encode it as UTF-8") from error


def _asks_athena(text: str | None, settings: Settings) -> bool:
    if text not in (None, "athena"):
        raise BadRequest("engine: athena is the only one that can be named")
    if text and not (settings.athena_workgroup and settings.athena_database):
        raise BadRequest("engine: Athena is not set up here; leave engine out", "ENGINE_NOT_AVAILABLE")
    return text is not None


def _identifier(kind: Kind, value: str) -> str:
    """The value as facts hold it: an address in its one spelling, anything else as given."""
    if not value:
        raise BadRequest(f"{kind} is empty", "EMPTY_PARAMETER")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise BadRequest(f"{kind} is not valid Unicode") from None
    if kind is not Kind.IP:
        return value
    address = canonical(value)
    if address is None:
        raise BadRequest("IP: not an IPv4 or IPv6 address", "INVALID_ADDRESS")
    return address
