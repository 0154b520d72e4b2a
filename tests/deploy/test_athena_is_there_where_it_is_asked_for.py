"""Athena's part of the stack: nothing of it unless asked for, capped, private, and with the views that the package makes."""

import pytest

from abslake.reports import ddl
from abslake.traffic import VALUE_COLUMNS
from tests.support.stack import as_list, resources, statements, template

POLICY = "AWS::IAM::RolePolicy"
QUERIES = {query["Name"]: query for query in resources("AWS::Athena::NamedQuery").values()}


def workgroup() -> dict:
    return resources("AWS::Athena::WorkGroup")["AthenaWorkGroup"]


def test_without_the_parameter_there_is_nothing_of_it() -> None:
    theirs = {n: r for n, r in template()["Resources"].items() if "Athena" in r["Type"] or "AthenaPolicy" in n}

    assert template()["Parameters"]["AthenaReports"]["Default"] == "no"
    assert template()["Conditions"]["AsksAthena"] == {"Fn::Equals": [{"Ref": "AthenaReports"}, "yes"]}
    assert len(theirs) == len(VALUE_COLUMNS) + 3
    assert {resource.get("Condition") for resource in theirs.values()} == {"AsksAthena"}


@pytest.mark.parametrize("name", [ddl.view_name(kind) for kind in VALUE_COLUMNS])
def test_a_named_query_holds_the_view_of_the_package(name: str) -> None:
    generated = dict(ddl.create_views(ddl.Engine.ATHENA))[name]

    assert QUERIES[name]["QueryString"] == generated, f"template.yaml should hold\n{generated}"
    assert QUERIES[name]["WorkGroup"] == {"Ref": "AthenaWorkGroup"}
    assert QUERIES[name]["Database"] == {"Ref": "Database"}


def test_no_query_of_the_workgroup_can_scan_without_bound_or_write_elsewhere() -> None:
    configuration = workgroup()["WorkGroupConfiguration"]

    assert configuration["EnforceWorkGroupConfiguration"] is True
    assert configuration["BytesScannedCutoffPerQuery"] == {"Ref": "AthenaScanLimit"}
    assert template()["Parameters"]["AthenaScanLimit"]["MinValue"] == 10_000_000  # Athena takes no less
    assert configuration["EngineVersion"] == {"SelectedEngineVersion": "Athena engine version 3"}
    result = configuration["ResultConfiguration"]
    assert result["OutputLocation"] == {"Fn::Sub": "s3://${LakeBucket}/results/athena/"}
    assert result["EncryptionConfiguration"] == {"EncryptionOption": "SSE_S3"}


def test_results_go_after_a_day() -> None:
    rules = resources("AWS::S3::Bucket")["LakeBucket"]["LifecycleConfiguration"]["Rules"]

    assert [rule["ExpirationInDays"] for rule in rules if rule.get("Prefix") == "results/"] == [1]


def test_the_report_functions_may_ask_in_this_workgroup_and_write_results_only() -> None:
    policies = {name: policy for name, policy in resources(POLICY).items() if policy["PolicyName"] == "athena"}
    assert {policy["RoleName"]["Ref"] for policy in policies.values()} == {"MetricsRole", "ForensicsRole"}

    for statement in (statement for name, statement in statements(POLICY) if name in policies):
        actions, places = as_list(statement["Action"]), list(as_list(statement["Resource"]))
        assert not [action for action in actions if "*" in action]
        assert "*" not in places
        if any(action.startswith("athena:") for action in actions):
            assert [place["Fn::Sub"].rsplit(":", 1)[1] for place in places] == ["workgroup/${AthenaWorkGroup}"]
        if "s3:PutObject" in actions:
            assert places == [{"Fn::Sub": "${LakeBucket.Arn}/results/athena/*"}]
