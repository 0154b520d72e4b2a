"""A report as rows: the list that it is about, flat, under a header that stays the same, as a table or as CSV.

A row has the fields of an entry and of all that the entry stands in. Lists and maps inside an entry are JSON in CSV, and
their first parts in a table.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table
from rich.text import Text

_CLIENT = ("ip", "cookie", "access_token", "api_key", "username")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_SHOWN = 2
_WIDEST = 32

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rows:
    """Where the rows stand and their columns. `at`: ways into the document, words between blanks:

    a name goes to that field; ``[]`` to each entry of a list, a text among them under the name of the list; ``{name}`` to each
    field of an object, whose own name becomes the field ``name``; ``{name:one,two}`` to those only; ``.`` is any value that is
    no list or object, the field ``value``; ``#`` the same of whole numbers alone. A way that does not fit gives no row.
    """

    at: tuple[str, ...]
    columns: tuple[str, ...]

    def of(self, document: Any) -> list[Row]:
        """The rows, with the columns and nothing else."""
        found = [row for way in self.at for row in _walk(document, way.split(), {}, "value")]
        return [{column: row.get(column) for column in self.columns} for row in found]


_TRAFFIC = ("ip", "total_requests", "devices", "methods", "urls", "apis")
_LISTS = ("user_agent", "path_info", "device", "server")
_SESSION = ("source_ip", "start_time", "end_time", *_LISTS)
_OF_CLIENT = Rows(("details metrics ip_list []",), _TRAFFIC)
_BLOCKED = ("date", "apiproxy_node", "category", "source", "type", "destination_api", "count")
_ATTACKS = ("{kind} []", "[] {kind} []")
_OF_BLOCKED = "api_blocked_connections [] blocked_connections [] blocked_connections [] details []"

_PERFORMANCE = (
    "requests",
    "p50_ms",
    "p95_ms",
    "p99_ms",
    "client_error_rate",
    "server_error_rate",
    "client_errors",
    "server_errors",
    "unanswered",
    "timed_requests",
)

OTHER = Rows(("{key} .",), ("key", "value"))
"""Of an answer that holds no list, such as that to a change."""

REPORTS: Mapping[str, Rows] = {
    "metrics": Rows(
        ("req_resp_details session_details []", "req_resp_details no_session request_details []"),
        ("session_id", "path", "total_requests", "source_ip", *_LISTS),
    ),
    "token": _OF_CLIENT,
    "ip": Rows(("details metrics {part} []",), ("part", "session_id", "path", "total_requests", "methods", *_SESSION)),
    "cookie": Rows(("details metrics []",), ("session_id", "total_requests", *_SESSION)),
    "api-key": _OF_CLIENT,
    "username": _OF_CLIENT,
    "apikeys": Rows(("details [] ip_list []",), ("api_key", *_TRAFFIC)),
    "oauthtokens": Rows(("details [] ip_list []",), ("token", *_TRAFFIC)),
    "usernames": Rows(("details [] ip_list []",), ("username", "tokens", *_TRAFFIC)),
    "be": Rows(
        ("backend_error_details [] details []",),
        ("error_code", "server", "request_url", "request_ip", "request_cookie", "count"),
    ),
    "hackersurl": Rows(("{kind} []",), ("kind", "url", "ips")),
    "validurl": Rows(("url_list [] urls []",), ("protocol", "url", "total_count", "methods")),
    "decoy": Rows(("details [] source_ip []",), ("decoy_url", "ip", "total_requests", "method_count", "url_count")),
    "flowcontrol": Rows(
        ("details {kind} []",), ("kind", "request_time", "connection_id", "source_ip", "destination_api", "count")
    ),
    "bc": Rows(("{counter} #",), ("counter", "value")),
    "bc --details": Rows((_OF_BLOCKED,), _BLOCKED),
    "attack": Rows(
        ("{kind} [] access_time []", *(f"{way} details []" for way in _ATTACKS)),
        ("attack_type", "ioc_type", *_CLIENT, "access_time", "attack_code", "attack_deviation"),
    ),
    "anomalies": Rows(
        (
            "anomalies_details ioc_anomalies [] {kind} []",
            "anomalies_details url_anomalies {part} []",
            "[] {kind} []",
        ),
        ("anomaly_type", *_CLIENT, "access_time", "urls"),
    ),
    "threshold": Rows(
        tuple(f"{name} [] {{mode:user,system}} {{variable}}" for name in ("thresholds", "threshold")),
        ("id", "type", "mode", "variable", "tn", "tx"),
    ),
    "attackstatus": Rows(
        ("attack_status {state} []",), ("state", "attack_id", "attack_name", "enabled_time", "disabled_time")
    ),
    "reset": OTHER,
    "benign": Rows(
        ("entries []",), ("id", "kind", "value", "attack_id", "api", "in_force", "since", "until", "by", "added", "why")
    ),
    "attacklist": Rows(
        ("attacklist {state} {kind} []", "attacklist {state} {kind} {cookie_name} []"),
        ("state", "kind", "cookie_name", "value"),
    ),
    "admin": Rows(
        ("apis []",),
        ("api_name", "host_name", "url", "api_type", "prediction_mode", "training_started_at", "training_duration"),
    ),
    "globalconfig": Rows(("global_config {key} .",), ("key", "value")),
    "discovery": Rows(
        ("summary []", "paths {url} {method} responses {status}"),
        ("api_name", "host", "basePath", "created", "updated", "url", "method", "status", "description", "produces"),
    ),
    "discovery-openapi": Rows(("paths {url} {method} responses {status}",), ("url", "method", "status", "description")),
    "latency": Rows(("entries []",), ("api", "method", "path", "client", *_PERFORMANCE)),
    "top": Rows(
        ("clients []",),
        ("client", "requests", "client_errors", "server_errors", "bytes", "apis", "first_seen", "last_seen"),
    ),
    "timeline": Rows(
        ("hours []",),
        ("hour", "requests", "client_errors", "server_errors", "unanswered", "apis", "ip_count", "ips", "findings"),
    ),
    "search": Rows(("identifiers []",), ("kind", "identifier", "requests", "first_seen", "last_seen")),
    "health": Rows(
        ("{key} .", "{part:facts,index,detection} {key} .", "reasons []"), ("part", "key", "value", "reasons")
    ),
}
"""Report (with ``--details`` where its list is another one then) -> rows. The columns are documented: add at the end only."""


def rows_for(report: str, *, details: bool = False) -> Rows:
    """The rows of a report."""
    return REPORTS.get(f"{report} --details" if details else report, REPORTS.get(report, OTHER))


def to_csv(rows: Rows, document: Any) -> str:
    """CSV (RFC 4180) with a header. A text that a spreadsheet would take for a formula has an apostrophe before it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(rows.columns)
    writer.writerows([_cell(value) for value in row.values()] for row in rows.of(document))
    return text.getvalue()


