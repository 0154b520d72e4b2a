"""The table of limits, the rights to count in it, access tokens and origins, as the template has them."""

import pytest

from tests.support.stack import FUNCTION, REPORT_FUNCTIONS, ROLE, as_list, resources, statements, template


def test_the_table_costs_nothing_when_idle_and_forgets_by_itself() -> None:
    table = resources("AWS::DynamoDB::Table")["LimitTable"]

    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert table["KeySchema"] == [{"AttributeName": "id", "KeyType": "HASH"}]


@pytest.mark.parametrize("function", REPORT_FUNCTIONS)
def test_every_report_may_count_and_nothing_else_in_the_table(function: str) -> None:
    role = resources(FUNCTION)[function]["Role"]["Fn::GetAtt"][0]
    allowed = [s for name, s in statements(ROLE) if name == role and "dynamodb" in str(s["Action"])]

    assert [(as_list(s["Action"]), s["Resource"]) for s in allowed] == [
        (["dynamodb:UpdateItem"], {"Fn::GetAtt": ["LimitTable", "Arn"]})
    ]


def test_nobody_else_may_touch_the_table() -> None:
    reports = {resources(FUNCTION)[function]["Role"]["Fn::GetAtt"][0] for function in REPORT_FUNCTIONS}

    assert {name for name, s in statements(ROLE) if "dynamodb" in str(s["Action"])} == reports


def test_every_function_is_told_what_is_set_about_callers() -> None:
    variables = template()["Globals"]["Function"]["Environment"]["Variables"]

    assert variables["ABSLAKE_LIMIT_TABLE"] == {"Ref": "LimitTable"}
    assert variables["ABSLAKE_ALLOWED_ORIGINS"] == {"Fn::Join": [",", {"Ref": "AllowedOrigins"}]}
    assert variables["ABSLAKE_OAUTH_JWKS"] == {"Ref": "OAuthJwks"}


def test_tokens_and_pages_are_let_in_only_where_asked_for() -> None:
    parameters = template()["Parameters"]

    assert [parameters[name]["Default"] for name in ("OAuthIssuers", "OAuthJwks", "AllowedOrigins")] == ["", "", ""]


def test_the_bucket_of_large_answers_lets_the_same_pages_read() -> None:
    buckets = resources("AWS::S3::Bucket")
    condition, rules, otherwise = buckets["LakeBucket"]["CorsConfiguration"]["Fn::If"]

    assert (condition, otherwise) == ("HasOrigins", {"Ref": "AWS::NoValue"})
    (rule,) = rules["CorsRules"]
    assert (rule["AllowedOrigins"], rule["AllowedMethods"]) == ({"Ref": "AllowedOrigins"}, ["GET"])
    assert "CorsConfiguration" not in buckets["LandingBucket"]
