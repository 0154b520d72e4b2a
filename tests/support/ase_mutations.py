"""Lines of the ASE log made from a seed, good ones and every kind of odd one."""

import json
from random import Random
from typing import Any

from tests.support import ase
from tests.support.odd_values import COOKIES, NAMES, NUMBERS, OTHERS, TEXTS, URLS, broken


def ase_line(seed: int) -> bytes:
    """A line of the ASE log."""
    random = Random(seed)
    harm = random.choice([0, 0.02, 0.1])
    document = {
        "timestamp": f"2026-03-02T10:{random.randrange(60):02}:00.123Z",
        "correlation_id": random.choice([None, None, None, "", "a", "b", 1]),
        "connection_id": random.choice(["1", 1, None, 2]),
        "mode": random.choice(["inline", "sideband", "", None]),
        "request": _body(random, _request(random), harm),
        "response": _body(random, _response(random), harm),
        "server": random.choice(["10.0.0.1:80", ""]),
        "response_time_ms": random.choice([1, 2.5, None, "3", "4.25", 10**12, "1e3"]),
    }
    if random.random() < 0.2:
        del document[random.choice(["request", "response"])]
    return broken(random, _encoded(random, _mutated(random, document, harm / 2)))


def _request(random: Random) -> dict[str, Any]:
    users = random.choice([None, [{"username": "joe"}], [{"client_id": "c"}, {"username": "k"}]])
    return ase.request(headers=_headers(random), url=random.choice(["/shop/x?key=1", "/a/b/c", *URLS]), user_info=users)


def _response(random: Random) -> dict[str, Any]:
    return ase.response(headers=_headers(random), response_code=random.choice(["200", 404, "500"]))


def _headers(random: Random) -> Any:
    if random.random() < 0.3:
        return ase.headers(
            ("Host", "h"), ("Cookie", random.choice(COOKIES)), ("Content-Length", random.choice(NUMBERS))
        )
    if random.random() < 0.04:
        return random.choice([None, {}, "x", 5, {"Host": "x"}, [[]], [[{"Host": "x"}]]])
    return [_header(random) for _ in range(random.randrange(6))]


def _header(random: Random) -> Any:
    chance = random.random()
    if chance < 0.9:
        name = random.choice(NAMES)
        spelled = random.choice([name] * 12 + [name.lower(), name.upper(), name.swapcase(), f"{name}2"])
        return {spelled: random.choice(TEXTS if chance < 0.8 else OTHERS)}
    if chance < 0.95:
        return {
            name: random.choice(TEXTS) for name in random.sample(["Via", "Origin", "Range"], 2)
        }  # in this case only
    return random.choice([{}, None, 5, "x", [], {"Host": None}, [{"Host": "x"}]])


def _body(random: Random, body: dict[str, Any], harm: float) -> Any:
    _mutated(random, body, harm)
    if random.random() < 0.9:
        return body
    wrapped: list[Any] = [{"ASEPayload": body}, {"ASEPayload": None}, {"ASEPayload": 5}]
    return random.choice([*wrapped, wrapped[0], None, {}, [], "x", 5, [body]])


def _mutated(random: Random, fields: dict[str, Any], harm: float) -> dict[str, Any]:
    for name in list(fields):
        chance = random.random() / harm if harm else 1
        if chance < 0.3:
            del fields[name]
        elif chance < 0.8:
            fields[name] = random.choice([*TEXTS, *OTHERS])
        elif chance < 0.9:
            fields[name.upper()] = fields.pop(name)
        elif chance < 1:
            fields["unknown"] = {"a": [1, {"x": None}]}
    return fields


def _encoded(random: Random, document: Any) -> str:
    separators = random.choice([(",", ":"), (", ", ": ")])
    return json.dumps(document, ensure_ascii=random.random() < 0.5, separators=separators)
