"""Each function has a role of its own, with named actions on named resources."""

import re
from typing import Any

import pytest

from abslake.upkeep import retention
from tests.support.stack import FUNCTION, REPORT_FUNCTIONS, ROLE, as_list, resources, statements, template

WITHOUT_RESOURCES = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}  # X-Ray's actions know none


def actions(role: str) -> set[str]:
    return {action for name, s in statements(ROLE) if name == role for action in as_list(s["Action"])}


def reads(statement: dict[str, Any]) -> bool:
    return "s3:GetObject" in as_list(statement["Action"])


def in_lake(statement: dict[str, Any]) -> set[str]:
    """The folders of the lake's bucket that a statement is about; an error where it is about anything else."""
    named = [resource["Fn::Sub"] for resource in as_list(statement["Resource"])]
    found = [re.fullmatch(r"\$\{LakeBucket\.Arn\}/([\w/]+)/\*", name) for name in named]
    assert all(found), named
    return {match[1] for match in found if match}


def objects_read(role: str) -> set[str]:
    """The keys of the lake that a role may read, as patterns."""
    named = [
        resource for name, s in statements(ROLE) if name == role and reads(s) for resource in as_list(s["Resource"])
    ]
    return {resource["Fn::Sub"].removeprefix("${LakeBucket.Arn}/") for resource in named}


def test_every_function_has_its_own_role_which_only_lambda_may_take() -> None:
    functions = resources(FUNCTION)
    roles = [function["Role"]["Fn::GetAtt"][0] for function in functions.values()]

    assert len(set(roles)) == len(functions)
    for role in roles:
        trust = resources(ROLE)[role]["AssumeRolePolicyDocument"]["Statement"]
        assert [s["Principal"] for s in trust] == [{"Service": "lambda.amazonaws.com"}]
        assert "ManagedPolicyArns" not in resources(ROLE)[role]


def test_no_statement_allows_a_wildcard_action() -> None:
    for _, statement in statements(ROLE):
        assert statement["Effect"] == "Allow"
        assert not [action for action in as_list(statement["Action"]) if "*" in action]


def test_a_wildcard_resource_stands_only_where_the_service_knows_no_resources() -> None:
    wild = [s for _, s in statements(ROLE) if "*" in as_list(s["Resource"])]

    assert wild
    assert all(set(s["Action"]) <= WITHOUT_RESOURCES for s in wild)


@pytest.mark.parametrize(
    "role",
    [
        "MetricsRole",
        "ClientsRole",
        "ForensicsRole",
        "TrafficRole",
        "AnalyticsRole",
        "InvestigationRole",
        "AttacksRole",
        "AdminRole",
    ],
)
def test_a_report_writes_nothing_but_results(role: str) -> None:
    writes = [s for name, s in statements(ROLE) if name == role and "s3:PutObject" in as_list(s["Action"])]

    assert [s["Resource"] for s in writes] == [{"Fn::Sub": "${LakeBucket.Arn}/results/*"}]
    assert not [action for action in actions(role) if action.startswith("sqs:")]


@pytest.mark.parametrize("function", REPORT_FUNCTIONS)
def test_every_report_may_read_how_large_an_answer_may_be(function: str) -> None:
    read = objects_read(resources(FUNCTION)[function]["Role"]["Fn::GetAtt"][0])

    assert read & {"config/*", "config/detection/*", "config/detection/globalconfig.json"}


def test_what_was_detected_is_read_from_findings_and_their_index_only() -> None:
    assert objects_read("AttacksRole") == {
        "config/*",
        "detection/found/*",
        "findings/*",
        "index/root.json",
        "results/*",
    }


def test_the_traffic_of_all_clients_is_read_from_facts_and_index_only() -> None:
    assert objects_read("ClientsRole") == {"config/detection/globalconfig.json", "facts/*", "index/*", "results/*"}


DEFINITIONS_AND_SETTINGS = {"config/apis/*", "config/detection/globalconfig.json"}
"""The allow-list lies beside them, and holds identifiers."""


def test_reports_on_facts_read_neither_findings_nor_who_is_benign() -> None:
    assert objects_read("TrafficRole") == DEFINITIONS_AND_SETTINGS | {"facts/*", "flagged/*", "index/*", "results/*"}
    assert objects_read("MetricsRole") == DEFINITIONS_AND_SETTINGS | {"facts/*", "index/*", "results/*"}


def test_response_times_and_top_clients_are_read_from_facts_only() -> None:
    settings = {"config/apis/*", "config/detection/globalconfig.json"}
    assert objects_read("AnalyticsRole") == {"facts/*", "index/*", "results/*", *settings}


def test_an_investigation_reads_traffic_and_findings_and_no_definitions() -> None:
    assert objects_read("InvestigationRole") == {
        "config/detection/*",
        "detection/found/*",
        "facts/*",
        "findings/*",
        "index/*",
        "results/*",
    }


def test_tuning_changes_its_own_objects_only() -> None:
    of_role = [s for name, s in statements(ROLE) if name == "TuningRole"]
    objects = {
        s["Sid"]: [r["Fn::Sub"] for r in as_list(s["Resource"])] for s in of_role if "s3:PutObject" in s["Action"]
    }
    folder = "${LakeBucket.Arn}"

    assert objects == {
        "ChangeTuning": [f"{folder}/config/detection/*", f"{folder}/detection/lease.json"],
        "KeepAndSignLargeAnswers": [f"{folder}/results/*"],
    }
    assert not [action for action in actions("TuningRole") if action.startswith(("sqs:", "s3:Delete"))]


