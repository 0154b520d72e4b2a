"""What abslake counts on in a store, on every store it is run on: moto, SeaweedFS, a folder, memory."""

import itertools
import multiprocessing
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest

from abslake.errors import WriteRefused
from abslake.storage import Lake
from tests.support.s3 import S3Server, moto_server, seaweed_server

STORES = ["moto", "seaweedfs", "folder", "memory"]
_numbers = itertools.count()
NewLake = Callable[[], Lake]


@pytest.fixture(scope="module", params=STORES)
def new_lake(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewLake]:
    def on(server: S3Server) -> NewLake:
        server.make_bucket("conformance")
        return lambda: server.lake(f"s3://conformance/lake-{next(_numbers)}")

    if request.param == "moto":
        with moto_server() as server:
            yield on(server)
    elif request.param == "seaweedfs":
        with seaweed_server() as server:
            yield on(server)
    elif request.param == "folder":
        top: Path = tmp_path_factory.mktemp("lakes")
        yield lambda: Lake(str(top / f"lake-{next(_numbers)}"))
    else:
        yield lambda: Lake("memory:")


@pytest.fixture
def lake(new_lake: NewLake) -> Lake:
    return new_lake()


def test_what_is_created_is_read_back(lake: Lake) -> None:
    assert lake.create("facts/a.parquet", b"bytes") is True
    assert lake.get("facts/a.parquet") == b"bytes"


def test_the_second_create_of_a_key_changes_nothing(lake: Lake) -> None:
    lake.create("facts/a", b"first")
    assert lake.create("facts/a", b"second") is False
    assert lake.get("facts/a") == b"first"


def test_create_takes_a_file(lake: Lake, tmp_path: Path) -> None:
    file = tmp_path / "unit"
    file.write_bytes(b"x" * 100_000)
    assert lake.create("facts/a", file) is True
    assert lake.get("facts/a") == b"x" * 100_000


def test_an_empty_object_is_an_object(lake: Lake) -> None:
    assert lake.create("empty", b"") is True
    assert lake.exists("empty")
    assert lake.get("empty") == b""
    assert lake.create("empty", b"more") is False


def test_a_race_for_one_key_has_one_winner(lake: Lake) -> None:
    with ThreadPoolExecutor(16) as pool:
        won = list(pool.map(lambda n: lake.create("race", f"writer {n}".encode()), range(16)))
    assert won.count(True) == 1
    assert lake.get("race") == f"writer {won.index(True)}".encode()


def test_what_was_read_can_be_replaced(lake: Lake) -> None:
    # GIVEN an object made by a replace of nothing
    made = lake.replace("index/root.json", b"first", None)
    assert lake.read("index/root.json") == (b"first", made)
    # WHEN it is replaced with the etag that was read THEN the answer is the etag of what is there now
    replaced = lake.replace("index/root.json", b"second", lake.read("index/root.json").etag)
    assert lake.read("index/root.json") == (b"second", replaced)
    assert lake.replace("index/root.json", b"third", replaced) not in {made, replaced}


def test_the_etag_of_an_object_made_in_any_way_can_be_replaced(lake: Lake) -> None:
    lake.create("created", b"1")
    lake.put("put", b"1")
    for key in ("created", "put"):
        lake.replace(key, b"2", lake.read(key).etag)
        assert lake.get(key) == b"2"


def test_an_old_etag_replaces_nothing(lake: Lake) -> None:
    old = lake.replace("root", b"first", None)
    lake.replace("root", b"second", old)
    with pytest.raises(WriteRefused):
        lake.replace("root", b"third", old)
    assert lake.get("root") == b"second"


def test_an_object_that_is_there_is_not_replaced_as_if_it_were_not(lake: Lake) -> None:
    lake.replace("root", b"first", None)
    with pytest.raises(WriteRefused):
        lake.replace("root", b"second", None)
    assert lake.get("root") == b"first"


def test_an_object_that_is_gone_is_not_replaced(lake: Lake) -> None:
    etag = lake.replace("root", b"first", None)
    lake.delete(["root"])
    with pytest.raises(WriteRefused):
        lake.replace("root", b"second", etag)
    assert not lake.exists("root")


