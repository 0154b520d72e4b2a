"""The arithmetic of the documented samples holds for any traffic (contract 4.4), and totals are those of the facts."""

from collections import Counter

from hypothesis import given

from abslake.reports import Kind
from tests.support.thoroughness import examples
from tests.support.traffic import ask, belongs, question, traffic


def count(entries, name="count"):
    return sum(entry[name] for entry in entries)


def in_order(entries, name, number="count"):
    return entries == sorted(entries, key=lambda entry: (-entry[number], entry[name]))


@given(facts=traffic)
@examples(15)
def test_metrics(facts):
    asked = question(Kind.METRICS)
    rows = [row for row in facts if belongs(row, asked)]
    [document] = ask(facts, asked)
    summary, details = document["req_resp_summary"], document["req_resp_details"]
    sessions, bare = details["session_details"], details["no_session"]["request_details"]

    assert summary["total_requests"] == count(rows, "requests") == count([*sessions, *bare], "total_requests")
    assert summary["success"] == sum(row["requests"] for row in rows if 200 <= (row["status"] or 0) < 300)
    assert summary["sessions"] == len(sessions) == len({row["cookie"] for row in rows} - {None})
    assert summary["no_sessions"] == count(bare, "total_requests")
    served = sum((Counter({row["server"]: row["requests"]}) for row in rows if row["server"]), Counter())
    assert {entry["server"]: entry["count"] for entry in summary["servers"]} == served
    for entry in [*sessions, *bare]:
        assert_entry(entry)
    assert in_order(sessions, "session_id", "total_requests")
    assert in_order(bare, "path", "total_requests")


@given(facts=traffic)
@examples(15)
def test_token_api_key_and_username(facts):
    questions = [question(kind) for kind in (Kind.TOKEN, Kind.API_KEY, Kind.USERNAME)]
    for asked, document in zip(questions, ask(facts, *questions), strict=True):
        rows = [row for row in facts if belongs(row, asked)]
        metrics = document["details"]["metrics"]

        total = document["summary"]["total_requests"]
        assert (
            total == metrics["total_requests"] == count(rows, "requests") == count(metrics["ip_list"], "total_requests")
        )
        assert in_order(metrics["ip_list"], "ip", "total_requests")
        for entry in metrics["ip_list"]:
            for name in ("devices", "methods", "urls", "apis"):
                counts = list(entry[name].items())
                assert sum(entry[name].values()) == entry["total_requests"]
                assert counts == sorted(counts, key=lambda item: (-item[1], item[0]))
        if asked.kind is Kind.USERNAME:
            agents = sum((Counter({row["user_agent"] or "UNKNOWN": row["requests"]}) for row in rows), Counter())
            assert sum((Counter(entry["devices"]) for entry in metrics["ip_list"]), Counter()) == agents
            assert set(metrics["tokens"]) == {row["token"] for row in rows} - {None}


@given(facts=traffic)
@examples(15)
def test_ip_and_cookie(facts):
    ip, cookie, cookie_api = question(Kind.IP), question(Kind.COOKIE), question(Kind.COOKIE, api="shop")
    by_ip, by_cookie, by_cookie_api = ask(facts, ip, cookie, cookie_api)

    metrics = by_ip["details"]["metrics"]
    assert by_ip["summary"]["total_requests"] == count([*metrics["session"], *metrics["no_session"]], "total_requests")
    assert by_ip["summary"]["total_requests"] == sum(row["requests"] for row in facts if belongs(row, ip))
    assert len({entry["path"] for entry in metrics["no_session"]}) == len(metrics["no_session"])
    sessions = {(row["cookie"], row["api"]) for row in facts if belongs(row, ip) and row["cookie"]}
    assert len(metrics["session"]) == len(sessions)
    for asked, document in ((cookie, by_cookie), (cookie_api, by_cookie_api)):
        rows = [row for row in facts if belongs(row, asked)]
        entries = document["details"]["metrics"]
        assert document["summary"]["total_requests"] == count(entries, "total_requests") == count(rows, "requests")
        assert len(entries) == len({row["api"] for row in rows})
    for entry in [*metrics["session"], *by_cookie["details"]["metrics"]]:
        assert_entry(entry)


def assert_entry(entry):
    """Each list adds up to the entry's total, servers to at most that; each is by falling count, then name."""
    total = entry["total_requests"]
    assert count(entry["source_ip"]) == count(entry["user_agent"]) == count(entry["device"]) == total
    assert count(entry["server"]) <= total
    assert count(entry.get("path_info", [{"count": total}])) == total
    for part, name in (("source_ip", "ip"), ("user_agent", "user_agent"), ("device", "device"), ("server", "server")):
        assert in_order(entry[part], name)
