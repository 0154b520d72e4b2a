"""``abslake report metrics`` with --limit and --cursor."""

import json

import pytest

from abslake.storage import Lake
from tests.support.command import abslake
from tests.support.facts import definition, fact, write_facts

RANGE = ("--earlier", "2018-02-13T00:00", "--later", "2018-02-14T00:00")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lake")
    lake = Lake(str(folder))
    lake.put("config/apis/shop.json", definition("/shop"))
    write_facts(lake, [fact("2018-02-13T10:00:01", cookie=name) for name in "abc"])
    return folder


def page(folder, *words):
    done = abslake("report", "metrics", "shop", *RANGE, "--lake", folder, *words)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def names(document):
    return [entry["session_id"] for entry in document["req_resp_details"]["session_details"]]


def test_the_next_page_begins_where_the_last_ended(folder):
    first = page(folder, "--limit", "2")
    second = page(folder, "--limit", "2", "--cursor", first["next_cursor"])

    assert (names(first), names(second)) == (["a", "b"], ["c"])
    assert "next_cursor" not in second
    assert names(page(folder)) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("metrics", "shop", "--limit", "0"), "limit"),
        (("metrics", "shop", "--cursor", "a-session"), "cursor"),
        (("token", "t", "--limit", "5"), "limit"),
        (("token", "t", "--cursor", "AAAAAAAAAAAAAAAA"), "cursor"),
    ],
)
def test_misuse_is_explained(folder, words, said):
    done = abslake("report", *words, *RANGE, "--lake", folder)

    assert done.returncode == 2
    assert said in done.stderr
    assert "a-session" not in done.stderr
    assert "Traceback" not in done.stderr
