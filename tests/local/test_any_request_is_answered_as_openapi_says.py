"""schemathesis sends what the OpenAPI file allows, and what it forbids: every answer is one that the file describes."""

import hypothesis
import pytest
import schemathesis
from schemathesis.checks import ignored_auth, positive_data_acceptance

from abslake.reports.openapi import document
from tests.support.calls import ADMIN, ROOT, call
from tests.support.facts import fact, write_facts
from tests.support.lakes import open_lake
from tests.support.wsgi import application

CALLS = [(path, method.upper()) for path, methods in document()["paths"].items() for method in methods]
schema = schemathesis.openapi.from_path(ROOT / "openapi.yaml")


@pytest.fixture(scope="module", autouse=True)
def _lake(tmp_path_factory):
    with pytest.MonkeyPatch.context() as environment:
        lake = open_lake(tmp_path_factory.mktemp("reports"), environment)
        write_facts(lake, [fact("2019-12-31T18:00:01", cookie="c", token="t")])
        yield


@schema.parametrize()
@hypothesis.settings(max_examples=30, deadline=None, derandomize=True)
def test_any_request(case):
    response = case.call(app=application, base_url="http://reports.test", headers=ADMIN)

    # OpenAPI cannot say "one selector only" nor "earlier before later": what it allows may still be refused. The keys are
    # given above and not drawn, so what comes without them is a test of its own.
    case.validate_response(response, excluded_checks=[positive_data_acceptance, ignored_auth])


@pytest.mark.parametrize(("path", "method"), CALLS)
def test_without_keys_every_call_is_the_same_401(path, method):
    answer = call(path=path, method=method, headers={}, body="{")

    assert (answer.status, answer.json["status_code"]) == (401, "UNAUTHORIZED")
