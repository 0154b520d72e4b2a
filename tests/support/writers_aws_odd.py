"""AWS log lines made from a seed, good ones and every kind of odd one: what the agreement of readings is tested with."""

import json
from collections.abc import Callable, Mapping
from random import Random
from typing import Any
from urllib.parse import quote

from tests.support.odd_values import (
    ADDRESSES,
    COOKIES,
    HOSTS,
    NUMBERS,
    ODD,
    OTHERS,
    SCHEMES,
    TEXTS,
    TIMES,
    URLS,
    broken,
)
from tests.support.writers_aws import CLOUDFRONT_FIELDS, CLOUDFRONT_HEADER, REALTIME_FIELDS

_CLOCKS = [
    "02/Mar/2026:10:15:00 +0100",
    "30/Feb/2026:10:15:00 +0000",
    "02/anM/2026:10:15:00 +0000",
    "02/Mar/2026:10:15:00",
    "02/Mar/2026:10:15:60 +0000",
    "1772446500",
    "x",
]
_ENCODED = [
    "%",
    "%2",
    "%zz",
    "%C3%A9",
    "%FF",
    "%00",
    "%0A",
    "%2520",
    "a%2520b%20c",
    "%252520",
    "é",
    "+",
    "a b",
    "%22%5C",
]
_EPOCHS = [
    "1772446500",
    "1772446500.1234567",
    "1772446500123",
    "1772446500123456",
    "0",
    "-1",
    "1e9",
    "17724465001",
    *TIMES,
]


def _mostly(random: Random, usual: Any, others: list[Any], odd: float = 0.03) -> Any:
    return random.choice(others) if random.random() < odd else usual


def _quoted(text: str) -> str:
    return quote(text, safe="!$&()*+,-./:;=?@_")


def _viewer(random: Random) -> dict[str, str]:
    values = {
        "c-ip": _mostly(random, random.choice(["1.2.3.4", "2001:db8::1"]), ADDRESSES),
        "cs-method": _mostly(random, "GET", ["POST", "-", "", "x y"]),
        "cs-uri-stem": _mostly(random, "/shop/a%2520b", [*URLS, *_ENCODED]),
        "sc-status": _mostly(random, "200", [*NUMBERS, "000", "-"]),
        "cs-uri-query": _mostly(random, random.choice(["-", "-", "key=1%252B", "a=%257B"]), _ENCODED),
        "sc-bytes": _mostly(random, "12", NUMBERS),
        "cs-bytes": _mostly(random, "300", [*NUMBERS, "-"]),
        "x-forwarded-for": _mostly(random, random.choice(["-", "5.6.7.8,%201.2.3.4"]), _ENCODED),
        "time-taken": _mostly(random, "0.082", ["-", "1e300", "0.0000000001", "x", "-1", "1e-3"]),
        "cs-protocol-version": _mostly(random, "HTTP/2.0", ["-", "http/1.1", "2.0", "_"]),
        "sc-content-type": _mostly(random, random.choice(["-", "text/html;%20charset=utf-8"]), _ENCODED),
    }
    agent = random.choice(["curl/7.64", "Mozilla/5.0%20(X11)", "Mozilla/5.0%2520(X11)", "-"])
    agent = _mostly(random, agent, [*_ENCODED, *map(_quoted, ODD)], 0.1)
    cookies = random.choice(["-", *map(_quoted, COOKIES)])
    cookies = _mostly(random, cookies, [*_ENCODED, "SID=" + "x" * random.randrange(780, 810) + ";%20S=2"], 0.1)
    host = random.choice([*HOSTS, "-"])
    return values | {
        "cs(User-Agent)": agent,
        "cs-user-agent": agent,
        "cs(Cookie)": cookies,
        "cs-cookie": cookies,
        "x-host-header": host,
        "cs-host": host,
        "date": _mostly(random, "2026-03-02", ["2026-02-30", "-", "9999-12-31", "2026-3-2"]),
        "time": _mostly(random, "10:15:00", ["24:00:00", "10:15:60", "-", "10:15:00.5"]),
        "timestamp": _mostly(random, f"1772446{random.randrange(1000):03}.{random.randrange(1000):03}", _EPOCHS),
    }


def cloudfront_line(seed: int) -> bytes:
    """A line of the standard log, as text or as JSON; now and then a header line."""
    random = Random(seed)
    values = _viewer(random)
    if random.random() < 0.02:
        return CLOUDFRONT_HEADER.splitlines()[random.randrange(2)]
    if random.random() < 0.2:
        document: dict[str, Any] = {name: values.get(name, "-") for name in CLOUDFRONT_FIELDS}
        document |= _mostly(
            random,
            {},
            [{"timestamp(ms)": random.choice(_EPOCHS)}, {random.choice(CLOUDFRONT_FIELDS): random.choice(OTHERS)}],
            0.2,
        )
        return broken(random, json.dumps(document))
    return _delimited(random, [values.get(name, "-") for name in CLOUDFRONT_FIELDS])


def realtime_line(seed: int) -> bytes:
    """A record of the real-time log."""
    random = Random(seed)
    values = _viewer(random)
    names = ["Host", "authorization", "X-Key", "x-user", "AUTHORIZATION", "Content-Type", "x-other"]
    values_of = ["a", "-", "", *SCHEMES, *COOKIES]
    headers = [
        f"{random.choice(names)}:{_mostly(random, random.choice(values_of), TEXTS)}" for _ in range(random.randrange(6))
    ]
    listed = _quoted("".join(f"{header}\n" for header in headers))
    values["cs-headers"] = _mostly(
        random, listed or "-", [listed[:-3], listed.lower(), *_ENCODED, "İ:x%0Ax-key:1%0A"], 0.1
    )
    return _delimited(random, [values.get(name, "-") for name in REALTIME_FIELDS])


