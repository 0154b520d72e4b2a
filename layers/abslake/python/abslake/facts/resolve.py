"""What is found out once per distinct text instead of once per request: addresses, user agents, JSON Web Tokens."""

import base64
import binascii
from collections.abc import Callable, Iterable
from typing import Any

import duckdb
import msgspec

from abslake.facts.rows import FACT_COLUMN
from abslake.facts.rules import BITS, Rules
from abslake.records.addresses import ClientAddress
from abslake.records.places import IDENTIFIERS
from abslake.records.user_agents import device_and_browser

_BATCH = 10_000
_decode = msgspec.json.Decoder().decode

Claims = dict[str, Any]


def address_of(raw: str, client: ClientAddress) -> str | None:
    """The client address from ``<length>:<X-Forwarded-For><peer>`` (see `abslake.facts.rows`); None where both are empty."""
    length, _, text = raw.partition(":")
    return client.of(text[: int(length)], text[int(length) :]) or None


def claimed(api: str, jwt: str, rules: Rules) -> tuple[str | None, ...]:
    """The value of each of `IDENTIFIERS` from ``<identifiers>:<JSON Web Token>`` (see `abslake.facts.rows`).

    None for those that are not asked for there, or that no claim names.
    """
    bits, _, token = jwt.partition(":")
    claims, asked = claims_of(token), int(bits)
    found = {one: _first(claims, names) for one, names in rules.claims[api].items() if asked & BITS[one]}
    return tuple(map(found.get, IDENTIFIERS))


def claims_of(jwt: str) -> Claims:
    """The claims of a JSON Web Token; none where the text is no token.

    The signature is not checked, as documented (contract 11).
    """
    text = jwt.strip()
    if text[:7].lower() == "bearer ":
        text = text[7:].strip()
    parts = text.split(".")
    if len(parts) < 2:
        return {}
    try:
        claims = _decode(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError, UnicodeDecodeError, RecursionError, msgspec.DecodeError):
        return {}
    return claims if isinstance(claims, dict) else {}


def claim(claims: Claims, name: str) -> str | None:
    """The value of a claim as text: text or a whole number, of a list the first; None for anything else.

    A claim of just that name counts before one inside another claim (``realm.user``: `user` in the object `realm`).
    """
    value = _inside(claims, name)
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _inside(claims: Claims, name: str) -> Any:
    if name in claims:
        return claims[name]
    outer = name
    while "." in outer:  # names of claims may hold dots themselves: https://example.com/tenant
        outer = outer.rpartition(".")[0]
        if isinstance(claims.get(outer), dict):
            return _inside(claims[outer], name[len(outer) + 1 :])
    return None


def _first(claims: Claims, names: Iterable[str]) -> str | None:
    for name in names:
        if value := claim(claims, name):
            return value
    return None


def load_tables(engine: duckdb.DuckDBPyConnection, grouped: str, rules: Rules, client: ClientAddress) -> bool:
    """Create the temporary tables ``addresses``, ``agents`` and ``claims`` for the rows of the table `grouped`.

    True where two rows may have become one by it (an address or user name spelt in two ways).
    """

    def agent(text: str) -> tuple[str, str]:
        return device_and_browser(text)

    addresses = _load(engine, "addresses", grouped, ["raw_address"], lambda raw: (address_of(raw, client),), ["ip"])
    _load(engine, "agents", grouped, ["user_agent"], agent, ["device", "browser"])
    columns = [FACT_COLUMN[identifier] for identifier in IDENTIFIERS]
    claims = _load(engine, "claims", grouped, ["api", "jwt"], lambda api, jwt: claimed(api, jwt, rules), columns)
    return bool(addresses or claims)


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
