"""API definitions as a table that the engine can join: which API a request belongs to, where its identifiers stand.

Sources: contract section 11 ("Matching"), docs/api-definitions.md for what the contract leaves open:
host first, compared without case, and without port where the definition names one; then the longest url that is a
prefix on whole path segments; where no API of the host fits, those of ``*``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

import duckdb

from abslake.facts import rule_signals
from abslake.records.definitions import ApiMetadata, Definitions, segments
from abslake.records.places import IDENTIFIERS, Place

JWT = "jwt"
"""Looked for like an identifier, for the sake of its claims."""

BITS = {identifier: 1 << number for number, identifier in enumerate(IDENTIFIERS)}
"""The identifier's bit in the column ``claimed``."""

Places = tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """The definitions of one ingest."""

    definitions: Definitions
    wanted: tuple[str, ...]
    """Names of headers that identifiers stand in, lower case, in order."""
    variants: Mapping[str, tuple[Places, ...]]
    """Identifier (or `JWT`) -> the different lists of places that APIs have for it, without claims."""
    claims: Mapping[str, Mapping[str, tuple[str, ...]]]
    """API -> identifier -> claims that may name it, in order; only what there is."""
    levels: tuple[tuple[str, int], ...]
    """(kind of host, url levels) that occur, in the order they are tried: kinds ``port``, ``bare``, ``any``."""
    checked: frozenset[str] = frozenset()
    """Columns of `abslake.facts.rule_signals` that some API has something in."""

    @property
    def claimed(self) -> tuple[str, ...]:
        """The identifiers that some API takes from a claim."""
        found = {identifier for claims in self.claims.values() for identifier in claims}
        return tuple(identifier for identifier in IDENTIFIERS if identifier in found)

    @property
    def secret_parameters(self) -> frozenset[str]:
        """Names of query parameters that hold an identifier, or a token, of some API."""
        every = (place for lists in self.variants.values() for places in lists for place in places)
        return frozenset(place.name for place in every if place.kind == "query")

    @property
    def version(self) -> str:
        """A hash of the definitions, kept in every unit's metadata."""
        text = "\n".join(f"{api.name} {_decisive(api.metadata)}" for api in self.definitions.apis.values())
        return sha256(text.encode()).hexdigest()[:16]


def rules_of(definitions: Definitions) -> Rules:
    """What ingest needs to know of the definitions."""
    metadata = {name: api.metadata for name, api in definitions.apis.items()}
    kinds = {"port": 0, "bare": 0, "any": 1}
    levels = {(_host_kind(m.hostname), len(segments(m.url))) for m in metadata.values()}
    order = sorted(levels, key=lambda level: (kinds[level[0]], -level[1], level[0] == "bare"))
    variants = {
        identifier: _distinct(direct_places(m, identifier) for m in metadata.values())
        for identifier in (*IDENTIFIERS, JWT)
    }
    named = (place for lists in variants.values() for places in lists for place in places)
    wanted = sorted({place.name for place in named if place.kind == "header"})
    claims = {name: found for name, m in metadata.items() if (found := _claims(m))}
    checked = frozenset(
        column for m in metadata.values() for column, value in rule_signals.values(m).items() if value is not None
    )
    return Rules(definitions, tuple(wanted), variants, claims, tuple(order), checked)


def direct_places(metadata: ApiMetadata, identifier: str) -> Places:
    """The places of an identifier that are no claims; of `JWT` its place, where a claim is asked of it."""
    if identifier == JWT:
        return (metadata.jwt_place,) if _claims(metadata) else ()
    return tuple(place for place in metadata.places(identifier) if place.kind != "claim")


def load_table(engine: duckdb.DuckDBPyConnection, rules: Rules) -> None:
    """Create the temporary table ``apis`` that `abslake.facts.rows` joins.

    An API has the number of its list of places for each identifier, and in ``claimed`` the bits of those that may stand in
    a claim.
    """
    numbers = "".join(f", {identifier}_places INTEGER" for identifier in rules.variants)
    engine.execute(
        "CREATE OR REPLACE TEMP TABLE apis (api VARCHAR, host_kind VARCHAR, host VARCHAR, levels INTEGER, prefix VARCHAR, "
        f"claimed INTEGER{numbers}, {', '.join(f'{name} {kind}' for name, kind in rule_signals.COLUMNS.items())})"
    )
    rows = [_row(name, api.metadata, rules) for name, api in rules.definitions.apis.items()]
    if rows:
        engine.executemany(f"INSERT INTO apis VALUES ({', '.join('?' * len(rows[0]))})", rows)


def _row(name: str, m: ApiMetadata, rules: Rules) -> list[object]:
    levels = segments(m.url)
    places = {identifier: direct_places(m, identifier) for identifier in rules.variants}
    return [
        name,
        _host_kind(m.hostname),
        m.hostname,
        len(levels),
        "/".join(levels),
        sum(BITS[identifier] for identifier in rules.claims.get(name, ())),
        *(
            lists.index(places[identifier]) if places[identifier] else None
            for identifier, lists in rules.variants.items()
        ),
        *rule_signals.values(m).values(),
    ]


def _claims(m: ApiMetadata) -> dict[str, tuple[str, ...]]:
    named = {i: tuple(place.name for place in m.places(i) if place.kind == "claim") for i in IDENTIFIERS}
    return {identifier: names for identifier, names in named.items() if names}


def _distinct(lists: Iterable[Places]) -> tuple[Places, ...]:
    return tuple(dict.fromkeys(places for places in lists if places))


def _decisive(m: ApiMetadata) -> str:
    """What of a definition decides about facts; one without what came later reads as before there was any."""
    later = {"identities"} if not m.identities.model_fields_set else set()
    later |= {name for name in ("api_pattern_enforcement", "decoy_config") if not getattr(m, name).decides}
    return m.model_dump_json(exclude=later or None)


def _host_kind(hostname: str) -> str:
    if hostname == "*":
        return "any"
    return "port" if ":" in hostname.rpartition("]")[2] else "bare"