def test_an_object_is_unchanged_until_it_is_replaced(lake: Lake) -> None:
    first = lake.replace("root", b"first", None)
    assert lake.unchanged("root", first)
    second = lake.replace("root", b"second", lake.read("root").etag)
    assert not lake.unchanged("root", first)
    assert lake.unchanged("root", second)
    assert lake.unchanged("root", lake.read("root").etag)


def test_a_missing_object_is_not_unchanged_and_not_read(lake: Lake) -> None:
    etag = lake.replace("root", b"first", None)
    assert not lake.unchanged("other", etag)
    with pytest.raises(FileNotFoundError):
        lake.read("other")


def test_a_listing_shows_nothing_but_what_was_written(lake: Lake) -> None:
    lake.replace("index/root.json", b"second", lake.replace("index/root.json", b"first", None))
    assert [entry.key for entry in lake.list("")] == ["index/root.json"]


def count_up(lake: Lake, times: int) -> list[str]:
    """Read, add one, replace, so many times with success; gives the etags of the writes."""
    etags = []
    while len(etags) < times:
        count, etag = lake.read("counter")
        more = f"{int(count.split()[0]) + 1} {uuid.uuid4()}".encode()
        try:
            etags.append(lake.replace("counter", more, etag))
        except WriteRefused:
            continue
    return etags


def count_up_in(folder: str) -> list[str]:
    return count_up(Lake(folder), 25)


def test_no_count_is_lost_among_many_writers(lake: Lake) -> None:
    # GIVEN 16 writers that each add 3 to one counter
    lake.replace("counter", b"0", None)
    with ThreadPoolExecutor(16) as pool:
        won = [etag for etags in pool.map(lambda _: count_up(lake, 3), range(16)) for etag in etags]
    # THEN each number was written by one of them only
    assert lake.get("counter").split()[0] == b"48"
    assert len(set(won)) == 48


def test_no_count_is_lost_among_processes_on_one_folder(tmp_path: Path) -> None:
    Lake(str(tmp_path)).replace("counter", b"0", None)
    with ProcessPoolExecutor(4, multiprocessing.get_context("spawn")) as pool:
        won = [etag for etags in pool.map(count_up_in, [str(tmp_path)] * 4) for etag in etags]
    assert Lake(str(tmp_path)).get("counter").split()[0] == b"100"
    assert len(set(won)) == 100


def test_what_is_deleted_is_gone_and_the_rest_is_not(lake: Lake) -> None:
    odd = [f"p/{name}/x" for name in ("a b", "a+b", "100%", "é", "a'(b)!*~", "a<&>b")]
    for key in (*odd, "p/a", "p/b"):
        lake.put(key, b"")
    lake.delete([*odd, "p/never", "p/a"])
    assert [entry.key for entry in lake.list("p/")] == ["p/b"]


def test_deleting_nothing_or_twice_is_no_error(lake: Lake) -> None:
    lake.put("p/a", b"")
    lake.delete([])
    lake.delete(["p/a"])
    lake.delete(iter(["p/a"]))
    assert not lake.exists("p/a")


def test_more_than_a_thousand_objects_are_deleted(lake: Lake) -> None:
    keys = [f"many/{n:05d}" for n in range(1_101)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: lake.put(key, b""), keys))
    lake.delete(key for key in keys if key != "many/01050")
    assert [entry.key for entry in lake.list("many/")] == ["many/01050"]


def test_put_replaces(lake: Lake) -> None:
    lake.put("config/apis/shop.json", b"old")
    lake.put("config/apis/shop.json", b"new")
    assert lake.get("config/apis/shop.json") == b"new"


def test_exists_tells_an_object_from_its_folder(lake: Lake) -> None:
    lake.put("facts/date=2018-02-13/a", b"1")
    assert lake.exists("facts/date=2018-02-13/a")
    assert not lake.exists("facts/date=2018-02-13")
    assert not lake.exists("facts/date=2018-02-13/b")


