"""--since and --until are days of events: an object is left out only where its times say that it holds none of them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abslake.dev.backfill.places import Listed
from abslake.dev.backfill.range import Range, named_time
from abslake.settings import Settings

ALB = (
    "AWSLogs/123456789012/elasticloadbalancing/eu-west-1/2026/01/31/"
    "123456789012_elasticloadbalancing_eu-west-1_app.shop.50dc6c495c0c9188_{}_192.0.2.7_2z9d.log.gz"
)
HOURS = {
    ALB.format("20260131T2355Z"): "2026-01-31T23",
    "cdn/E2K2LNL5N3WR51.2026-01-31-10.a103fd5a.gz": "2026-01-31T10",
    "firehose/2026/01/31/09/logs-1-2026-01-31-09-58-01-aa-bb": "2026-01-31T09",
    "dt=2026-01-31/hour=7/x.gz": None,  # an hour of one digit is not taken for one: the day counts
    "year=2026/month=1/day=31/hour=7/x.gz": "2026-01-31T07",
    "y=2026/m=01/d=31/h=10/m=00/PT1H.json": "2026-01-31T10",
    "dt=2026-01-31/hour=23/x.gz": "2026-01-31T23",
    "access.log-2026013110.gz": "2026-01-31T10",
    "http_ws_80_pid_19017__access__2018-02-14_10-00.log.gz": "2018-02-14T10",
    "2026-01-31-2359-to-2026-02-01.log": "2026-01-31T23",
    "20260131T0500.log": "2026-01-31T05",
    "backup of 2026-03-01/2026-01-31T05:00:00Z.log": "2026-01-31T05",
}
DAYS = ["dt=2026-01-31/x.gz", "access.log-20260131.gz", "logs/2026/01/31/access.log", "access.2026.01.31.log"]
NONE = [
    "access.log",
    "logs/2026/01/x.gz",
    "x-120260131.log",
    "20261331.log",
    "2026-02-31.log",
    "202601315.log",
    "v1.2.3",
]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def listed(key: str, uploaded: str = "2026-06-01") -> Listed:
    return Listed(key, "e", 1, at(uploaded))


def days(since: str | None, until: str | None, **settings: object) -> Range:
    return Range.of(since and at(since), until and at(until), Settings.model_validate(settings))  # type: ignore[arg-type]


@pytest.mark.parametrize(("key", "hour"), [(key, hour) for key, hour in HOURS.items() if hour])
def test_hours_in_keys(key: str, hour: str) -> None:
    found = named_time(key)
    assert found
    assert (found.first, found.end - found.first) == (at(hour), timedelta(hours=1))


@pytest.mark.parametrize("key", [*DAYS, "dt=2026-01-31/hour=7/x.gz"])
def test_days_in_keys(key: str) -> None:
    found = named_time(key)
    assert found
    assert (found.first, found.end) == (at("2026-01-31"), at("2026-02-01"))


@pytest.mark.parametrize("key", NONE)
def test_numbers_that_are_no_dates(key: str) -> None:
    assert named_time(key) is None


def test_from_the_first_to_the_last_where_a_key_names_two_hours() -> None:
    found = named_time("http_requests/20260131/20260131T225500Z_20260131T235500Z_a1b2.log.gz")
    assert found
    assert (found.first, found.end) == (at("2026-01-31T22"), at("2026-02-01"))


@pytest.mark.parametrize(
    ("key", "uploaded", "wanted"),
    [
        ("a.log", "2026-01-09T23:00", False),  # an upload holds only what was before it
        ("a.log", "2026-01-09T23:55", True),  # but for a clock that is some minutes fast
        ("a.log", "2026-01-20", True),
        ("a.log", "2026-01-26", True),  # its oldest events may be of the 19th
        ("a.log", "2026-01-27", False),  # they would be quarantined
        ("2026-01-20-10.gz", "2026-01-21", True),  # an hour late, or of another time zone
        ("2026-01-21-10.gz", "2026-01-21T11:00", False),
        ("2026-01-08-10.gz", "2026-06-01", False),  # a copy made later: its key tells
        ("2026-01-09-10.gz", "2026-06-01", True),
        ("access.log-20260126.gz", "2026-06-01", True),  # a week in one file
        ("access.log-20260129.gz", "2026-06-01", False),
        ("access.log-20260103.gz", "2026-06-01", True),
        ("access.log-20260101.gz", "2026-06-01", False),
    ],
)
def test_objects_for_ten_days(key: str, uploaded: str, *, wanted: bool) -> None:
    assert days("2026-01-10", "2026-01-20").may_hold(listed(key, uploaded)) is wanted


def test_with_events_of_any_age_no_upload_is_too_late() -> None:
    assert days(None, "2026-01-20", event_time_past_days="").may_hold(listed("a.log", "2029-01-01"))


def test_open_sides() -> None:
    assert days(None, None).may_hold(listed("2026-01-01.log", "2020-01-01"))
    assert not days("2026-02-01", None).may_hold(listed("a.log", "2026-01-01"))
    assert not days(None, "2026-02-01").may_hold(listed("a.log", "2026-03-01"))


@given(
    minutes=st.integers(0, 10 * 24 * 60 - 1),
    age=st.timedeltas(timedelta(minutes=-10), timedelta(days=7)),
    named=st.sampled_from(["{:%Y-%m-%d-%H}.gz", "{:%Y%m%dT%H}55Z.gz", "dt={:%Y-%m-%d}/a.gz", "a.log"]),
)
def test_no_event_that_would_count_is_missed(minutes: int, age: timedelta, named: str) -> None:
    """An event within the window of its upload, in an object that is named at its upload or at the event."""
    event = at("2026-01-10") + timedelta(minutes=minutes)
    uploaded = event + age
    for moment in (event, event + min(age, timedelta(days=1))):
        one = Listed(named.format(moment), "e", 1, uploaded)
        assert days("2026-01-10", "2026-01-20").may_hold(one)


def test_copies_are_told_by_their_keys() -> None:
    window = days(None, None)
    assert window.is_too_old(listed("2026-01-20-10.gz", "2026-06-01"))
    assert not window.is_too_old(listed("2026-01-20-10.gz", "2026-01-20T11:05"))
    assert not window.is_too_old(listed("access.log-20260120.gz", "2026-01-29"))
    assert not window.is_too_old(listed("a.log", "2026-06-01"))
    assert not days(None, None, event_time_past_days="").is_too_old(listed("2026-01-20-10.gz", "2026-06-01"))
