"""Definitions are read once a minute; a name that is not among the kept ones is looked for at once."""

import pytest

from abslake.reports import catalogue
from abslake.storage import Lake
from tests.support.calls import call, during, metrics
from tests.support.facts import definition
from tests.support.lakes import open_lake

RANGE = during("2018-02-13T00:00", "2018-02-14T00:00")


@pytest.fixture
def lake(tmp_path, monkeypatch):
    return open_lake(tmp_path, monkeypatch)


def url() -> str:
    return metrics(f"api=shop&{RANGE}").json["req_resp_summary"]["api_url"]


def test_a_new_api_is_known_at_once(lake):
    assert metrics(f"api=new&{RANGE}").status == 404

    lake.put("config/apis/new.json", definition("/new"))

    assert metrics(f"api=new&{RANGE}").status == 200


def test_a_changed_definition_counts_when_the_minute_is_over(lake, monkeypatch):
    now = 1000.0
    monkeypatch.setattr(catalogue.time, "monotonic", lambda: now)
    assert url() == "/shop"
    lake.put("config/apis/shop.json", definition("/store"))

    now += 59
    assert url() == "/shop"
    now += 2
    assert url() == "/store"


@pytest.mark.parametrize(("path", "query"), [("/v4/abs/metrics", f"api=shop&{RANGE}"), ("/v5/abs/admin", "")])
def test_one_that_is_deleted_while_they_are_read_fails_no_report(lake, monkeypatch, path, query):
    lake.put("config/apis/gone.json", definition("/gone"))
    listed = Lake.list

    def deleted_meanwhile(self, prefix, **given):
        entries = list(listed(self, prefix, **given))
        if prefix == "config/apis/":
            lake.delete(["config/apis/gone.json"])
        return iter(entries)

    monkeypatch.setattr(Lake, "list", deleted_meanwhile)

    assert call(query, path=path).status == 200


def test_a_bad_definition_hides_no_other(lake):
    lake.put("config/apis/broken.json", b"{")

    assert metrics(f"api=shop&{RANGE}").status == 200
    assert metrics(f"api=broken&{RANGE}").status == 404