def test_reading_a_missing_object_is_file_not_found(lake: Lake) -> None:
    with pytest.raises(FileNotFoundError):
        lake.get("facts/none")


def test_a_listing_is_in_key_order_with_sizes(lake: Lake) -> None:
    keys = ["p/b", "p/a/z", "p/é", "p/B", "p/a/y", "p/ab"]
    for key in keys:
        lake.put(key, key.encode())
    entries = list(lake.list("p/"))
    assert [entry.key for entry in entries] == sorted(keys)
    assert [entry.size for entry in entries] == [len(key.encode()) for key in sorted(keys)]
    assert all(entry.last_modified.tzinfo for entry in entries)


def test_a_listing_is_ordered_by_whole_keys_not_folder_by_folder(lake: Lake, request: pytest.FixtureRequest) -> None:
    if "seaweedfs" in request.node.name:
        pytest.skip(
            "SeaweedFS lists folder by folder: p/a/y before p/a-. No key of the lake tells the two orders apart"
        )
    for key in ("p/a/y", "p/a-"):
        lake.put(key, b"")
    assert [entry.key for entry in lake.list("p/")] == ["p/a-", "p/a/y"]


def test_a_listing_stays_under_its_prefix(lake: Lake) -> None:
    for key in ("facts/date=1/a", "facts/date=10/a", "findings/date=1/a"):
        lake.put(key, b"")
    assert [entry.key for entry in lake.list("facts/date=1/")] == ["facts/date=1/a"]


def test_a_listing_of_nothing_is_empty(lake: Lake) -> None:
    assert list(lake.list("nothing/")) == []


def test_a_listing_may_start_after_a_key_there_or_not(lake: Lake) -> None:
    for key in ("p/a", "p/c", "p/e"):
        lake.put(key, b"")
    assert [entry.key for entry in lake.list("p/", start_after="p/c")] == ["p/e"]
    assert [entry.key for entry in lake.list("p/", start_after="p/b")] == ["p/c", "p/e"]
    assert [entry.key for entry in lake.list("p/", start_after="p/e")] == []


def test_a_listing_may_start_at_a_folder(lake: Lake) -> None:
    keys = [f"facts/date={day}/hour={hour}/a" for day in (1, 2) for hour in ("05", "06")]
    for key in keys:
        lake.put(key, b"")
    assert [entry.key for entry in lake.list("facts/", start_after="facts/date=1/hour=06/")] == keys[1:]
    assert [entry.key for entry in lake.list("facts/date=1/", start_after="facts/date=1/hour=06/")] == keys[1:2]
    assert [entry.key for entry in lake.list("facts/", start_after="facts/date=2/")] == keys[2:]


def test_a_listing_of_more_than_a_thousand_keys_is_whole(lake: Lake) -> None:
    keys = [f"many/{n:05d}" for n in range(1_101)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: lake.put(key, b""), keys))
    assert [entry.key for entry in lake.list("many/")] == keys
    assert [entry.key for entry in lake.list("many/", start_after=keys[1_050])] == keys[1_051:]


@pytest.mark.parametrize(
    "name", ["a b", "a+b", "a%20b", "100%", "é-ü-漢", "a=b&c=d", "date=2018-02-13", "a'(b)!*~", "a:b@c"]
)
def test_fault_1_odd_keys_come_back_as_written(lake: Lake, name: str) -> None:
    key = f"odd/{name}/x"
    assert lake.create(key, name.encode()) is True
    assert lake.get(key) == name.encode()
    assert lake.exists(key)
    assert [entry.key for entry in lake.list(f"odd/{name}/")] == [key]
    assert lake.create(key, b"") is False


@pytest.mark.parametrize("name", ["plain.json", "a b+c%.json", "é.json"])
def test_a_signed_address_needs_no_credentials(lake: Lake, name: str) -> None:
    if lake.url == "memory:":
        pytest.skip("memory has no addresses")
    lake.put(f"results/{name}", b"{}")
    with urllib.request.urlopen(lake.sign(f"results/{name}", 60), timeout=10) as answer:
        assert answer.read() == b"{}"
