"""openapi.yaml is what the code generates."""

import yaml

from abslake.reports import openapi
from tests.support.calls import ROOT


def test_the_file_has_not_drifted(capsys):
    openapi.main()

    assert (ROOT / "openapi.yaml").read_text() == capsys.readouterr().out, (
        "run: python -m abslake.reports.openapi > openapi.yaml"
    )


def test_its_yaml_says_what_the_document_says():
    assert yaml.safe_load((ROOT / "openapi.yaml").read_text()) == openapi.document()
