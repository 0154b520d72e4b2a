"""SeaweedFS tells of everything that happens; only an object's new bytes are an S3 event."""

import base64
from typing import Any
from urllib.parse import unquote_plus

import pytest

from abslake.dev.seaweedfs import translate


def entry(etag: str = "abc", chunks: tuple[str, ...] = ("1,a",), **more: Any) -> dict[str, Any]:
    extended = {"Seaweed-X-Amz-ETag": base64.b64encode(etag.encode()).decode()} if etag else {}
    return {
        "attributes": {"file_size": 5, "mtime": 1},
        "extended": extended,
        "chunks": [{"fid": fid} for fid in chunks],
        **more,
    }


def hook(key: str, new: dict[str, Any] | None, old: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"key": f"/buckets/{key}", "message": {"new_entry": new, "old_entry": old}}


def test_a_new_object_is_created_put_with_the_key_as_s3_encodes_it() -> None:
    event = translate(hook("landing/in/a b+c%é=.gz", entry()))
    assert event
    (record,) = event["Records"]
    assert (record["eventName"], record["s3"]["bucket"]["name"]) == ("ObjectCreated:Put", "landing")
    assert record["s3"]["object"]["key"] == "in/a+b%2Bc%25%C3%A9%3D.gz"
    assert unquote_plus(record["s3"]["object"]["key"]) == "in/a b+c%é=.gz"
    assert (record["s3"]["object"]["size"], record["s3"]["object"]["eTag"]) == (5, "abc")


def test_an_etag_with_parts_is_a_multipart_upload() -> None:
    event = translate(hook("landing/big", entry("abc-3")))
    assert event
    assert event["Records"][0]["eventName"] == "ObjectCreated:CompleteMultipartUpload"


def test_new_bytes_under_an_old_key_are_an_event_and_sequencers_grow() -> None:
    events = [translate(hook("landing/a", entry(chunks=(f"{n},x",)), entry(chunks=("0,x",)))) for n in (1, 2)]
    sequencers = [event["Records"][0]["s3"]["object"]["sequencer"] for event in events if event]
    assert len(sequencers) == 2
    assert sequencers == sorted(set(sequencers))


@pytest.mark.parametrize(
    "quiet",
    [
        hook("landing/a", entry(), entry()),  # tags were set
        hook("landing/a", None, entry()),  # deleted
        hook("landing/folder", entry(etag="", is_directory=True)),
        hook("landing/.uploads/1/0001.part", entry()),
        hook("landing", entry()),  # the bucket itself
        hook(".system/a", entry()),
        {"key": "/etc/iam", "message": {}},
        {},
    ],
)
def test_anything_else_is_none(quiet: dict[str, Any]) -> None:
    assert translate(quiet) is None


def test_a_folder_marker_put_by_a_client_ends_with_a_slash() -> None:
    event = translate(hook("landing/folder", entry(chunks=(), is_directory=True)))
    assert event
    assert event["Records"][0]["s3"]["object"]["key"] == "folder/"
