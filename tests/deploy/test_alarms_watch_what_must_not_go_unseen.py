"""Dead letters, failing ingest, waiting logs and failing reports each raise an alarm that may tell somebody."""

from typing import Any

import pytest

from tests.support.stack import FUNCTION, TOP, resources

ALARM = "AWS::CloudWatch::Alarm"


@pytest.mark.parametrize(
    ("metric", "watched"),
    [
        ("ApproximateNumberOfMessagesVisible", {"Fn::GetAtt": ["DeadLetterQueue", "QueueName"]}),
        ("ApproximateNumberOfMessagesVisible", {"Fn::GetAtt": ["CompactionDeadLetterQueue", "QueueName"]}),
        ("Errors", {"Ref": "IngestFunction"}),
        ("Errors", {"Ref": "CompactFunction"}),
        ("lag_seconds", "compact"),
        ("ApproximateAgeOfOldestMessage", {"Fn::GetAtt": ["LogQueue", "QueueName"]}),
        ("5xx", {"Ref": "Api"}),
    ],
)
def test_an_alarm_watches(metric: str, watched: dict[str, Any] | str) -> None:
    alarms = [alarm for alarm in resources(ALARM).values() if alarm["MetricName"] == metric]

    assert [alarm["Dimensions"][0]["Value"] for alarm in alarms].count(watched) == 1


def test_the_lag_of_the_index_is_the_metric_that_the_function_writes() -> None:
    function = resources(FUNCTION)["CompactFunction"]["Environment"]["Variables"]
    (alarm,) = [alarm for alarm in resources(ALARM).values() if alarm["MetricName"] == "lag_seconds"]

    assert '"lag_seconds"' in (TOP / "functions/compact/app.py").read_text()
    assert alarm["Namespace"] == "abslake"
    assert alarm["Dimensions"] == [{"Name": "service", "Value": function["POWERTOOLS_SERVICE_NAME"]}]
    assert alarm["Threshold"] == 3600


@pytest.mark.parametrize("name", resources(ALARM))
def test_an_alarm_says_what_it_means_and_tells_the_topic_if_there_is_one(name: str) -> None:
    alarm = resources(ALARM)[name]

    assert len(alarm["AlarmDescription"]) > 20
    assert alarm["TreatMissingData"] == "notBreaching", "no traffic is no alarm"
    assert alarm["AlarmActions"]["Fn::If"][:2] == ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}]]
