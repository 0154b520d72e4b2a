"""The reports on all API keys, tokens and user names are a plain count of the log, whatever is folded how and cut into pages."""

from collections import Counter, defaultdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from abslake.access.mask import Mask
from abslake.records.definitions import Definitions
from abslake.records.user_agents import device_and_browser
from abslake.reports import Kind, answer, ask_all, client_rows, report, slices
from abslake.settings import Settings
from abslake.storage import Lake
from tests.support.deliveries import deliver, lakes, ranges
from tests.support.indexed import small_limits
from tests.support.thoroughness import examples

MASK = Mask(b"a key")
COUNTED = {Kind.API_KEY: "api_keys", Kind.TOKEN: "tokens", Kind.USERNAME: "usernames"}
KINDS = st.sampled_from(list(COUNTED))
MAPS = {"methods": "method", "urls": "path", "apis": "api"}
CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def many(deliveries):
    """The same with more clients: those of each address are others."""
    return [
        ([row | {k: f"{row[k]} of {row['ip']}" for k in COUNTED if row[k]} for row in some], folded)
        for some, folded in deliveries
    ]


def falling(counts):
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def plain_count(kind, deliveries, span):
    """The entries of a kind by falling requests, then name, without any SQL."""
    found = defaultdict(list)
    for row in (row for some, _ in deliveries for row in some):
        if row["api"] and row[kind] and span[0] <= row["minute"] < span[1]:
            found[row[kind]].append(row)
    entries = [entry_of(kind, name, rows) for name, rows in found.items()]
    return sorted(entries, key=lambda entry: (-entry["total_requests"], entry[kind]))


def entry_of(kind, name, rows):
    by_ip = defaultdict(lambda: defaultdict(Counter))
    tokens = Counter()
    for row in rows:
        device = device_and_browser(row["user_agent"])[0] if kind is Kind.USERNAME else row["device"]
        by_ip[row["ip"]]["devices"][device] += row["requests"]
        for key, column in MAPS.items():
            by_ip[row["ip"]][key][row[column]] += row["requests"]
        if row["token"]:
            tokens[row["token"]] += row["requests"]
    addresses = [
        {"ip": ip, "total_requests": maps["methods"].total()} | {key: falling(counts) for key, counts in maps.items()}
        for ip, maps in by_ip.items()
    ]
    more = {"tokens": list(falling(tokens))} if kind is Kind.USERNAME else {}
    return {
        kind.value: name,
        "total_requests": sum(row["requests"] for row in rows),
        "ip_list": sorted(addresses, key=lambda one: (-one["total_requests"], one["ip"])),
    } | more


def page(lake, kind, span, mask=None, *, with_index=True, **given):
    words = {"earlier_date": f"{span[0]:%Y-%m-%dT%H:%M}", "later_date": f"{span[1]:%Y-%m-%dT%H:%M}", **given}
    question = ask_all(kind, words, Settings())
    return report(question, lake, Settings(), Definitions({}), mask, with_index=with_index).model_dump()


def whole(lake, kind, span, mask=None, **more):
    return page(lake, kind, span, mask, limit="1000", **more)


def in_pages(lake, kind, span, limit, mask=None):
    """Summary and notes, the same on all pages, and the details of all of them."""
    first = following = page(lake, kind, span, mask, limit=str(limit))
    details = first["details"]
    while "next_cursor" in following:
        following = page(lake, kind, span, mask, limit=str(limit), cursor=following["next_cursor"])
        assert len(following["details"]) <= limit
        details = details + following["details"]
        assert following["summary"] == first["summary"]
    return first["summary"], details


def made(deliveries, kind):
    """A lake whose index has this kind only: folding the others takes most of the time and changes nothing."""
    lake = Lake("memory:")
    deliver(lake, [(some, folded and (folded[0], [kind.value])) for some, folded in deliveries])
    return lake


@settings(examples(6), suppress_health_check=CHECKS)
@given(lakes().map(many), ranges(), KINDS, st.integers(1, 5))
def test_where_every_name_fits(deliveries, span, kind, limit):
    lake = made(deliveries, kind)
    expected = plain_count(kind, deliveries, span)
    told = whole(lake, kind, span)

    total = sum(entry["total_requests"] for entry in expected)
    assert told["details"] == expected
    assert told["summary"] == {COUNTED[kind]: len(expected), "total_requests": total}
    assert "notes" not in told
    assert in_pages(lake, kind, span, limit) == (told["summary"], expected)
    assert whole(lake, kind, span, with_index=False) == told


@settings(examples(6), suppress_health_check=CHECKS)
@given(lakes(), ranges(), KINDS, st.integers(1, 5), st.sampled_from([None, MASK]))
def test_where_names_are_coarsened(deliveries, span, kind, limit, mask):
    with small_limits():
        lake = made(deliveries, kind)
        expected = plain_count(kind, deliveries, span)
        told = whole(lake, kind, span, mask)

        shown = [mask(entry[kind], kind.value) if mask else entry[kind] for entry in expected]
        totals = zip(shown, (entry["total_requests"] for entry in expected), strict=True)
        assert [(entry[kind], entry["total_requests"]) for entry in told["details"]] == sorted(
            totals, key=lambda pair: (-pair[1], pair[0])
        )
        assert told["summary"][COUNTED[kind]] == len(expected)
        for entry in told["details"]:
            assert_adds_up(entry)
        assert whole(lake, kind, span, mask, with_index=False) == told
        assert in_pages(lake, kind, span, limit, mask) == (told["summary"], told["details"])


def assert_adds_up(entry):
    assert sum(address["total_requests"] for address in entry["ip_list"]) == entry["total_requests"]
    for address in entry["ip_list"]:
        for name in ("devices", "methods", "urls", "apis"):
            assert sum(address[name].values()) == address["total_requests"]


@settings(examples(6), suppress_health_check=CHECKS)
@given(lakes().map(many), ranges(), KINDS, st.integers(1, 5), st.sampled_from([None, MASK]))
def test_where_the_index_is_read_in_slices(deliveries, span, kind, limit, mask):
    with pytest.MonkeyPatch.context() as patch, small_limits(entry=4096, answer=4096):
        lake = made(deliveries, kind)
        exact = whole(lake, kind, span, mask)
        patch.setattr(slices, "WHOLE_ROWS", 0)
        patch.setattr(slices, "MOST_DIGITS", 1)
        patch.setattr(answer, "_AT_ONCE", 1)
        patch.setattr(client_rows, "_ADDED_UP_FROM", 2)
        sliced = whole(lake, kind, span, mask)
        summary, details = in_pages(lake, kind, span, limit, mask)
        patch.undo()

        assert summary == sliced["summary"]
        assert details == sliced["details"]
        assert by_name(details, kind) == by_name(exact["details"], kind)
        assert summary["total_requests"] == exact["summary"]["total_requests"]
        estimated = [note for note in sliced.get("notes", ()) if COUNTED[kind] in note]
        if estimated:
            assert summary[COUNTED[kind]] % 16 == 0
        else:
            assert sliced == exact


def by_name(details, kind):
    return sorted(details, key=lambda entry: entry[kind])
