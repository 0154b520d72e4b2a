"""A server asked from the command line: keys from the environment or a file, and its errors as ours."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from abslake.client import (
    AccessToken,
    BadRequest,
    Client,
    ClientError,
    Keys,
    NotFound,
    keys_from_environment,
    keys_from_file,
)
from abslake.dev.console import Exit, stop

_KEYS = "Set ABSLAKE_ACCESS_KEY and ABSLAKE_SECRET_KEY (restricted: with _RU behind them), or give --keys FILE."


def ask(server: str, keys: str, method: str, path: str, query: Mapping[str, str], body: bytes) -> Any:
    """The document that is answered. Ends the command where there is none."""
    try:
        client = Client(server, _keys(keys))
    except ValueError as error:
        stop(Exit.USAGE, f"--server: {error}")
    try:
        return client.document(method, path, query, json.loads(body) if body else None)
    except BadRequest as error:
        stop(Exit.USAGE, str(error))
    except NotFound as error:
        stop(Exit.UNKNOWN_API if error.code == "UNKNOWN_API" else Exit.FAILED, str(error))
    except ClientError as error:
        stop(Exit.FAILED, str(error))


def body_of(name: str) -> bytes:
    """The JSON document in a file, or at standard input where the name is ``-``. Ends the command where there is none."""
    try:
        body = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        json.loads(body)
    except OSError as error:
        stop(Exit.USAGE, f"the file of the change cannot be read: {error.strerror}")
    except ValueError:
        stop(Exit.USAGE, "the file of the change is not JSON", "docs/reports.md shows the bodies.")
    return body


def _keys(file: str) -> Keys | AccessToken:
    try:
        keys: Keys | AccessToken | None = keys_from_file(file) if file else keys_from_environment()
    except OSError as error:
        stop(Exit.USAGE, f"--keys: the file cannot be read: {error.strerror}")
    except ValueError as error:
        stop(Exit.USAGE, f"keys: {error}")
    return keys or stop(Exit.USAGE, "the keys are missing", _KEYS)
