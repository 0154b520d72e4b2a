"""NGINX's ``log_format`` of one's own, where it writes JSON: nested objects, and keys of any name."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from abslake.formats import log_format
from abslake.formats.readers.base import Names, Reader
from abslake.formats.readers.json_keys import UniqueKeys

_BARE = re.compile(r'("(?:[^"\\]|\\.)*")|\$(?:\{(\w+)\}|(\w+))')
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


def variable_of(header: str) -> str:
    """The variable in which NGINX has a request header, without its ``$``."""
    return "http_" + header.replace("-", "_")


def with_template(template: str) -> Reader:
    """The reader for a ``log_format`` of one's own: nested objects, and keys that mean something else elsewhere.

    Raises ValueError for what is no JSON object, or lacks what a request needs.
    """
    try:
        document = json.loads(_BARE.sub(lambda m: m[1] or f'"${m[2] or m[3]}"', template))
    except ValueError:
        raise ValueError("the template is no JSON object with variables as its values") from None
    places = dict(_variables(document, ""))
    made = [
        replace(entry, takes=tuple(_placed(names, places) for names in entry.takes))
        for entry in log_format.FIELDS
        if any(name in places for name in entry.takes[0])
    ]
    there = {column for entry in made for column in entry.gives}
    if missing := [column for column in ("time", "peer", "method", "url") if column not in there]:
        raise ValueError(f"the template lacks variables that tell {', '.join(missing)}")
    reader = UniqueKeys(made, headers=lambda name: places.get(variable_of(name)))
    reader.fast(Path("any.log"), ())  # names that the engine cannot tell apart are found out here
    return reader


def _placed(names: Names, places: Mapping[str, str]) -> Names:
    """Where the variables stand; what stands nowhere is looked for where nothing is."""
    return tuple(places[name] for name in names if name in places) or ("/$nowhere",)


def _variables(value: object, at: str) -> "list[tuple[str, str]]":
    """The variables that are the whole value of a member, and the pointers to these."""
    if isinstance(value, Mapping):
        steps = ((key.replace("~", "~0").replace("/", "~1"), below) for key, below in value.items())
        return [found for step, below in steps for found in _variables(below, f"{at}/{step}")]
    match = _VARIABLE.fullmatch(value) if isinstance(value, str) else None
    return [(match[1] or match[2], at)] if match else []
