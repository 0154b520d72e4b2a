"""Changes to the users' document: users added, their key pairs rotated and retired. Secrets are kept as digests only.

A pair is made here, handed out once and forgotten. Whatever changes, masks stay as they were: where their key hung on an
admin's secret it is written down (``masking_key_sha256``).
"""

import json
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from abslake.access.document import MASKING_FIELDS, PAIR_FIELDS, listed, parse, read
from abslake.errors import SettingsError, StorageError

Document = dict[str, Any]

_SECRET_FIELDS = frozenset({"secret_key", "secret_key_sha256"})


class UserMistake(ValueError):
    """What was asked for cannot be done; the message says why."""


@dataclass(frozen=True, slots=True)
class NewPair:
    """A pair as it is handed out."""

    access_key: str
    secret_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the document is kept, as ``ABSLAKE_USERS`` says it: ``file:<path>`` or ``secretsmanager:<name or ARN>``."""

    text: str

    def read(self) -> Document:
        """The document with its users in a list; without any where the file is not there yet. Raises AbslakeError."""
        kind, _, name = self.text.partition(":")
        if kind == "file" and name:
            text = _read_file(Path(name))
        elif kind == "secretsmanager" and name:
            text = _secrets_manager().get_secret_value(SecretId=name)["SecretString"].encode()
        else:
            raise SettingsError("--users: write file:<path> or secretsmanager:<name or ARN>")
        parse(text)
        document = read(text)
        return {"users": listed(document)} | {key: document[key] for key in MASKING_FIELDS if key in document}

    def write(self, document: Document) -> None:
        """Put it there. Raises AbslakeError; SettingsError where it would not be one, and then nothing is written."""
        text = json.dumps(document, indent=2) + "\n"
        parse(text)
        kind, _, name = self.text.partition(":")
        if kind == "file":
            _write_file(Path(name), text)
        else:
            _secrets_manager().put_secret_value(SecretId=name, SecretString=text)


def change(document: Document, work: Callable[[Document], Any]) -> Any:
    """What `work` gives; it changes the document, but not what masks look like."""
    before = parse(json.dumps(document)).masking_key
    result = work(document)
    if before is not None and not MASKING_FIELDS & document.keys():
        document["masking_key_sha256"] = before.hex()
    return result


def add(document: Document, name: str, role: str, per_minute: int | None) -> NewPair:
    """A new user with a pair. Raises UserMistake."""
    if any(user["name"] == name for user in document["users"]):
        raise UserMistake("there is a user of this name: rotate gives him a new pair")
    made, entry = _new_pair()
    limit = {} if per_minute is None else {"requests_per_minute": per_minute}
    document["users"].append({"name": name, "role": role, **limit, "keys": [entry]})
    return made


def rotate(document: Document, name: str, now: datetime, overlap: timedelta) -> NewPair:
    """A new pair for a user; those that he has end when `overlap` is over, those that have ended go. Raises UserMistake."""
    user = _find(document, name)
    kept = [{**pair, "not_after": _spelled(_last(pair, now + overlap))} for pair in user["keys"]]
    kept = [pair for pair in kept if _last(pair, now + overlap) > max(now, _moment(pair, "not_before") or now)]
    made, entry = _new_pair()
    user["keys"] = [*kept, entry]
    return made


def retire(document: Document, name: str, access_key: str | None, *, whole: bool) -> int:
    """Take away the pairs of a user but for the newest, that of one access key (its beginning), or the user.

    Gives the number of pairs that went. Raises UserMistake.
    """
    user = _find(document, name)
    pairs = _pairs(user)
    if whole:
        document["users"].remove(user)
        return len(pairs)
    kept = pairs[-1:] if access_key is None else [p for p in pairs if not p["access_key"].startswith(access_key)]
    if access_key is not None and len(kept) != len(pairs) - 1:
        raise UserMistake("the user has no pair, or several, whose access key begins so")
    if not kept:
        raise UserMistake("it is his last pair: --all takes the user away")
    user["keys"] = kept
    return len(pairs) - len(kept)


def rows(document: Document, now: datetime) -> Iterator[tuple[str, str, str, str, str]]:
    """Of each pair: user, role, requests a minute, beginning of the access key, whether it is good."""
    for user in document["users"]:
        limit = str(user.get("requests_per_minute") or "")
        for pair in _pairs(user):
            yield user["name"], user["role"], limit, f"{pair['access_key'][:6]}…", _state(pair, now)


def _state(pair: Document, now: datetime) -> str:
    begin, end = (_moment(pair, name) for name in ("not_before", "not_after"))
    if begin and now < begin:
        return f"from {pair['not_before']}"
    if end and end <= now:
        return f"ended {pair['not_after']}"
    return f"until {pair['not_after']}" if end else "good"


def _find(document: Document, name: str) -> Document:
    for user in document["users"]:
        if user["name"] == name:
            return _with_list(user)
    raise UserMistake("there is no user of this name")


def _with_list(user: Document) -> Document:
    """The same user of the document, whose pairs are from now on a list, with digests."""
    user["keys"] = [_digested(pair) for pair in _pairs(user)]
    for name in PAIR_FIELDS & user.keys():
        del user[name]
    return user


def _pairs(user: Document) -> list[Document]:
    return user.get("keys") or [{name: user[name] for name in PAIR_FIELDS if name in user}]


def _digested(pair: Document) -> Document:
    secret = pair.get("secret_key")
    digest = sha256(secret.encode()).hexdigest() if secret else pair["secret_key_sha256"]
    rest = {name: value for name, value in pair.items() if name not in _SECRET_FIELDS}
    return {**rest, "secret_key_sha256": digest}


def _last(pair: Document, end: datetime) -> datetime:
    """When it ends if it may not outlive `end`."""
    return min(_moment(pair, "not_after") or end, end)


def _moment(pair: Document, name: str) -> datetime | None:
    return datetime.fromisoformat(pair[name]) if pair.get(name) else None


def _new_pair() -> tuple[NewPair, Document]:
    made = NewPair(secrets.token_urlsafe(15), secrets.token_urlsafe(30))
    return made, _digested({"access_key": made.access_key, "secret_key": made.secret_key})


def _spelled(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b'{"users": []}'
    except OSError as error:
        raise StorageError(f"the users' file cannot be read: {type(error).__name__}") from None


def _write_file(path: Path, text: str) -> None:
    """In one step, and for nobody else's eyes."""
    try:
        with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".users-", delete=False) as file:  # mode 0600
            file.write(text)
        os.replace(file.name, path)  # noqa: PTH105 - the temporary file is a name
    except OSError as error:
        raise StorageError(f"the users' file cannot be written: {type(error).__name__}") from None


def _secrets_manager() -> Any:
    import boto3

    return boto3.client("secretsmanager")
