"""The body of a request becomes a checked model, or an error that names the field and holds no value.

Source: contract 5 (``INVALID_JSON``) for what is no JSON; fields are refused like parameters.
"""

import json
from collections.abc import Collection
from typing import Any, NoReturn, TypeVar

from pydantic import AliasChoices, BaseModel, ValidationError

from abslake.errors import BadRequest, PayloadTooLarge

MAX_BYTES = 256 * 1024
Body = TypeVar("Body", bound=BaseModel)


def read(data: bytes, model: type[Body]) -> Body:
    """The body as `model`. Raises PayloadTooLarge, BadRequest (``INVALID_JSON``; or naming the field)."""
    if len(data) > MAX_BYTES:
        raise PayloadTooLarge(f"the body is larger than {MAX_BYTES} bytes")
    try:
        document = json.loads(data.decode(), object_pairs_hook=_object, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise BadRequest("the body is not valid JSON (UTF-8, no name twice in an object)", "INVALID_JSON") from None
    if not isinstance(document, dict):
        raise BadRequest("the body must be a JSON object", "INVALID_JSON")
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise _named(error, _fields(model)) from None


def _named(error: ValidationError, fields: Collection[str]) -> BadRequest:
    first = error.errors(include_input=False, include_url=False)[0]
    field = _path(first["loc"], fields) or "body"
    if first["type"] == "missing":
        return BadRequest(f"{field} is missing", "MISSING_PARAMETER")
    if first["type"] == "extra_forbidden":
        place = _path(first["loc"][:-1], fields) or "the body"
        return BadRequest(f"{place} has a field that is not known here", "UNKNOWN_PARAMETER")
    return BadRequest(f"{field}: {first['msg'].removeprefix('Value error, ')}")


def _fields(model: type[BaseModel]) -> set[str]:
    """The names of all fields of a model and of those in it, other spellings of its own among them."""
    schema = model.model_json_schema()
    parts = (schema, *schema.get("$defs", {}).values())
    aliases = (field.validation_alias for field in model.model_fields.values())
    spellings = {str(name) for alias in aliases if isinstance(alias, AliasChoices) for name in alias.choices}
    return spellings | {name for part in parts for name in part.get("properties", {})}


def _path(location: tuple[int | str, ...], fields: Collection[str]) -> str:
    """``ioc_threshold[0].tn``.

    Without names that whoever asks has chosen, which can be anything, and what pydantic adds to tell members of a union apart.
    """
    text = ""
    for part in location:
        if isinstance(part, int):
            text += f"[{part}]"
        elif part in fields:
            text += f".{part}" if text else part
    return text


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a name stands twice")
    return dict(pairs)


def _no_number(_: str) -> NoReturn:
    raise ValueError("not a number")
