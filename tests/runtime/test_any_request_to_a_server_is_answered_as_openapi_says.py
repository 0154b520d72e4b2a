"""schemathesis asks the local stack, its functions under AWS's emulator, whatever openapi.yaml allows and forbids.

No 5xx, no status and no answer that the file does not describe. ``ABSLAKE_FUZZ_CASES=10000`` asks so often; the figures are
printed.
"""

import os
from collections import Counter
from pathlib import Path

import hypothesis
import pytest
import schemathesis
from requests.structures import CaseInsensitiveDict
from schemathesis.checks import ignored_auth, negative_data_rejection, positive_data_acceptance
from schemathesis.core.parameters import ParameterLocation

from abslake.dev import example_answers
from abslake.dev.demo import ANY_TIME
from abslake.dev.stack import Options

CASES = int(os.environ.get("ABSLAKE_FUZZ_CASES", "1000"))
schema = schemathesis.openapi.from_path(Path(__file__).parents[2] / "openapi.yaml")
# See tests/local/test_any_request_is_answered_as_openapi_says.py.
NOT_CHECKED = [positive_data_acceptance, ignored_auth]
OPERATIONS = sum(1 for _ in schema.get_all_operations())
answers: Counter[int] = Counter()

pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish:UserWarning")


@pytest.fixture(scope="module")
def stack():
    with example_answers.shop(Options(runtime="rie", environment=ANY_TIME, detect_every_seconds=3600)) as running:
        yield running


@schema.parametrize()
@hypothesis.settings(
    max_examples=max(1, CASES // OPERATIONS),
    deadline=None,
    suppress_health_check=list(hypothesis.HealthCheck),
    derandomize="ABSLAKE_FUZZ_CASES" not in os.environ,
    database=None,
)
def test_any_request(case, stack):
    drawn = {name: value for name, value in case.headers.items() if not name.lower().startswith("x-abs-")}
    case.headers = CaseInsensitiveDict(drawn)  # a second pair of keys would be a 401 whatever else is asked
    response = case.call(base_url=stack.url, headers=stack.admin.headers)

    answers[response.status_code] += 1
    case.validate_response(
        response, excluded_checks=NOT_CHECKED + ([] if is_wrong(case) else [negative_data_rejection])
    )


def is_wrong(case):
    """It breaks the schema elsewhere than in headers, which are the right ones by now."""
    parts = case.meta.components.items() if case.meta else ()
    return any(part.mode.is_negative for place, part in parts if place != ParameterLocation.HEADER)


def test_so_many_were_asked(capsys):
    with capsys.disabled():
        by_status = ", ".join(f"{count} x {status}" for status, count in sorted(answers.items()))
        print(f"\n{answers.total()} requests to {OPERATIONS} operations: {by_status}")
    assert answers.total() >= CASES - OPERATIONS
