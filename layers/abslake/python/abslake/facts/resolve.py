"""What is found out once per distinct text instead of once per request: addresses, user agents, JSON Web Tokens, signals."""

import base64
import binascii
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import duckdb
import msgspec

from abslake.facts.rows import FACT_COLUMN
from abslake.facts.rules import BITS, Rules
from abslake.facts.signals import header_signals, url_signals
from abslake.records.addresses import ClientAddress
from abslake.records.places import IDENTIFIERS
from abslake.records.user_agents import device_and_browser

_BATCH = 10_000
_decode = msgspec.json.Decoder().decode

Claims = dict[str, Any]


class Suspect(msgspec.Struct):
    """A request that is worth a closer look (see `abslake.facts.suspects`)."""

    url: str
    headers: list[tuple[str, str | None]] = []
    """Names in lower case, and values."""


_suspect = msgspec.json.Decoder(Suspect).decode


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


_HEADERS = (("hosts", "host", "host"), ("content_types", "request_content_type", "content-type"))
"""Table, column, and name of the header: these a fact keeps, so they are looked at once per distinct text."""
_SIGNALS = ("suspects", "agents", "hosts", "content_types")
"""Tables that have bits in ``signals``."""

JOINED = """LEFT JOIN addresses USING (raw_address) LEFT JOIN agents USING (user_agent)
    LEFT JOIN claims ON claims.api = grouped.api AND claims.jwt = grouped.jwt
    LEFT JOIN suspects USING (suspect) LEFT JOIN hosts USING (host) LEFT JOIN content_types USING (request_content_type)"""
"""What stands behind ``FROM grouped`` to have the columns of all tables."""

SIGNALS = f"(grouped.rule_signals | {' | '.join(f'coalesce({table}.signals, 0)' for table in _SIGNALS)})"
"""All bits of a row of that."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """What was found out of a part."""

    may_merge: bool
    """Two rows may have become one by it: an address or user name spelt in two ways, suspects that give the same signals."""
    has_flagged: bool
    """Some row has bits of its URL or headers."""


def load_tables(engine: duckdb.DuckDBPyConnection, grouped: str, rules: Rules, client: ClientAddress) -> Resolved:
    """Create the temporary tables of `JOINED` for the rows of the table `grouped`."""

    def agent(text: str) -> tuple[str | int, ...]:
        return (*device_and_browser(text), header_signals("user-agent", text))

    addresses = _load(engine, "addresses", grouped, ["raw_address"], lambda raw: (address_of(raw, client),), ["ip"])
    _load(engine, "agents", grouped, ["user_agent"], agent, ["device", "browser", "signals"])
    columns = [FACT_COLUMN[identifier] for identifier in IDENTIFIERS]
    claims = _load(engine, "claims", grouped, ["api", "jwt"], lambda api, jwt: claimed(api, jwt, rules), columns)
    looked_at = _load(engine, "suspects", grouped, ["suspect"], conspicuous, ["url", "signals"])
    for table, column, name in _HEADERS:
        _load(engine, table, grouped, [column], partial(_header, name), ["signals"])
    found = " UNION ALL ".join(f"SELECT 1 FROM {table} WHERE signals <> 0" for table in _SIGNALS)
    return Resolved(bool(addresses or claims or looked_at), bool(engine.execute(f"{found} LIMIT 1").fetchall()))


def conspicuous(text: str) -> tuple[str | int, ...] | None:
    """URL and bits of a suspect (see `abslake.facts.suspects`); None where it has none."""
    suspect = _suspect(text)
    found = _of_url(suspect.url)
    for name, value in suspect.headers:
        found |= _of_header(name, value) if value else 0
    return (suspect.url, found) if found else None


_of_url = lru_cache(maxsize=1000)(url_signals)
"""A suspect is a URL with its headers: the same URL comes again with others."""
_of_header = lru_cache(maxsize=1000)(header_signals)


def _header(name: str, text: str) -> tuple[int, ...] | None:
    found = header_signals(name, text)
    return (found,) if found else None


def _load(
    engine: duckdb.DuckDBPyConnection,
    table: str,
    grouped: str,
    keys: list[str],
    function: Callable[..., Iterable[str | int | None] | None],
    values: list[str],
) -> int:
    """Apply `function` to each distinct combination of `keys` that has no NULL; returns how many there were.

    What it gives None for has no row: the fewer there are, the less a join costs.
    """
    names = [*keys, *values]
    declared = ", ".join("signals INTEGER" if name == "signals" else f"{name} VARCHAR" for name in names)
    engine.execute(f"CREATE OR REPLACE TEMP TABLE {table} ({declared})")
    condition = " AND ".join(f"{key} IS NOT NULL" for key in keys)
    distinct = engine.execute(
        f"SELECT DISTINCT {', '.join(keys)} FROM {grouped} WHERE {condition} AND slow_row IS NULL"
    ).fetchall()
    for start in range(0, len(distinct), _BATCH):
        applied = ((row, function(*row)) for row in distinct[start : start + _BATCH])
        rows = [(*row, *found) for row, found in applied if found is not None]
        if not rows:
            continue
        unnested = ", ".join("unnest(?)" for _ in names)
        engine.execute(f"INSERT INTO {table} SELECT {unnested}", [list(column) for column in zip(*rows, strict=True)])
    return len(distinct)
