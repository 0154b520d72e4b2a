#!/usr/bin/env python3
"""Write ``examples/``: ASE logs, API definitions and findings that give the six documented reports, number for number.

    python scripts/make_examples.py [FOLDER]

The same bytes at every run (tests compare): times and orders are computed, nothing is drawn. The logs of other gateways
in ``examples/logs`` are real ones and not made here.
"""

import gzip
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from abslake.detection.findings import Finding, IdentifierKind, Level

CURL = "curl/7.64.0"  # in the documented constants: user agent DOWNLOAD, device UNKNOWN
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/57.0.2987.110 Safari/537.36"
SERVER = "127.0.0.1:3000"
METHODS = {"get": "GET", "put": "PUT", "post": "POST", "delete": "DELETE"}

SESSION_PATHS = {
    "post400": 218,
    "put400": 18,
    "delete200": 208,
    "get400": 14,
    "put200": 152,
    "delete400": 10,
    "get200": 104,
    "post200": 1782,
}
TOKEN_PATHS = {
    "delete200": 218,
    "get200": 850,
    "post400": 8,
    "post200": 62,
    "put400": 62,
    "get400": 122,
    "put200": 1938,
    "delete400": 18,
}
KEY_CLIENTS = {"192.168.2.2": 457, "192.168.2.1": 560, "192.168.2.3": 404, "192.168.2.5": 1200}
USER_TOKENS = ("t4MFBkEe", "t4GpEkUS", "t4ZxUOjb", "t4QEvJKT")
USER_CLIENTS = {"127.0.0.28": 54_983, "127.0.0.1": 54_982}
"""The printed sample lists the first address only; the second is what its total leaves."""


@dataclass(frozen=True)
class Line:
    """One line of a log, of the balancer process `pid`."""

    time: datetime
    pid: int
    document: Mapping[str, Any]


