"""Cloudflare Logpush, dataset http_requests: the job chooses fields and the form of the times."""

import pytest

from abslake.formats import formats
from abslake.records.record import NoRequest
from tests.support.cloud_lines import TIME, line, read
from tests.support.ingesting import ingested


@pytest.mark.parametrize(
    ("written", "time"),
    [
        ("2026-03-02T10:15:00Z", TIME),
        ("2026-03-02T10:15:00.123Z", TIME + 123_000),
        ("2026-03-02T10:15:00.123456789Z", TIME + 123_456),
        (1772446500, TIME),
        ("1772446500", TIME),
        (1772446500123, TIME + 123_000),
        (1772446500123456789, TIME + 123_456),
        ("1772446500123456789", TIME + 123_456),
    ],
)
def test_every_form_of_the_time(written: object, time: int) -> None:
    assert read("cloudflare", {"EdgeStartTimestamp": written}).time == time


def test_the_end_counts_where_the_job_has_no_start() -> None:
    assert read("cloudflare", {"EdgeStartTimestamp": ..., "EdgeEndTimestamp": 1772446500}).time == TIME


def test_custom_fields_are_headers_and_cookies() -> None:
    record = read(
        "cloudflare",
        {
            "RequestHeaders": {
                "x-key": "k",
                "authorization": "Bearer t",
                "x-forwarded-for": "192.0.2.9",
                "content-type": "a/b",
            },
            "Cookies": {"SID": "5f2c", "sid": "", "Theme": "dark"},
        },
        ("x-key", "authorization", "x-other"),
    )

    assert record.wanted == ["k", "Bearer t", None]
    assert (record.auth_header, record.forwarded_for) == ("Bearer t", "192.0.2.9")
    assert (record.cookies, record.request_content_type) == ("SID=5f2c; Theme=dark", "a/b")


def test_the_whole_cookie_header_goes_before_single_cookies() -> None:
    assert read("cloudflare", {"RequestHeaders": {"cookie": "a=1; b=2"}, "Cookies": {"a": "1"}}).cookies == "a=1; b=2"


def test_a_header_with_several_values_counts_by_its_first() -> None:
    assert read("cloudflare", {"RequestHeaders": {"x-key": ["a", "b"]}}, ("x-key",)).wanted == ["a"]


def test_the_user_that_cloudflare_access_names() -> None:
    assert read("cloudflare", {"RequestHeaders": {"cf-access-user": "joe@example.com"}}).username == "joe@example.com"


def test_what_was_answered_at_the_edge_has_no_origin() -> None:
    record = read("cloudflare", {"OriginIP": "", "OriginResponseStatus": 0, "EdgeResponseStatus": 0})

    assert (record.server, record.status) == (None, None)


def test_a_job_with_the_path_only() -> None:
    assert read("cloudflare", {"ClientRequestURI": ..., "ClientRequestPath": "/shop/items"}).url == "/shop/items"


def test_the_response_time_of_the_origin_where_the_job_has_no_other() -> None:
    assert read("cloudflare", {"EdgeTimeToFirstByteMs": ..., "OriginResponseDurationMs": 7}).time_ms == 7


@pytest.mark.parametrize("written", [True, "true"])
def test_subrequests_of_a_worker_are_no_requests(written: object) -> None:
    with pytest.raises(NoRequest):
        formats()["cloudflare"].parse(line("cloudflare", {"WorkerSubrequest": written}), ())


def test_subrequests_of_a_worker_count_as_blank_lines() -> None:
    log = b"\n".join([line("cloudflare", {"WorkerSubrequest": number % 2 == 1}) for number in range(10)])

    receipt = ingested(log).receipt

    assert (receipt.lines_read, receipt.good, receipt.blank, receipt.quarantined) == (10, 5, 5, 0)


def test_the_session_cookie_of_an_api_is_found_among_custom_fields() -> None:
    apis = {"shop": {"url": "/shop", "hostname": "*", "cookie": "SID"}}

    row = ingested(line("cloudflare", {"Cookies": {"a": "b", "SID": "5f2c"}}), apis=apis).row

    assert row["cookie"] == "5f2c"
