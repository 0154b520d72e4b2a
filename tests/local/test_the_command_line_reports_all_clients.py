"""``abslake report apikeys | oauthtokens | username`` without a value: all of them, in pages."""

import json

import pytest

from abslake.storage import Lake
from tests.support.command import abslake
from tests.support.facts import fact, write_facts

RANGE = ("--earlier", "2018-02-13T00:00", "--later", "2018-02-14T00:00")
REPORTS = {"apikeys": "api_key", "oauthtokens": "token", "username": "username"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lake")
    names = [{kind: f"{kind} {n}" for kind in REPORTS.values()} for n in range(3)]
    write_facts(Lake(str(folder)), [fact("2018-02-13T10:00:01", **one) for one in names])
    return folder


def page(folder, *words):
    done = abslake("report", *words, *RANGE, "--lake", folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


@pytest.mark.parametrize("report", REPORTS)
def test_all_of_a_kind_in_pages(folder, report):
    kind = REPORTS[report]
    first, said = page(folder, report, "--limit", "2", "--explain")
    second, _ = page(folder, report, "--limit", "2", "--cursor", first["next_cursor"])

    assert [entry[kind] for entry in first["details"] + second["details"]] == [f"{kind} {n}" for n in range(3)]
    assert "next_cursor" not in second
    assert "1 objects planned" in said


def test_with_a_value_it_is_the_report_of_one_user(folder):
    document, _ = page(folder, "username", "username 1")

    assert document["details"]["metrics"]["username"] == "username 1"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("apikeys", "api_key 1"), "takes no VALUE"),
        (("token",), "VALUE is missing"),
        (("oauthtokens", "--api", "shop"), "api"),
    ],
)
def test_misuse_is_explained(folder, words, said):
    done = abslake("report", *words, *RANGE, "--lake", folder)

    assert done.returncode == 2
    assert said in done.stderr
    assert "api_key 1" not in done.stderr
    assert "Traceback" not in done.stderr
