"""Which log objects an event speaks of: S3's own form, SQS and EventBridge around it, and events that are none."""

import json
from pathlib import Path
from typing import Any

import pytest

from abslake.errors import UnreadableLog
from abslake.facts.notifications import Upload, is_queue_event, uploads_in, uploads_in_message

EVENTS = Path(__file__).parents[2] / "events"


def sample(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return event


def s3_event(*records: dict[str, Any]) -> dict[str, Any]:
    """An S3 event; each record changes name, bucket, or fields of the object."""
    plain = sample("s3-put")["Records"][0]
    made = []
    for changes in records:
        entry = json.loads(json.dumps(plain))
        entry["eventName"] = changes.pop("eventName", plain["eventName"])
        entry["s3"]["object"] |= changes
        entry["s3"]["object"] = {name: value for name, value in entry["s3"]["object"].items() if value is not None}
        made.append(entry)
    return {"Records": made}


def keys(event: dict[str, Any]) -> list[str]:
    return [upload.key for upload in uploads_in(event)]


UPLOAD = Upload("landing-bucket", "ase/2026/03/02/access log +1.jsonl", "096fKKXTRTtl3on89fVO.nfljtsv6qko")


def test_the_three_forms_tell_the_same() -> None:
    assert uploads_in(sample("s3-put")) == uploads_in(sample("eventbridge-object-created")) == [UPLOAD]
    body = sample("sqs-s3")["Records"][0]["body"]
    assert uploads_in_message(body) == [UPLOAD, Upload("landing-bucket", "alb/AWSLogs/2026/03/02/logü.gz", "2")]
    assert uploads_in_message(json.dumps(sample("eventbridge-object-created"))) == [UPLOAD]


def test_fault_02_every_record_of_an_event_is_told() -> None:
    assert keys(s3_event(*({"key": f"k{n}"} for n in range(20)))) == [f"k{n}" for n in range(20)]


@pytest.mark.parametrize(
    ("encoded", "key"),
    [
        ("a+b", "a b"),
        ("a%20b", "a b"),
        ("a%2Bb", "a+b"),
        ("100%25", "100%"),
        ("a%252Bb", "a%2Bb"),
        ("%C3%BC/%F0%9F%82%A1", "ü/🂡"),
        ("a%26b%3Dc", "a&b=c"),
        ("..%2F..%2Fx", "../../x"),
    ],
)
def test_fault_01_keys_are_decoded_as_s3_encodes_them(encoded: str, key: str) -> None:
    assert keys(s3_event({"key": encoded})) == [key]


def test_fault_01_eventbridge_keys_are_not_encoded() -> None:
    event = sample("eventbridge-object-created")
    event["detail"]["object"]["key"] = "a+b %41ü"
    assert keys(event) == ["a+b %41ü"]


def test_a_bucket_without_versions() -> None:
    assert uploads_in(s3_event({"versionId": None}))[0].version is None
    event = sample("eventbridge-object-created")
    del event["detail"]["object"]["version-id"]
    assert uploads_in(event)[0].version is None


@pytest.mark.parametrize(
    "name",
    ["ObjectCreated:Put", "ObjectCreated:CompleteMultipartUpload", "ObjectCreated:Copy", "s3:ObjectCreated:Post"],
)
def test_every_way_to_create_an_object(name: str) -> None:
    assert len(keys(s3_event({"eventName": name}))) == 1


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(sample("s3-test-event"), id="test event"),
        pytest.param(s3_event({"eventName": "ObjectRemoved:Delete", "size": None, "eTag": None}), id="deletion"),
        pytest.param(s3_event({"eventName": "ObjectRemoved:DeleteMarkerCreated"}), id="delete marker"),
        pytest.param(s3_event({"key": "logs/"}), id="folder marker"),
        pytest.param(s3_event({"size": 0}), id="empty object"),
        pytest.param({"Records": []}, id="no record"),
        pytest.param(
            sample("eventbridge-object-created") | {"detail-type": "Object Deleted"}, id="EventBridge deletion"
        ),
    ],
)
def test_fault_13_events_with_nothing_to_read(event: dict[str, Any]) -> None:
    assert uploads_in(event) == []
    assert uploads_in_message(json.dumps(event)) == []


def test_fault_13_eventbridge_markers_and_empty_objects() -> None:
    for changes in ({"key": "logs/"}, {"size": 0}):
        event = sample("eventbridge-object-created")
        event["detail"]["object"] |= changes
        assert uploads_in(event) == []


def test_one_empty_object_hides_no_other() -> None:
    assert keys(s3_event({"key": "a", "size": 0}, {"key": "b"}, {"key": "c/"}, {"key": "d"})) == ["b", "d"]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "no json",
        "[]",
        "5",
        "{}",
        '{"Records": 5}',
        '{"Records": [{}]}',
        '{"Records": ["x"]}',
        '{"detail-type": "x"}',
    ],
)
def test_fault_03_what_is_no_notification_fails(body: str) -> None:
    with pytest.raises(UnreadableLog):
        uploads_in_message(body)


def test_a_message_of_an_error_holds_nothing_of_the_event() -> None:
    with pytest.raises(UnreadableLog) as error:
        uploads_in(s3_event({"key": "secret", "size": "secret"}))
    assert "secret" not in str(error.value)


def test_queue_events() -> None:
    assert is_queue_event(sample("sqs-s3"))
    for event in (sample("s3-put"), sample("eventbridge-object-created"), sample("s3-test-event"), {"Records": []}, {}):
        assert not is_queue_event(event)
