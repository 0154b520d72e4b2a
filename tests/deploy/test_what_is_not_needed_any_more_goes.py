"""Lifecycle rules: results after a day, facts and logs after the days that were asked for, leftovers soon."""

from typing import Any

import pytest

from abslake.detection.announce.ledger import PREFIX as LEDGERS
from abslake.export.disclosure import KEY
from tests.support.stack import BUCKET, resources


def rules(bucket: str) -> dict[str, dict[str, Any]]:
    return {rule["Id"]: rule for rule in resources(BUCKET)[bucket]["LifecycleConfiguration"]["Rules"]}


def test_large_answers_live_for_a_day() -> None:
    rule = rules("LakeBucket")["results"]

    assert (rule["Prefix"], rule["ExpirationInDays"], rule["Status"]) == ("results/", 1, "Enabled")


@pytest.mark.parametrize("prefix", ["facts", "findings", "flagged", "quarantine"])
def test_the_lake_keeps_what_holds_identifiers_no_longer_than_asked(prefix: str) -> None:
    rule = rules("LakeBucket")[prefix]

    assert (rule["Prefix"], rule["ExpirationInDays"]) == (f"{prefix}/", {"Ref": "LakeDays"})


@pytest.mark.parametrize("prefix", ["index", "pending"])
def test_what_is_derived_never_expires_and_its_old_versions_go_after_a_day(prefix: str) -> None:
    rule = rules("LakeBucket")[prefix]

    assert rule == {
        "Id": prefix,
        "Status": "Enabled",
        "Prefix": f"{prefix}/",
        "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
    }


@pytest.mark.parametrize("prefix", ["findings", "detection"])
def test_of_what_detection_writes_again_and_again_old_versions_go_after_a_day(prefix: str) -> None:
    rule = rules("LakeBucket")[prefix]

    assert (rule["Prefix"], rule["NoncurrentVersionExpiration"]) == (f"{prefix}/", {"NoncurrentDays": 1})


def test_activity_and_ledgers_of_what_was_told_go_when_nobody_looks_back_so_far() -> None:
    kept = {
        rule["Prefix"]: rule["ExpirationInDays"] for rule in rules("LakeBucket").values() if "ExpirationInDays" in rule
    }

    assert kept["detection/activity/"] == kept[LEDGERS] == 10
    assert not [prefix for prefix in kept if KEY.startswith(prefix)], "the key of references stays"


def test_api_definitions_never_expire() -> None:
    expiring = [rule for rule in rules("LakeBucket").values() if "ExpirationInDays" in rule]

    assert not [rule for rule in expiring if "config/".startswith(rule["Prefix"])]


@pytest.mark.parametrize("bucket", resources(BUCKET))
def test_old_versions_and_broken_off_uploads_go_too(bucket: str) -> None:
    rule = rules(bucket)["leftovers"]

    assert rule["NoncurrentVersionExpiration"]["NoncurrentDays"] <= 30
    assert rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] <= 7
