"""Where texts stand in a JSON object: by key, or by JSON pointer with some elements of our own.

A name that begins with ``/`` is a JSON pointer (RFC 6901); any other is a key of the outermost object. Beside keys a pointer may
have these elements; names in brackets are compared without case:

===================  ==========================================================================================
``0``, ``-1``        the first, the last element of a list
``[name=host]``      the first object in a list whose ``name`` is that
``[host]``           the member of an object whose key is that
``[,]``, ``[,;]``    (at the end) one text, or the texts of a list joined with commas, with semicolons
``[,name=host]``     (at the end) the ``value`` of all such objects, joined with commas; ``[;name=cookie]`` with semicolons
``[,host]``          (at the end) all such members, joined with commas; ``[;cookie]`` with semicolons
``{;}``, ``[;]``     (at the end) members, or objects with ``name`` and ``value``, as a Cookie header writes them
===================  ==========================================================================================
"""

import re
from collections.abc import Callable, Iterable
from functools import cache, partial
from typing import Any

Json = Any

PICK = re.compile(r"\[(\w+)=([^\]]+)\]")
KEY = re.compile(r"\[([^\]=,;]+)\]")
EVERY = re.compile(r"\[([,;])(?:(\w+)=)?([^\],;=]+)\]")
JOINED = ("[,]", "[,;]", "{;}", "[;]")
JOINTS = {",": ", ", ";": "; "}
PLACES = {"0": "[1]", "-1": "[-1]"}


@cache
def steps(name: str) -> tuple[str, ...]:
    """The keys on the way to a source."""
    if not name.startswith("/"):
        return (name,)
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in name[1:].split("/"))


def members(template: str) -> Callable[[str], str]:
    """Request headers as members of an object or a list: name -> source. `template` has ``{}`` for the name."""
    if not template.startswith("/"):
        return template.format
    return lambda name: template.format(name.replace("~", "~0").replace("/", "~1"))


def value_at(document: Json, path: Iterable[str]) -> Json:
    """What stands at the end of the way; None where there is nothing."""
    for step in path:
        if find := _finder(step):
            document = find(document)
        elif isinstance(document, dict):
            document = document.get(step)
        elif isinstance(document, list) and step in PLACES:
            document = document[int(step)] if document else None
        else:
            return None
    return document


@cache
def _finder(step: str) -> Callable[[Json], Json] | None:
    """What an element in brackets stands for; None where it is a key like any other."""
    if step in JOINED:
        return partial(_joined, step)
    if every := EVERY.fullmatch(step):
        return partial(_every, joint=JOINTS[every[1]], key=every[2], wanted=every[3].lower())
    if pick := PICK.fullmatch(step):
        return partial(_picked, key=pick[1], wanted=pick[2].lower())
    key = KEY.fullmatch(step)
    return partial(_member, wanted=key[1].lower()) if key else None


def _every(value: Json, joint: str, key: str | None, wanted: str) -> str:
    """A header that may have been sent several times."""
    if key is None:
        found = [entry for name, entry in _members(value) if name.lower() == wanted]
    else:
        entries = [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
        found = [e.get("value") for e in entries if isinstance(e.get(key), str) and e[key].lower() == wanted]
    return joint.join(filter(None, (_all_texts(joint, entry) for entry in found)))


def _all_texts(joint: str, value: Json) -> str:
    return joint.join(filter(None, map(text_in, value if isinstance(value, list) else [value])))


def _picked(value: Json, key: str, wanted: str) -> Json:
    for entry in value if isinstance(value, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get(key), str) and entry[key].lower() == wanted:
            return entry
    return None


def _member(value: Json, wanted: str) -> Json:
    return next((found for key, found in _members(value) if key.lower() == wanted), None)


def _members(value: Json) -> list[tuple[str, Json]]:
    """The members of an object in their order (`json_lines.decoded` turns it round)."""
    return list(reversed(value.items())) if isinstance(value, dict) else []


def _joined(step: str, value: Json) -> str:
    if step in ("[,]", "[,;]"):
        return _all_texts(JOINTS[step[-2]], value)
    pairs: Iterable[tuple[str | None, Json]] = _members(value)
    if step == "[;]":
        entries = [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
        pairs = [(text_in(entry.get("name")), entry.get("value")) for entry in entries]
    return "; ".join(f"{name}={text}" for name, found in pairs if name and (text := text_in(found)))


def text_in(value: Json) -> str | None:
    """A value as text: see `abslake.formats.readers.json_lines`."""
    if isinstance(value, list):
        value = next((entry for entry in value if isinstance(entry, str | bool)), None)
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str) or value in ("", "-"):
        return None
    if value.isascii():
        return value
    # A lone surrogate, which a client can send through a header, is no text that can be stored.
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
