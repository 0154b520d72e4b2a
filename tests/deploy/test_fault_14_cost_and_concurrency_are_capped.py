"""A flood of uploads or of requests is no flood of cost (fault 14), and a failing log does not circle for ever."""

import pytest

from abslake.index.attempts import LIFETIME
from tests.support.stack import FUNCTION, QUEUE, REPORT_FUNCTIONS, resources, template


def test_fault_14_ingest_runs_a_stated_number_of_logs_at_once() -> None:
    event = resources(FUNCTION)["IngestFunction"]["Events"]["LogUploaded"]["Properties"]

    assert event["ScalingConfig"] == {"MaximumConcurrency": {"Ref": "IngestConcurrency"}}
    assert template()["Parameters"]["IngestConcurrency"]["Default"] <= 100


def test_fault_14_compaction_does_a_stated_number_of_tasks_at_once_and_can_be_switched_off() -> None:
    function = resources(FUNCTION)["CompactFunction"]
    task = function["Events"]["Task"]["Properties"]

    assert task["ScalingConfig"] == {"MaximumConcurrency": {"Ref": "CompactionConcurrency"}}
    assert task["BatchSize"] == 1, "one task may need all of the time-out"
    assert task["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert template()["Parameters"]["CompactionConcurrency"]["Default"] <= 10
    for name in ("LookForWork", "Sweep"):
        assert function["Events"][name]["Properties"]["State"] == {"Fn::If": ["Compacts", "ENABLED", "DISABLED"]}
        assert function["Events"][name]["Properties"]["RetryPolicy"] == {"MaximumRetryAttempts": 0}


def test_compaction_has_the_time_memory_and_disk_that_it_counts_on() -> None:
    function = resources(FUNCTION)["CompactFunction"]

    assert function["Timeout"] == LIFETIME.total_seconds(), "no attempt may outlive what the sweeper waits for"
    engine = int(function["Environment"]["Variables"]["ABSLAKE_MEMORY_LIMIT_MB"])
    assert engine * 1.6 < template()["Parameters"]["CompactionMemory"]["MinValue"]
    assert function["EphemeralStorage"] == {"Size": 10240}


def test_fault_14_detection_runs_by_its_schedule_alone_and_can_be_switched_off() -> None:
    function = resources(FUNCTION)["DetectFunction"]
    (event,) = function["Events"].values()

    assert event["Type"] == "Schedule"
    assert event["Properties"]["State"] == {"Fn::If": ["Detects", "ENABLED", "DISABLED"]}
    assert event["Properties"]["RetryPolicy"] == {"MaximumRetryAttempts": 0}
    assert function["EventInvokeConfig"]["MaximumRetryAttempts"] == 0, "the next run does what this one left"
    engine = int(function["Environment"]["Variables"]["ABSLAKE_MEMORY_LIMIT_MB"])
    assert engine * 1.6 < template()["Parameters"]["DetectionMemory"]["MinValue"]


def test_fault_14_the_api_is_throttled_and_reports_can_be_capped() -> None:
    settings = resources("AWS::Serverless::HttpApi")["Api"]["DefaultRouteSettings"]

    assert settings["ThrottlingRateLimit"] == {"Ref": "RequestsPerSecond"}
    assert settings["ThrottlingBurstLimit"] == {"Ref": "RequestsPerSecond"}
    for name in REPORT_FUNCTIONS:
        condition = resources(FUNCTION)[name]["ReservedConcurrentExecutions"]["Fn::If"]
        assert condition[1] == {"Ref": "ReportConcurrency"}


def test_every_parameter_says_what_it_is_for() -> None:
    assert not [name for name, parameter in template()["Parameters"].items() if len(parameter["Description"]) < 20]


@pytest.mark.parametrize(
    ("name", "reader", "dead"),
    [
        ("LogQueue", "IngestFunction", "DeadLetterQueue"),
        ("CompactionQueue", "CompactFunction", "CompactionDeadLetterQueue"),
    ],
)
def test_a_message_is_hidden_for_six_time_outs_and_given_up_after_a_few_tries(
    name: str, reader: str, dead: str
) -> None:
    queue = resources(QUEUE)[name]

    assert queue["VisibilityTimeout"] >= 6 * resources(FUNCTION)[reader]["Timeout"]
    assert 3 <= queue["RedrivePolicy"]["maxReceiveCount"] <= 10
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": [dead, "Arn"]}
    retention = queue["MessageRetentionPeriod"]
    assert retention > queue["RedrivePolicy"]["maxReceiveCount"] * queue["VisibilityTimeout"]


def test_one_failed_log_of_a_batch_does_not_repeat_the_others() -> None:
    event = resources(FUNCTION)["IngestFunction"]["Events"]["LogUploaded"]["Properties"]

    assert event["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_all_logs_of_the_stack_expire() -> None:
    groups = resources("AWS::Logs::LogGroup")
    functions = resources(FUNCTION).values()

    assert {f["LoggingConfig"]["LogGroup"]["Ref"] for f in functions} < groups.keys()
    assert all(group["RetentionInDays"] == {"Ref": "LogRetentionDays"} for group in groups.values())