def at(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def spread(first: datetime, last: datetime, count: int) -> list[datetime]:
    """`count` moments at equal distances, whole milliseconds, the first and the last exact."""
    span = round((last - first) / timedelta(milliseconds=1))
    return [first + timedelta(milliseconds=span * n // max(1, count - 1)) for n in range(count)]


def interleaved(counts: Mapping[str, int]) -> list[str]:
    """Each name as often as its count says, evenly mixed."""
    places = [((n + 0.5) / count, name) for name, count in counts.items() for n in range(count)]
    return [name for _, name in sorted(places)]


def request(ip: str, method: str, url: str, agent: str, **headers: str) -> dict[str, Any]:
    """The body of a request call."""
    pairs = [{"Host": "bank.example.com"}, {"User-Agent": agent}]
    pairs += [{name.replace("_", "-"): value} for name, value in headers.items()]
    return {
        "source_ip": ip,
        "source_port": 53_122,
        "method": method,
        "url": url,
        "http_version": "1.1",
        "headers": pairs,
    }


def response(status: int) -> dict[str, Any]:
    """The body of a response call."""
    reason = "OK" if status < 300 else "Bad Request"
    headers = [{"Content-Type": "application/json"}, {"Content-Length": "21" if status < 300 else "35"}]
    return {"response_code": str(status), "response_status": reason, "http_version": "1.1", "headers": headers}


def transaction(
    time: datetime, ask: Mapping[str, Any], answer: Mapping[str, Any], server: str = SERVER
) -> dict[str, Any]:
    """Request and response on one line; an empty server: the request reached none."""
    line = {"timestamp": stamp(time), "request": ask, "response": answer}
    return line | ({"server": server} if server else {})


def stamp(time: datetime) -> str:
    """A moment as ASE lines carry it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03d}Z"


def call(name: str, base: str) -> tuple[str, str, int]:
    """Method, URL and status of a test call such as ``put400``."""
    return METHODS[name[:-3]], f"{base}/{name}", int(name[-3:])


def metrics_traffic() -> Iterator[Line]:
    """api_metrics: 2508 requests to atm_app_public, two sessions and one request without."""
    names = interleaved(SESSION_PATHS)
    for n, time in enumerate(spread(at("2018-02-14T10:00:01.250"), at("2018-02-14T10:09:41.750"), len(names))):
        method, url, status = call(names[n], "/atm_app_public")
        ask = request("127.0.0.1", method, url, CURL, Cookie="JSESSIONID=session11")
        took = {"response_time_ms": 4 + n % 9, "connection_id": 147_378_000 + n // 100}
        yield Line(time, 19_017, transaction(time, ask, response(status)) | took)
    time = at("2018-02-14T10:03:07.002")
    ask = request("127.0.0.1", "GET", "/atm_app_public/get400", CURL, Cookie="theme=dark; JSESSIONID=session_protocol")
    yield Line(time, 19_018, transaction(time, ask, response(400), server=""))
    time = at("2018-02-14T10:04:11.480")
    ask = request("10.240.0.6", "GET", "/atm_app_public/get400?page=2", CURL, X_Forwarded_For="3.1.1.4, 10.240.0.9")
    yield Line(time, 19_018, transaction(time, ask, response(400)))


def ip_traffic() -> Iterator[Line]:
    """api_abs_ip: 4096 requests to each of two APIs; the second as two lines each, request and response."""
    first = spread(at("2018-02-15T14:04:17.959"), at("2018-02-15T14:05:59.263"), 4096)
    for time in first:
        ask = request("10.240.0.6", "GET", "/atm_app_private/get200", CURL, X_Forwarded_For="4.1.1.1")
        yield Line(time, 19_017, transaction(time, ask, response(200)))
    second = spread(at("2018-02-15T14:14:00.724"), at("2018-02-15T14:14:47.999"), 4096)
    for n, time in enumerate(second):
        ask = request("4.1.1.1", "GET", "/2_atm_app_private/get200", CURL)
        yield Line(time, 19_017, {"timestamp": stamp(time), "correlation_id": n, "request": ask})
        later = time + timedelta(milliseconds=9)
        answer = {"timestamp": stamp(later), "correlation_id": n, "response": response(200), "server": SERVER}
        yield Line(later, 19_017, answer)


def token_traffic() -> Iterator[Line]:
    """api_abs_token: the same 3278 requests to each of two APIs."""
    for base, start in (("/atm_app_oauth", "09:10:02.100"), ("/2_atm_app_oauth", "09:20:02.100")):
        names, begin = interleaved(TOKEN_PATHS), at(f"2018-02-16T{start}")
        for n, time in enumerate(spread(begin, begin + timedelta(minutes=9), len(names))):
            method, url, status = call(names[n], base)
            ask = request("127.0.0.1", method, url, CURL, Authorization="Bearer token1")
            yield Line(time, 19_017, transaction(time, ask, response(status)) | {"response_time_ms": 3.5 + n % 7})


def cookie_traffic() -> Iterator[Line]:
    """api_abs_cookie: one request."""
    time = at("2018-01-29T15:51:23.408")
    ask = request("127.0.0.1", "PUT", "/atm_app_public/put200", CURL, Cookie="JSESSIONID=session_datapoisoining")
    yield Line(time, 19_017, transaction(time, ask, response(200)))


def key_traffic() -> Iterator[Line]:
    """api_abs_api_key: 2621 requests from four addresses, the key in a header and in the query string."""
    clients, begin = interleaved(KEY_CLIENTS), at("2019-03-11T08:40:05.000")
    for n, time in enumerate(spread(begin, begin + timedelta(minutes=8), len(clients))):
        if n % 2:
            ask = request(clients[n], "GET", "/atm_app/getzipcode", CURL, X_API_KEY="finite_api_key")
        else:
            ask = request(clients[n], "GET", "/atm_app/getzipcode?zip=94105&key=finite_api_key", CURL)
        yield Line(time, 19_021, transaction(time, ask, response(200)))


def username_traffic() -> Iterator[Line]:
    """api_abs_username: 109,965 requests, in bursts of one per token."""
    for pid, (ip, count) in enumerate(USER_CLIENTS.items(), start=19_021):
        bursts = spread(at("2019-06-03T12:30:00.500"), at("2019-06-03T12:39:59.500"), -(-count // len(USER_TOKENS)))
        for n in range(count):
            time, token = bursts[n // len(USER_TOKENS)], USER_TOKENS[n % len(USER_TOKENS)]
            ask = request(ip, "POST", "/atm_app_oauth", CHROME, Authorization=f"Bearer {token}")
            took = {"response_time_ms": 2 + n // len(USER_TOKENS) * 7 % 11}
            yield Line(time, pid, transaction(time, ask | {"user_info": [{"username": "t4"}]}, response(200)) | took)


def log_files() -> dict[str, bytes]:
    """ASE file name -> its lines: one file a balancer process and ten minutes."""
    files: dict[str, list[Line]] = {}
    for traffic in (metrics_traffic, ip_traffic, token_traffic, cookie_traffic, key_traffic, username_traffic):
        for line in traffic():
            start = line.time.replace(minute=line.time.minute // 10 * 10)
            files.setdefault(f"http_ws_80_pid_{line.pid}__access__{start:%Y-%m-%d_%H-%M}.log", []).append(line)
    return {name: b"".join(map(encoded, sorted(lines, key=lambda line: line.time))) for name, lines in files.items()}


def encoded(line: Line) -> bytes:
    """One line of JSON."""
    return json.dumps(line.document, separators=(",", ":")).encode() + b"\n"


def definition(url: str, hostname: str = "*", **fields: Any) -> dict[str, Any]:
    """An API definition in the documented schema; what is not said stays at its default."""
    metadata = {
        "protocol": "http",
        "url": url,
        "hostname": hostname,
        "cookie": "",
        "cookie_idle_timeout": "200m",
        "logout_api_enabled": False,
        "cookie_persistence_enabled": False,
        "oauth2_access_token": False,
        "is_token_mandatory": False,
        "apikey_qs": "",
        "apikey_header": "",
        "login_url": "",
        "enable_blocking": False,
        "api_memory_size": "128mb",
    }
    return {"api_metadata": metadata | fields}


def definitions() -> dict[str, dict[str, Any]]:
    """The APIs of the samples, and one each for the two real logs."""
    return {
        "atm_app_public": definition("/atm_app_public", cookie="JSESSIONID"),
        "atm_app_private": definition("/atm_app_private"),
        "2_atm_app_private": definition("/2_atm_app_private"),
        "atm_app_oauth": definition("/atm_app_oauth", oauth2_access_token=True),
        "2_atm_app_oauth": definition("/2_atm_app_oauth", oauth2_access_token=True),
        "atm_app": definition("/atm_app", apikey_header="X-API-KEY", apikey_qs="key"),
        "wordpress": definition("/", hostname="wordpress-1604126382.us-east-2.elb.amazonaws.com"),
        "weblog": definition("/"),
    }


def findings() -> dict[str, list[Finding]]:
    """What the samples report as attacks and anomalies, by the kind of identifier."""
    oauth, private = ("2_atm_app_oauth", "atm_app_oauth"), ("2_atm_app_private", "atm_app_private")
    memory, poisoning = (5, "API Memory Attack Type 1"), (15, "Data Poisoning Attack")
    exfiltration, activity = (1, "Data Exfiltration Attack"), (11, "Extreme App Activity Attack")
    client, stolen = (10, "Extreme Client Activity Anomaly"), (31, "Stolen API Key Attack- Per API Key")
    token_time = (at("2018-02-16T09:10:00"), at("2018-02-16T09:30:00"))
    ip_time = (at("2018-02-15T14:00:00"), at("2018-02-15T14:20:00"))
    cookie_time = (at("2018-01-29T15:50:00"), at("2018-01-29T16:00:00"))
    key_time = (at("2019-03-11T08:40:00"), at("2019-03-11T08:50:00"))
    token = Who(IdentifierKind.TOKEN, "token1", *token_time)
    ip = Who(IdentifierKind.IP, "4.1.1.1", *ip_time)
    cookie = Who(IdentifierKind.COOKIE, "session_datapoisoining", *cookie_time)
    key = Who(IdentifierKind.API_KEY, "finite_api_key", *key_time)
    return {
        "token": [token.finding(what, api) for what in (memory, poisoning) for api in oauth],
        "ip": [
            *(ip.finding(what, api) for what in (exfiltration, activity) for api in private),
            ip.finding(client, "2_atm_app_private", Level.ANOMALY),
        ],
        "cookie": [cookie.finding(what, "atm_app_public") for what in (memory, poisoning)],
        "api_key": [key.finding(stolen, "all", level) for level in (Level.ATTACK, Level.ANOMALY)],
    }


@dataclass(frozen=True)
class Who:
    """One client and when it was looked at."""

    kind: IdentifierKind
    identifier: str
    first: datetime
    last: datetime

    def finding(self, what: tuple[int, str], api: str, level: Level = Level.ATTACK) -> Finding:
        """One finding about it."""
        attack = level is Level.ATTACK
        return Finding(
            attack_id=what[0],
            name=what[1],
            level=level,
            identifier_kind=self.kind,
            identifier=self.identifier,
            api=api,
            first=self.first,
            last=self.last,
            attack_code="varA(Tx, 26)" if attack else "varA(Tn, 18)",
            attack_deviation="varA(700%)" if attack else "varA(12%)",
        )


def write(folder: Path) -> Iterable[Path]:
    """All files under `folder`; gives those written."""
    for name, lines in log_files().items():
        yield put(folder / "ase" / f"{name}.gz", gzip.compress(lines, 9, mtime=0))
    for name, document in definitions().items():
        yield put(folder / "apis" / f"{name}.json", json.dumps(document, indent=2).encode() + b"\n")
    for kind, found in findings().items():
        text = "".join(finding.model_dump_json(exclude_defaults=True) + "\n" for finding in found)
        yield put(folder / "findings" / f"{kind}.ndjson", text.encode())


def put(path: Path, content: bytes) -> Path:
    """One file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[1] / "examples"
    for written in write(target):
        print(f"{written.stat().st_size:>9,}  {written}")
