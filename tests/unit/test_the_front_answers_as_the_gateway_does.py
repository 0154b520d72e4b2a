"""What an HTTP API makes of a function's result. Source: AWS, "payload format version 2.0", format of the response."""

import base64
import json
from typing import Any

import pytest

from abslake.dev.front import HttpRequest, from_result, split_target, to_event


def test_status_headers_and_body_are_the_function_s() -> None:
    answer = from_result({"statusCode": 404, "headers": {"Content-Type": "a/b", "X-A": "1"}, "body": "é"})
    assert (answer.status, answer.body) == (404, "é".encode())
    assert answer.headers == [("Content-Type", "a/b"), ("X-A", "1")]


def test_each_cookie_is_a_header_of_its_own() -> None:
    answer = from_result({"statusCode": 200, "cookies": ["a=1; Secure", "b=2"]})
    assert [value for name, value in answer.headers if name == "set-cookie"] == ["a=1; Secure", "b=2"]


def test_a_base64_body_is_decoded() -> None:
    body = base64.b64encode(b"\x00\xff").decode()
    assert from_result({"statusCode": 200, "body": body, "isBase64Encoded": True}).body == b"\x00\xff"


@pytest.mark.parametrize("result", ["text", ["a", 1], {"a": 1}, 7, None])
def test_a_result_without_status_is_the_body_of_a_200(result: Any) -> None:
    answer = from_result(result)
    assert (answer.status, json.loads(answer.body)) == (200, result)
    assert ("content-type", "application/json") in answer.headers


def test_without_content_type_the_answer_is_text() -> None:
    assert from_result({"statusCode": 200, "body": "x"}).headers == [("content-type", "text/plain; charset=utf-8")]


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": "none"},
        {"statusCode": None},
        {"statusCode": 99},
        {"statusCode": 200, "body": "no base64", "isBase64Encoded": True},
    ],
)
def test_a_result_that_makes_no_answer_is_a_500(result: Any) -> None:
    answer = from_result(result)
    assert (answer.status, json.loads(answer.body)) == (500, {"message": "Internal Server Error"})


@pytest.mark.parametrize(
    ("target", "parts"),
    [
        ("/a", ("/a", "")),
        ("/a?b?c", ("/a", "b?c")),
        ("/a?b#c", ("/a", "b")),
        ("http://host:1/a?b", ("/a", "b")),
        ("http://host", ("/", "")),
        ("*", ("*", "")),
    ],
)
def test_a_target_is_path_and_query(target: str, parts: tuple[str, str]) -> None:
    assert split_target(target) == parts


def test_a_binary_body_goes_in_as_base64() -> None:
    request = HttpRequest("POST", "/", [("content-type", "application/gzip")], b"\x1f\x8b")
    event = to_event(request, "$default", request_id="1")
    assert (event["isBase64Encoded"], base64.b64decode(event["body"])) == (True, b"\x1f\x8b")


def test_text_that_is_no_utf_8_goes_in_as_base64() -> None:
    event = to_event(HttpRequest("POST", "/", [("content-type", "text/plain")], b"\xff"), "$default", request_id="1")
    assert (event["isBase64Encoded"], event["body"]) == (True, "/w==")


def test_cookies_stand_apart_and_not_among_the_headers() -> None:
    request = HttpRequest("GET", "/", [("Cookie", "a=1; b=2"), ("cookie", "c=3")])
    event = to_event(request, "$default", request_id="1")
    assert event["cookies"] == ["a=1", "b=2", "c=3"]
    assert "cookie" not in event["headers"]


def test_fields_without_a_value_are_absent() -> None:
    event = to_event(HttpRequest("GET", "/"), "$default", request_id="1")
    assert not {"cookies", "queryStringParameters", "body", "pathParameters", "stageVariables"} & event.keys()
