"""The example rules: attacks, and nothing but attacks, go to a topic, in a sentence, by whom the topic lets publish."""

import re
from typing import Any

import pytest

from abslake.detection.announce.eventbridge import DETAIL_TYPES, SOURCE
from abslake.detection.findings import Level
from abslake.export import finding_event
from tests.support.announcing import disclosed, found
from tests.support.stack import resources, template

RULE = "AWS::Events::Rule"


@pytest.mark.parametrize("name", sorted(resources(RULE).keys() & {"AttackRule", "MailRule"}))
def test_a_rule_takes_attacks_and_says_what_an_event_has(name: str) -> None:
    rule = resources(RULE)[name]
    words: dict[str, Any] = rule["Targets"][0]["InputTransformer"]
    said = finding_event.detail(disclosed(found(0)))

    assert rule["EventPattern"] == {"source": [SOURCE], "detail-type": [DETAIL_TYPES[Level.ATTACK]]}
    assert rule["EventBusName"] == {"Ref": "EventBusName"}
    assert {path.removeprefix("$.detail.") for path in words["InputPathsMap"].values()} <= said.keys()
    assert set(re.findall(r"<(\w+)>", words["InputTemplate"])) == words["InputPathsMap"].keys()


def test_both_rules_are_there() -> None:
    assert {"AttackRule", "MailRule"} <= resources(RULE).keys()


def test_only_the_rule_may_publish_to_the_stack_s_own_topic() -> None:
    allowed, denied = resources("AWS::SNS::TopicPolicy")["FindingsTopicPolicy"]["PolicyDocument"]["Statement"]

    assert (allowed["Principal"], allowed["Action"]) == ({"Service": "events.amazonaws.com"}, "sns:Publish")
    assert allowed["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["MailRule", "Arn"]}}}
    assert (denied["Effect"], denied["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": False}})


def test_nobody_is_sent_anything_unless_asked_for() -> None:
    parameters = template()["Parameters"]
    for name in ("FindingsTopicArn", "FindingsEmail", "WebhookUrl", "WebhookSecretArn"):
        assert parameters[name]["Default"] == ""
    assert parameters["AnnounceIdentifiers"]["Default"] == "masked"
