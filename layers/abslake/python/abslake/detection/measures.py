"""The columns of activity: what is measured of each client, in a window and in a day."""

from dataclasses import dataclass

from abslake.facts.connections import BITS, FULL, estimated
from abslake.facts.signals import Signal


@dataclass(frozen=True, slots=True)
class Measure:
    """A column of activity: how it is measured in a window, and how windows are added up to a day."""

    name: str
    window: str
    """An aggregate over requests grouped by who they are from (`abslake.detection.activity`), or over rows of `seen`."""
    day: str
    meaning: str


_URL = int(Signal.SQL | Signal.TRAVERSAL | Signal.COMMAND | Signal.SCRIPT | Signal.OVERFLOW | Signal.IRREGULAR_URL)
_WRITES = "method IN ('POST', 'PUT', 'PATCH')"
REFUSED = "status BETWEEN 400 AND 499 AND status <> 429"
"""Answers that refuse a request; a rejection for rate is none."""


def _sum(name: str, meaning: str, condition: str = "", of: str = "requests") -> Measure:
    filtered = f" FILTER ({condition})" if condition else ""
    return Measure(name, f"sum({of}){filtered}", f"sum({name})", meaning)


def _flag(name: str, bits: int, meaning: str, more: str = "") -> Measure:
    return _sum(name, meaning, f"signals & {bits} <> 0{more}")


SUMS = (
    _sum("requests", "requests"),
    _sum("answered", "requests that an answer below 500 came to, rejections for rate (429) left out",
         "status < 500 AND status <> 429"),
    _sum("ok", "requests answered 2xx", "status BETWEEN 200 AND 299"),
    _sum("refused", "requests answered 4xx, but for 429", REFUSED),
    _sum("unauthorized", "requests answered 401", "status = 401"),
    _sum("forbidden", "requests answered 403", "status = 403"),
    _sum("missing", "requests answered 404", "status = 404"),
    _sum("failed", "requests answered 5xx or not at all", "status IS NULL OR status >= 500"),
    _sum("gets", "GET and HEAD requests", "method IN ('GET', 'HEAD')"),
    _sum("posts", "POST requests", "method = 'POST'"),
    _sum("puts", "PUT and PATCH requests", "method IN ('PUT', 'PATCH')"),
    _sum("deletes", "DELETE requests", "method = 'DELETE'"),
    _sum("written", "POST, PUT and PATCH requests answered 2xx", f"{_WRITES} AND status BETWEEN 200 AND 299"),
    _sum("deleted", "DELETE requests answered 2xx", "method = 'DELETE' AND status BETWEEN 200 AND 299"),
    _sum("bytes_in", "bytes of request bodies", of="request_bytes"),
    _sum("bytes_out", "bytes of answers", of="response_bytes"),
    _sum("post_bytes", "bytes of POST bodies", "method = 'POST'", "request_bytes"),
    _sum("put_bytes", "bytes of PUT and PATCH bodies", "method IN ('PUT', 'PATCH')", "request_bytes"),
    _flag("logins", Signal.LOGIN, "requests to the login URL"),
    _flag("login_failures", Signal.LOGIN, "requests to the login URL answered 4xx, but for 429", f" AND {REFUSED}"),
    _sum("time_us", "response time of answered requests, microseconds", "status < 500 AND status <> 429", "response_time_us"),
    _sum("timed", "requests whose response time is known", "response_time_us IS NOT NULL"),
    _flag("query_hits", _URL, "requests whose URL holds an injection, a traversal, an overflow or is irregular"),
    _flag("written_hits", _URL | Signal.HEADER, "such requests, or with such headers, that write", f" AND {_WRITES}"),
    _flag("header_hits", Signal.HEADER, "requests with a malicious header"),
    _flag("header_odd", Signal.HEADER_ODD, "requests with an oversized or malformed header"),
    _flag("decoys", Signal.DECOY, "requests to a decoy"),
    _flag("bad_protocols", Signal.PROTOCOL, "requests with a protocol that the definition does not allow"),
    _flag("bad_methods", Signal.METHOD, "requests with a method that the definition does not allow"),
    _flag("bad_types", Signal.CONTENT_TYPE, "requests with a content type that the definition does not allow"),
)  # fmt: skip
"""Measures that are sums over requests: they are added up first by all that tells clients apart."""


def _distinct(name: str, column: str, meaning: str, day: str = "max") -> Measure:
    return Measure(name, f"count(DISTINCT {column})", f"{day}({name})", meaning)


def _sketch(name: str, column: str, what: str) -> Measure:
    return Measure(name, f"bit_or({bit(column)})", f"bit_or({name})", f"{what}, a bit each of {BITS}")


def bit(number: str) -> str:
    """SQL: the bit of `number` (a hash) in a sketch."""
    return f"1::BIGINT << ({number} % {BITS})::INTEGER"


