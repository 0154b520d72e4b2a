"""``abslake apis suggest``: API definitions proposed from what logs show, for a person to look through.

Hosts with enough requests, and within a host the first path segments that the traffic branches at. A version (``/v1``) and
a common prefix (``/api``) stay with the level behind them. No API of its own is: what is mostly static files, what is
hardly ever answered (scanners), and what looks like an id, which may be somebody's.
"""

import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from abslake.dev.suggest_identities import Identities, Sampled
from abslake.errors import AbslakeError, StorageError
from abslake.facts import ingest
from abslake.facts.engine import work_engine
from abslake.facts.log_object import LogObject
from abslake.formats import Format
from abslake.records.definitions import MAX_LEVELS, Definitions, parse
from abslake.settings import Settings
from abslake.storage.scratch import scratch_folder
from abslake.upkeep.copies import relation
from abslake.upkeep.exchange import Progress, silent

ANY_HOST = "*"
FEWEST_REQUESTS = 5
"""An API has at least so many, however short the log."""

MOST_CHILDREN = 40
"""Of a path that has more large children, these are its resources, not APIs."""

_ANSWERED = 0.05
"""Of an API's requests at least so many are answered with 2xx or 3xx: scanners find nothing."""
_REST_ANSWERED = 0.5
_REST = 4
"""What is left beside the APIs of a path is one where it is so many times as much as the smallest API."""
_SINGLE = 0.05
"""A path without anything below it is an API of its own from this share of all requests on."""
_STATIC_SHARE = 0.8
_STATIC = (
    "7z avi avif bmp bz2 css eot gif gz ico jpeg jpg js less map mjs mov mp3 mp4 ogg otf png rar scss svg tar tgz tif tiff "
    "ttf wasm wav webm webmanifest webp woff woff2 zip"
).split()
_HOST = r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?"

_WORD = re.compile(r"[A-Za-z0-9._~-]{1,40}")
_VERSION = re.compile(
    r"v\d{1,3}([._-]\d{1,3}){0,3}((alpha|beta|rc)\d*)?|\d{1,2}\.\d{1,2}|20\d\d-\d\d(-\d\d)?", re.IGNORECASE
)
_COMMON = frozenset(
    "api apis backend external gateway gw internal public rest rpc service services svc web-api webapi".split()
)
_RESERVED = frozenset(("model", "threshold", "all", "decoyall"))


@dataclass(frozen=True, slots=True)
class Node:
    """All requests of a host below some path segments."""

    host: str
    segments: tuple[str, ...]
    requests: int
    dynamic: int
    """Those that are not for static files; the next three are of these."""
    answered: int
    """With 2xx or 3xx."""
    known: int
    """Whose status the log tells."""
    deeper: int
    """With more path behind these segments."""

    @property
    def url(self) -> str:
        """As a definition has it."""
        return "/" + "/".join(self.segments)

    def is_answered(self, share: float) -> bool:
        """Whether so many of the requests are answered, as far as the log tells."""
        return self.answered >= share * self.known


@dataclass(slots=True)
class Proposal:
    """One API definition and what speaks for it."""

    name: str
    host: str
    url: str
    identities: Identities
    requests: int = 0
    """Those that it takes: that no definition with a longer path, or of the very host, takes."""
    succeeded: int = 0
    """With 2xx."""
    known: int = 0
    """Whose status the log tells."""

    @property
    def json(self) -> str:
        """The definition's file."""
        place = {"protocol": "http", "url": self.url, "hostname": self.host}
        return json.dumps({"api_metadata": {**place, **self.identities.fields()}}, indent=2) + "\n"


@dataclass(slots=True)
class Suggestion:
    """What the logs suggest."""

    requests: int = 0
    static: int = 0
    """Requests for static files."""
    proposals: list[Proposal] = field(default_factory=list)
    """The largest first."""
    formats: dict[Path, str] = field(default_factory=dict)
    unreadable: dict[Path, str] = field(default_factory=dict)

    @property
    def covered(self) -> int:
        """Requests that the proposals take."""
        return sum(proposal.requests for proposal in self.proposals)