def to_table(rows: Rows, document: Any, width: int = 80) -> tuple[Table, list[str]]:
    """A table for reading, and the columns that found no room in it: the first that fit into `width` are shown.

    Columns without any value are neither shown nor named.
    """
    cells = [[_short(value) for value in row.values()] for row in rows.of(document)]
    table = Table(box=None, pad_edge=False, header_style="bold")
    shown, left_out, room = [], [], width
    for number, name in enumerate(rows.columns):
        longest = max((len(row[number]) for row in cells), default=0)
        needed = min(max(longest, len(name)), _WIDEST)
        if cells and not longest:
            continue
        if needed > room:
            left_out.append(name)
            continue
        room -= needed + 2
        shown.append(number)
        numbers = all(row[number].isdecimal() or not row[number] for row in cells)
        table.add_column(name, justify="right" if numbers else "left", width=needed, overflow="fold")
    for row in cells:
        table.add_row(*(Text(row[number]) for number in shown))
    return table, left_out


def _walk(value: Any, way: Sequence[str], row: Row, named: str) -> Iterator[Row]:
    if not way:
        yield {**row, **(value if isinstance(value, dict) else {named: value})}
        return
    step, rest = way[0], way[1:]
    if step == "[]":
        yield from _each(value, rest, row, named)
    elif step in (".", "#"):
        if type(value) is int or (step == "." and not isinstance(value, (list, dict))):
            yield {**row, "value": value}
    elif isinstance(value, dict):
        row = {**row, **_plain(value)}
        if step.startswith("{"):
            yield from _fields(value, step, rest, row)
        elif step in value:
            yield from _walk(value[step], rest, row, step)


def _each(value: Any, rest: Sequence[str], row: Row, named: str) -> Iterator[Row]:
    if isinstance(value, list):
        for entry in value:
            yield from _walk(entry, rest, row, named)


def _fields(value: Row, step: str, rest: Sequence[str], row: Row) -> Iterator[Row]:
    """Each field of an object. What names a client further out is about something else: its cookie's name, say."""
    name, _, only = step.strip("{}").partition(":")
    outer = {key: inner for key, inner in row.items() if key not in _CLIENT}
    for key, inner in value.items():
        if key in only.split(",") if only else key != "notes":
            yield from _walk(inner, rest, {**outer, name: key}, "value")


def _plain(value: Row) -> Row:
    """The fields that an entry inside keeps: all that are no object or list of objects."""
    return {
        key: inner
        for key, inner in value.items()
        if not isinstance(inner, dict) and not (isinstance(inner, list) and any(isinstance(one, dict) for one in inner))
    }


def _cell(value: Any) -> str:
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    return "" if value is None else json.dumps(value)


def _short(value: Any) -> str:
    """A value for reading. Identifiers are what clients sent: nothing of them may steer a terminal."""
    if isinstance(value, dict):
        parts = [f"{key} {_short(inner)}" for key, inner in value.items()]
    elif isinstance(value, list):
        parts = [_entry(one) for one in value]
    else:
        text = _cell(value) if not isinstance(value, str) else value
        return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
    more = [f"+{len(parts) - _SHOWN}"] if len(parts) > _SHOWN else []
    return ", ".join([*parts[:_SHOWN], *more])


def _entry(value: Any) -> str:
    """What an entry of a list is called, and how often it was counted."""
    if not isinstance(value, dict):
        return _short(value)
    return " ".join(_short(inner) for inner in value.values() if not isinstance(inner, (list, dict)))
