"""Findings, flagged requests, quarantine and large answers without an identifier: changed in the bytes that hold it."""

import base64
import gzip
import zlib
from typing import Any

import msgspec

from abslake.detection.findings import IdentifierKind
from abslake.facts.flagged import MOST_BYTES
from abslake.records.addresses import canonical
from abslake.upkeep.traces import Traces

FLAGGED_ERASED = b'{"erased":true}\n'
"""The mark in an object of flagged requests, which is none of them."""


def findings_without(traces: Traces, data: bytes) -> bytes:
    """Lines of findings: those about it go, in others it is blotted out; a line that is no JSON goes if it holds it."""
    kept = []
    for line in data.splitlines(keepends=True):
        record = _json(line)
        if not isinstance(record, dict):
            if not traces.is_mentioned(_text(line)):
                kept.append(line)
        elif not _is_about(traces, record):
            new = _blotted(traces, record)
            kept.append(line if new == record else msgspec.json.encode(new) + b"\n")
    return b"".join(kept)


def quarantine_without(traces: Traces, data: bytes) -> bytes:
    """An object of bad lines: one that holds it keeps its number, reason and length. Unchanged: the same bytes."""
    head, *lines = gzip.decompress(data).splitlines()
    new = [_cut(traces, line) for line in lines]
    if new == lines:
        return data
    marked = {**msgspec.json.decode(head), "erased": True}
    return gzip.compress(b"\n".join([msgspec.json.encode(marked), *new]) + b"\n", compresslevel=6, mtime=0)


def flagged_without(traces: Traces, data: bytes) -> bytes:
    """Flagged requests: records that hold it go, and a mark is left. Unchanged: the same bytes."""
    lines = data.splitlines(keepends=True)
    kept = [line for line in lines if not _is_flagged(traces, line)]
    return data if kept == lines else b"".join(kept) + (b"" if FLAGGED_ERASED in kept else FLAGGED_ERASED)


def was_erased(data: bytes) -> bool:
    """Whether something was taken out of an object of bad lines or of flagged requests; no, where it is none."""
    if data.endswith(FLAGGED_ERASED):
        return True
    try:
        return bool(_head(data).get("erased"))
    except (OSError, EOFError, zlib.error, msgspec.DecodeError):
        return False


def log_of(data: bytes) -> tuple[str, str]:
    """Bucket and key of the log object that an object of bad lines tells of."""
    log = _head(data)["log"]
    return log["bucket"], log["key"]


def is_mentioned(traces: Traces, data: bytes) -> bool:
    """Whether a document holds it."""
    return traces.is_mentioned(_text(data))


def _head(data: bytes) -> dict[str, Any]:
    return msgspec.json.decode(gzip.decompress(data).partition(b"\n")[0], type=dict[str, Any])


def _cut(traces: Traces, line: bytes) -> bytes:
    record = msgspec.json.decode(line)
    text = _text(base64.b64decode(record["base64"])) if "base64" in record else record.get("text", "")
    was_cut = len(text.encode(errors="surrogateescape")) < record.get("bytes", 0)
    if not (traces.is_mentioned(text) or (was_cut and traces.begins_at_the_end_of(text))):
        return line
    return msgspec.json.encode({name: record[name] for name in ("line", "reason", "bytes") if name in record})


def _is_flagged(traces: Traces, line: bytes) -> bool:
    record = _json(line)
    if not isinstance(record, dict):
        return traces.is_mentioned(_text(line))
    url = record.get("url", "")
    was_cut = len(url.encode()) > MOST_BYTES - 4
    texts = [text for text in (url, record.get("ip")) if isinstance(text, str)]
    return any(map(traces.is_mentioned, texts)) or (was_cut and traces.begins_at_the_end_of(url))


def _is_about(traces: Traces, record: dict[str, Any]) -> bool:
    identifier = record.get("identifier")
    if record.get("identifier_kind") != traces.kind.value or not isinstance(identifier, str):
        return False
    if traces.kind is IdentifierKind.IP:
        identifier = canonical(identifier) or identifier
    return identifier == traces.value


def _blotted(traces: Traces, value: Any) -> Any:
    if isinstance(value, str):
        return value if traces.short else traces.blotted(value)
    if isinstance(value, list):
        return [_blotted(traces, one) for one in value]
    return {name: _blotted(traces, one) for name, one in value.items()} if isinstance(value, dict) else value


def _json(line: bytes) -> Any:
    try:
        return msgspec.json.decode(line)
    except msgspec.DecodeError:
        return None


def _text(data: bytes) -> str:
    """Bytes as text; what is no UTF-8 is kept apart, so that the rest is found."""
    return data.decode(errors="surrogateescape")
