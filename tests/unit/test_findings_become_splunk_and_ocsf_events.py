"""Findings in the forms of others: the documented fields of Splunk's attack.log, and OCSF records by the published schema."""

from itertools import product

import jsonschema
import ocsf_json_schema as published
import pytest

from abslake.detection.findings import IdentifierKind, Level
from abslake.export import finding_event, ocsf_finding, splunk
from abslake.export.disclosure import News
from tests.support.announcing import ADDRESS, NOON, TOKEN, disclosed, found

AT = int(NOON.timestamp() * 1000) + 9 * 60_000


@pytest.fixture(scope="module")
def check():
    schema = published.get_ocsf_schema(version="1.3.0")
    made = published.OcsfJsonSchemaEmbedded(schema).get_class_schema("detection_finding", [])
    return jsonschema.Draft202012Validator(made)


def test_our_own_form_is_as_documented():
    told = disclosed(found(0, note="many clients at once"), "clear", news=News.RAISED)
    assert finding_event.detail(told) == {
        "version": 1,
        "id": found(0).id,
        "news": "raised",
        "level": "attack",
        "attack_id": 1,
        "name": "Data Exfiltration Attack Type 1",
        "scope": "api",
        "api": "shop",
        "identifier_kind": "token",
        "identifier": TOKEN,
        "identifier_masked": False,
        "first": "2026-03-02T12:00:00+00:00",
        "last": "2026-03-02T12:09:00+00:00",
        "window": "2026-03-02T12:00:00+00:00",
        "attack_code": "varA(Tx, 26)",
        "attack_deviation": "varA(700%)",
        "values": {"A": 812.5},
        "thresholds": {"A": {"tn": 12, "tx": 15}},
        "samples": [{"path": f"/shop/{TOKEN}/1", "status": 200, "count": 3}],
        "note": "many clients at once",
    }


def test_what_a_finding_has_not_is_absent():
    bare = found(0, values={}, thresholds={}, samples=(), attack_code="", attack_deviation="")
    left_out = {"values", "thresholds", "samples", "attack_code", "attack_deviation", "note"}
    assert not left_out & finding_event.detail(disclosed(bare)).keys()


def test_splunk_gets_the_documented_fields_as_texts():
    finding = found(0, attack_id=11, name="Extreme App Activity Attack")
    event = splunk.event(disclosed(finding, "clear"))
    documented = {
        "timestamp": str(AT),
        "protocol": "HTTP",
        "attack_id": "11",
        "description": "Extreme App Activity",
        "attack_bucket": "API",
        "attack_scope": "SINGLE_API",
        "attacked_api": "shop",
        "attack_identifier_type": "TOKEN",
        "attack_key": "",
        "attack_value": TOKEN,
    }
    assert documented.items() <= event.items()
    assert all(isinstance(value, str) for value in event.values())
    assert splunk.collector_event(disclosed(finding, "clear")) == {
        "time": AT / 1000,
        "source": "abslake",
        "sourcetype": "_json",
        "event": event,
    }


@pytest.mark.parametrize(("attack_id", "bucket"), [(3, "DDoS"), (9, "DDoS"), (12, "API"), (1, "API")])
def test_splunk_is_told_which_attacks_are_distributed(attack_id, bucket):
    assert splunk.event(disclosed(found(0, attack_id=attack_id)))["attack_bucket"] == bucket


def test_splunk_is_told_of_all_apis():
    event = splunk.event(disclosed(found(0, api="all", level=Level.ANOMALY)))
    assert (event["attack_scope"], event["attacked_api"], event["level"]) == ("MULTI_API", "MULTI_API", "anomaly")


@pytest.mark.parametrize("identifiers", ["masked", "secrets-masked", "clear"])
@pytest.mark.parametrize("kind", IdentifierKind)
def test_the_schema_finds_no_fault(check, identifiers, kind):
    for api, level, news in product(["shop", "all"], Level, News):
        finding = found(0, identifier_kind=kind, identifier=ADDRESS, api=api, level=level)
        record = ocsf_finding.record(disclosed(finding, identifiers, news=news))
        assert [fault.message for fault in check.iter_errors(record)] == []
        assert record["type_uid"] == record["class_uid"] * 100 + record["activity_id"]


def test_the_schema_finds_faults(check):
    record = ocsf_finding.record(disclosed(found(0)))
    for change in ({"severity_id": 7}, {"activity_id": 9}, {"finding_info": {}}, {"new": 1}):
        assert list(check.iter_errors({**record, **change})), change
    assert list(check.iter_errors({**record, "evidences": [{}]}))


def test_an_ocsf_record_says_who_what_and_how_much():
    told = disclosed(found(0, identifier_kind=IdentifierKind.IP, identifier=ADDRESS), "clear")
    record = ocsf_finding.record(told)
    assert record["finding_info"]["title"] == "Data Exfiltration Attack Type 1"
    assert record["finding_info"]["analytic"] == {
        "uid": "1",
        "name": "Data Exfiltration Attack Type 1",
        "type_id": 2,
        "type": "Behavioral",
    }
    assert record["message"] == "Data Exfiltration Attack Type 1 (attack) by ip at API shop: varA(Tx, 26)"
    (evidence,) = record["evidences"]
    assert evidence["src_endpoint"] == {"ip": ADDRESS}
    assert evidence["dst_endpoint"] == {"svc_name": "shop"}
    assert record["observables"] == [
        {"name": "evidences.src_endpoint.ip", "type": "IP Address", "type_id": 2, "value": ADDRESS}
    ]
    assert record["unmapped"]["values"] == {"A": 812.5}
    assert (record["time"], record["start_time"]) == (AT, AT - 9 * 60_000)
    assert (record["severity_id"], record["severity"]) == (4, "High")


def test_a_mask_is_neither_an_address_nor_a_name_to_search_for():
    for kind, place in ((IdentifierKind.IP, "src_endpoint"), (IdentifierKind.USERNAME, "actor")):
        told = disclosed(found(0, identifier_kind=kind, identifier=ADDRESS))
        record = ocsf_finding.record(told)
        who = record["evidences"][0][place]
        assert (who.get("user", who), record["observables"]) == ({"uid": told.identifier}, [])


def test_news_of_the_same_client_are_updates():
    activities = [ocsf_finding.record(disclosed(found(0), news=news))["activity_id"] for news in News]
    assert activities == [1, 2, 2]


def test_rules_are_told_from_what_was_learned():
    analytic = ocsf_finding.record(disclosed(found(0, attack_id=41)))["finding_info"]["analytic"]
    assert (analytic["type_id"], analytic["type"]) == (1, "Rule")
