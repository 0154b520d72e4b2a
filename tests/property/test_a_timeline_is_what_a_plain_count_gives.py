"""A client's timeline is a plain count of the log by the hour, whatever is folded how and cut into pages; so is a search."""

from collections import Counter, defaultdict
from datetime import UTC, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from abslake.detection.findings import IdentifierKind
from abslake.reports import Account, Kind, dates, search, timeline
from abslake.reports.facts_reading import Reader
from abslake.settings import Settings
from abslake.storage import Lake
from tests.support.deliveries import deliver, lakes, ranges
from tests.support.indexed import small_limits
from tests.support.thoroughness import examples

KINDS = st.sampled_from(list(IdentifierKind))
VALUES = {"ip": "192.0.2.1", "token": "t1", "cookie": "c1", "api_key": "k1", "username": "ann"}
CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
DAY = timedelta(days=1)


def words(span, **given):
    return {"earlier_date": f"{span[0]:%Y-%m-%dT%H:%M}", "later_date": f"{span[1]:%Y-%m-%dT%H:%M}", **given}


def counted(deliveries, span):
    """The rows of the log that reports tell of."""
    return [row for some, _ in deliveries for row in some if row["api"] and span[0] <= row["minute"] < span[1]]


def hours_of(deliveries, kind, span):
    """The hours of the client without any SQL."""
    hours = defaultdict(list)
    for row in counted(deliveries, span):
        if row[kind] == VALUES[kind]:
            hours[row["minute"].replace(minute=0)].append(row)
    return [entry_of(hour, rows) for hour, rows in sorted(hours.items())]


def entry_of(hour, rows):
    counts = Counter()
    apis, ips = Counter(), Counter()
    for row in rows:
        counts[row["status"] and row["status"] // 100] += row["requests"]
        apis[row["api"]] += row["requests"]
        ips[row["ip"]] += row["requests"]
    return {
        "hour": dates.spell(hour, UTC),
        "requests": counts.total(),
        "client_errors": counts[4],
        "server_errors": counts[5],
        "unanswered": counts[None],
        "apis": apis,
        "ip_count": len(ips),
        "ips": ips,
        "findings": [],
    }


def hours_in_pages(lake, kind, span, limit):
    cursor, found = {}, []
    while True:
        asked = timeline.ask_of(Kind(kind.value), VALUES[kind], words(span, limit=str(limit), **cursor), Settings())
        page = timeline.report(asked, Reader(lake, Settings(), Account()))
        assert len(page.hours) <= limit
        found += page.model_dump(mode="json")["hours"]
        if not page.next_cursor:
            return found, page.summary.total_requests
        cursor = {"cursor": page.next_cursor}


def plain_search(deliveries, kinds, prefix, span):
    """What begins so, on the days that the range touches, without any SQL."""
    first = span[0].replace(hour=0, minute=0)
    last = (span[1] - timedelta(minutes=1)).replace(hour=0, minute=0) + DAY
    found = Counter()
    for row in counted(deliveries, (first, last)):
        for kind in kinds:
            if (row[kind] or "").startswith(prefix):
                found[kind, row[kind]] += row["requests"]
    return dict(found)


def found_in_pages(lake, kinds, prefix, span):
    """What a search finds, in pages of two, and what it says that it finds."""
    cursor, found, given = {}, [], {"kind": kinds[0]} if len(kinds) == 1 else {}
    while True:
        asked = search.ask(words(span, prefix=prefix, limit="2", **given, **cursor), Settings())
        page = search.report(asked, Reader(lake, Settings(), Account()))
        found += page.identifiers
        if not page.next_cursor:
            return found, page.total
        cursor = {"cursor": page.next_cursor}


@settings(examples(6), suppress_health_check=CHECKS)
@given(
    lakes(), KINDS, ranges(), st.sampled_from([4, 1000]), st.sampled_from(["192", "192.0.2.7", "2001:db8::1", "ann"])
)
def test_by_the_hour_and_by_identifier(deliveries, kind, span, limit, prefix):
    lake = Lake("memory:")
    with small_limits():
        deliver(lake, [(some, folded and (folded[0], [kind.value])) for some, folded in deliveries])

        hours, total = hours_in_pages(lake, kind, span, limit)
        assert hours == hours_of(deliveries, kind, span)
        assert sum(hour["requests"] for hour in hours) == total

        for kinds in ([kind], list(IdentifierKind)):
            found, count = found_in_pages(lake, kinds, prefix, span)
            whole = plain_search(deliveries, kinds, prefix, span)
            assert [((one.kind, one.identifier), one.requests) for one in found] == sorted(whole.items())
            assert len(whole) == count
