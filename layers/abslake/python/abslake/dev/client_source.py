"""The methods of `abslake.client`, made from the OpenAPI document: ``python -m abslake.dev.client_source > FILE``.

FILE is ``layers/abslake/python/abslake/client/operations.py``; a test keeps the two together.
"""

import json
import re
import sys
from collections.abc import Iterator
from typing import Any

from abslake.reports import openapi, openapi_detection
from abslake.reports.openapi_examples import OLDER

_HEAD = '''"""The operations of openapi.yaml as methods. Made by ``python -m abslake.dev.client_source``; do not edit."""
# ruff: noqa: A002, PLR0913 - parameters as the operation has them
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

{imports}


class Operation(NamedTuple):
    """Where it is asked, and the models of its answers as ``module:name``."""

    method: str
    path: str
    answers: tuple[str, ...]


OPERATIONS: Mapping[str, Operation] = {{
{table}
}}
"""Name of the method -> operation."""


class Operations:
    """A method for each operation. Dates are ``yyyy-mm-ddThh:mm`` or a datetime without zone."""

    def _ask(self, name: str, query: Mapping[str, Any], body: Any = None) -> Any:
        raise NotImplementedError

    def _pages(self, name: str, query: Mapping[str, Any]) -> Iterator[Any]:
        raise NotImplementedError
'''
_DATES = ("earlier_date", "later_date")


def source() -> str:
    """The whole module."""
    operations = [(method.upper(), path, one) for method, path, one in _operations()]
    used = sorted({model for _, _, one in operations for model in (*_answers(one), *_body(one))})
    modules: dict[str, list[str]] = {}
    for model in used:
        modules.setdefault(_modules()[model], []).append(model)
    imports = "\n".join(_import(module, names) for module, names in sorted(modules.items()))
    rows = (_row(method, path, one) for method, path, one in operations)
    methods = (line for method, path, one in operations for line in _methods(method, path, one))
    return _HEAD.format(imports=imports, table="\n".join(rows)) + "\n".join(["", *methods]).rstrip() + "\n"


def name_of(operation: str) -> str:
    """The method of an operation: ``hostileUrls`` is ``hostile_urls``."""
    return re.sub(r"(?=[A-Z])", "_", operation).lower()


def _operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in openapi.document()["paths"].items():
        for method, one in methods.items():
            if not one["operationId"].endswith(OLDER):
                yield method, path, one


def _modules() -> dict[str, str]:
    return {model.__name__: model.__module__ for model in (*openapi.answers(), *openapi_detection.BODIES)}


def _models(content: dict[str, Any]) -> list[str]:
    schema = content["application/json"]["schema"]
    return [one["$ref"].rpartition("/")[2] for one in schema.get("anyOf", [schema])]


def _answers(one: dict[str, Any]) -> list[str]:
    return _models(one["responses"]["200"]["content"])


def _body(one: dict[str, Any]) -> list[str]:
    return _models(one["requestBody"]["content"]) if "requestBody" in one else []


def _import(module: str, names: list[str]) -> str:
    line = f"    from {module} import {', '.join(names)}"
    if len(line) <= 120:
        return line
    return "\n".join([f"    from {module} import (", *(f"        {name}," for name in names), "    )"])


def _row(method: str, path: str, one: dict[str, Any]) -> str:
    places = [f'"{_modules()[model]}:{model}",' for model in _answers(one)]
    if len(places) == 1:
        shown = f"        ({places[0]}),"
    else:
        shown = "\n".join(["        (", *(f"            {place}" for place in places), "        ),"])
    return f'    "{name_of(one["operationId"])}": Operation(\n        "{method}",\n        "{path}",\n{shown}\n    ),'


def _methods(method: str, path: str, one: dict[str, Any]) -> Iterator[str]:
    name = name_of(one["operationId"])
    parameters: dict[str, dict[str, Any]] = {}
    for parameter in one.get("parameters", ()):
        parameters.setdefault(parameter["name"].lower(), parameter)  # IP and ip are the same
    ordered = sorted(parameters.items(), key=lambda item: not item[1]["required"])
    answers = " | ".join(_answers(one))
    told = " ".join(filter(None, (f"``{method} {path}``.", one.get("description", ""))))
    docstring = ['        """' + one["summary"] + ".", "", *_wrapped(told), '        """']
    yield from _signature(name, ordered, _body(one), answers)
    yield from docstring
    call = f'"{name}", {"query" if ordered else "{}"}{", body" if _body(one) else ""}'
    yield from [*_query(ordered), f"        return self._ask({call})", ""]
    if "cursor" in parameters:
        yield from _signature(f"{name}_pages", ordered, [], f"Iterator[{answers}]")
        yield f'        """The same page after page, from `cursor` on: see `{name}`."""'
        yield from [*_query(ordered), f'        return self._pages("{name}", query)', ""]


def _signature(name: str, parameters: list[tuple[str, dict[str, Any]]], body: list[str], answers: str) -> Iterator[str]:
    given = [f"{spelled}: {_type(parameter)}" for spelled, parameter in parameters]
    if body:
        yield f"    def {name}(self, body: {body[0]} | Mapping[str, Any]) -> {answers}:"
    elif not given:
        yield f"    def {name}(self) -> {answers}:"
    else:
        words = ["self", "*", *given]
        yield from [f"    def {name}(", *(f"        {word}," for word in words), f"    ) -> {answers}:"]


def _type(parameter: dict[str, Any]) -> str:
    schema = parameter["schema"]
    kind = "int" if schema["type"] == "integer" else "str"
    if choices := schema.get("enum"):
        kind = "bool" if choices == ["true", "false"] else f"Literal[{', '.join(map(json.dumps, choices))}]"
    if parameter["name"] in _DATES:
        kind = "str | datetime"
    return kind if parameter["required"] else f"{kind} | None = None"


def _query(parameters: list[tuple[str, dict[str, Any]]]) -> list[str]:
    if not parameters:
        return []
    pairs = (f'            "{parameter["name"]}": {spelled},' for spelled, parameter in parameters)
    return ["        query = {", *pairs, "        }"]


def _wrapped(text: str) -> list[str]:
    words, lines = text.split(), [""]
    for word in words:
        if len(lines[-1]) + len(word) > 108:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    return [f"        {line}" for line in lines]


if __name__ == "__main__":
    sys.stdout.write(source())