def suggest(
    files: Sequence[Path],
    settings: Settings,
    min_share: float = 0.005,
    format_name: str | None = None,
    known: Mapping[str, Format] | None = None,
    progress: Progress = silent,
) -> Suggestion:
    """Read the files and propose. `min_share`: share of all requests that an API has at least, 0 to 1.

    A file that cannot be read does not stop the others. Raises StorageError, where the engine fails.
    """
    found = Suggestion()
    settings = settings.model_copy(update={"event_time_past_days": None, "event_time_future_minutes": None})
    with scratch_folder("abslake-suggest-") as folder, work_engine(folder, settings) as engine:
        traffic = _Traffic(engine)
        sampled = Sampled(settings, known)
        for number, file in enumerate(files):
            progress(file.name, number, len(files))
            try:
                found.formats[file] = traffic.add(file, folder / "units", settings, format_name, known)
                sampled.add(file, folder, found.formats[file])
            except AbslakeError as error:
                found.unreadable[file] = str(error)
            except OSError as error:
                found.unreadable[file] = error.strerror or type(error).__name__
        progress("looking for APIs", len(files), len(files))
        try:
            traffic.propose(found, min_share, sampled)
        except duckdb.Error as error:  # its text may quote the log
            raise StorageError(f"the engine failed on the logs' paths ({type(error).__name__})") from None
    return found


