"""Dead letters, failing ingest, waiting logs and failing reports each raise an alarm that may tell somebody."""

from typing import Any

import pytest

from abslake.detection import figures
from abslake.detection.announce import Announced
from tests.support.stack import FUNCTION, TOP, resources, template

ALARM = "AWS::CloudWatch::Alarm"


@pytest.mark.parametrize(
    ("metric", "watched"),
    [
        ("ApproximateNumberOfMessagesVisible", {"Fn::GetAtt": ["DeadLetterQueue", "QueueName"]}),
        ("ApproximateNumberOfMessagesVisible", {"Fn::GetAtt": ["CompactionDeadLetterQueue", "QueueName"]}),
        ("Errors", {"Ref": "IngestFunction"}),
        ("Errors", {"Ref": "CompactFunction"}),
        ("lag_seconds", "compact"),
        ("Errors", {"Ref": "DetectFunction"}),
        ("DetectionLagSeconds", "detect"),
        ("Undelivered", "detect"),
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


@pytest.mark.parametrize("metric", ["DetectionLagSeconds", "Undelivered"])
def test_what_detection_is_watched_by_are_metrics_that_it_writes(metric: str) -> None:
    function = resources(FUNCTION)["DetectFunction"]["Environment"]["Variables"]
    (alarm,) = [alarm for alarm in resources(ALARM).values() if alarm["MetricName"] == metric]

    assert metric in {*figures.SECONDS, *figures.COUNTS, *figures.told(Announced())}
    assert alarm["Namespace"] == "abslake"
    assert alarm["Dimensions"] == [{"Name": "service", "Value": function["POWERTOOLS_SERVICE_NAME"]}]


def test_fault_16_that_detection_does_not_run_is_an_alarm_as_long_as_it_should() -> None:
    alarm = template()["Resources"]["DetectionLagAlarm"]
    schedule = resources(FUNCTION)["DetectFunction"]["Events"]["JudgeWindows"]["Properties"]

    assert alarm["Properties"]["TreatMissingData"] == "breaching", "it writes its lag whether there is traffic or not"
    assert alarm["Condition"] == "Detects"
    assert schedule["State"] == {"Fn::If": ["Detects", "ENABLED", "DISABLED"]}
    assert template()["Parameters"]["Detection"]["Default"] == "on"
    most = 60 * template()["Parameters"]["DetectionMinutes"]["MaxValue"]
    assert most <= alarm["Properties"]["Period"] * alarm["Properties"]["EvaluationPeriods"], (
        "the schedule may be that slow"
    )


@pytest.mark.parametrize("name", resources(ALARM))
def test_an_alarm_says_what_it_means_and_tells_the_topic_if_there_is_one(name: str) -> None:
    alarm = resources(ALARM)[name]

    assert len(alarm["AlarmDescription"]) > 20
    if name != "DetectionLagAlarm":
        assert alarm["TreatMissingData"] == "notBreaching", "no traffic is no alarm"
    assert alarm["AlarmActions"]["Fn::If"][:2] == ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}]]
