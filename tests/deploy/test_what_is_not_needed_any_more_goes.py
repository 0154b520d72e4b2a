"""Lifecycle rules: results after a day, facts and logs after the days that were asked for, leftovers soon."""

from typing import Any

import pytest

from tests.support.stack import BUCKET, resources


def rules(bucket: str) -> dict[str, dict[str, Any]]:
    return {rule["Id"]: rule for rule in resources(BUCKET)[bucket]["LifecycleConfiguration"]["Rules"]}


def test_large_answers_live_for_a_day() -> None:
    rule = rules("LakeBucket")["results"]

    assert (rule["Prefix"], rule["ExpirationInDays"], rule["Status"]) == ("results/", 1, "Enabled")


@pytest.mark.parametrize("prefix", ["facts", "findings", "quarantine"])
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


def test_api_definitions_never_expire() -> None:
    expiring = [rule for rule in rules("LakeBucket").values() if "ExpirationInDays" in rule]

    assert not [rule for rule in expiring if "config/".startswith(rule["Prefix"])]


@pytest.mark.parametrize("bucket", resources(BUCKET))
def test_old_versions_and_broken_off_uploads_go_too(bucket: str) -> None:
    rule = rules(bucket)["leftovers"]

    assert rule["NoncurrentVersionExpiration"]["NoncurrentDays"] <= 30
    assert rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] <= 7
