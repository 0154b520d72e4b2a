"""An answer is a function of the facts in its range: whatever is folded how, days, months, edges and heavy values."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from abslake.access.mask import Mask
from abslake.records.definitions import parse_all
from abslake.reports import Kind, Question, report
from abslake.reports.answer import Account
from abslake.settings import Settings
from abslake.storage import Lake
from tests.support.deliveries import COOKIES, IPS, TOKENS, USERS, deliver, lakes, ranges
from tests.support.facts import definition
from tests.support.indexed import small_limits
from tests.support.thoroughness import examples

MASK = Mask(b"a key")
APIS = parse_all((name, definition(f"/{name}")) for name in ("shop", "bank"))

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
    deliver(lake, deliveries)
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
