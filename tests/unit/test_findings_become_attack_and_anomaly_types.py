"""Findings about the identifier, in the range: types with their APIs, lower-case names for the cookie report."""

from datetime import UTC, datetime, timedelta

import pytest

from abslake.detection.findings import Finding, IdentifierKind, Level, key, lines
from abslake.reports import Kind, Question, report
from abslake.reports.evidence import lower_case_name
from abslake.reports.found import access_time
from abslake.settings import Settings
from abslake.storage import Lake
from tests.support.facts import at, definitions, fact, finding, write_facts, write_findings

START = at("2018-02-13T12:00")
APIS = definitions(shop="/shop", bank="/bank")


@pytest.fixture
def lake(tmp_path):
    return Lake(str(tmp_path))


def ask(lake, kind=Kind.COOKIE, value="c", api=None, hours=12):
    return report(
        Question(kind, START, START + timedelta(hours=hours), START.tzinfo, api, value), lake, Settings(), APIS
    )


def test_types_are_counted_and_not_findings(lake):
    one = finding("B Attack", IdentifierKind.COOKIE, "c", "shop", "2018-02-13T13:00:00")
    write_findings(
        lake,
        [
            one,
            one.model_copy(update={"api": "bank"}),
            one.model_copy(update={"name": "A Attack"}),
            one.model_copy(update={"name": "C", "level": Level.ANOMALY}),
        ],
    )

    document = ask(lake)

    assert document.details.attack_types == {"A Attack": ["shop"], "B Attack": ["bank", "shop"]}
    assert list(document.details.attack_types) == ["A Attack", "B Attack"]
    assert document.details.anomaly_types == {"C": ["shop"]}
    assert (document.summary.total_attacks, document.summary.total_anomalies) == (2, 1)


def test_findings_that_are_written_again_count_at_once():
    lake = Lake("memory:")  # the lake of a warm function: not a folder, so that objects are copied here
    one = finding("A Attack", IdentifierKind.COOKIE, "c", "shop", "2018-02-13T13:00:00")
    for name in ("A Attack", "B Attack"):
        lake.put(key(one.last), lines([one.model_copy(update={"name": name})]))

        assert list(ask(lake).details.attack_types) == [name]


def test_of_an_api_its_own_findings_and_those_across_apis(lake):
    one = finding("Data Poisoning Attack", IdentifierKind.COOKIE, "c", "shop", "2018-02-13T13:00:00")
    write_findings(
        lake,
        [
            one,
            one.model_copy(update={"name": "Elsewhere", "api": "bank"}),
            one.model_copy(update={"name": "Stolen Cookie Attack Type 2", "api": "all", "attack_id": 17}),
            one.model_copy(update={"name": "Cookie DoS Attack", "level": Level.ANOMALY}),
        ],
    )

    document = ask(lake, api="shop")

    assert document.details.ioc_types == ["data_poisoning_attack", "extended_stolen_cookie"]
    assert document.details.anomalies == ["cookie_dos_attack"]
    assert (document.summary.total_ioc, document.summary.total_anomalies) == (2, 1)


@pytest.mark.parametrize(
    ("last", "minutes", "inside"),
    [
        ("2018-02-13T12:00:00", 10, True),  # its last moment is the first of the range
        ("2018-02-13T11:59:59.999", 10, False),
        ("2018-02-14T00:05:00", 10, True),  # over the end, filed under the next day
        ("2018-02-14T00:10:00", 10, False),  # begins at the end, which is no longer in the range
        ("2018-02-14T11:00:00", 24 * 60, True),  # a day long, around the range
        ("2018-02-13T23:00:00", 0, True),
    ],
)
def test_a_finding_counts_where_it_touches_the_range(lake, last, minutes, inside):
    one = finding("X", IdentifierKind.TOKEN, "t", "shop", last)
    write_findings(lake, [one.model_copy(update={"first": one.last - timedelta(minutes=minutes)})])

    assert (ask(lake, Kind.TOKEN, "t").summary.total_attacks == 1) is inside


def test_another_identifier_or_kind_is_not_shown(lake):
    one = finding("X", IdentifierKind.COOKIE, "c", "shop", "2018-02-13T13:00:00")
    write_findings(
        lake,
        [one.model_copy(update={"identifier": "C"}), one.model_copy(update={"identifier_kind": IdentifierKind.TOKEN})],
    )

    assert ask(lake).summary.total_attacks == 0


def test_a_line_that_is_no_finding_hides_no_other_and_is_counted(lake, caplog):
    write_facts(lake, [fact("2018-02-13T13:00", cookie="c")])
    good = finding("X", IdentifierKind.COOKIE, "c", "shop", "2018-02-13T13:00:00").model_dump_json()
    lake.put(key(START, "a"), f'{{"secret-c": 1\n\nnonsense\n{good}'.encode())

    assert ask(lake).summary.total_attacks == 1
    assert caplog.messages == ["2 lines of a findings file are no findings"]


@pytest.mark.parametrize(
    ("name", "api", "attack_id", "expected"),
    [
        ("Data Exfiltration Attack", "shop", 1, "data_exfiltration_attack"),
        ("API Memory Attack Type 1", "shop", 5, "api_memory_attack_type_1"),
        ("Data Exfiltration Attack Type 2", "shop", 21, "data_exfiltration_attack_type_2"),
        ("Stolen Token Attack Type 2", "all", 16, "extended_stolen_access_token"),
        ("API Probing Replay Type 2 (cookie)", "all", 18, "extended_probing_replay_cookie"),
        ("Multi-Client Login Attack", "shop", 3, "multi_client_login_attack"),
    ],
)
def test_lower_case_names(name, api, attack_id, expected):
    one = finding(name, IdentifierKind.COOKIE, "c", api, "2018-02-13T13:00:00", attack_id=attack_id)

    assert lower_case_name(one) == expected


def test_an_address_is_found_in_any_spelling(lake):
    write_findings(lake, [finding("Flood", IdentifierKind.IP, "2001:DB8::1", "all", "2018-02-13T13:00:00")])

    assert ask(lake, Kind.IP, "2001:db8::1").details.attack_types == {"Flood": ["all"]}


@pytest.mark.parametrize(
    ("last", "shown"),
    [("16:09:59.935", "16:10:00:000"), ("16:10:00.000", "16:20:00:000"), ("16:00:00.001", "16:10:00:000")],
)
def test_across_apis_the_time_is_the_end_of_the_ten_minutes(last: str, shown: str) -> None:
    finding = Finding(
        attack_id=16, name="Stolen Token Attack Type 2", level=Level.ATTACK, identifier_kind=IdentifierKind.TOKEN,
        identifier="t", api="all", first=datetime(2019, 6, 4, 10, tzinfo=UTC),
        last=datetime.fromisoformat(f"2019-06-04T{last}+00:00"),
    )  # fmt: skip
    assert access_time(finding, None) == f"Tue Jun 04 {shown} 2019"
