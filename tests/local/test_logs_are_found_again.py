"""Where a rebuild finds the log objects that units were made of: in the landing bucket, its old versions, or a folder."""

import contextlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from abslake.errors import LogNotFound, UpkeepRefused
from abslake.upkeep.copies import Source
from abslake.upkeep.logs import BucketLogs, FolderLogs
from tests.support.s3 import moto_server


def etag_of(s3, key: str) -> str:
    return s3.head_object(Bucket="landing", Key=key)["ETag"].strip('"')


def test_in_a_bucket_they_are_known_by_key_and_etag() -> None:
    # GIVEN a landing bucket that keeps versions; a log that was overwritten, one that is gone, an empty one
    with moto_server() as server, contextlib.closing(server.client()) as s3:
        server.make_bucket("landing")
        s3.put_bucket_versioning(Bucket="landing", VersioningConfiguration={"Status": "Enabled"})
        s3.put_object(Bucket="landing", Key="logs/a", Body=b"old")
        old = Source("landing", "logs/a", etag_of(s3, "logs/a"))
        s3.put_object(Bucket="landing", Key="logs/a", Body=b"new")
        s3.put_object(Bucket="landing", Key="logs/b", Body=b"b")
        s3.put_object(Bucket="landing", Key="logs/c", Body=b"")
        s3.put_object(Bucket="landing", Key="elsewhere", Body=b"e")
        elsewhere = Source("landing", "elsewhere", etag_of(s3, "elsewhere"))
        logs = BucketLogs(s3, "landing", "logs/")
        # WHEN they are looked for THEN just those bytes are found, also out of the prefix
        found, apart = logs.find(old), logs.find(elsewhere)
        assert found
        assert apart
        assert (found.source, found.open().open().read(10)) == (old, b"old")
        assert apart.open().open().read(10) == b"e"
        assert logs.find(Source("landing", "logs/a", "0" * 32)) is None
        assert logs.find(Source("another", "logs/a", old.etag)) is None
        # AND the others by the time of their upload
        soon, now = datetime.now(UTC) + timedelta(hours=1), datetime.now(UTC) - timedelta(hours=1)
        assert [one.source.key for one in logs.others(now, soon)] == ["logs/a", "logs/b"]
        assert [one.source.key for one in logs.others(None, now)] == []
        # AND what has changed since it was listed is not taken for it
        listed = {one.source.key: one for one in logs.others(None, None)}
        s3.put_object(Bucket="landing", Key="logs/b", Body=b"changed")
        with pytest.raises(LogNotFound):
            listed["logs/b"].open()


def test_in_a_folder_they_are_known_by_name_and_bytes(tmp_path: Path) -> None:
    # GIVEN copies of what was uploaded, with the times of the uploads
    (tmp_path / "2026").mkdir()
    for name, text in (("2026/a", b"a"), ("b", b"b"), ("c", b"c")):
        (tmp_path / name).write_bytes(text)
        os.utime(tmp_path / name, (1_772_446_800, 1_772_446_800))
    logs = FolderLogs(tmp_path)
    # WHEN they are looked for by what units say THEN they have that identity
    source = Source("landing", "logs/2026/a", "0cc175b9c0f1b6a831c399e269772661")
    found = logs.find(source)
    assert found
    assert found.open().id == source.id
    assert found.uploaded == datetime(2026, 3, 2, 10, 20, tzinfo=UTC)
    # AND a file of the same name with other bytes is neither it nor another log
    assert logs.find(Source("landing", "logs/b", "0" * 32)) is None
    assert [one.source.key for one in logs.others(None, None)] == ["c"]
    assert list(logs.others(None, found.uploaded)) == []


def test_an_empty_folder_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(UpkeepRefused, match="no log"):
        FolderLogs(tmp_path)
