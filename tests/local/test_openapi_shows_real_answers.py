"""The examples of openapi.yaml are what the shop's log gives, through ingest and over HTTP; abslake.client reads the same."""

import json
import re

import jsonschema
import pytest

from abslake.client import Client, Keys, NotFound
from abslake.client.client import OPERATIONS
from abslake.dev import client_source, demo, example_answers
from abslake.dev.example_answers import EXAMPLES
from abslake.dev.stack import project_folder
from abslake.reports.openapi import document
from abslake.reports.openapi_examples import FOLDER, OLDER, with_examples
from tests.support.calls import ROOT
from tests.support.command import abslake

pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish:UserWarning")

COMPLETE = with_examples(document())
OPERATION = {one["operationId"]: one for methods in COMPLETE["paths"].values() for one in methods.values()}
DAY = example_answers.DAY
WORDS = ["--earlier", DAY["earlier_date"], "--later", DAY["later_date"]]


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
        assert example_answers.steady(json.loads(answer.model_dump_json())) == example_answers.steady(whole)


def test_pages_of_the_client_hold_all_once(client):
    pages = list(client.oauth_tokens_pages(**DAY, limit=1))
    assert [entry.token for page in pages for entry in page.details] == ["token-of-ann", "token-of-bob"]


@pytest.fixture(scope="module")
def there(stack, tmp_path_factory):
    """A command that asks the stack; gives exit code, standard output and standard error."""
    keys = tmp_path_factory.mktemp("keys") / "keys.curl"
    demo.write_keys(keys, stack.admin)

    def ask(*words):
        done = abslake("report", *words, "--server", stack.url, "--keys", keys)
        assert stack.admin.secret not in done.stdout + done.stderr
        return done.returncode, done.stdout, done.stderr

    return ask


def test_the_command_line_asks_a_server_for_the_same_as_a_lake(there, client, tmp_path):
    lake = tmp_path / "lake"
    shop, words = (
        project_folder() / "examples/shop",
        ["shop", "--earlier", "2026-03-02T00:00", "--later", "2026-03-03T00:00"],
    )
    filled = abslake("ingest", shop / "access.log", "--lake", lake, "--apis", shop / "apis", "--any-time")
    assert filled.returncode == 0
    for report in ("metrics", "be"):
        code, answer, _ = there(report, *words)
        assert (code, answer) == (0, abslake("report", report, *words, "--lake", lake).stdout)
    assert json.loads(there("token", "token-of-bob", *words[1:])[1]) == client.document(
        "GET", "/v4/abs", {**DAY, "token": "token-of-bob"}
    )


def test_the_command_line_prints_rows_and_what_is_beside_them(there):
    code, rows, told = there(
        "oauthtokens", "--earlier", DAY["earlier_date"], "--later", DAY["later_date"], "--limit", "1", "--format", "csv"
    )
    assert code == 0
    assert [line.partition(",")[0] for line in rows.splitlines()] == ["token", "token-of-ann"]
    assert "more follow: --cursor " in told
    assert "note: Counts are those from" in there("validurl", "shop", "--format", "table")[2]


def test_the_command_line_tells_errors_of_a_server(there):
    code, printed, told = there("validurl", "none")
    assert (code, printed) == (3, "")
    assert "HTTP 404 UNKNOWN_API: api: there is no API of this name (request " in told
    assert there("threshold")[0] == 2
    assert there("validurl", "shop", "--explain")[0] == 2


@pytest.mark.parametrize("page", ["README.md", "docs/clients.md"])
def test_what_the_documentation_shows_runs(stack, page, monkeypatch, capsys):
    monkeypatch.setenv("ABSLAKE_ACCESS_KEY", stack.admin.access)
    monkeypatch.setenv("ABSLAKE_SECRET_KEY", stack.admin.secret)
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL)
    assert blocks
    known: dict[str, object] = {}
    for block in blocks:
        exec(block.replace("https://HOST", stack.url), known)
    assert "token-of-bob 5" in capsys.readouterr().out


def test_an_api_that_is_none(client):
    with pytest.raises(NotFound, match="UNKNOWN_API"):
        client.metrics(**DAY, api="none")


def test_the_command_line_changes_what_the_server_and_a_lake_have(there, tmp_path):
    change = tmp_path / "change.json"
    change.write_text('{"url_limit": 77}')
    there("globalconfig", "--put", change)
    abslake("report", "globalconfig", "--put", change, "--lake", tmp_path)
    here = abslake("report", "globalconfig", "--lake", tmp_path, "--format", "csv")
    assert "\nurl_limit,77\n" in here.stdout
    assert here.stdout == there("globalconfig", "--format", "csv")[1]
    change.write_text('{"url_limit": null}')
    assert there("globalconfig", "--put", change)[0] == 0


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
