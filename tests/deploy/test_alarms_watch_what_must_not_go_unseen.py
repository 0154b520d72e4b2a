"""Dead letters, failing ingest, waiting logs and failing reports each raise an alarm that may tell somebody."""

from typing import Any

import pytest

from tests.support.stack import resources

ALARM = "AWS::CloudWatch::Alarm"


@pytest.mark.parametrize(
    ("metric", "watched"),
    [
        ("ApproximateNumberOfMessagesVisible", {"Fn::GetAtt": ["DeadLetterQueue", "QueueName"]}),
        ("Errors", {"Ref": "IngestFunction"}),
        ("ApproximateAgeOfOldestMessage", {"Fn::GetAtt": ["LogQueue", "QueueName"]}),
        ("5xx", {"Ref": "Api"}),
    ],
)
def test_an_alarm_watches(metric: str, watched: dict[str, Any]) -> None:
    alarms = [alarm for alarm in resources(ALARM).values() if alarm["MetricName"] == metric]

    assert [alarm["Dimensions"][0]["Value"] for alarm in alarms] == [watched]


@pytest.mark.parametrize("name", resources(ALARM))
def test_an_alarm_says_what_it_means_and_tells_the_topic_if_there_is_one(name: str) -> None:
    alarm = resources(ALARM)[name]

    assert len(alarm["AlarmDescription"]) > 20
    assert alarm["TreatMissingData"] == "notBreaching", "no traffic is no alarm"
    assert alarm["AlarmActions"]["Fn::If"][:2] == ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}]]
