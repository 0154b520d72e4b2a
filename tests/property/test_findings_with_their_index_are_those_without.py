"""Whatever was written, indexed, written again, erased or damaged: a report with the index sees the findings of one without."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from abslake.detection import found_index, found_index_update
from abslake.detection.findings import ACROSS, IdentifierKind, Level
from abslake.reports import Kind, Question, evidence
from abslake.reports import found as reports_found
from abslake.reports.attack_question import FindingQuestion
from abslake.reports.found_days import FoundDays
from abslake.storage import Lake
from tests.support.found_index import POOL, found, utc, write_day

START = utc("2026-01-28")
DAYS = 36
SOME = (0, 1, 2, 3, 4, 5, 6, 32, 33, 34, 35)  # of three months; few, so that many are written again
IDENTIFIERS = {
    IdentifierKind.TOKEN: ("t1", "t2", "192.0.2.1"),
    IdentifierKind.IP: ("192.0.2.1", "2001:DB8:0:0::1", "2001:db8::1", "not an address"),
}
ASKED = (
    (Kind.TOKEN, "t1"),
    (Kind.TOKEN, "192.0.2.1"),
    (Kind.IP, "192.0.2.1"),
    (Kind.IP, "2001:db8::1"),
    (Kind.IP, "t1"),
)
DAY = st.sampled_from(SOME)


@st.composite
def findings(draw, day):
    kind = draw(st.sampled_from(sorted(IDENTIFIERS)))
    return found(
        draw(st.sampled_from(IDENTIFIERS[kind])),
        START + timedelta(days=day, minutes=draw(st.integers(0, 1439))),
        kind,
        draw(st.sampled_from([1, 2, 16])),
        draw(st.sampled_from(list(Level))),
        draw(st.sampled_from(["shop", "bank", ACROSS])),
    )


@st.composite
def writes(draw):
    """Many days at first, so that the index has something to save, and some again."""
    day = draw(DAY)
    name = draw(st.sampled_from(["day", "day", "day-erased"]))
    return "write", day, name, draw(st.lists(findings(day), min_size=0, max_size=3))


steps = st.one_of(
    writes(),
    st.tuples(st.just("delete"), DAY),
    st.tuples(st.just("update"), DAY, st.sets(DAY, max_size=3)),
    st.tuples(st.just("update"), st.just(DAYS), st.just(set())),
    st.tuples(st.just("damage"), st.integers(1, 3), st.integers(0, 400)),
    st.tuples(st.just("cut"), st.integers(1, 3), st.integers(0, 400)),
)


def date(day: int) -> str:
    return f"{START + timedelta(days=day):%Y-%m-%d}"


def take(lake: Lake, step) -> None:
    what, at, *more = step
    if what == "write":
        write_day(lake, date(at), more[1], more[0])
    elif what == "delete":
        lake.delete([f"findings/date={date(at)}/day.ndjson"])
    elif what == "update":
        found_index_update.update(lake, POOL, START + timedelta(days=at, hours=7), {date(day) for day in more[0]})
    elif data := bytearray(found_index.load(lake, f"2026-{at:02}")):
        if what == "cut":
            del data[more[0] % len(data) :]
        else:
            data[more[0] % len(data)] ^= 0x41
        lake.put(found_index.key(f"2026-{at:02}"), bytes(data))


@given(
    first=st.lists(writes(), min_size=12, max_size=20),
    then=st.lists(steps, max_size=8),
    earlier=st.sampled_from([0, 0, 1, 5, 30]),
    days=st.sampled_from([DAYS, DAYS, 6, 2]),
)
def test_the_index_changes_no_answer(first, then, earlier, days):
    lake = Lake("memory:")
    for step in (*first, ("update", DAYS, set()), *then):
        take(lake, step)
    begin = START + timedelta(days=earlier)
    end = begin + timedelta(days=days)
    listed = list(lake.list("findings/"))

    for kind, value in ASKED:
        question = Question(kind, begin, end, None, None, value)
        client = found_index.client(kind.value, value)
        wanted = FoundDays(lake, POOL, listed).to_read(lambda day, client=client: day.has_client(client))
        assert objects_of(lake, wanted, question) == objects_of(lake, listed, question)

    for level, api, number in ((Level.ATTACK, "shop", 1), (Level.ANOMALY, "bank", 0), (Level.ATTACK, None, 16)):
        asked = FindingQuestion(begin, end, None, api, number)
        with_index = reports_found.findings(asked, level, lake)
        assert by_time(with_index) == by_time(all_of(lake, listed, asked, level))


def objects_of(lake, listed, question):
    return evidence.about(question, [lake.get(entry.key) for entry in listed])


def all_of(lake, listed, asked, level):
    """By other code than the report's."""
    return [
        one
        for entry in listed
        for one in evidence.read(lake.get(entry.key))
        if one.level is level
        and one.api == (asked.api or "all")
        and asked.type in (0, one.attack_id)
        and one.first < asked.later
        and one.last >= asked.earlier
    ]


def by_time(several):
    return sorted(several, key=lambda one: one.model_dump_json())