class _Traffic:
    """Requests by host and path: the table ``paths``."""

    def __init__(self, engine: duckdb.DuckDBPyConnection) -> None:
        self._engine = engine
        self._fewest = self._total = 0
        engine.execute(
            "CREATE TABLE paths (host VARCHAR, segments VARCHAR[], static BOOLEAN, requests BIGINT, succeeded BIGINT, "
            "answered BIGINT, known BIGINT, proposal INTEGER)"
        )

    def add(
        self,
        file: Path,
        folder: Path,
        settings: Settings,
        format_name: str | None,
        known: Mapping[str, Format] | None,
    ) -> str:
        """Read a log file; gives its format. Raises UnreadableLog, StorageError, OSError."""
        folder.mkdir()
        try:
            made = ingest.read(LogObject.from_file(file), folder, Definitions({}), settings, format_name, known=known)
            for unit in made.units:
                self._add_unit(unit.path)
        finally:
            shutil.rmtree(folder)
        return made.receipt.format

    def _add_unit(self, path: Path) -> None:
        """A definition's host has no port here, and path segments are cut as `abslake.facts.rows` cuts them."""
        extension = "lower(regexp_extract(path, '\\.([A-Za-z0-9]+)$', 1))"
        self._engine.execute(
            f"""
            INSERT INTO paths
            SELECT coalesce(lower(regexp_replace(host, ':\\d*$', '')), '{ANY_HOST}'), string_split(path[2:], '/'),
                {extension} IN ({", ".join(f"'{one}'" for one in _STATIC)}),
                sum(requests), coalesce(sum(requests) FILTER (status BETWEEN 200 AND 299), 0),
                coalesce(sum(requests) FILTER (status BETWEEN 200 AND 399), 0),
                coalesce(sum(requests) FILTER (status IS NOT NULL), 0), NULL
            FROM (SELECT * REPLACE (CASE WHEN starts_with(path, '/') THEN path ELSE '/' END AS path) FROM {relation([path])})
            GROUP BY ALL"""
        )

    def propose(self, found: Suggestion, min_share: float, sampled: Sampled) -> None:
        """Fill in the proposals, and what they take."""
        self._total, found.static = self._ints("sum(requests), sum(requests) FILTER (static)")
        found.requests = self._total
        self._fewest = max(FEWEST_REQUESTS, round(min_share * self._total))
        hosts = self._hosts()
        nodes = [node for host in hosts for node in self._apis(self._node(host, ()))]
        seen = sampled.identities([(node.host, node.segments) for node in nodes])
        found.proposals = [
            Proposal(name, node.host, node.url, identities, *counts)
            for name, node, identities, counts in zip(_names(nodes), nodes, seen, self._taken(nodes), strict=True)
            if counts[0]
        ]
        found.proposals.sort(key=lambda proposal: (-proposal.requests, proposal.name))
        for proposal in found.proposals:
            parse(proposal.name, proposal.json)

    def _ints(self, columns: str) -> list[int]:
        row = self._engine.execute(f"SELECT {columns} FROM paths").fetchall()[0]
        return [int(value or 0) for value in row]

    def _hosts(self) -> list[str]:
        """Hosts that have enough answered requests; all the others are one, which any host stands for."""
        rows = self._engine.execute(
            f"""
            SELECT host FROM paths WHERE host <> '{ANY_HOST}' AND regexp_full_match(host, '{_HOST}') GROUP BY host
            HAVING coalesce(sum(requests) FILTER (NOT static), 0) >= ?
                AND coalesce(sum(answered) FILTER (NOT static), 0) >= ? * coalesce(sum(known) FILTER (NOT static), 0)
            ORDER BY sum(requests) DESC, host LIMIT 1000""",
            [self._fewest, _ANSWERED],
        ).fetchall()
        hosts = [host for (host,) in rows]
        self._engine.execute("CREATE TABLE sites AS SELECT unnest(?::VARCHAR[]) AS host", [hosts])
        self._engine.execute(f"UPDATE paths SET host = '{ANY_HOST}' WHERE host NOT IN (FROM sites)")
        return [*hosts, ANY_HOST]

    def _node(self, host: str, segments: tuple[str, ...]) -> Node:
        return next(self._nodes(host, segments, ()), Node(host, segments, 0, 0, 0, 0, 0))

    def _nodes(self, host: str, segments: tuple[str, ...], more: tuple[str, ...] = ("",)) -> Iterator[Node]:
        """The node itself, or with `more` its children that have enough requests, the largest first."""
        depth = len(segments)
        child = f"segments[{depth + 1}]" if more else "''"
        behind = depth + 1 + len(more)
        rows = self._engine.execute(
            f"""
            SELECT {child} AS child, sum(requests), coalesce(sum(requests) FILTER (NOT static), 0),
                coalesce(sum(answered) FILTER (NOT static), 0), coalesce(sum(known) FILTER (NOT static), 0),
                coalesce(sum(requests) FILTER (NOT static AND coalesce(segments[{behind}], '') <> ''), 0)
            FROM paths WHERE host = ? AND segments[1:{depth}] = ?::VARCHAR[] AND len(segments) >= {depth + len(more)}
            GROUP BY child HAVING sum(requests) >= ? ORDER BY sum(requests) DESC, child LIMIT 10000""",
            [host, list(segments), self._fewest],
        ).fetchall()
        for name, *counts in rows:
            yield Node(host, (*segments, name) if more else segments, *map(int, counts))

    def _apis(self, node: Node) -> list[Node]:
        """The APIs of a host: where its paths branch, and what is left beside these. None of their own: nothing."""
        found, _ = self._branches(node)
        return found

    def _branches(self, node: Node) -> tuple[list[Node], Node]:
        """The APIs at and below a node, and the node as far as they take it."""
        found: list[Node] = []
        taken = Node(node.host, node.segments, 0, 0, 0, 0, 0)
        for child in self._children(node):
            below, part = self._branches(child) if _stays(child.segments[-1]) else ([child], child)
            found += below
            taken = _sum(taken, part)
        rest = _difference(node, taken)
        enough = self._fewest if not found else max(_REST * self._fewest, FEWEST_REQUESTS)
        share = _ANSWERED if not found else _REST_ANSWERED
        if rest.dynamic >= enough and rest.is_answered(share):
            return [*found, node], node
        return found, taken

    def _children(self, node: Node) -> list[Node]:
        """The branches below a node; none where there are so many that they are its resources."""
        if len(node.segments) >= MAX_LEVELS - 1:
            return []
        found = [child for child in self._nodes(node.host, node.segments) if self._is_api(child)]
        return found if len(found) <= MOST_CHILDREN else []

    def _is_api(self, child: Node) -> bool:
        static = child.requests - child.dynamic
        return (
            is_word(child.segments[-1])
            and child.dynamic >= self._fewest
            and static < _STATIC_SHARE * child.requests
            and child.is_answered(_ANSWERED)
            and (child.deeper > 0 or child.dynamic >= _SINGLE * self._total)
        )

    def _taken(self, nodes: Sequence[Node]) -> list[tuple[int, int, int]]:
        """Requests, 2xx and requests of known status that each takes, as `abslake.facts.rules` decides between them."""
        order = sorted(enumerate(nodes), key=lambda one: (one[1].host == ANY_HOST, -len(one[1].segments)))
        for number, node in order:
            host = "" if node.host == ANY_HOST else "AND host = ?"
            self._engine.execute(
                f"UPDATE paths SET proposal = {number} WHERE proposal IS NULL "
                f"AND segments[1:{len(node.segments)}] = ?::VARCHAR[] {host}",
                [list(node.segments), *([node.host] if host else [])],
            )
        rows = self._engine.execute(
            "SELECT proposal, sum(requests), sum(succeeded), sum(known) FROM paths WHERE proposal IS NOT NULL GROUP BY ALL"
        ).fetchall()
        counts = {number: (int(requests), int(succeeded), int(known)) for number, requests, succeeded, known in rows}
        return [counts.get(number, (0, 0, 0)) for number in range(len(nodes))]


