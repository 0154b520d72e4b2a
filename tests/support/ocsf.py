"""OCSF records and the published schema: what an export wrote, and what is wrong with a record.

``ocsf_http_activity_1_3_0.json`` holds the facts of the schema that concern the class HTTP Activity: names, types,
requirements, ids, constraints. A test holds it against the whole schema (`ocsf-json-schema`).
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from abslake.export.identifiers import Identifiers
from abslake.export.ocsf import Exported, Source, Wanted, export
from abslake.settings import Settings
from abslake.storage import Lake
from tests.support.facts import Row, at, write_facts

Record = dict[str, Any]
SCHEMA: dict[str, Any] = json.loads(Path(__file__).with_name("ocsf_http_activity_1_3_0.json").read_text())
SOURCE = Source("abslake", "eu-central-1", "123456789012")
_BASES = {"string_t": str, "integer_t": int, "long_t": int, "boolean_t": bool}


def wanted(earlier: str, later: str, api: str | None = None, identifiers: Identifiers | None = None) -> Wanted:
    """What to export to `SOURCE`."""
    return Wanted(at(earlier), at(later), SOURCE, api, identifiers or Identifiers())


def exported(lake: Lake, earlier: str, later: str, **more: Any) -> tuple[Lake, Exported]:
    """A new lake in memory with the objects of an export, and its account."""
    out = Lake("memory:")
    return out, export(lake, out, wanted(earlier, later, **more), Settings())


def of_facts(*rows: Row, **more: Any) -> list[Record]:
    """The records of facts of 2 March 2026."""
    lake = Lake("memory:")
    write_facts(lake, rows)
    out, _ = exported(lake, "2026-03-02T00:00", "2026-03-03T00:00", **more)
    return [record for records in records_of(out).values() for record in records]


def records_of(out: Lake) -> dict[str, list[Record]]:
    """The records of each object, in their order; what is NULL is absent."""
    found = {}
    with TemporaryDirectory() as folder, duckdb.connect() as engine:
        path = Path(folder, "object.parquet")
        for entry in out.list(""):
            path.write_bytes(out.get(entry.key))
            rows = engine.execute(
                f"SELECT to_json(record) FROM read_parquet('{path}', hive_partitioning = false) AS record"
            )
            found[entry.key] = [_without_nulls(json.loads(row)) for (row,) in rows.fetchall()]
    return found


def columns_of(out: Lake) -> dict[str, str]:
    """Names and types of the columns of the only object."""
    (entry,) = out.list("")
    with TemporaryDirectory() as folder, duckdb.connect() as engine:
        path = Path(folder, "object.parquet")
        path.write_bytes(out.get(entry.key))
        rows = engine.execute(f"DESCRIBE FROM read_parquet('{path}', hive_partitioning = false)").fetchall()
    return {name: kind for name, kind, *_ in rows}


def faults(record: Mapping[str, Any]) -> list[str]:
    """What is wrong with a record of HTTP Activity, by the published schema."""
    found = [*_faults_of_object("", record, SCHEMA["class"])]
    if record.get("type_uid") != record.get("class_uid", 0) * 100 + record.get("activity_id", 0):
        found.append("type_uid is not class_uid * 100 + activity_id")
    if "actor" in record and "host" not in record.get("metadata", {}).get("profiles", []):
        found.append("actor belongs to the profile host, which metadata.profiles does not name")
    return found


def _faults_of_object(place: str, value: Any, definition: Mapping[str, Any]) -> Iterator[str]:
    attributes = definition["attributes"]
    if not isinstance(value, dict):
        yield f"{place}: no object"
        return
    if not attributes:  # the object of unmapped attributes, which may have any
        return
    yield from (f"{place}.{name}: unknown" for name in value.keys() - attributes.keys())
    yield from (f"{place}.{name}: missing" for name, a in attributes.items() if a.get("required") and name not in value)
    one_of = definition.get("constraints", {}).get("at_least_one", [])
    if one_of and not value.keys() & set(one_of):
        yield f"{place}: none of {', '.join(one_of)}"
    for name in value.keys() & attributes.keys():
        yield from _faults_of_attribute(f"{place}.{name}", value[name], attributes[name])


def _faults_of_attribute(place: str, value: Any, attribute: Mapping[str, Any]) -> Iterator[str]:
    if attribute.get("array") and not isinstance(value, list):
        yield f"{place}: no array"
        return
    for one in value if attribute.get("array") else [value]:
        if "object" in attribute:
            yield from _faults_of_object(place, one, SCHEMA["objects"][attribute["object"]])
        else:
            yield from (f"{place}: {fault}" for fault in _faults_of_scalar(one, attribute["type"]))
            if "enum" in attribute and str(one) not in attribute["enum"]:
                yield f"{place}: {one!r} is none of the ids"


def _faults_of_scalar(value: Any, kind: str) -> Iterator[str]:
    rules = SCHEMA["types"][kind]
    base = _BASES.get(kind)
    if base and (not isinstance(value, base) or (base is int and isinstance(value, bool))):
        yield f"no {kind}"
        return
    if "type" in rules:
        yield from _faults_of_scalar(value, rules["type"])
    if "regex" in rules and not re.search(rules["regex"], value):
        yield f"no {kind}"
    if "max_len" in rules and len(value) > rules["max_len"]:
        yield "too long"
    if "range" in rules and not rules["range"][0] <= value <= rules["range"][1]:
        yield "out of range"


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(one) for name, one in value.items() if one is not None}
    return [_without_nulls(one) for one in value] if isinstance(value, list) else value


def all_faults(records: Iterable[Mapping[str, Any]]) -> list[str]:
    """What is wrong with any of them."""
    return [fault for record in records for fault in faults(record)]
