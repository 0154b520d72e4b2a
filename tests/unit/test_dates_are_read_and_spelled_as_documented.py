"""Dates in questions and answers, their zone, and their English names whatever the machine speaks."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abslake.errors import BadRequest
from abslake.reports import dates, metrics_question
from abslake.settings import Settings

MINUTES = st.datetimes().map(lambda t: t.replace(second=0, microsecond=0, fold=0))


@pytest.mark.parametrize(
    ("when", "text"),
    [
        (datetime(2018, 2, 13, 18, tzinfo=UTC), "Tue Feb 13 18:00:00:000 2018"),
        (datetime(2018, 1, 29, 15, 51, 23, 408_999, tzinfo=UTC), "Mon Jan 29 15:51:23:408 2018"),
        (datetime(2020, 3, 5, 8, 4, 1, 999_999, tzinfo=UTC), "Thu Mar 05 08:04:01:999 2020"),
        (datetime(1, 1, 1, tzinfo=UTC), "Mon Jan 01 00:00:00:000 0001"),
    ],
)
def test_milliseconds_are_cut_and_numbers_padded(when, text):
    assert dates.spell(when, UTC) == text


@given(MINUTES)
def test_what_is_asked_in_utc_is_echoed(shown):
    read = dates.read("earlier_date", shown.isoformat(timespec="minutes"), UTC)

    assert read == shown.replace(tzinfo=UTC)
    spelled = dates.spell(read, UTC)
    assert datetime.strptime(spelled[4:], "%b %d %H:%M:%S:%f %Y") == shown  # noqa: DTZ007
    assert spelled[:3] == shown.strftime("%a")


def test_a_zone_shifts_the_range_and_not_the_echo():
    question = metrics_question(
        "api=shop&earlier_date=2018-07-01T00:00&later_date=2018-07-02T00:00", Settings(timezone="Europe/Berlin")
    )

    assert question.earlier == datetime(2018, 6, 30, 22, tzinfo=UTC)
    assert dates.spell(question.earlier, question.zone) == "Sun Jul 01 00:00:00:000 2018"


def test_local_is_the_machines_zone(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    try:
        zone = dates.zone("local")
        read = dates.read("earlier_date", "2018-07-01T00:00", zone)
        assert read == datetime(2018, 6, 30, 18, 30, tzinfo=UTC)
        assert dates.spell(read, zone) == "Sun Jul 01 00:00:00:000 2018"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_time_that_clocks_skip_is_refused_and_one_shown_twice_is_the_first():
    zone = dates.zone("Europe/Berlin")

    with pytest.raises(BadRequest, match="earlier_date"):
        dates.read("earlier_date", "2018-03-25T02:30", zone)
    assert dates.read("earlier_date", "2018-10-28T02:30", zone) == datetime(2018, 10, 28, 0, 30, tzinfo=UTC)
