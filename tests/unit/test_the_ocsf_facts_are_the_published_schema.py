"""The table that records are held against is what the published schema says, and the schema itself finds no fault."""

import jsonschema
import ocsf_json_schema as published
import pytest

from tests.support.facts import fact
from tests.support.ocsf import SCHEMA, of_facts

PROFILE = "host"


@pytest.fixture(scope="module")
def schema():
    return published.get_ocsf_schema(version=SCHEMA["version"])


def of_profile(attributes):
    return {name: a for name, a in attributes.items() if a.get("profile") in (None, PROFILE)}


def test_the_table_says_what_the_schema_says(schema) -> None:
    pairs = [(SCHEMA["class"], schema["classes"]["http_activity"])]
    pairs += [(ours, schema["objects"][name]) for name, ours in SCHEMA["objects"].items()]
    for ours, theirs in pairs:
        attributes = of_profile(theirs["attributes"])
        assert ours["attributes"].keys() == attributes.keys()
        assert ours.get("constraints") == theirs.get("constraints")
        for name, attribute in attributes.items():
            said = ours["attributes"][name]
            assert said.get("object", said.get("type")) == attribute.get("object_type", attribute["type"])
            assert said.get("required", False) is (attribute["requirement"] == "required")
            assert said.get("array", False) is bool(attribute.get("is_array"))
            assert set(said.get("enum", ())) == attribute.get("enum", {}).keys()
    for name, rules in SCHEMA["types"].items():
        assert rules.items() <= schema["types"][name].items()


def test_the_schema_finds_no_fault(schema) -> None:
    # GIVEN records with everything, and with hardly anything
    everything = {
        "username": "joe",
        "host": "shop.test",
        "user_agent": "curl",
        "protocol": "HTTP/2",
        "request_bytes": 1,
    }
    rows = [
        fact("2026-03-02T10:15", **everything, response_bytes=2, response_time_us=3, request_content_type="text/plain"),
        fact("2026-03-02T10:16", method="PATCH", server=None, api=None, status=None),
        fact("2026-03-02T10:17", ip="::1", path=None, server="[::1]:80"),
    ]
    # WHEN they are held against the JSON Schema made of the published one THEN all are valid
    made = published.OcsfJsonSchemaEmbedded(schema).get_class_schema("http_activity", [PROFILE])
    check = jsonschema.Draft202012Validator(made)
    records = of_facts(*rows)
    assert [fault.message for record in records for fault in check.iter_errors(record)] == []
    assert len(records) == len(rows)
    assert list(check.iter_errors({**records[0], "severity_id": 7}))
