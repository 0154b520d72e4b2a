"""The examples of openapi.yaml are what the shop's log gives, through ingest and over HTTP; abslake.client reads the same."""

import json

import jsonschema
import pytest

from abslake.client import Client, Keys, NotFound
from abslake.client.client import OPERATIONS
from abslake.dev import client_source, example_answers
from abslake.dev.example_answers import EXAMPLES
from abslake.reports.openapi import document
from abslake.reports.openapi_examples import FOLDER, OLDER, with_examples

pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish:UserWarning")

COMPLETE = with_examples(document())
OPERATION = {one["operationId"]: one for methods in COMPLETE["paths"].values() for one in methods.values()}
DAY = example_answers.DAY


@pytest.fixture(scope="module")
def stack():
    with example_answers.shop() as running:
        yield running


@pytest.fixture(scope="module")
def client(stack):
    return Client(stack.url, Keys(stack.admin.access, stack.admin.secret))


def test_the_client_reads_every_answer(client):
    asked = {client_source.name_of(one.operation): one for one in EXAMPLES if one.status == 200 and one.body is None}
    reads = {name for name, operation in OPERATIONS.items() if operation.method == "GET"}
    assert asked.keys() == reads
    for name, example in asked.items():
        words = {
            field.lower(): value == "true" if field == "details" else value for field, value in example.query.items()
        }
        answer = getattr(client, name)(**words)
        method, path = example_answers.place(example.operation)
        whole = client.document(method, path, example.query)
        assert json.loads(answer.model_dump_json()) == whole


def test_pages_of_the_client_hold_all_once(client):
    pages = list(client.oauth_tokens_pages(**DAY, limit=1))
    assert [entry.token for page in pages for entry in page.details] == ["token-of-ann", "token-of-bob"]


def test_an_api_that_is_none(client):
    with pytest.raises(NotFound, match="UNKNOWN_API"):
        client.metrics(**DAY, api="none")


def test_the_files_hold_what_is_answered(stack):
    files = example_answers.answers(stack)
    kept = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.json")}
    assert kept == {name: example_answers.spelled(file) for name, file in files.items()}, (
        "run: python -m abslake.dev.example_answers; python -m abslake.reports.openapi > openapi.yaml"
    )


def test_every_operation_has_an_example_and_every_parameter_that_is_needed():
    for operation in OPERATION.values():
        assert operation["responses"]["200"]["content"]["application/json"]["examples"]
        for parameter in operation.get("parameters", ()):
            assert "example" in parameter or not parameter["required"]
        if "requestBody" in operation:
            assert operation["requestBody"]["content"]["application/json"]["examples"]
    assert {one.operation for one in EXAMPLES} == {name for name in OPERATION if not name.endswith(OLDER)}


def test_examples_fit_the_schemas_beside_them():
    for operation in OPERATION.values():
        contents = [operation["responses"]["200"]["content"]]
        contents += [operation["requestBody"]["content"]] if "requestBody" in operation else []
        for parameter in operation.get("parameters", ()):
            if "example" in parameter:
                check(parameter["schema"], parameter["example"])
        for content in contents:
            for example in content["application/json"]["examples"].values():
                check(content["application/json"]["schema"], example["value"])
    shown = {code: one["content"]["application/json"] for code, one in COMPLETE["components"]["responses"].items()}
    assert set(shown) - {code for code, one in shown.items() if "examples" in one} <= {"405", "500", "503", "429"}
    for content in shown.values():
        for example in content.get("examples", {}).values():
            check(content["schema"], example["value"])


def check(schema, value):
    jsonschema.Draft202012Validator({**schema, "components": COMPLETE["components"]}).validate(value)
