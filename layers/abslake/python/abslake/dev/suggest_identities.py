"""Where the identities of a log's requests stand: told from a sample of records, of whose values only hashes are kept."""

import base64
import binascii
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl

import msgspec

from abslake.facts import ingest
from abslake.facts.log_object import LogObject
from abslake.formats import Format, named
from abslake.records.record import BadLine, NoRequest, Record
from abslake.settings import Settings

Place = tuple[str, tuple[str, ...]]
"""Host (``*``: any) and path segments."""

LINES = 20_000
"""Lines of a file that are looked at."""
_MOST = 100_000

_KEY_HEADERS = (
    "x-api-key",
    "apikey",
    "api-key",
    "x-apikey",
    "x-api-token",
    "ocp-apim-subscription-key",
    "x-rapidapi-key",
    "x-app-key",
    "x-client-key",
)
_USER_HEADERS = (
    "x-user",
    "x-user-id",
    "x-username",
    "x-user-name",
    "x-forwarded-user",
    "x-remote-user",
    "x-auth-request-user",
    "x-authenticated-user",
    "x-authenticated-userid",
    "x-consumer-username",
)
_WANTED = (*_KEY_HEADERS, *_USER_HEADERS)
_KEY_PARAMETERS = frozenset(("api_key", "apikey", "api-key", "x-api-key", "subscription-key", "app_key"))
_USER_CLAIMS = ("preferred_username", "username", "user_name", "cognito:username", "email", "sub")
_SESSION_NAME = re.compile(r"sess|sid$|^sid|connect\.|asp\.net|auth|login|token|jwt", re.IGNORECASE)
_NO_SESSION = re.compile(r"^(_|utm|amp_|optimizely|intercom|gtm|cf_|awsalb|lang|locale|theme|csrf|xsrf)", re.IGNORECASE)
_COOKIE_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}")

_SHARE = 0.02
_SHORTEST_SESSION = 8
_LONG_SESSION = 16
_VARIED = 10
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)")


@dataclass(frozen=True, slots=True)
class Identities:
    """What was seen of an API: the fields of a definition that its identities stand in, and the rest in words."""

    cookie: str = ""
    bearer: bool = False
    key_header: str = ""
    key_parameter: str = ""
    user_header: str = ""
    user_claim: str = ""
    logged: tuple[str, ...] = ()
    """Identities that the gateway itself logs: they need no definition."""

    def fields(self) -> dict[str, object]:
        """For ``api_metadata``."""
        found: dict[str, object] = {
            "cookie": self.cookie,
            "oauth2_access_token": self.bearer,
            "apikey_header": self.key_header,
            "apikey_qs": self.key_parameter,
            "username_header": self.user_header,
        }
        if self.user_claim:
            found["jwt"] = {"location": "h:authorization:bearer", "username": self.user_claim, "clientid": ""}
        return found

    def __str__(self) -> str:
        words = [
            "bearer token" if self.bearer else "",
            f"claim {self.user_claim}" if self.user_claim else "",
            f"key header {self.key_header}" if self.key_header else "",
            f"key parameter {self.key_parameter}" if self.key_parameter else "",
            f"user header {self.user_header}" if self.user_header else "",
            f"cookie {self.cookie}" if self.cookie else "",
            *(f"{name} (logged)" for name in self.logged),
        ]
        return ", ".join(word for word in words if word)


@dataclass(slots=True)
class _Evidence:
    """What the sampled requests of one API carried, by name and number of requests."""

    requests: int = 0
    seen: "Counter[tuple[str, str]]" = field(default_factory=Counter)
    cookies: "dict[str, set[int]]" = field(default_factory=lambda: defaultdict(set))
    """Hashes of values by name."""
    long: "Counter[str]" = field(default_factory=Counter)
    """Values of a cookie that are long enough for a session's."""

    def add(self, observed: "_Observed") -> None:
        self.requests += 1
        self.seen.update(observed.seen)
        for name, value, length in observed.cookies:
            self.seen["cookie", name] += 1
            self.cookies[name].add(value)
            self.long[name] += length >= _SHORTEST_SESSION

    def identities(self) -> Identities:
        return Identities(
            cookie=self._session_cookie(),
            bearer=bool(self._most("bearer")),
            key_header=self._most("key_header"),
            key_parameter=self._most("key_parameter"),
            user_header=self._most("user_header"),
            user_claim=self._claim(),
            logged=tuple(name for name in ("user", "token", "API key", "session") if self._is_enough("logged", name)),
        )

    def _is_enough(self, kind: str, name: str) -> bool:
        return self.seen[kind, name] >= max(1, _SHARE * self.requests)

    def _most(self, kind: str) -> str:
        names = [(-count, name) for (of, name), count in self.seen.items() if of == kind and self._is_enough(of, name)]
        return min(names)[1] if names else ""

    def _claim(self) -> str:
        return next((name for name in _USER_CLAIMS if self._is_enough("claim", name)), "")

    def _session_cookie(self) -> str:
        """Sessions differ from client to client: one of few values tells of none, whatever its name."""
        best = (0.0, "")
        for name, values in self.cookies.items():
            count = self.seen["cookie", name]
            if not self._is_enough("cookie", name) or _NO_SESSION.search(name) or self.long[name] < count / 2:
                continue
            named = bool(_SESSION_NAME.search(name))
            if len(values) < (2 if named else _VARIED):
                continue
            best = max(best, ((2 if named else 1) + count / self.requests, name))
        return best[1]


