"""The six documented answers, and the facts and findings that must give exactly them.

The documents in ``tests/samples`` are facts of the contract. Where a sample's lists and maps stand in hash order
(contract 0.2), `unordered` makes two documents comparable; all else is compared as it stands.
"""

import json
from pathlib import Path
from typing import Any

from abslake.detection.findings import Finding, IdentifierKind, Level
from tests.support.facts import fact, finding

FOLDER = Path(__file__).parents[1] / "samples"
IN_2018 = "earlier_date=2018-02-13T18:00&later_date=2018-02-18T18:00"
IN_2019 = "earlier_date=2019-01-12T13:30&later_date=2019-12-31T18:00"
Facts = list[dict[str, Any]]


def sample(name: str) -> Any:
    """The documented answer."""
    return json.loads((FOLDER / f"{name}.json").read_text())


def unordered(document: Any) -> Any:
    """The document with all lists in one order; maps have none."""
    if isinstance(document, dict):
        return {key: unordered(value) for key, value in document.items()}
    if isinstance(document, list):
        return sorted((unordered(value) for value in document), key=json.dumps)
    return document


def metrics_facts() -> Facts:
    """The two sessions and the bare request of the metrics sample.

    A path's name tells method and status: ``/atm_app_public/post400`` is a POST answered 400. The request of
    ``session_protocol`` reached no server.
    """
    session11 = sample("api_metrics")["req_resp_details"]["session_details"][1]
    rows = [
        _by_path("2018-02-14T09:30:00", "atm_app_public", entry["path"], entry["count"], cookie="session11")
        for entry in session11["path_info"]
    ]
    path = "/atm_app_public/get400"
    return [
        *rows,
        _by_path("2018-02-15T23:59:59.999", "atm_app_public", path, 1, cookie="session_protocol", server=None),
        _by_path("2018-02-13T18:00:00", "atm_app_public", path, 1, ip="3.1.1.4"),
    ]


def token_facts() -> Facts:
    """The two APIs of the token sample; of its paths the counts are given."""
    urls = sample("api_abs_token")["details"]["metrics"]["ip_list"][0]["urls"]
    return [
        _by_path("2018-02-15T14:00:00", path.split("/")[1], path, count, token="token1") for path, count in urls.items()
    ]


def token_findings() -> list[Finding]:
    """Two attacks, each on both APIs."""
    return [
        finding(name, IdentifierKind.TOKEN, "token1", api, "2018-02-15T14:10:00")
        for name in ("API Memory Attack Type 1", "Data Poisoning Attack")
        for api in ("atm_app_oauth", "2_atm_app_oauth")
    ]


def ip_facts() -> Facts:
    """Two bursts of one address without session, one on each API."""
    return [
        fact(
            f"2018-02-15T{first}",
            f"2018-02-15T{last}",
            api=api,
            ip="4.1.1.1",
            path=f"/{api}/get200",
            requests=count,
        )
        for api, first, last, count in (
            ("atm_app_private", "14:04:17.959", "14:04:59.000", 4000),
            ("atm_app_private", "14:05:00.000", "14:05:59.263", 96),
            ("2_atm_app_private", "14:14:00.724", "14:14:47.999", 4096),
        )
    ]


def ip_findings() -> list[Finding]:
    """Two attacks on both APIs, an anomaly on one."""
    last = "2018-02-15T14:14:47.999"
    attacks = [
        finding(name, IdentifierKind.IP, "4.1.1.1", api, last)
        for name in ("Data Exfiltration Attack", "Extreme App Activity Attack")
        for api in ("2_atm_app_private", "atm_app_private")
    ]
    anomaly = "Extreme Client Activity Anomaly"
    return [*attacks, finding(anomaly, IdentifierKind.IP, "4.1.1.1", "2_atm_app_private", last, Level.ANOMALY)]


def cookie_facts() -> Facts:
    """The one request of the cookie sample."""
    return [
        _by_path(
            "2018-01-29T15:51:23.408",
            "atm_app_public",
            "/atm_app_public/put200",
            1,
            cookie="session_datapoisoining",
        )
    ]


def cookie_findings() -> list[Finding]:
    """The two attacks that this one request is flagged as."""
    return [
        finding(name, IdentifierKind.COOKIE, "session_datapoisoining", "atm_app_public", "2018-01-29T15:51:23.408")
        for name in ("Data Poisoning Attack", "API Memory Attack Type 1")
    ]


def api_key_facts() -> Facts:
    """Four addresses of one key."""
    return [
        fact(
            "2019-06-01T12:00:00",
            api="atm_app",
            api_key="finite_api_key",
            ip=entry["ip"],
            path="/atm_app/getzipcode",
            requests=entry["total_requests"],
        )
        for entry in sample("api_abs_api_key")["details"]["metrics"]["ip_list"]
    ]


def api_key_findings() -> list[Finding]:
    """The attack across all APIs, as attack and as anomaly."""
    name = "Stolen API Key Attack- Per API Key"
    return [
        finding(name, IdentifierKind.API_KEY, "finite_api_key", "all", "2019-06-01T12:10:00", level, 31)
        for level in Level
    ]


def username_sample() -> Any:
    """The user name sample with the address that the printed page cuts off (reading 15).

    Its total, 109,965 requests, is 54,983 of the printed address and 54,982 of 127.0.0.1.
    """
    document = sample("api_abs_username")
    printed = document["details"]["metrics"]["ip_list"][0]
    cut = json.loads(json.dumps(printed).replace("54983", "54982").replace('"127.0.0.28"', '"127.0.0.1"'))
    document["details"]["metrics"]["ip_list"].append(cut)
    return document


def username_facts() -> Facts:
    """The user's two addresses, whose requests carry four tokens by turns."""
    metrics = username_sample()["details"]["metrics"]
    rows = []
    for entry in metrics["ip_list"]:
        user_agent = next(iter(entry["devices"]))
        shares = [entry["total_requests"] // 4] * 3
        for token, requests in zip(metrics["tokens"], [*shares, entry["total_requests"] - sum(shares)], strict=True):
            rows.append(
                fact(
                    "2019-03-05T08:54:01",
                    api="atm_app_oauth",
                    username="t4",
                    token=token,
                    ip=entry["ip"],
                    method="POST",
                    path="/atm_app_oauth",
                    user_agent=user_agent,
                    device="LINUX",
                    browser="CHROME",
                    requests=requests,
                )
            )
    return rows


def _by_path(when: str, api: str, path: str, requests: int, **columns: Any) -> dict[str, Any]:
    """A row whose method and status are those that the path is named after."""
    name = path.rsplit("/", 1)[1]
    columns = {"ip": "127.0.0.1", "method": name[:-3].upper(), "status": int(name[-3:]), **columns}
    return fact(when, api=api, path=path, requests=requests, **columns)
