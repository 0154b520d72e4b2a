"""An answer is a function of the facts in its range: whatever is folded how, days, months, edges and heavy values."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from abslake.access.mask import Mask
from abslake.records.definitions import parse_all
from abslake.reports import Kind, Question, report
from abslake.reports.answer import Account
from abslake.settings import Settings
from abslake.storage import Lake
from tests.support.facts import definition, fact
from tests.support.indexed import add_facts, fold, small_limits, utc
from tests.support.thoroughness import examples

START = utc(2026, 1, 30)
MINUTES = 6 * 24 * 60  # two days of January, four of February
MASK = Mask(b"a key")
APIS = parse_all((name, definition(f"/{name}")) for name in ("shop", "bank"))

TOKENS, COOKIES, KEYS, USERS = ("t1", "t2"), ("c1", "c2", "c3", "c4"), ("k1",), ("ann", "bob")
IPS = ("192.0.2.1", "192.0.2.2", "192.0.2.77", "198.51.100.9", "203.0.113.5", "2001:db8::1", "2001:db8:0:1::2")
PATHS = (
    "/shop/items",
    "/shop/items/1",
    "/shop/items/2",
    "/shop/items/31",
    "/shop/a/b/c/d/e",
    "/shop/t1;x=c1",
    "/shop/x%2Ft2",
)


def optional(values):
    return st.one_of(st.none(), st.sampled_from(values))


@st.composite
def rows(draw):
    minute = draw(st.one_of(st.integers(0, MINUTES - 1), st.sampled_from([0, 1439, 1440, 2879, 2880, 5000])))
    first = START + timedelta(minutes=minute, seconds=draw(st.integers(0, 59)))
    return fact(
        first,
        api=draw(st.sampled_from(["shop", "shop", "shop", "bank", None])),
        ip=draw(st.sampled_from(IPS)),
        token=draw(optional(TOKENS)),
        cookie=draw(optional(COOKIES)),
        api_key=draw(optional(KEYS)),
        username=draw(optional(USERS)),
        path=draw(st.sampled_from(PATHS)),
        method=draw(st.sampled_from(["GET", "POST"])),
        user_agent=draw(optional(("curl/8", "x"))),
        device=draw(st.sampled_from(["LINUX", "UNKNOWN"])),
        browser=draw(st.sampled_from(["CHROME", "CURL"])),
        status=draw(st.sampled_from([200, 204, 404, None])),
        server=draw(st.sampled_from(["10.0.0.1:80", "10.0.0.2:80", None])),
        requests=draw(st.integers(1, 3)),
    )


@st.composite
def lakes(draw):
    """Deliveries, and when (in days after the start) the index is folded after each of them; None: not at all."""
    kinds = st.sampled_from(
        [("ip", "token", "cookie", "api_key", "username", "api"), ("api", "ip"), ("cookie", "token")]
    )
    folds = st.one_of(st.none(), st.tuples(st.integers(0, 40), kinds))
    return draw(st.lists(st.tuples(st.lists(rows(), min_size=1, max_size=25), folds), min_size=1, max_size=4))


@st.composite
def ranges(draw):
    edge = st.one_of(st.integers(-10, MINUTES + 10), st.integers(-1, 7).map(lambda day: day * 1440), st.just(2880))
    first = draw(edge)
    last = draw(edge.filter(lambda minute: minute != first))
    earlier, later = sorted((first, last))
    if draw(st.booleans()) and later > 2880:
        later = 50 * 1440  # all of February, which has been derived
    return START + timedelta(minutes=earlier), START + timedelta(minutes=later)


QUESTIONS = [
    *((Kind.TOKEN, value, None) for value in TOKENS),
    *((Kind.COOKIE, value, api) for value in COOKIES[:2] for api in (None, "shop")),
    (Kind.API_KEY, "k1", None),
    *((Kind.USERNAME, value, None) for value in USERS),
    *((Kind.IP, value, None) for value in (IPS[0], IPS[5])),
    (Kind.METRICS, "", "shop"),
]


def compare(deliveries, span, limit: int) -> None:
    lake = Lake("memory:")
    for number, (some, folded) in enumerate(deliveries):
        add_facts(lake, some, source=f"upload {number}")
        if folded:
            day, kinds = folded
            fold(lake, START + timedelta(days=day), kinds, rounds=2)
    for kind, value, api in QUESTIONS:
        question = Question(kind, *span, None, api, value, limit=limit)
        for mask in (None, MASK) if kind is Kind.METRICS else (None,):
            plain, indexed = Account(), Account()
            expected = report(question, lake, Settings(), APIS, mask, with_index=False, account=plain)
            answer = report(question, lake, Settings(), APIS, mask, account=indexed)
            assert answer.model_dump() == expected.model_dump()


CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


@settings(examples(10), suppress_health_check=CHECKS)
@given(lakes(), ranges(), st.integers(1, 3))
def test_a_large_lake_in_small(deliveries, span, limit):
    with small_limits():
        compare(deliveries, span, limit)


@settings(examples(4), suppress_health_check=CHECKS)
@given(lakes(), ranges())
def test_a_lake_in_which_nothing_is_heavy(deliveries, span):
    compare(deliveries, span, 100)
