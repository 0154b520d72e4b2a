"""docs/reports.md names every error code, parameter and status that the code and the OpenAPI file have."""

import re

import pytest

from abslake import errors
from abslake.reports import openapi
from abslake.reports.question import SELECTORS
from tests.support.calls import ROOT

TEXT = (ROOT / "docs" / "reports.md").read_text()
SOURCE = ROOT / "layers/abslake/python/abslake/reports"
DETECTION = ROOT / "layers/abslake/python/abslake/detection"


def codes() -> set[str]:
    own = {errors.DETECTION_AT_WORK} | {
        kind.status_code for kind in vars(errors).values() if isinstance(kind, type) and hasattr(kind, "status_code")
    }
    paths = [
        *SOURCE.glob("*.py"),
        *(DETECTION / name for name in ("attack_types.py", "allow_list.py", "tuning_changes.py")),
    ]
    raised = {code for path in paths for code in re.findall(r'"([A-Z]+_[A-Z_]+)"', path.read_text())}
    return (own | raised) - {
        "SEE_OTHER",
        "POWERTOOLS_DEBUG",
        "AWS_XRAY_DAEMON_ADDRESS",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
    }


@pytest.mark.parametrize("code", sorted(codes()))
def test_error_code(code):
    assert f"`{code}`" in TEXT


@pytest.mark.parametrize("name", [*SELECTORS, "api", "earlier_date", "later_date"])
def test_parameter(name):
    assert re.search(rf"\b{name}\b", TEXT)


@pytest.mark.parametrize("status", sorted(openapi.document()["components"]["responses"]))
def test_status(status):
    assert f"| {status} |" in TEXT
