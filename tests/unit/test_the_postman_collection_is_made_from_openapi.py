"""The files in postman/ are what the code makes: a request for each operation, the variables that ABS users know."""

import json
import re

from abslake.dev import postman
from abslake.reports.openapi import document
from abslake.reports.openapi_examples import OLDER
from tests.support.calls import ROOT

DOCUMENTED = {"Server", "Port", "Access_Key", "Secret_Key", "API_Name", "Later_date", "Earlier_date"}


def items(folder):
    for one in folder["item"]:
        yield from items(one) if "item" in one else [one]


def test_the_files_have_not_drifted():
    kept = {path.name: path.read_text("utf-8") for path in (ROOT / "postman").iterdir()}
    assert kept == postman.files(), "run: python -m abslake.dev.postman"


def test_each_operation_has_a_request():
    asked = {
        (one["request"]["method"], "/" + "/".join(one["request"]["url"]["path"])) for one in items(postman.collection())
    }
    known = {
        (method.upper(), path)
        for path, methods in document()["paths"].items()
        for method, one in methods.items()
        if not one["operationId"].endswith(OLDER)
    }
    assert asked == known


def test_what_changes_something_stands_in_a_folder_of_its_own():
    folders = {
        folder["name"]: {one["request"]["method"] for one in items(folder)} for folder in postman.collection()["item"]
    }
    assert folders.pop("Changes") <= {"PUT", "DELETE"}
    assert set.union(*folders.values()) == {"GET"}


def test_the_variables_are_the_documented_ones_and_hold_no_key():
    values = {one["key"]: one for one in postman.environment()["values"]}
    used = set(re.findall(r"{{(\w+)}}", json.dumps(postman.collection())))
    assert set(values) >= DOCUMENTED
    assert used == {*values, "Entry"}
    secret = {name for name, one in values.items() if one["type"] == "secret"}
    assert secret == {"Access_Key", "Secret_Key", "Access_Key_RU", "Secret_Key_RU"}
    assert {values[name]["value"] for name in secret} == {""}
