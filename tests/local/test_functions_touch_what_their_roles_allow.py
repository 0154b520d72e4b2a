"""What the functions of the HTTP API read and write of the lake is what template.yaml lets their roles read and write.

The stand-ins for S3 know no roles: a right that is missing would show on AWS only.
"""

import json
from collections import defaultdict
from datetime import timedelta
from fnmatch import fnmatchcase

import pytest

from abslake.dev.routes import DEFAULT_ROUTE, ROUTES, route_of
from abslake.facts.signals import Signal
from abslake.reports.fetch import Cache
from abslake.storage import Lake
from tests.support.calls import call, during
from tests.support.facts import at, fact
from tests.support.found_index import found, index_all, write_day
from tests.support.indexed import add_facts, fold
from tests.support.lakes import open_lake
from tests.support.stack import FUNCTION, ROLE, as_list, resources, statements

NOON = at("2026-03-02T12:00:00")
RANGE = during("2026-03-01T00:00", "2026-03-05T00:00")
READS, WRITES = "s3:GetObject", "s3:PutObject"
ACTIONS = {
    **dict.fromkeys(("get", "read", "get_as_listed", "unchanged", "exists"), READS),
    **dict.fromkeys(("create", "replace", "put"), WRITES),
}
OF_API = f"{RANGE}&api=shop"
THRESHOLD = {
    "id": 16,
    "mode": "user",
    "ioc_threshold": [{"type": "extended_stolen_access_token", "variable": "A", "tn": 5}],
}
ASKED = [
    *(("GET", "/v4/abs", f"{RANGE}&{who}") for who in ("token=t", "IP=192.0.2.1", "cookie=c&api=shop", "username=u")),
    *(
        ("GET", f"/v4/abs/{name}", OF_API)
        for name in ("metrics", "be", "hackersurl", "decoy", "flowcontrol", "anomalies")
    ),
    *(
        ("GET", f"/v4/abs/{name}", RANGE)
        for name in ("apikeys", "oauthtokens", "username", "decoy", "bc", "attacklist")
    ),
    ("GET", "/v4/abs/validurl", "api=shop"),
    ("GET", "/v4/abs/attack", f"{OF_API}&type=0"),
    ("GET", "/v4/abs/attack/threshold", "api=shop"),
    ("PUT", "/v4/abs/attack/threshold", THRESHOLD),
    ("GET", "/v4/abs/attackstatus", ""),
    ("PUT", "/v4/abs/attackstatus", {"attack_status": {"disabled": [3]}}),
    ("DELETE", "/v4/abs/reset", {"apis": ["bank"]}),
    ("GET", "/v5/abs/benign", ""),
    ("PUT", "/v5/abs/benign", {"kind": "ip", "value": "203.0.113.1", "why": "a test"}),
    ("PUT", "/v4/abs/attacklist", {"oauth_tokens": ["t"]}),
    ("DELETE", "/v4/abs/attacklist", {"delete_all": True}),
    ("GET", "/v5/abs/admin", ""),
    ("PUT", "/v5/abs/admin", {"ttl": {"ips": 5}}),
    ("GET", "/v5/abs/globalconfig", ""),
    ("PUT", "/v5/abs/globalconfig", {"url_limit": 5}),
    ("GET", "/v4/abs/discovery", ""),
    *(("GET", "/v5/abs/latency", f"{OF_API}&by={by}") for by in ("api", "endpoint", "client&kind=ip")),
    ("GET", "/v5/abs/top", f"{OF_API}&kind=token"),
    ("GET", "/v5/abs/timeline", f"{RANGE}&token=t"),
    ("GET", "/v5/abs/search", f"{RANGE}&prefix=192.0.2.0/24"),
    ("GET", "/v5/abs/health", ""),
]


def allowed() -> dict[str, dict[str, list[str]]]:
    """Function -> action -> patterns of keys of the lake."""
    by_role: dict[str, dict[str, list[str]]] = defaultdict(lambda: {READS: [], WRITES: []})
    for role, statement in statements(ROLE):
        for action in {READS, WRITES} & set(as_list(statement["Action"])):
            keys = [one["Fn::Sub"].removeprefix("${LakeBucket.Arn}/") for one in as_list(statement["Resource"])]
            by_role[role][action] += keys
    functions = resources(FUNCTION).values()
    return {one["CodeUri"].rpartition("/")[2]: by_role[one["Role"]["Fn::GetAtt"][0]] for one in functions}


@pytest.fixture
def touched(tmp_path, monkeypatch):
    """What is read and written of a lake in which there is something of everything: pairs of action and key."""
    lake = open_lake(tmp_path, monkeypatch, max_answer_bytes=1)
    decoy = {"url": "/shop", "decoy_config": {"decoy_enabled": True, "decoy_subpaths": ["admin"]}}
    lake.put("config/apis/shop.json", json.dumps({"api_metadata": decoy}).encode())
    lake.put("config/apis/root.json", json.dumps({"api_metadata": {"url": "/"}}).encode())
    who = {"token": "t", "cookie": "c", "username": "u", "api_key": "k"}
    add_facts(lake, [fact(NOON + n * timedelta(hours=7), signals=int(Signal.SQL), **who) for n in range(2)])
    fold(lake, at("2026-04-01T00:00:00"), ("api", "token"), rounds=1)
    add_facts(lake, [fact(NOON, status=503, server=None, **who)], source="late")
    lake.put("flagged/date=2026-03-02/hour=12/a-0000.ndjson", b"")
    for day in range(1, 5):
        write_day(lake, f"2026-03-0{day}", [found("t", at(f"2026-03-0{day}T12:00:00"))])
    index_all(lake, at("2026-04-01T00:00:00"))
    seen = []

    def noting(owner, name, action):
        method = getattr(owner, name)

        def noted(self, key, *given, **named):
            seen.append((action, key))
            return method(self, key, *given, **named)

        monkeypatch.setattr(owner, name, noted)

    for name, action in ACTIONS.items():
        noting(Lake, name, action)
    noting(Cache, "_in_place", READS)
    return seen


def test_no_function_touches_what_its_role_may_not(touched):
    rights = allowed()
    wrong, used = [], defaultdict(set)
    for method, path, given in ASKED:
        function = ROUTES[route_of(method, path)]
        query, body = (given, None) if isinstance(given, str) else ("", json.dumps(given))
        touched.clear()
        answer = call(query, path=path, method=method, body=body)
        assert answer.status == 303, (method, path, answer.body)
        for action, key in touched:
            patterns = [pattern for pattern in rights[function][action] if fnmatchcase(key, pattern)]
            wrong += [] if patterns else [(function, action, key)]
            used[function] |= {(action, pattern) for pattern in patterns}

    assert not wrong
    assert used.keys() == {ROUTES[route] for route in ROUTES if route != DEFAULT_ROUTE}
    assert all((WRITES, "results/*") in some for some in used.values())
    assert {(READS, "detection/found/*"), (READS, "index/root.json")} <= used["attacks"]
    assert {(READS, "facts/*"), (READS, "index/*")} <= used["clients"] & used["traffic"] & used["metrics"]
