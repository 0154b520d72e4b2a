"""The metrics of all API keys, OAuth2 tokens or user names (contract 1.2 to 1.4), page by page.

Clients are listed slice by slice (`abslake.reports.slices`), in each by falling requests, then by name as it is shown. Mostly
there is one slice, so that this is the order of the whole list. Where there are several, `total_requests` of the summary
stays exact, since the index knows what its periods add up to. The number of clients is then estimated from the first slice:
hashes are uniform, so each client is in it with the same probability, and n clients found in the share f of all hashes make
n / f, with a relative standard error of sqrt((1 - f) / n) (binomial distribution).

A restricted user sees masks. The slices then come in an order that only the masking key gives, and no path is shown: a path can
hold an identifier of another kind, which the rows of this kind do not know.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import sqrt
from typing import Any

from abslake.errors import BadRequest
from abslake.records.user_agents import device_and_browser
from abslake.reports import client_models as models
from abslake.reports import dates, paging, slices
from abslake.reports.client_rows import ClientRows
from abslake.reports.forensics import ip_list
from abslake.reports.listing import Listed, Listing, Mask
from abslake.reports.metrics_entries import agree
from abslake.reports.paging import Place
from abslake.reports.question import Kind, Question
from abslake.traffic import coarsen

FAIR_CLIENTS = 4096
"""Clients of a fair slice: an estimate from as many has a standard error of 1.6 %."""

_CHANGED_DIGITS = 2
"""Between two pages of a list the lake may have grown to other slices: how much of that a cursor outlives."""

HIDDEN_PATH = "/***"

URLS_NOTE = f"URLs are shown as {HIDDEN_PATH}, since they can hold identifiers."

_REPORTS: dict[Kind, type[models.ClientsReport]] = {
    Kind.API_KEY: models.ApiKeysReport,
    Kind.TOKEN: models.TokensReport,
    Kind.USERNAME: models.UsernamesReport,
}
_COUNTED = {Kind.API_KEY: "api_keys", Kind.TOKEN: "tokens", Kind.USERNAME: "usernames"}
"""Key of the summary that tells how many there are."""

_ADDED_UP = "*"
"""What names are coarsened to where they are added up: no name, so it gets no mask and is no user agent."""


def compose(question: Question, rows: ClientRows, mask: Mask | None = None) -> models.ClientsReport:
    """The page that `question` asks for. Raises StorageError where sums contradict each other."""
    place = question.place or Place()
    digits = _digits(rows, place)
    total = rows.requests()
    sample = rows.slice(slices.first(digits))
    agree(digits > 0 or sample.requests == total)
    listed, behind = _page(rows, replace(place, digits=digits), question.limit, mask)
    details, level = _details(question.kind, rows, listed, mask)
    return _REPORTS[question.kind].model_validate(
        {
            "earlier_date": dates.spell(question.earlier, question.zone),
            "later_date": dates.spell(question.later, question.zone),
            "summary": {_COUNTED[question.kind]: sample.count * 16**digits, "total_requests": total},
            "details": details,
            "next_cursor": _cursor(question, behind),
            "notes": [
                *coarsen.notes(level),
                *_estimate_notes(question.kind, sample, digits),
                *([URLS_NOTE] if mask and details else []),
            ],
        }
    )


def _digits(rows: ClientRows, place: Place) -> int:
    """How many digits of the hash make the slices of this list, the same on all of its pages.

    As many as make slices of a fair size, one less where these hold but few clients: some heavy ones have many rows.
    """
    fair = rows.slices.digits()
    if place.digits is not None:
        if abs(place.digits - fair) > _CHANGED_DIGITS:
            raise BadRequest("cursor: the traffic has changed too much since; leave it out to get the first page")
        return place.digits
    while (
        fair > 1
        and rows.slices.rows <= slices.WHOLE_ROWS * 16 ** (fair - 1)
        and rows.slice(slices.first(fair)).count < FAIR_CLIENTS
    ):
        fair -= 1
    return fair


def _page(rows: ClientRows, place: Place, limit: int, mask: Mask | None) -> tuple[list[Listed], Place | None]:
    """At most `limit` clients from `place` on, and where the next page begins; None: there is none.

    Behind a slice that ends with the page another may be empty: then the last page is.
    """
    order = _order(place.digits or 0, mask)
    listed: list[Listed] = []
    number, offset = place.number, place.offset
    while number < len(order) and len(listed) < limit:
        found: Listing = rows.slice(order[number])
        listed += (some := found.page(offset, limit - len(listed), mask))
        offset += len(some)
        if offset >= found.count:
            number, offset = number + 1, 0
    return listed, replace(place, number=number, offset=offset) if number < len(order) else None


def _order(digits: int, mask: Mask | None) -> list[str]:
    """The slices in the order they are listed in. That of the hashes would tell of the names behind masks."""
    every = slices.beginnings(digits)
    return sorted(every, key=lambda beginning: mask(beginning, "slice")) if mask else every


def _details(
    kind: Kind, rows: ClientRows, listed: Sequence[Listed], mask: Mask | None
) -> tuple[list[dict[str, Any]], int]:
    """The entries of the listed, in their order, and the level of the coarsest."""
    if not listed:
        return [], 0
    level = rows.details([one.name for one in listed])
    totals = {one.name: one for one in listed}
    entries: dict[str, dict[str, Any]] = {}
    for name, sums in rows.by_client():
        one = totals[name]
        addresses, total, tokens = ip_list([_shown(row, kind, mask) for row in sums])
        agree(total == one.total)
        entry: dict[str, Any] = {kind.value: one.shown, "total_requests": total, "ip_list": addresses}
        entries[name] = {**entry, "tokens": tokens} if kind is Kind.USERNAME else entry
    agree(len(entries) == len(listed))
    return [entries[one.name] for one in listed], level


def _shown(row: Mapping[str, Any], kind: Kind, mask: Mask | None) -> dict[str, Any]:
    """A sum as the caller may see it; devices are constants here, which forensics of user names has none of."""
    shown = dict(row)
    if kind is Kind.USERNAME and row["part"] == "device" and row["device"] != _ADDED_UP:
        shown["device"], _ = device_and_browser(row["device"])
    if mask and row["part"] == "path":
        shown["path"] = HIDDEN_PATH
    if mask and row["part"] == "token" and row["token"] != _ADDED_UP:
        shown["token"] = mask(row["token"], Kind.TOKEN.value)
    return shown


def _cursor(question: Question, place: Place | None) -> str:
    return paging.write_place(place, question.kind.value, question.earlier, question.later) if place else ""


def _estimate_notes(kind: Kind, sample: Listing, digits: int) -> list[str]:
    """The same on every page and for every caller."""
    if not digits:
        return []
    error = sqrt((1 - 1 / 16**digits) / max(sample.count, 1))
    return [
        f"{_COUNTED[kind]} is an estimate with a standard error of {error:.1%}. details goes by falling requests within each of "
        f"{16**digits:,} parts only. All other counts are exact; a shorter range shows more."
    ]