def is_word(segment: str) -> bool:
    """Whether a path segment may name an API: it looks like no id, no encoded text and no file."""
    if not _WORD.fullmatch(segment) or not any(c.isalnum() for c in segment):
        return False
    return bool(_VERSION.fullmatch(segment)) or not _looks_like_an_id(segment)


def _looks_like_an_id(segment: str) -> bool:
    digits = sum(c.isdigit() for c in segment)
    if digits == len(segment) or digits >= 4:
        return True
    plain = segment.replace("-", "").lower()
    if len(plain) >= 8 and digits and all(c in "0123456789abcdef" for c in plain):
        return True
    mixed = any(c.isupper() for c in segment[1:]) and any(c.islower() for c in segment)
    return len(segment) >= 16 and bool(digits) and mixed


def _stays(segment: str) -> bool:
    """Whether a segment alone says nothing about an API: the level behind it does."""
    return segment.lower() in _COMMON or bool(_VERSION.fullmatch(segment))


def _sum(one: Node, other: Node) -> Node:
    counts = (getattr(one, name) + getattr(other, name) for name in _COUNTS)
    return Node(one.host, one.segments, *counts)


def _difference(one: Node, other: Node) -> Node:
    counts = (getattr(one, name) - getattr(other, name) for name in _COUNTS)
    return Node(one.host, one.segments, *counts)


_COUNTS = ("requests", "dynamic", "answered", "known", "deeper")


def _names(nodes: Sequence[Node]) -> list[str]:
    """A valid name for each, by its path, and by its host where there are several; none twice, in any case of letters."""
    several = len({node.host for node in nodes}) > 1
    taken: set[str] = set()
    names = []
    for node in nodes:
        host = node.host if node.host != ANY_HOST else "any-host" if several else "root"
        words = [*([host] if several or not node.segments else []), *node.segments]
        base = re.sub(r"[^A-Za-z0-9_-]", "-", "_".join(words)).strip("-_")[:150] or "api"
        name, number = base, 1
        while name.lower() in taken or name.lower() in _RESERVED:
            number += 1
            name = f"{base}_{number}"
        taken.add(name.lower())
        names.append(name)
    return names
