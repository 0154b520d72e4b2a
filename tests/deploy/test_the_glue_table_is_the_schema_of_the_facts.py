"""Athena reads the facts by the columns and partitions that ingest writes."""

from datetime import datetime
from typing import Any

from abslake.facts.schema import COLUMNS, hour_prefix
from tests.support.stack import resources


def table() -> dict[str, Any]:
    return dict(resources("AWS::Glue::Table")["FactsTable"]["TableInput"])


def test_the_columns_are_those_of_the_package_in_their_order() -> None:
    expected = [{"Name": c.name, "Type": c.hive, "Comment": c.meaning} for c in COLUMNS]

    lines = "\n".join(
        f'            - {{ Name: {c["Name"]}, Type: {c["Type"]}, Comment: "{c["Comment"]}" }}' for c in expected
    )
    assert table()["StorageDescriptor"]["Columns"] == expected, f"template.yaml should hold\n{lines}"


def test_no_comment_is_longer_than_glue_takes() -> None:
    assert max(len(column.meaning) for column in COLUMNS) <= 255


def test_the_projected_location_is_where_ingest_writes() -> None:
    template = table()["Parameters"]["storage.location.template"]["Fn::Sub"]
    location = template.replace("${!date}", "2026-03-02").replace("${!hour}", "07")

    assert location == "s3://${LakeBucket}/" + hour_prefix(datetime.fromisoformat("2026-03-02T07:00:00+00:00"))


def test_every_hour_is_projected_with_two_digits() -> None:
    parameters = table()["Parameters"]

    assert parameters["projection.enabled"] == "true"
    assert (parameters["projection.hour.range"], parameters["projection.hour.digits"]) == ("0,23", "2")
    assert [key["Name"] for key in table()["PartitionKeys"]] == ["date", "hour"]
