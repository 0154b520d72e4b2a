"""The ingest function on S3 events: a message that fails is alone in failing, and every key that S3 allows is found."""

import gzip
import json
from collections.abc import Iterator

import pytest

from tests.support import ase
from tests.support.ingest_function import Place, batch, notification, place

KEYS = [
    "plain.log",
    "with blank and+plus.log",
    "100%25 %zz.log",
    "ü/🂡 €.log",
    "a&b=c?d#e;f.log",
    'it\'s "quoted"(1).log',
    "date=2026-03-02/x.log",
]


@pytest.fixture
def here() -> Iterator[Place]:
    with place(shop={"url": "/shop"}) as made:
        yield made


def failures(*names: int) -> dict[str, list[dict[str, str]]]:
    return {"batchItemFailures": [{"itemIdentifier": str(name)} for name in names]}


def log(path: str) -> bytes:
    return ase.log(ase.line(request=ase.request(url=path)))


def test_fault_03_one_bad_message_of_several_fails_alone(here: Place) -> None:
    # GIVEN a batch: a good log, one that is gone, one that is no log, a test event, one cut off, bad lines
    messages = [
        here.put("good.log", log("/shop/1")),
        notification("gone.log", 10),
        here.put("zip.log", b"PK\x03\x04 no log"),
        {"Event": "s3:TestEvent", "Bucket": "landing-bucket"},
        here.put("broken.log", gzip.compress(log("/shop/2"))[:15]),
        here.put("lines.log", log("/shop/3") + b"bad\n"),
        {"neither": "this nor that"},
    ]

    # WHEN the function gets it
    run = here.ingest(batch(*messages))

    # THEN only what cannot be read goes back to the queue
    assert run.answers == [failures(1, 2, 4, 6)]
    assert {row["path"] for row in here.rows} == {"/shop/1", "/shop/3"}
    assert {row["api"] for row in here.rows} == {"shop"}


def test_a_batch_without_failures_and_its_repetition(here: Place) -> None:
    event = batch(here.put("a.log", log("/shop/1")), here.put("b.log", log("/shop/2")))

    assert here.ingest(event, event).answers == [failures(), failures()]
    assert sum(row["requests"] for row in here.rows) == 2


def test_fault_01_keys_with_blanks_plus_percent_and_any_language(here: Place) -> None:
    # GIVEN uploads under odd keys, told by S3 (keys encoded) and by EventBridge (keys as they are)
    told = [here.put(key, log(f"/shop/{n}")) for n, key in enumerate(KEYS)]
    bridge = json.loads(json.dumps(told[1]))  # the one with blank and plus again
    event = {
        "version": "0",
        "id": "17793124-05d4-b198-2fde-7ededc63b103",
        "detail-type": "Object Created",
        "source": "aws.s3",
        "account": "123456789012",
        "time": "2026-03-02T10:16:00Z",
        "region": "us-east-1",
        "resources": ["arn:aws:s3:::landing-bucket"],
        "detail": {
            "version": "0",
            "bucket": {"name": "landing-bucket"},
            "object": {"key": KEYS[1], "size": 9, "etag": "x", "sequencer": "1"},
            "request-id": "r",
            "requester": "123456789012",
        },
    }

    # WHEN they are ingested
    run = here.ingest(batch(*told), event, bridge)

    # THEN each was found and counted once
    assert run.answers[0] == failures()
    assert [len(answer) for answer in run.answers[1:]] == [1, 1]
    assert {row["path"]: row["requests"] for row in here.rows} == {f"/shop/{n}": 1 for n in range(len(KEYS))}


def test_fault_02_every_record_of_a_message_is_ingested(here: Place) -> None:
    records = [here.put(f"{n}.log", log(f"/shop/{n}"))["Records"][0] for n in range(3)]

    assert here.ingest(batch({"Records": records})).answers == [failures()]
    assert len(here.rows) == 3


def test_a_bare_event_fails_loudly(here: Place) -> None:
    assert here.ingest(notification("gone.log", 10)).failed


def test_fault_15_a_request_id_is_no_key(here: Place) -> None:
    """Two uploads under equal message ids are two logs: nothing but bucket, key and ETag tells them apart."""
    first, second = here.put("a.log", log("/shop/1")), here.put("b.log", log("/shop/1"))
    for event in (first, second):
        event["Records"][0]["responseElements"] = {"x-amz-request-id": "same", "x-amz-id-2": "same"}
        here.ingest(batch(event))

    assert sum(row["requests"] for row in here.rows) == 2


def test_a_rejected_definition_is_told_and_stops_nothing(here: Place) -> None:
    here.lake.put("config/apis/odd.json", b'{"api_metadata": {"url": "nowhere"}}')
    run = here.ingest(batch(here.put("a.log", log("/shop/1"))))

    assert run.answers == [failures()]
    assert "config/apis/odd.json: api_metadata.url" in run.log


def test_a_format_forced_by_the_settings(here: Place) -> None:
    run = here.ingest(here.put("in/a.log", log("/shop/1")), ABSLAKE_FORMATS="in/=combined")

    assert (run.answers[0][0]["format"], run.answers[0][0]["quarantined"]) == ("combined", 1)
