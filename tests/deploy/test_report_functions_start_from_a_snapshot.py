"""SnapStart where it goes (docs/decisions: SnapStart on the report functions): published versions, 512 MB of disk."""

import pytest

from tests.support.stack import FUNCTION, resources, template

REPORTS = ["MetricsFunction", "ForensicsFunction", "AttacksFunction", "TuningFunction", "AdminFunction"]


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_function_is_called_through_an_alias_of_a_published_version(name: str) -> None:
    function = resources(FUNCTION)[name]

    assert function["SnapStart"] == {"ApplyOn": "PublishedVersions"}
    assert function["AutoPublishAlias"]
    assert function["AutoPublishAliasAllProperties"] is True, "else a new layer would never be published"
    assert function["VersionDeletionPolicy"] == "Delete", "else the snapshots of old versions are paid for"
    assert "EphemeralStorage" not in function, "SnapStart refuses more than 512 MB"


def test_ingest_has_the_disk_that_it_spills_to_and_so_no_snapstart() -> None:
    ingest = resources(FUNCTION)["IngestFunction"]

    assert ingest["EphemeralStorage"]["Size"] > 512
    assert "SnapStart" not in ingest


def test_a_report_ends_before_api_gateway_stops_waiting() -> None:
    assert all(resources(FUNCTION)[name]["Timeout"] < 30 for name in REPORTS)


def test_all_functions_share_one_runtime_and_the_two_layers() -> None:
    shared = template()["Globals"]["Function"]

    assert shared["Runtime"] == "python3.13"
    assert shared["Layers"] == [{"Ref": "DependenciesLayer"}, {"Ref": "AbslakeLayer"}]
    assert shared["Tracing"] == "Active"
    assert not [name for name, function in resources(FUNCTION).items() if {"Runtime", "Layers"} & function.keys()]
