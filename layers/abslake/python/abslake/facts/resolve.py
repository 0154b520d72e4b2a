"""What is found out once per distinct text instead of once per request: addresses, user agents, JSON Web Tokens."""

import base64
import binascii
from collections.abc import Callable, Iterable

import duckdb
import msgspec

from abslake.records.addresses import client_address
from abslake.records.definitions import Definitions
from abslake.records.user_agents import device_and_browser

_BATCH = 10_000
_decode = msgspec.json.Decoder().decode


def address_of(raw: str) -> str:
    """The client address from ``<length>:<X-Forwarded-For><peer>`` (see `abslake.facts.rows`)."""
    length, _, text = raw.partition(":")
    return client_address(text[: int(length)], text[int(length) :])


def user_of(api: str, jwt: str, definitions: Definitions) -> str | None:
    """The user name that a JSON Web Token claims; the signature is not checked, as documented (contract 11).

    None where the text is no token or has no such claim. A list of names counts by its first.
    """
    text = jwt.strip()
    if text[:7].lower() == "bearer ":
        text = text[7:].strip()
    parts = text.split(".")
    if len(parts) < 2:
        return None
    try:
        claims = _decode(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError, UnicodeDecodeError, RecursionError, msgspec.DecodeError):
        return None
    value = claims.get(definitions.apis[api].metadata.jwt.username) if isinstance(claims, dict) else None
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def load_tables(engine: duckdb.DuckDBPyConnection, grouped: str, definitions: Definitions) -> bool:
    """Create the temporary tables ``addresses``, ``agents`` and ``users`` for the rows of the table `grouped`.

    True where two rows may have become one by it (an address or user name spelt in two ways).
    """

    def agent(text: str) -> tuple[str, str]:
        return device_and_browser(text)

    addresses = _load(engine, "addresses", grouped, ["raw_address"], lambda raw: (address_of(raw),), ["ip"])
    _load(engine, "agents", grouped, ["user_agent"], agent, ["device", "browser"])
    users = _load(
        engine, "users", grouped, ["api", "jwt"], lambda api, jwt: (user_of(api, jwt, definitions),), ["username"]
    )
    return bool(addresses or users)


def _load(
    engine: duckdb.DuckDBPyConnection,
    table: str,
    grouped: str,
    keys: list[str],
    function: Callable[..., Iterable[str | None]],
    values: list[str],
) -> int:
    """Apply `function` to each distinct combination of `keys` that has no NULL; returns how many there were."""
    names = [*keys, *values]
    engine.execute(f"CREATE OR REPLACE TEMP TABLE {table} ({', '.join(f'{name} VARCHAR' for name in names)})")
    condition = " AND ".join(f"{key} IS NOT NULL" for key in keys)
    distinct = engine.execute(
        f"SELECT DISTINCT {', '.join(keys)} FROM {grouped} WHERE {condition} AND slow_row IS NULL"
    ).fetchall()
    for start in range(0, len(distinct), _BATCH):
        rows = [(*row, *function(*row)) for row in distinct[start : start + _BATCH]]
        unnested = ", ".join("unnest(?)" for _ in names)
        engine.execute(f"INSERT INTO {table} SELECT {unnested}", [list(column) for column in zip(*rows, strict=True)])
    return len(distinct)