@dataclass(frozen=True, slots=True)
class _Observed:
    """One request of the sample."""

    host: str
    segments: tuple[str, ...]
    seen: tuple[tuple[str, str], ...]
    cookies: tuple[tuple[str, int, int], ...]
    """Name, hash and length of the value."""


class Sampled:
    """Records of the beginnings of the files."""

    def __init__(self, settings: Settings, known: Mapping[str, Format] | None = None) -> None:
        self._settings, self._known = settings, known
        self._observed: list[_Observed] = []

    def add(self, file: Path, folder: Path, format_name: str) -> None:
        """Look at a file's first lines. Raises UnreadableLog, StorageError, OSError."""
        lines, _ = ingest.head(LogObject.from_file(file), folder, self._settings, LINES)
        entry = named(format_name, self._known)
        entry = (entry.tailored(lines) if entry.tailored else None) or entry
        for line in lines[: _MOST - len(self._observed)]:
            try:
                record = entry.parse(line, _WANTED)
            except (BadLine, NoRequest):
                continue
            if record.kind != "response":
                self._observed.append(_observed(record))

    def identities(self, places: Sequence[Place]) -> list[Identities]:
        """For each API what its requests carried; a request is that of the longest path, of its own host first."""
        evidence = {place: _Evidence() for place in places}
        hosts = {host for host, _ in places}
        for observed in self._observed:
            for host in (observed.host, "*") if observed.host in hosts else ("*",):
                place = _longest(evidence, host, observed.segments)
                if place is not None:
                    evidence[place].add(observed)
                    break
        return [evidence[place].identities() for place in places]


def _longest(places: Mapping[Place, object], host: str, segments: tuple[str, ...]) -> Place | None:
    return next(
        ((host, segments[:n]) for n in range(len(segments), -1, -1) if (host, segments[:n]) in places),
        None,
    )


def _observed(record: Record) -> _Observed:
    url, host = record.url or "", record.host or ""
    if absolute := _ABSOLUTE.match(url):
        host, url = absolute[1].rpartition("@")[2], url[absolute.end() :]
    path, _, query = url.partition("#")[0].partition("?")
    bare = re.sub(r":\d*$", "", host.lower()) or "*"
    return _Observed(bare, tuple(path[1:].split("/")[:12]), tuple(set(_seen(record, query))), tuple(_cookies(record)))


def _seen(record: Record, query: str) -> Iterable[tuple[str, str]]:
    scheme, _, token = (record.auth_header or "").strip().partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        yield "bearer", "token"
        yield from (("claim", name) for name in _claims(token.strip()) if name in _USER_CLAIMS)
    for name, value in zip(_WANTED, record.wanted, strict=False):
        if value:
            yield "key_header" if name in _KEY_HEADERS else "user_header", name
    yield from (
        ("key_parameter", name) for name, value in _parameters(query) if name.lower() in _KEY_PARAMETERS and value
    )
    logged = {"user": record.username, "token": record.token, "API key": record.api_key, "session": record.session}
    yield from (("logged", name) for name, value in logged.items() if value)


def _parameters(query: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query, max_num_fields=100)
    except ValueError:
        return []


def _claims(token: str) -> Iterable[str]:
    """The names of a JSON Web Token's claims that are texts; none where it is no such token."""
    parts = token.split(".")
    if len(parts) != 3:
        return ()
    try:
        claims = msgspec.json.decode(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return ()
    return (
        [name for name, value in claims.items() if isinstance(value, str) and value] if isinstance(claims, dict) else ()
    )


def _cookies(record: Record) -> Iterable[tuple[str, int, int]]:
    for pair in (record.cookies or "").split(";"):
        name, equals, value = pair.strip().partition("=")
        if equals and value and _COOKIE_NAME.fullmatch(name):
            yield name, hash(value), len(value)
