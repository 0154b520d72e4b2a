"""abslake report --format table|csv: rows under a header that stays, safe for a spreadsheet and for a terminal."""

import csv
import io
import json

import pytest
from rich.console import Console

from abslake.dev import asking, flat_rows
from abslake.dev.flat_rows import REPORTS, Rows
from abslake.reports.openapi_examples import FOLDER
from tests.support.calls import ROOT

EXAMPLES = {
    "metrics": "metrics",
    "token": "forensics.token",
    "ip": "forensics.IP",
    "cookie": "forensics.cookie",
    "api-key": "forensics.api_key",
    "username": "forensics.username",
    "apikeys": "apiKeys",
    "oauthtokens": "oauthTokens",
    "usernames": "usernames",
    "be": "backendErrors",
    "hackersurl": "hostileUrls",
    "validurl": "validUrls",
    "decoy": "decoys",
    "flowcontrol": "flowControl",
    "bc": "blockedConnections.summary",
    "bc --details": "blockedConnections.details",
    "attack": "attack.across-apis",
    "anomalies": "anomalies.of-api",
    "threshold": "thresholds.of-api",
    "attackstatus": "attackStatus",
    "reset": "resetTraining",
    "benign": "benign",
    "attacklist": "attackList",
    "admin": "admin",
    "globalconfig": "globalConfig",
    "discovery": "discovery.summary",
    "discovery-openapi": "discoveryOpenapi",
    "latency": "latency",
    "top": "topClients",
    "timeline": "timeline",
    "search": "search",
    "health": "health",
}
"""Report -> an answer to it."""


def example(name):
    return json.loads((FOLDER / f"{name}.json").read_text())["answer"]


def test_every_report_has_rows():
    assert set(REPORTS) == {*asking.FORMS, "usernames", "bc --details"} == set(EXAMPLES)


@pytest.mark.parametrize("report", EXAMPLES)
def test_an_answer_becomes_rows_under_the_documented_header(report):
    rows = REPORTS[report]

    header, *lines = csv.reader(io.StringIO(flat_rows.to_csv(rows, example(EXAMPLES[report]))))

    assert header == list(rows.columns)
    assert lines
    assert all(len(line) == len(header) and any(line) for line in lines)


@pytest.mark.parametrize("report", EXAMPLES)
def test_a_table_fits_eighty_columns(report):
    table, left_out = flat_rows.to_table(REPORTS[report], example(EXAMPLES[report]))
    shown = printed(table).splitlines()

    assert len(shown) > 1
    assert max(map(len, shown)) <= 80
    words = shown[0].split()
    assert not set(words) & set(left_out)
    assert words == [column for column in REPORTS[report].columns if column in words]


def test_what_finds_no_room_is_named():
    rows = Rows(("[]",), ("a", "none", "b", "c"))
    answer = [{"a": "x" * 40, "b": "y" * 30, "c": 12}]

    table, left_out = flat_rows.to_table(rows, answer, 40)

    assert printed(table).split() == ["a", "c", "x" * 32, "12", "x" * 8]
    assert left_out == ["b"]


def printed(table):
    screen = Console(width=80, file=io.StringIO(), color_system=None)
    screen.print(table)
    return screen.file.getvalue()


@pytest.mark.parametrize("name", ["attack.one-type", "attack.details", "attack.across-apis"])
def test_attacks_in_each_form_give_one_row_a_time(name):
    rows = REPORTS["attack"].of(example(name))

    clients = {row["ip"] or row["api_key"] for row in rows}
    assert clients == ({"key-of-partner"} if "across" in name else {"203.0.113.66"})
    assert len(rows) == 1
    assert rows[0]["access_time"].startswith("Mon Mar 02 10:")


def test_a_discovered_api_gives_one_row_a_status():
    rows = REPORTS["discovery"].of(example("discovery.details"))

    assert [(row["url"], row["method"], row["status"]) for row in rows] == [
        ("/books/{id}", "GET", "200"),
        ("/books/{id}", "PUT", "201"),
        ("/books", "GET", "200"),
    ]
    assert {row["produces"][0] for row in rows} == {"application/json"}


def test_the_name_of_a_cookie_is_no_cookie():
    answer = {"cookie": "JSESSIONID", "ips": [{"ip": "::1", "details": [{"access_time": "t"}]}]}

    (row,) = REPORTS["attack"].of(answer)

    assert (row["ip"], row["cookie"]) == ("::1", None)


def test_rows_hold_all_counted_requests():
    metrics = example("metrics")
    summary = metrics["req_resp_summary"]["total_requests"]
    counted = sum(row["total_requests"] for row in REPORTS["metrics"].of(metrics))
    assert counted == summary - 2  # the example names three of the five paths without session
    assert {row["part"] for row in REPORTS["ip"].of(example("forensics.IP"))} == {"no_session"}


def test_csv_is_rfc_4180_and_no_formula():
    values = [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        'a "b", c',
        "zeile\nzwei",
        "Zoë",
        -1,
        True,
        None,
        {"a": [{"b": 1}]},
    ]
    text = flat_rows.to_csv(Rows(("[]",), ("value", "a")), values)

    assert text.startswith("value,a\r\n'=1+1,\r\n'+1,\r\n'-1,\r\n'@SUM(A1),\r\n'\t=1,\r\n")
    assert [line[0] for line in csv.reader(io.StringIO(text, newline=""))][6:] == [
        "'\r=1",
        'a "b", c',
        "zeile\nzwei",
        "Zoë",
        "-1",
        "true",
        "",
        "",
    ]
    assert text.endswith(',"[{""b"":1}]"\r\n')


def test_nothing_steers_the_terminal():
    shown = printed(flat_rows.to_table(Rows(("[]",), ("value",)), ["\x1b[2J[bold]x[/]", "a\nb", "\u202eb"])[0])

    assert "\\x1b[2J[bold]x[/]" in shown
    assert "a\\nb" in shown
    assert not {"\x1b", "\u202e"} & set(shown)


def test_long_lists_are_cut_in_tables_only():
    rows = Rows(("[]",), ("ips", "methods"))
    answer = [{"ips": [{"ip": "::1", "count": 3}, {"ip": "::2", "count": 2}, {"ip": "::3"}], "methods": {"GET": 4}}]

    assert "::1 3, ::2 2, +1" in printed(flat_rows.to_table(rows, answer)[0])
    assert '"[{""ip"":""::1"",""count"":3},' in flat_rows.to_csv(rows, answer)


def test_the_headers_are_documented():
    page = (ROOT / "docs/clients.md").read_text()
    for report, rows in REPORTS.items():
        assert f"| `{report}` | {', '.join(f'`{column}`' for column in rows.columns)} |" in page
