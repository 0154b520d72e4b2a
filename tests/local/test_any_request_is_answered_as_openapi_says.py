"""schemathesis sends what the OpenAPI file allows, and what it forbids: every answer is one that the file describes."""

import hypothesis
import pytest
import schemathesis
from schemathesis.checks import positive_data_acceptance

from tests.support.calls import ADMIN, ROOT
from tests.support.facts import fact, write_facts
from tests.support.lakes import open_lake
from tests.support.wsgi import application

schema = schemathesis.openapi.from_path(ROOT / "openapi.yaml")


@pytest.fixture(scope="module", autouse=True)
def _lake(tmp_path_factory):
    with pytest.MonkeyPatch.context() as environment:
        lake = open_lake(tmp_path_factory.mktemp("reports"), environment)
        write_facts(lake, [fact("2019-12-31T18:00:01", cookie="c", token="t")])
        yield


@schema.parametrize()
@hypothesis.settings(max_examples=60, deadline=None, derandomize=True)
def test_any_request(case):
    response = case.call(app=application, base_url="http://reports.test", headers=ADMIN)

    # OpenAPI cannot say "one selector only" nor "earlier before later": what it allows may still be refused
    case.validate_response(response, excluded_checks=[positive_data_acceptance])
