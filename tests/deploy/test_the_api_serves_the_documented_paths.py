"""The paths are the documented ones, without a stage; other paths and methods reach our own error answers."""

import re

from tests.support.stack import FUNCTION, REPORT_FUNCTIONS, resources


def test_the_paths_are_the_documented_ones_with_any_method_and_nothing_before_them() -> None:
    events = [
        e["Properties"] for f in resources(FUNCTION).values() for e in f["Events"].values() if e["Type"] == "HttpApi"
    ]
    routes = {(event.get("Path"), event.get("Method")) for event in events}

    paths = {
        "/v4/abs",
        "/v4/abs/metrics",
        "/v4/abs/apikeys",
        "/v4/abs/oauthtokens",
        "/v4/abs/username",
        "/v4/abs/attack",
        "/v4/abs/anomalies",
        "/v4/abs/be",
        "/v4/abs/hackersurl",
        "/v4/abs/validurl",
        "/v4/abs/decoy",
        "/v4/abs/flowcontrol",
        "/v4/abs/bc",
        "/v4/abs/discovery",
        "/v5/abs/discovery/openapi",
        "/v4/abs/attack/threshold",
        "/v4/abs/attackstatus",
        "/v4/abs/reset",
        "/v5/abs/benign",
        "/v4/abs/attacklist",
        "/v4/abs/attacklist/",
        "/v4/abs/admin",
        "/v5/abs/admin",
        "/v4/abs/globalconfig",
        "/v5/abs/globalconfig",
        "/v5/abs/latency",
        "/v5/abs/top",
        "/v5/abs/timeline",
        "/v5/abs/search",
        "/v5/abs/health",
    }
    read_apart = {(path, "GET") for path in paths if path.strip("/").endswith(("attacklist", "admin", "globalconfig"))}
    assert routes == {*((path, "ANY") for path in paths), *read_apart, (None, None)}
    assert resources("AWS::Serverless::HttpApi")["Api"]["StageName"] == "$default"


def test_fault_22_the_access_log_holds_neither_query_strings_nor_addresses() -> None:
    log = resources("AWS::Serverless::HttpApi")["Api"]["AccessLogSettings"]["Format"]

    logged = set(re.findall(r"\$context\.([\w.]+)", log))
    assert {"requestId", "status", "httpMethod", "routeKey"} <= logged
    assert not [
        name for name in logged if re.search(r"ip|query|path|agent|identity|authorizer|header", name, re.IGNORECASE)
    ]


def test_reports_find_their_users_in_the_secret_and_ingest_does_not() -> None:
    environments = {name: f["Environment"]["Variables"] for name, f in resources(FUNCTION).items()}

    users = "secretsmanager:${UsersSecret}"
    assert {environments[name]["ABSLAKE_USERS"]["Fn::Sub"] for name in REPORT_FUNCTIONS} == {users}
    assert "ABSLAKE_USERS" not in environments["IngestFunction"]
