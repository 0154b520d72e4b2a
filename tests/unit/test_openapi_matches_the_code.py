"""openapi.yaml is what the code generates."""

import yaml

from abslake.reports import openapi
from abslake.reports.openapi_examples import with_examples
from abslake.reports.question import PAGED_FIELDS
from tests.support.calls import ROOT


def test_the_file_has_not_drifted(capsys):
    openapi.main()

    assert (ROOT / "openapi.yaml").read_text() == capsys.readouterr().out, (
        "run: python -m abslake.reports.openapi > openapi.yaml"
    )


def test_its_yaml_says_what_the_document_says():
    assert yaml.safe_load((ROOT / "openapi.yaml").read_text()) == with_examples(openapi.document())


def test_whatever_comes_in_pages_says_so_and_its_parameters_can_stand_in_a_link():
    operations = [one for path in openapi.document()["paths"].values() for one in path.values()]
    named = {one["operationId"]: {parameter["name"] for parameter in one.get("parameters", ())} for one in operations}
    paged = {name for name, parameters in named.items() if "cursor" in parameters}

    linked = {one["operationId"] for one in operations if "Link" in one["responses"]["200"].get("headers", {})}
    assert paged == linked
    assert set().union(*(named[name] for name in paged)) == PAGED_FIELDS
