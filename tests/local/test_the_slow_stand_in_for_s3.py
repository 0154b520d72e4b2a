"""The stand-in for S3 of the benchmarks: a store like the others, that waits as told and counts what it is asked for."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import obstore
import pytest

from abslake.errors import WriteRefused
from abslake.storage import Lake
from benchmarks.s3_folder import Folder
from benchmarks.slow_s3 import HOST, Running, SlowS3, slow_s3

MB = 1_000_000


class Clock:
    """Time goes on only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sleeps: list[float] = []

    def time(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds


@contextmanager
def in_this_process(top: Path, first_byte: float, rate: float) -> Iterator[tuple[Running, Clock]]:
    """The server in a thread, with a clock of its own."""
    clock, loop = Clock(), asyncio.new_event_loop()
    server = SlowS3(Folder(top), first_byte, rate, clock.sleep, clock.time)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    listening = asyncio.run_coroutine_threadsafe(asyncio.start_server(server.connection, HOST, 0), loop).result()
    try:
        yield Running(f"http://{HOST}:{listening.sockets[0].getsockname()[1]}"), clock
    finally:
        asyncio.run_coroutine_threadsafe(_end(listening), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end(listening: asyncio.Server) -> None:
    listening.close()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def a_lake(server: Running) -> Lake:
    return Lake(
        "s3://bucket/lake", endpoint=server.endpoint, access_key_id="any", secret_access_key="any", region="us-east-1"
    )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    top = tmp_path_factory.mktemp("buckets")
    (top / "bucket").mkdir()
    with slow_s3(top, first_byte=0, rate=1e12) as running:
        yield running


@pytest.fixture
def lake(server: Running) -> Iterator[Lake]:
    lake = a_lake(server)
    yield lake
    lake.delete([entry.key for entry in lake.list("")])


def test_the_lake_works_on_it(lake: Lake) -> None:
    assert lake.create("facts/date=1/é +&<%.parquet", b"unit") is True
    assert lake.create("facts/date=1/é +&<%.parquet", b"other") is False
    assert [entry.key for entry in lake.list("facts/")] == ["facts/date=1/é +&<%.parquet"]
    made = lake.replace("root", b"first", None)
    replaced = lake.replace("root", b"again", made)
    assert lake.read("root") == (b"again", replaced)
    assert lake.unchanged("root", replaced)
    assert not lake.unchanged("root", made)
    for key, etag in (("root", made), ("root", None), ("none", made)):
        with pytest.raises(WriteRefused):
            lake.replace(key, b"never", etag)
    lake.delete(["root", "none"])
    assert not lake.exists("root")
    with pytest.raises(FileNotFoundError):
        lake.get("root")


def test_etags_differ_between_writes_of_the_same_length(lake: Lake) -> None:
    etags = [lake.replace("root", b"0", None)]
    for n in range(1, 30):
        etags.append(lake.replace("root", f"{n % 10}".encode(), etags[-1]))
    assert len(set(etags)) == 30


def test_its_listings_go_on_from_page_to_page(lake: Lake) -> None:
    keys = [f"many/{n:05d}" for n in range(1_101)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: lake.put(key, b""), [*keys, "manz", "man"]))
    assert [entry.key for entry in lake.list("many/")] == keys
    assert [entry.key for entry in lake.list("many/", start_after=keys[1_050])] == keys[1_051:]


def test_it_lists_folders_once_each_over_pages(server: Running, tmp_path: Path) -> None:
    (tmp_path / "bucket").mkdir()
    folder = Folder(tmp_path)
    for key in ("a/1", "a/2", "a0", "b/1", "c"):
        folder.put("bucket", key, b"", {})
    token, pages = "", []
    for _ in range(4):
        body = folder.list("bucket", {"delimiter": "/", "max-keys": "1", "continuation-token": token}).body
        assert isinstance(body, bytes)
        text = body.decode()
        token = text.partition("<NextContinuationToken>")[2].partition("<")[0]
        pages.append([part.split("<")[0] for part in text.replace("<Key>", "<Prefix>").split("<Prefix>")[2:]])
    assert pages == [["a/"], ["a0"], ["b/"], ["c"]]
    assert token == ""


def test_ranges_are_served_and_only_their_bytes_sent(server: Running, lake: Lake) -> None:
    data = bytes(range(200)) * 10
    lake.put("facts/a", data)
    server.reset()
    assert bytes(obstore.get_range(lake.store, "facts/a", start=10, length=90)) == data[10:100]
    assert bytes(obstore.get(lake.store, "facts/a", options={"range": {"suffix": 4}}).bytes()) == data[-4:]
    assert bytes(obstore.get(lake.store, "facts/a", options={"range": {"offset": 1_990}}).bytes()) == data[1_990:]
    assert server.counts()["bytes_sent"] == {"GET": 90 + 4 + 10}


def test_what_other_programs_put_there_is_listed_after_a_reload(tmp_path: Path) -> None:
    (tmp_path / "bucket").mkdir()
    with slow_s3(tmp_path, first_byte=0, rate=1e12) as server:
        lake = a_lake(server)
        (tmp_path / "bucket/lake/facts").mkdir(parents=True)
        (tmp_path / "bucket/lake/facts/a").write_bytes(b"unit")
        assert lake.get("facts/a") == b"unit"
        assert list(lake.list("facts/")) == []
        server.reload()
        assert [entry.key for entry in lake.list("facts/")] == ["facts/a"]


def test_requests_and_bytes_are_counted_by_operation_and_place(server: Running, lake: Lake) -> None:
    lake.put("facts/date=1/a", b"x" * 1000)
    lake.put("facts/date=2/b", b"x" * 500)
    server.reset()
    for key in ("facts/date=1/a", "facts/date=2/b"):
        lake.get(key)
    lake.exists("facts/date=3/c")
    lake.delete(["facts/date=2/b"])
    lake.put("index/root.json", b"x" * 70)
    counts = server.counts()
    assert counts["requests"] == {"GET": 2, "HEAD": 1, "DELETE": 1, "PUT": 1}
    assert counts["places"] == {
        "GET lake/facts/date": 2,
        "HEAD lake/facts/date": 1,
        "DELETE ": 1,
        "PUT lake/index/root.json": 1,
    }
    assert counts["bytes_sent"]["GET"] == 1500
    assert counts["bytes_received"] > 70
    server.reset()
    assert server.counts()["requests"] == {}


def test_it_waits_for_the_first_byte_and_as_long_as_the_wire_takes(tmp_path: Path) -> None:
    # GIVEN 30 ms before the first byte, and 80 MB a second
    (tmp_path / "bucket/lake").mkdir(parents=True)
    (tmp_path / "bucket/lake/small").write_bytes(b"x" * 80_000)
    (tmp_path / "bucket/lake/large").write_bytes(b"x" * 4 * MB)
    with in_this_process(tmp_path, 0.030, 80e6) as (server, clock):
        lake = a_lake(server)
        # WHEN 80 kB are read THEN that is 31 ms in one sleep
        assert len(lake.get("small")) == 80_000
        assert clock.sleeps == [pytest.approx(0.031)]
        # AND 4 MB are 80 ms in several
        clock.sleeps.clear()
        assert len(lake.get("large")) == 4 * MB
        assert sum(clock.sleeps) == pytest.approx(0.080)
        assert clock.sleeps[0] == pytest.approx(0.030 + (1 << 20) / 80e6)
        # AND a request without a body waits for its first byte, a write for its bytes, too
        clock.sleeps.clear()
        lake.exists("small")
        lake.put("new", b"x" * 800_000)
        assert clock.sleeps == [pytest.approx(0.030), pytest.approx(0.040)]
        assert server.counts()["first_byte_seconds"] == pytest.approx(4 * 0.030)
        assert server.counts()["transfer_seconds"] == pytest.approx(0.061)


def test_it_ends_with_whoever_started_it(tmp_path: Path) -> None:
    with slow_s3(tmp_path) as server:
        server.counts()
    with pytest.raises(OSError, match="refused"):
        server.counts()
