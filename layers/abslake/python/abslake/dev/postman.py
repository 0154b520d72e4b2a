"""The Postman collection and its environment, made from the OpenAPI document: ``python -m abslake.dev.postman``.

A request for each example of each operation, in a folder a family; those that change something stand apart, those of the
restricted user too. The variables are called as ABS users know them (contract 0.2), and a few more. A test keeps the
files in ``postman/`` together with the code.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from abslake.dev.example_answers import DAY, ENTRY, EXAMPLES, Example, place
from abslake.dev.routes import ROUTES, route_of
from abslake.dev.stack import project_folder
from abslake.reports.openapi import document
from abslake.reports.openapi_examples import FOLDER
from abslake.reports.openapi_parts import RESTRICTED

COLLECTION, ENVIRONMENT = "abslake.postman_collection.json", "abslake.postman_environment.json"

VARIABLES = {
    "Scheme": "http",
    "Server": "127.0.0.1",
    "Port": "8080",
    "Access_Key": "",
    "Secret_Key": "",
    "Access_Key_RU": "",
    "Secret_Key_RU": "",
    "API_Name": "shop",
    "Earlier_date": DAY["earlier_date"],
    "Later_date": DAY["later_date"],
    "Token": "token-of-bob",
    "IP": "203.0.113.66",
    "Cookie": "session-2",
    "API_Key": "key-of-partner",
    "Username": "bob",
}
"""Name -> value: that of the local stack with the sample data. Keys have none."""

_OF_PARAMETER = {
    "api": "API_Name",
    "earlier_date": "Earlier_date",
    "later_date": "Later_date",
    "token": "Token",
    "IP": "IP",
    "cookie": "Cookie",
    "api_key": "API_Key",
    "username": "Username",
}
_FAMILIES = {
    "metrics": "API metrics",
    "clients": "All API keys, tokens, user names",
    "forensics": "Forensics",
    "attacks": "Attacks, anomalies, attack list",
    "traffic": "Errors, URLs, decoys, flow control, discovery",
    "tuning": "Thresholds, attack types, allow-list",
    "admin": "Admin, global configuration, health",
    "analytics": "Latency, top clients",
    "investigation": "Timeline, search",
}
"""Function that answers -> folder; one that is not here is its own folder."""

_NOT_ALWAYS = {"notes", "next_cursor"}
_SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
_ABOUT = (
    "The reports of abslake, made from its OpenAPI document. Choose the environment that comes with it and set Scheme, Server, "
    "Port and the keys. Its other values fit the sample data of `abslake dev --demo-data`."
)
_CHANGES = "These change what detection does. Run them one by one, or against a stack of your own."


def collection() -> dict[str, Any]:
    """The collection, format 2.1."""
    operations = {one["operationId"]: one for methods in document()["paths"].values() for one in methods.values()}
    folders: dict[str, list[dict[str, Any]]] = {}
    changes, restricted = [], []
    for example in EXAMPLES:
        if example.status != 200:
            continue
        operation, (method, path) = operations[example.operation], place(example.operation)
        if method != "GET":
            changes.append(_item(example, operation))
            continue
        function = ROUTES[route_of(method, path)]
        folders.setdefault(_FAMILIES.get(function, function), []).append(_item(example, operation))
        if RESTRICTED in operation["security"]:
            restricted.append(_item(example, operation, "_RU"))
    items = [{"name": name, "item": several} for name, several in folders.items()]
    items.append({"name": "Restricted user", "item": restricted})
    items.append({"name": "Changes", "description": _CHANGES, "item": changes})
    info = {"_postman_id": _id("collection"), "name": "abslake", "description": _ABOUT, "schema": _SCHEMA}
    return {"info": info, "item": items, "variable": [{"key": "Entry", "value": ""}]}


def environment(values: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The environment, with other `values` where they are given."""
    listed = [
        {
            "key": name,
            "value": (values or {}).get(name, value),
            "type": "secret" if "Key" in name and name != "API_Key" else "default",
            "enabled": True,
        }
        for name, value in VARIABLES.items()
    ]
    return {"id": _id("environment"), "name": "abslake", "values": listed, "_postman_variable_scope": "environment"}


