"""Nobody outside reads the buckets and queues, and nobody reads along."""

import pytest

from tests.support.stack import BUCKET, QUEUE, resources, statements

REFUSES_PLAIN_HTTP = {"Bool": {"aws:SecureTransport": False}}


@pytest.mark.parametrize("name", resources(BUCKET))
def test_a_bucket_is_encrypted_private_and_versioned(name: str) -> None:
    bucket = resources(BUCKET)[name]

    rules = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rules[0]["ServerSideEncryptionByDefault"]["SSEAlgorithm"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}


@pytest.mark.parametrize("name", resources(BUCKET))
def test_a_bucket_refuses_plain_http_for_itself_and_all_its_objects(name: str) -> None:
    denials = [
        s for _, s in statements("AWS::S3::BucketPolicy") if s["Effect"] == "Deny" and name in str(s["Resource"])
    ]

    assert len(denials) == 1
    assert (denials[0]["Principal"], denials[0]["Action"]) == ("*", "s3:*")
    assert denials[0]["Condition"] == REFUSES_PLAIN_HTTP
    assert denials[0]["Resource"] == [{"Fn::GetAtt": [name, "Arn"]}, {"Fn::Sub": f"${{{name}.Arn}}/*"}]


@pytest.mark.parametrize("name", resources(QUEUE))
def test_a_queue_is_encrypted_and_refuses_plain_http(name: str) -> None:
    assert resources(QUEUE)[name]["SqsManagedSseEnabled"] is True

    policies = resources("AWS::SQS::QueuePolicy").values()
    own = [s for p in policies if p["Queues"] == [{"Ref": name}] for s in p["PolicyDocument"]["Statement"]]
    assert [s["Condition"] for s in own if s["Effect"] == "Deny"] == [REFUSES_PLAIN_HTTP]


def test_only_s3_of_this_account_may_send_to_the_log_queue() -> None:
    allowed = [s for _, s in statements("AWS::SQS::QueuePolicy") if s["Effect"] == "Allow"]

    assert [s["Principal"] for s in allowed] == [{"Service": "s3.amazonaws.com"}]
    assert allowed[0]["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
