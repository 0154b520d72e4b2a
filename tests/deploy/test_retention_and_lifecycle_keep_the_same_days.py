"""Days are dropped by their events and expire by their upload: both by the same parameter, and a day or two are too few."""

from abslake.settings import Settings
from tests.support.stack import BUCKET, FUNCTION, resources, template


def test_the_compaction_function_keeps_as_many_days_as_the_bucket() -> None:
    variables = resources(FUNCTION)["CompactFunction"]["Environment"]["Variables"]
    rules = {rule["Id"]: rule for rule in resources(BUCKET)["LakeBucket"]["LifecycleConfiguration"]["Rules"]}

    assert variables["ABSLAKE_RETENTION_DAYS"] == {"Ref": "LakeDays"}
    assert {rules[name]["ExpirationInDays"]["Ref"] for name in ("facts", "findings", "flagged", "quarantine")} == {
        "LakeDays"
    }


def test_every_allowed_number_of_days_is_a_setting() -> None:
    assert Settings(retention_days=template()["Parameters"]["LakeDays"]["MinValue"])
