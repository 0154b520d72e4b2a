"""The examples of the OpenAPI document: real answers, kept in ``examples/answers`` of the checkout, one file each.

``python -m abslake.dev.example_answers`` makes the files: ``OPERATION[.NAME].json``, ``error.CODE.json``.
"""

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[5] / "examples/answers"
OLDER = "OfVersion4"
"""Ends the name of an operation that stands under an older path too; its examples are those of the other."""

_CUT = "Shortened: lists hold their first entries only."


def with_examples(document: Mapping[str, Any], folder: Path = FOLDER) -> dict[str, Any]:
    """The document with examples of parameters, bodies, answers and errors, as far as `folder` has them."""
    complete = deepcopy(dict(document))
    errors = complete["components"]["responses"]
    for operation, name, file in _files(folder):
        if operation == "error":
            _add(errors[name]["content"]["application/json"], "example", file["answer"], cut=False)
            continue
        for methods in complete["paths"].values():
            for one in methods.values():
                if one["operationId"].removesuffix(OLDER) == operation:
                    _show(one, name, file)
    return complete


def _files(folder: Path) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Operation, name of the example, file; in the order of the names."""
    for path in sorted(folder.glob("*.json")):
        operation, _, name = path.stem.partition(".")
        yield operation, name or "example", json.loads(path.read_text("utf-8"))


def _show(operation: dict[str, Any], name: str, file: Mapping[str, Any]) -> None:
    content = operation["responses"]["200"]["content"]["application/json"]
    _add(content, name, file["answer"], cut=file["shortened"])
    if "body" in file["request"]:
        _add(operation["requestBody"]["content"]["application/json"], name, file["request"]["body"], cut=False)
    for parameter in operation.get("parameters", ()):
        if (value := file["request"]["query"].get(parameter["name"])) is not None:
            number = parameter["schema"].get("type") == "integer"
            parameter.setdefault("example", int(value) if number else value)


def _add(content: dict[str, Any], name: str, value: Any, *, cut: bool) -> None:
    content.setdefault("examples", {})[name] = {**({"description": _CUT} if cut else {}), "value": value}