def _item(example: Example, operation: Mapping[str, Any], ending: str = "") -> dict[str, Any]:
    file = json.loads((FOLDER / example.file).read_text("utf-8"))
    name = f"{operation['summary']} ({example.title})" if example.title else operation["summary"]
    headers = [
        {"key": f"x-abs-{short}{ending.lower().replace('_', '-')}", "value": f"{{{{{long}_Key{ending}}}}}"}
        for short, long in (("ak", "Access"), ("sk", "Secret"))
    ]
    method, path = place(example.operation)
    request: dict[str, Any] = {
        "method": method,
        "header": headers,
        "url": _url(path, list(_query(example, operation))),
        "description": operation.get("description", ""),
    }
    if example.body is not None:
        headers.append({"key": "Content-Type", "value": "application/json"})
        request["body"] = {"mode": "raw", "raw": _body(example.body), "options": {"raw": {"language": "json"}}}
    script = {"type": "text/javascript", "exec": list(_checks(file["answer"], example))}
    return {"name": name, "event": [{"listen": "test", "script": script}], "request": request, "response": []}


def _query(example: Example, operation: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """All parameters; those that the example does not have are switched off."""
    for parameter in operation.get("parameters", ()):
        name = parameter["name"]
        given = example.query.get(name)
        value = f"{{{{{_OF_PARAMETER[name]}}}}}" if name in _OF_PARAMETER else given or ""
        yield {
            "key": name,
            "value": value,
            "description": parameter["description"],
            **({"disabled": True} if given is None else {}),
        }


def _url(path: str, query: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    asked = "&".join(f"{one['key']}={one['value']}" for one in query if "disabled" not in one)
    return {
        "raw": f"{{{{Scheme}}}}://{{{{Server}}}}:{{{{Port}}}}{quote(path)}{'?' if asked else ''}{asked}",
        "protocol": "{{Scheme}}",
        "host": ["{{Server}}"],
        "port": "{{Port}}",
        "path": path.strip("/").split("/"),
        **({"query": query} if query else {}),
    }


def _body(body: Any) -> str:
    text = json.dumps(body, indent=2, ensure_ascii=False)
    for value, variable in ((VARIABLES["API_Name"], "API_Name"), (VARIABLES["Token"], "Token"), (ENTRY, "Entry")):
        text = text.replace(json.dumps(value), f'"{{{{{variable}}}}}"')
    return text


def _checks(answer: Any, example: Example) -> Iterator[str]:
    """The test of a request, in Postman's language."""
    several = isinstance(answer, list)
    first = answer[0] if several and answer else answer
    keys = json.dumps([key for key in first if key not in _NOT_ALWAYS])
    yield from [
        'pm.test("status is 200", () => pm.response.to.have.status(200));',
        'pm.test("answer is JSON", () => pm.response.to.be.json);',
        'pm.test("documented keys are there", () => {',
        "    const answer = pm.response.json();",
    ]
    if several:
        yield '    pm.expect(answer).to.be.an("array");'
        yield f"    answer.forEach((one) => pm.expect(one).to.include.all.keys({keys}));"
    else:
        yield f"    pm.expect(answer).to.include.all.keys({keys});"
    yield "});"
    if example.operation == "addBenign":
        yield 'pm.collectionVariables.set("Entry", pm.response.json().id);'


def _id(of: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"abslake/postman/{of}"))


def files() -> dict[str, str]:
    """Name -> text."""
    made = {COLLECTION: collection(), ENVIRONMENT: environment()}
    return {name: json.dumps(one, indent=2, ensure_ascii=False) + "\n" for name, one in made.items()}


def main(folder: Path | None = None) -> None:
    """Write the files."""
    folder = folder or project_folder() / "postman"
    folder.mkdir(exist_ok=True)
    for name, text in files().items():
        (folder / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