def _delimited(random: Random, texts: list[str]) -> bytes:
    count = _mostly(random, len(texts), [len(texts) - 1, len(texts) // 2])
    return broken(random, "\t".join(texts[:count] + _mostly(random, [], [["x"], ["", "-"]])))


def waf_line(seed: int) -> bytes:
    """A line of the web application firewall."""
    random = Random(seed)
    names = [
        "Host",
        "host",
        "user-agent",
        "User-Agent",
        "Cookie",
        "authorization",
        "X-Key",
        "x-user",
        "X-Forwarded-For",
        "Content-Length",
    ]
    headers: list[Any] = [
        {"name": random.choice(names), "value": random.choice([*TEXTS, "REDACTED"])} for _ in range(random.randrange(8))
    ]
    headers = _mostly(
        random,
        headers,
        [[1], [{}], [{"name": "Host"}], None, {}, [{"name": 1, "value": 2}], [{"value": "x", "name": "HOST"}]],
        0.1,
    )
    request = {
        "clientIp": _mostly(random, "1.2.3.4", ADDRESSES),
        "headers": headers,
        "uri": _mostly(random, "/shop", URLS),
        "args": random.choice(["", "", "key=1", "?key=2", "REDACTED", "a b"]),
        "httpVersion": _mostly(random, "HTTP/1.1", ["HTTP/2.0", "", None]),
        "httpMethod": _mostly(random, "GET", ["POST", "", "-", None]),
        "host": random.choice([None, "h"]),
    }
    document = {
        "timestamp": _mostly(random, 1772446500000 + seed % 1000, [*OTHERS, *TIMES]),
        "webaclId": _mostly(random, "arn:x", [None, ""]),
        "action": _mostly(random, "ALLOW", ["BLOCK", None]),
        "responseCodeSent": random.choice([None, None, 403, "405", 0]),
        "httpRequest": request,
    }
    if random.random() < 0.05:
        (request if random.random() < 0.5 else document)[random.choice([*request, *document])] = random.choice(OTHERS)
    return broken(random, json.dumps(document, ensure_ascii=random.random() < 0.5))


def _context(random: Random) -> Mapping[str, Any]:
    second = random.randrange(60)
    return {
        "requestId": _mostly(random, "c6af9ac6-7b61-11e6-9a41-93e8deadbeef", ["x", "-", "JKJaXmPLvHcESHA="]),
        "extendedRequestId": "atXziGZMIAMEGog=",
        "ip": _mostly(random, "1.2.3.4", ADDRESSES),
        "caller": "-",
        "user": random.choice(["-", "-", "joe", "é"]),
        "requestTime": _mostly(random, f"02/Mar/2026:10:15:{second:02} +0000", _CLOCKS),
        "httpMethod": _mostly(random, "GET", ["POST", "-", "g:t", "", None]),
        "resourcePath": _mostly(random, "/shop/{id}", [*URLS, "-"]),
        "status": _mostly(random, "200", [*NUMBERS, "-", 404]),
        "protocol": _mostly(random, "HTTP/1.1", ["-", "HTTP/2.0", "x"]),
        "responseLength": _mostly(random, "12", [*NUMBERS, "-", 5]),
    }


def gateway_line(seed: int) -> bytes:
    """A line of API Gateway: one of two JSON shapes, forged keys now and then, or CLF."""
    random = Random(seed)
    values = dict(_context(random))
    if random.random() < 0.15:
        request = _mostly(
            random,
            "{httpMethod} {resourcePath} {protocol}",
            ["{httpMethod} {httpMethod} {resourcePath} {protocol}", "-", "GET $default HTTP/1.1"],
            0.3,
        )
        clf = '{ip} {caller} {user} [{requestTime}] "' + request + '" {status} {responseLength} {requestId}'
        return broken(random, clf.format(**values))
    if random.random() < 0.3:
        values = {
            "requestId": "x",
            "identity": {"sourceIp": values["ip"], "user": values["user"]},
            "routeKey": random.choice(["GET /a", "$default", "ANY /b", "GET "]),
            "requestTimeEpoch": _mostly(random, 1772446500123, _EPOCHS),
            "path": _mostly(random, "/shop", ["-", None]),
        }
    else:
        values |= {
            "userAgent": random.choice(TEXTS),
            "apiKeyId": random.choice(["-", "k1"]),
            "principalId": random.choice(["-", "joe", None]),
            "responseLatency": _mostly(random, "12", ["-", "1e300", "x", 3, 0.5]),
            "domainName": random.choice([*HOSTS, "-"]),
        }
    if random.random() < 0.04:
        values[random.choice([*values])] = random.choice(OTHERS)
    line = json.dumps(values, ensure_ascii=random.random() < 0.5)
    if random.random() < 0.06:
        key = random.choice(["ip", "user", "userAgent", "new", "requestId"])
        line = random.choice(
            [
                f'{line[:-1]}, "{key}": "6.6.6.6"}}',
                f'{{"{key}": "6.6.6.6", {line[1:]}',
                line.replace('"sourceIp"', '"sourceIp": "6.6.6.6", "sourceIp"'),
            ]
        )
    return broken(random, line)


SEEDED: dict[str, Callable[[int], bytes]] = {
    "cloudfront": cloudfront_line,
    "cloudfront-realtime": realtime_line,
    "waf": waf_line,
    "api-gateway": gateway_line,
}
