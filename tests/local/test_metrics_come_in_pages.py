"""The metrics report of an API with many sessions, page by page over HTTP."""

import pytest

from tests.support.calls import ADMIN, RESTRICTED, call, during, metrics
from tests.support.facts import fact, write_facts
from tests.support.lakes import open_lake
from tests.support.paging import answers

RANGE = during("2018-02-13T00:00", "2018-02-15T00:00")
SESSIONS = 25
NAMES = {f"session-{number:03d}" for number in range(SESSIONS)}


@pytest.fixture
def lake(tmp_path, monkeypatch):
    lake = open_lake(tmp_path, monkeypatch)
    whens = ("2018-02-13T10:00:01", "2018-02-14T10:00:01")
    names = sorted(NAMES)
    write_facts(
        lake,
        [
            *(fact(when, cookie=name, requests=number // 5 + 1) for when in whens for number, name in enumerate(names)),
            fact(whens[0], path="/shop/bare", requests=3),
        ],
    )
    return lake


def sessions(answer):
    return answer.json["req_resp_details"]["session_details"]


@pytest.mark.parametrize("headers", [ADMIN, RESTRICTED])
@pytest.mark.parametrize("limit", [1, 4, 24, 25])
def test_pages_together_are_the_whole(lake, limit, headers):
    whole = metrics(f"api=shop&{RANGE}", headers)

    found = list(answers("/v4/abs/metrics", f"api=shop&{RANGE}&limit={limit}", headers))

    assert [entry for page in found for entry in sessions(page)] == sessions(whole)
    assert len(sessions(whole)) == SESSIONS
    assert len(found) == -(-SESSIONS // limit)
    assert all(page.json["req_resp_summary"] == whole.json["req_resp_summary"] for page in found)
    bare = [page.json["req_resp_details"]["no_session"]["request_details"] for page in found]
    assert [len(entries) for entries in bare] == [1] + [0] * (len(found) - 1)


def test_the_cursor_is_the_same_in_body_and_header(lake):
    answer = metrics(f"limit=4&api=shop&{RANGE}")

    assert answer.headers["Link"].endswith(f'&cursor={answer.json["next_cursor"]}>; rel="next"')


def test_a_small_api_has_no_pages(lake):
    answer = metrics(f"api=shop&{RANGE}")

    assert "Link" not in answer.headers
    assert not {"next_cursor", "notes"} & set(answer.json)


def test_neither_cursor_nor_order_tells_a_hidden_name(lake):
    for page in answers("/v4/abs/metrics", f"api=shop&{RANGE}&limit=4", RESTRICTED):
        assert not [name for name in NAMES if name in page.body or name in str(page.headers)]
        listed = [(-entry["total_requests"], entry["session_id"]) for entry in sessions(page)]
        assert listed == sorted(listed)


def test_a_link_spells_its_parameters_anew(lake):
    answer = metrics(f"&api==%73hop&limit=4&{RANGE}".replace("%3A", ":"))

    assert answer.headers["Link"].startswith(f"<?api=shop&limit=4&{RANGE}&cursor=")


def test_a_large_page_leads_on_too(lake, monkeypatch):
    monkeypatch.setenv("ABSLAKE_MAX_ANSWER_BYTES", "100")
    monkeypatch.setattr(type(lake), "sign", lambda *_: "https://signed.example/")

    answer = metrics(f"api=shop&{RANGE}&limit=4")

    assert answer.status == 303
    assert "cursor=" in answer.headers["Link"]


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ("limit=0", "INVALID_PARAMETER", "limit"),
        ("limit=1001", "INVALID_PARAMETER", "limit"),
        ("limit=ten", "INVALID_PARAMETER", "limit"),
        ("limit=", "EMPTY_PARAMETER", "limit"),
        ("limit=1&limit=2", "REPEATED_PARAMETER", "limit"),
        ("cursor=", "EMPTY_PARAMETER", "cursor"),
        ("cursor=session-001", "INVALID_PARAMETER", "cursor"),
        ("cursor=AAAAAAAAAAAAAAAA", "INVALID_PARAMETER", "cursor"),
    ],
)
def test_misuse_is_a_400_that_names_the_field(lake, query, code, field):
    answer = metrics(f"api=shop&{RANGE}&{query}")

    assert answer.status == 400
    assert answer.json["status_code"] == code
    assert answer.json["message"].startswith(field)
    assert "session-001" not in answer.body


def test_a_cursor_of_another_api_or_range_is_a_400(lake):
    cursor = metrics(f"api=shop&{RANGE}&limit=4").json["next_cursor"]

    for query in (f"api=bank&{RANGE}", f"api=shop&{during('2018-02-13T00:00', '2018-02-14T00:00')}"):
        answer = metrics(f"{query}&cursor={cursor}")
        assert answer.status == 400
        assert "another api or range" in answer.json["message"]


@pytest.mark.parametrize("name", ["limit", "cursor"])
def test_forensics_take_neither(lake, name):
    answer = call(f"token=t&{RANGE}&{name}=1")

    assert answer.status == 400
    assert answer.json["status_code"] == "UNKNOWN_PARAMETER"
