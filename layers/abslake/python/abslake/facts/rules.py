"""API definitions as a table that the engine can join: which API a request belongs to, where its identifiers stand.

Sources: contract section 11 ("Matching"), docs/api-definitions.md for what the contract leaves open:
host first, compared without case, and without port where the definition names none; then the longest url that is a
prefix on whole path segments; where no API of the host fits, those of ``*``.
"""

from dataclasses import dataclass
from hashlib import sha256

import duckdb

from abslake.records.definitions import ApiMetadata, Definitions, segments

AUTHORIZATION = "authorization"


@dataclass(frozen=True, slots=True)
class Rules:
    """The definitions of one ingest: `wanted` are the header names that identifiers stand in, lower case, in order."""

    definitions: Definitions
    wanted: tuple[str, ...]
    cookies: tuple[str, ...]
    """Names of session cookies that occur."""
    places: tuple[tuple[str, int], ...]
    """(kind of host, url levels) that occur, in the order they are tried: kinds ``port``, ``bare``, ``any``."""

    @property
    def has_jwt(self) -> bool:
        """Whether any API takes the user name from a JSON Web Token."""
        return any(api.metadata.jwt.location and api.metadata.jwt.username for api in self.definitions.apis.values())

    @property
    def version(self) -> str:
        """A hash of the definitions, kept in every unit's metadata."""
        text = "\n".join(f"{api.name} {api.metadata.model_dump_json()}" for api in self.definitions.apis.values())
        return sha256(text.encode()).hexdigest()[:16]


def rules_of(definitions: Definitions) -> Rules:
    """What ingest needs to know of the definitions."""
    metadata = [api.metadata for api in definitions.apis.values()]
    names = {name.lower() for m in metadata for name in _header_names(m) if name}
    kinds = {"port": 0, "bare": 0, "any": 1}
    places = {(_host_kind(m.hostname), len(segments(m.url))) for m in metadata}
    order = sorted(places, key=lambda place: (kinds[place[0]], -place[1], place[0] == "bare"))
    cookies = sorted({m.cookie for m in metadata if m.cookie})
    return Rules(definitions, tuple(sorted(names)), tuple(cookies), tuple(order))


def load_table(engine: duckdb.DuckDBPyConnection, rules: Rules) -> None:
    """Create the temporary table ``apis`` that `abslake.facts.rows` joins."""
    engine.execute(
        "CREATE OR REPLACE TEMP TABLE apis (api VARCHAR, host_kind VARCHAR, host VARCHAR, levels INTEGER, prefix VARCHAR, "
        "bearer BOOLEAN, session_cookie INTEGER, key_header INTEGER, key_query VARCHAR, user_header INTEGER, "
        "jwt_header INTEGER, jwt_query VARCHAR, jwt_bearer BOOLEAN)"
    )
    rows = [_row(name, api.metadata, rules) for name, api in rules.definitions.apis.items()]
    if rows:
        engine.executemany(f"INSERT INTO apis VALUES ({', '.join('?' * len(rows[0]))})", rows)


def _header_names(m: ApiMetadata) -> tuple[str, ...]:
    place, jwt_name = _jwt(m)
    return m.apikey_header, m.username_header, jwt_name if place == "h" else ""


def _row(name: str, m: ApiMetadata, rules: Rules) -> list[object]:
    levels = segments(m.url)
    place, jwt_name = _jwt(m)
    return [
        name,
        _host_kind(m.hostname),
        m.hostname,
        len(levels),
        "/".join(levels),
        m.oauth2_access_token,
        rules.cookies.index(m.cookie) if m.cookie else None,
        _index(rules.wanted, m.apikey_header),
        m.apikey_qs or None,
        _index(rules.wanted, m.username_header),
        _index(rules.wanted, jwt_name) if place == "h" else None,
        jwt_name if place == "qs" else None,
        place == "bearer",
    ]


def _index(wanted: tuple[str, ...], header: str) -> int | None:
    return wanted.index(header.lower()) if header.lower() in wanted else None


def _host_kind(hostname: str) -> str:
    if hostname == "*":
        return "any"
    return "port" if ":" in hostname.rpartition("]")[2] else "bare"


def _jwt(m: ApiMetadata) -> tuple[str, str]:
    """Where the token stands: (``bearer``, ""), (``h``, header), (``qs``, key) or nowhere ("", "")."""
    if not (m.jwt.location and m.jwt.username):
        return "", ""
    kind, _, rest = m.jwt.location.partition(":")
    name = rest.strip()
    if kind.strip().lower() == "qs":
        return "qs", name
    header, _, scheme = (text.strip().lower() for text in name.partition(":"))
    return ("bearer", "") if (header, scheme) == (AUTHORIZATION, "bearer") else ("h", header)
