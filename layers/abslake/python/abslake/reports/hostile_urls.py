"""Compose the answer of ``GET /v4/abs/hackersurl`` (contract 7.6): URLs that gave themselves away, and who asked for them.

They are those that are kept beside the facts (`abslake.facts.flagged`). Documented are four kinds, and the key ``invalid_urls``
with injections of SQL; that every other kind has a key of its own is our reading. A URL of several kinds stands in each.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

from abslake.access.mask import Mask
from abslake.facts import flagged
from abslake.facts.flagged import Flagged
from abslake.facts.signals import Signal
from abslake.records.definitions import Api
from abslake.reports import facts_reading, planner
from abslake.reports import traffic_models as models
from abslake.reports.answer import pool
from abslake.reports.facts_reading import Reader
from abslake.reports.ranking import names
from abslake.reports.traffic_question import TrafficQuestion
from abslake.storage import Lake

LISTS = {
    "invalid_urls": Signal.SQL,
    "irregular_urls": Signal.IRREGULAR_URL,
    "system_commands": Signal.COMMAND,
    "buffer_overflows": Signal.OVERFLOW,
    "path_traversals": Signal.TRAVERSAL,
    "cross_site_scripts": Signal.SCRIPT,
}
"""Key of a list -> the signal that its URLs gave, in the order of pages."""

MOST_IPS = 1000
"""Addresses that an entry names."""

_AT_ONCE = 64
_SHARE = 16
"""Objects of URLs are read by hand: a report takes so many times less of them than of facts."""


@dataclass(slots=True)
class _Kept:
    """What was kept of the range: requests by address, by list and URL as shown; and what it cannot tell."""

    urls: dict[str, dict[str, Counter[str]]] = field(default_factory=lambda: {name: {} for name in LISTS})
    full: int = 0
    cut: int = 0
    uncertain: int = 0

    def add(self, one: Flagged, question: TrafficQuestion) -> None:
        if one.first < question.earlier and one.last >= question.later:
            self.uncertain += 1
        self.cut += len(one.url.encode("utf-8", "replace")) > flagged.MOST_BYTES - 4
        for name, signal in LISTS.items():
            if one.signals & signal:
                counted = self.urls[name].setdefault(decoded(one.url), Counter())
                counted[one.ip or ""] += one.requests

    def notes(self, crowded: int) -> list[str]:
        notes = []
        if self.full:
            notes.append(
                f"{self.full} units of facts had as many such requests as are kept of one ({flagged.MOST}): there can be more."
            )
        if self.cut:
            notes.append(f"URLs are cut after {flagged.MOST_BYTES} bytes, which {self.cut} of them reach.")
        if self.uncertain:
            notes.append(
                f"{self.uncertain} were asked for before and after the range within one hour: whether in it is not kept."
            )
        if crowded:
            notes.append(f"{crowded} entries name {MOST_IPS} of their addresses, those with most requests.")
        return notes


def decoded(url: str) -> str:
    """The URL with its query decoded, as the documented sample has it; the path as sent."""
    path, mark, query = url.partition("?")
    return path + mark + unquote_plus(query, errors="replace")


def report(question: TrafficQuestion, api: Api, reader: Reader, mask: Mask | None) -> models.HostileUrlReport:
    """The page that `question` asks for. Raises BadRequest (``RANGE_TOO_LARGE``), StorageError."""
    kept = _read(question, api, reader)
    entries = [(name, url, by_ip) for name in LISTS for url, by_ip in _ranked(kept.urls[name], mask)]
    page = entries[question.offset : question.offset + question.limit]
    lists: dict[str, Any] = {name: [] for name in LISTS}
    for name, url, by_ip in page:
        lists[name].append(models.HostileUrl(url=url, ips=[ip for ip in names(by_ip) if ip][:MOST_IPS]))
    return models.HostileUrlReport(
        api_name=api.name,
        **lists,
        next_cursor=question.next_cursor(len(page), more=question.offset + len(page) < len(entries)),
        notes=kept.notes(sum(len(by_ip) > MOST_IPS for _, _, by_ip in page)),
    )


def _ranked(urls: dict[str, Counter[str]], mask: Mask | None) -> list[tuple[str, Counter[str]]]:
    """By falling number of requests, then by URL as it is shown."""
    shown = ((mask(url, "url") if mask else url, by_ip) for url, by_ip in urls.items())
    return sorted(shown, key=lambda entry: (-entry[1].total(), entry[0]))


def _read(question: TrafficQuestion, api: Api, reader: Reader) -> _Kept:
    objects = planner.hour_objects(reader.lake, flagged.PREFIX, question.earlier, question.later, pool())
    facts_reading.check_budget(objects, reader.settings.report_budget_bytes // _SHARE)
    reader.account.planned = len(objects)
    kept = _Kept()
    for records in _objects(reader, [entry.key for entry in objects]):
        kept.full += len(records) >= flagged.MOST
        for one in records:
            if one.api == api.name and one.first < question.later and one.last >= question.earlier:
                kept.add(one, question)
    return kept


def _objects(reader: Reader, keys: Sequence[str]) -> Iterator[list[Flagged]]:
    for start in range(0, len(keys), _AT_ONCE):
        for data in pool().map(lambda key: _get(reader.lake, key), keys[start : start + _AT_ONCE]):
            reader.account.reads.objects += 1
            reader.account.reads.bytes += len(data)
            yield flagged.parsed(data)


def _get(lake: Lake, key: str) -> bytes:
    try:
        return lake.get(key)
    except FileNotFoundError:
        return b""  # its unit counts no more
