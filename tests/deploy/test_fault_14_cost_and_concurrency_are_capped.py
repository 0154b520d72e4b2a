"""A flood of uploads or of requests is no flood of cost (fault 14), and a failing log does not circle for ever."""

from tests.support.stack import FUNCTION, QUEUE, resources, template


def test_fault_14_ingest_runs_a_stated_number_of_logs_at_once() -> None:
    event = resources(FUNCTION)["IngestFunction"]["Events"]["LogUploaded"]["Properties"]

    assert event["ScalingConfig"] == {"MaximumConcurrency": {"Ref": "IngestConcurrency"}}
    assert template()["Parameters"]["IngestConcurrency"]["Default"] <= 100


def test_fault_14_the_api_is_throttled_and_reports_can_be_capped() -> None:
    settings = resources("AWS::Serverless::HttpApi")["Api"]["DefaultRouteSettings"]

    assert settings["ThrottlingRateLimit"] == {"Ref": "RequestsPerSecond"}
    assert settings["ThrottlingBurstLimit"] == {"Ref": "RequestsPerSecond"}
    for name in ("MetricsFunction", "ForensicsFunction"):
        condition = resources(FUNCTION)[name]["ReservedConcurrentExecutions"]["Fn::If"]
        assert condition[1] == {"Ref": "ReportConcurrency"}


def test_every_parameter_says_what_it_is_for() -> None:
    assert not [name for name, parameter in template()["Parameters"].items() if len(parameter["Description"]) < 20]


def test_a_message_is_hidden_for_six_time_outs_and_given_up_after_a_few_tries() -> None:
    queue = resources(QUEUE)["LogQueue"]
    ingest = resources(FUNCTION)["IngestFunction"]

    assert queue["VisibilityTimeout"] >= 6 * ingest["Timeout"]
    assert 3 <= queue["RedrivePolicy"]["maxReceiveCount"] <= 10
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]}
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