def test_the_admin_report_reads_what_was_set_and_learned_and_no_traffic() -> None:
    assert objects_read("AdminRole") == {
        "config/*",
        "detection/history.json",
        "detection/judged/*",
        "detection/lease.json",
        "detection/models/*",
        "index/*",
        "results/*",
    }


def test_tuning_reads_no_facts() -> None:
    assert objects_read("TuningRole") == {
        "config/*",
        "detection/found/*",
        "detection/lease.json",
        "detection/models/*",
        "findings/*",
        "index/root.json",
        "results/*",
    }


def test_ingest_cannot_read_the_users_and_changes_neither_logs_nor_definitions() -> None:
    assert "secretsmanager:GetSecretValue" not in actions("IngestRole")
    assert not [action for action in actions("IngestRole") if action.startswith("s3:Delete")]
    writes = [s for name, s in statements(ROLE) if name == "IngestRole" and "s3:PutObject" in as_list(s["Action"])]
    assert [in_lake(s) for s in writes] == [{"facts", "flagged", "pending", "quarantine"}]
    config = {key for key in objects_read("IngestRole") if key.startswith("config/")}
    assert config == {"config/apis/*", "config/formats/*"}


DERIVED = ("activity", "histograms", "hours", "judged", "recurring", "transitions")
"""Folders of detection whose days go with the facts they were derived from."""


def test_retention_may_delete_all_that_it_drops() -> None:
    (allowed,) = [
        s for name, s in statements(ROLE) if name == "CompactRole" and "s3:DeleteObject" in as_list(s["Action"])
    ]

    assert {prefix.strip("/") for prefix in retention._DATED} <= in_lake(allowed)


def test_compaction_may_do_to_each_part_of_the_lake_what_it_must_and_nothing_else() -> None:
    of_role = [s for name, s in statements(ROLE) if name == "CompactRole"]
    objects = {action: in_lake(s) for s in of_role for action in as_list(s["Action"]) if action.endswith("Object")}

    assert objects == {
        "s3:GetObject": {"facts", "index", "pending"},
        "s3:PutObject": {"index", "pending"},
        "s3:DeleteObject": {"facts", "findings", "flagged", "index", "pending", "quarantine"}
        | {f"detection/{name}" for name in ("found", *DERIVED)},
    }
    others = {action: s["Resource"] for s in of_role for action in as_list(s["Action"]) if action not in objects}
    queue = {"Fn::GetAtt": ["CompactionQueue", "Arn"]}
    assert others == {
        "s3:ListBucket": {"Fn::GetAtt": ["LakeBucket", "Arn"]},
        "sqs:SendMessage": queue,
        "sqs:ReceiveMessage": queue,
        "sqs:DeleteMessage": queue,
        "sqs:GetQueueAttributes": queue,
        "logs:CreateLogStream": {"Fn::Sub": "${CompactLogs.Arn}"},
        "logs:PutLogEvents": {"Fn::Sub": "${CompactLogs.Arn}"},
        **dict.fromkeys(WITHOUT_RESOURCES, "*"),
    }


def test_detection_writes_findings_and_what_it_derives_and_takes_away_sums_only() -> None:
    of_role = [s for name, s in statements(ROLE) if name == "DetectRole"]
    objects = {action: in_lake(s) for s in of_role for action in as_list(s["Action"]) if action.endswith("Object")}

    assert objects == {
        "s3:GetObject": {"config", "detection", "facts", "findings", "index"},
        "s3:PutObject": {"detection", "findings"},
        "s3:DeleteObject": {"detection/hours"},
    }
    others = {action: s["Resource"] for s in of_role for action in as_list(s["Action"]) if action not in objects}
    assert others == {
        "s3:ListBucket": {"Fn::GetAtt": ["LakeBucket", "Arn"]},
        "secretsmanager:GetSecretValue": {"Ref": "UsersSecret"},
        "logs:CreateLogStream": {"Fn::Sub": "${DetectLogs.Arn}"},
        "logs:PutLogEvents": {"Fn::Sub": "${DetectLogs.Arn}"},
        **dict.fromkeys(WITHOUT_RESOURCES, "*"),
    }


def test_detection_tells_the_bus_and_reads_the_webhook_s_secret_that_it_was_given_and_no_other() -> None:
    found = {name: template()["Resources"][name] for name in ("DetectEventsPolicy", "DetectWebhookPolicy")}
    (events,) = found["DetectEventsPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    (webhook,) = found["DetectWebhookPolicy"]["Properties"]["PolicyDocument"]["Statement"]

    assert (found["DetectEventsPolicy"]["Condition"], events["Action"]) == ("TellsBus", "events:PutEvents")
    assert events["Resource"]["Fn::Sub"].endswith(":event-bus/${EventBusName}")
    assert events["Condition"] == {"StringEquals": {"events:source": "abslake"}}
    assert (found["DetectWebhookPolicy"]["Condition"], webhook["Resource"]) == (
        "HasWebhookSecret",
        {"Ref": "WebhookSecretArn"},
    )


@pytest.mark.parametrize("role", ["MetricsRole", "ClientsRole", "ForensicsRole"])
def test_a_report_reads_the_index_and_only_lists_what_is_pending(role: str) -> None:
    read = objects_read(role)

    assert {"facts/*", "index/*"} <= read
    assert not [key for key in read if key.startswith("pending")]


def test_a_function_writes_into_its_own_log_group_only() -> None:
    for function in resources(FUNCTION).values():
        group = function["LoggingConfig"]["LogGroup"]["Ref"]
        role = function["Role"]["Fn::GetAtt"][0]
        logs = [s for name, s in statements(ROLE) if name == role and "logs:PutLogEvents" in as_list(s["Action"])]
        assert [s["Resource"] for s in logs] == [{"Fn::Sub": f"${{{group}.Arn}}"}]