def _bits(column: str, condition: str) -> str:
    return f"coalesce(bit_or({bit(column)}) FILTER ({condition}), 0)"


def _estimated(sketch: str) -> str:
    """How many things have set the bits of a sketch."""
    return estimated(f"bit_or({sketch})")


_CONNECTIONS = (
    f"CASE WHEN bit_or(connection_bits) = {FULL} THEN sum(connections) "
    f"ELSE least(sum(connections), {_estimated('connection_bits')}) END"
)
"""Added up, a connection counts in each row of facts that it has requests in: many times, if it is kept open."""


COUNTS = (
    Measure("minutes", "bit_count(bit_or(minute_bits))", "sum(minutes)", "minutes with requests"),
    Measure("largest", "coalesce(max(largest), 0)", "max(largest)", "bytes of the largest answer"),
    Measure("connections", f"coalesce({_CONNECTIONS}, 0)", "sum(connections)",
            "connections, estimated; more than some 250 are added up over rows of facts; in a day those of all windows together"),
    Measure("networks", "count(DISTINCT network)", "bit_count(bit_or(network_bits))::BIGINT",
            "networks: IPv4 /16, IPv6 /32; in a day at most 62"),
    Measure("agents", "count(DISTINCT agent)", "bit_count(bit_or(agent_bits))::BIGINT",
            "user agents; in a day at most 62"),
    _distinct("addresses", "ip", "addresses; in a day the most of one window"),
    _distinct("cookies", "cookie", "session cookies; in a day the most of one window"),
    _distinct("tokens", "token", "tokens; in a day the most of one window"),
    _distinct("keys", "api_key", "API keys; in a day the most of one window"),
    _distinct("users", "username", "user names; in a day the most of one window"),
    _distinct("apis", "api", "APIs; in a day the most of one window"),
    _sketch("network_bits", "network", "networks"),
    _sketch("agent_bits", "agent", "user agents"),
    Measure("thin_cookies", "coalesce(max(thin), 0)", "max(thin_cookies)",
            "session cookies of at most two requests from one of its addresses, where most are so; in a day "
            "the most of one window"),
    Measure("contested", "(count(DISTINCT network) > 1 AND count(DISTINCT agent) > 1)::BIGINT", "sum(contested)",
            "windows with requests from several networks and several user agents"),
)  # fmt: skip
"""Measures that count what differs."""

PATHS = (
    Measure("paths", "count(DISTINCT path)", "sum(paths)", "paths; in a day those of all windows together"),
    Measure(
        "found_paths", "count(DISTINCT path) FILTER (found)", "sum(found_paths)", "paths answered 2xx to GET, alike"
    ),
    Measure(
        "refused_paths", "count(DISTINCT path) FILTER (refused)", _estimated("refused_path_bits"),
        "paths answered 4xx, but for 401, 429 and logins; in a day estimated, at most 255",
    ),
    Measure(
        "unknown_calls", "count(DISTINCT unknown_call)", _estimated("unknown_call_bits"),
        "calls so answered that the API is not known to have; in a day estimated, at most 255",
    ),
    Measure(
        "barred_paths", "count(DISTINCT path) FILTER (barred)", "sum(barred_paths)",
        "paths answered 401 or 403; in a day those of all windows together",
    ),
    Measure("refused_path_bits", _bits("path", "refused"), "bit_or(refused_path_bits)", "such paths, a bit each of 62"),
    Measure("unknown_call_bits", _bits("unknown_call", "unknown_call IS NOT NULL"), "bit_or(unknown_call_bits)",
            "such calls, a bit each of 62"),
)  # fmt: skip
"""Measures of what was asked for."""

STRANGERS = Measure(
    "strangers", "sum(requests) - max(requests)", "sum(strangers)",
    "requests from other than the most used pair of network and user agent",
)  # fmt: skip

ORDER = (
    Measure("transitions", "transitions", "sum(transitions)", "steps from one call to another one"),
    Measure("improbable", "improbable", "sum(improbable)", "steps that clients of the API hardly ever make"),
    Measure("rare_calls", "rare_calls", "sum(rare_calls)", "requests to calls that few users of the API make"),
    Measure(
        "rare_marks", "rare_marks", "sum(rare_marks)", "of these refused ones, and improbable steps to or from them"
    ),
    Measure("rare_bits", "rare_bits", "bit_or(rare_bits)", "such calls, a bit each of 62"),
    Measure("call_bits", "call_bits", "bit_or(call_bits)", "calls, a bit each of 62"),
)
"""Measures of users and tokens over all APIs (`abslake.detection.transitions`); 0 for others."""

MEASURES = (*SUMS, *COUNTS, *PATHS, STRANGERS, *ORDER)
TIMES = ("first_seen", "last_seen")
COLUMNS = (*(measure.name for measure in MEASURES), *TIMES)

ALL = frozenset(measure.name for measure in MEASURES)
"""The names of all measures."""
