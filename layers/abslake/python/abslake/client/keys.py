"""The keys of a user or an access token, given, from the environment, or from a file that curl reads as well."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_HEADER = re.compile(r'\s*header\s*=\s*"(x-abs-[as]k(?:-ru)?):\s*([^"]+)"\s*', re.IGNORECASE)
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
_RESTRICTED = "-ru"


@dataclass(frozen=True, slots=True)
class Keys:
    """A pair of keys; `restricted`: that of a restricted user, which other headers carry (contract 8)."""

    access: str = field(repr=False)
    secret: str = field(repr=False)
    restricted: bool = False

    def __post_init__(self) -> None:
        """Raises ValueError where a key cannot stand in a header."""
        if not all(key and key.isascii() and key.isprintable() for key in (self.access, self.secret)):
            raise ValueError("both keys must be printable ASCII, and not empty")

    @property
    def headers(self) -> dict[str, str]:
        """The headers of a request."""
        ending = _RESTRICTED if self.restricted else ""
        return {f"x-abs-ak{ending}": self.access, f"x-abs-sk{ending}": self.secret}

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no message may say."""
        return self.access, self.secret


@dataclass(frozen=True, slots=True)
class AccessToken:
    """An OAuth 2.0 access token in the place of keys (RFC 6750)."""

    token: str = field(repr=False)

    def __post_init__(self) -> None:
        """Raises ValueError where it is no bearer token."""
        if not _TOKEN.fullmatch(self.token):
            raise ValueError("the access token holds what no bearer token does, or is empty")

    @property
    def headers(self) -> dict[str, str]:
        """The header of a request."""
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no message may say."""
        return (self.token,)


def keys_from_environment(environment: Mapping[str, str] | None = None) -> Keys | AccessToken | None:
    """The pair in ``ABSLAKE_ACCESS_KEY`` and ``ABSLAKE_SECRET_KEY``, or with ``_RU`` behind them; None without them.

    Or the token in ``ABSLAKE_ACCESS_TOKEN``. Raises ValueError where one of a pair is missing, or there is more than one.
    """
    given = os.environ if environment is None else environment
    token = given.get("ABSLAKE_ACCESS_TOKEN", "")
    found: list[Keys | AccessToken] = [AccessToken(token)] if token else []
    for ending in ("", "_RU"):
        access, secret = (given.get(f"ABSLAKE_{name}_KEY{ending}", "") for name in ("ACCESS", "SECRET"))
        if access or secret:
            if not (access and secret):
                raise ValueError(f"set both ABSLAKE_ACCESS_KEY{ending} and ABSLAKE_SECRET_KEY{ending}")
            found.append(Keys(access, secret, restricted=bool(ending)))
    if len(found) > 1:
        raise ValueError("set one pair of keys only, with _RU or without, or an access token")
    return found[0] if found else None


def keys_from_file(path: Path | str) -> Keys:
    """The pair in a configuration of curl, as ``abslake dev --keys FILE`` writes it: lines ``header = "x-abs-ak: …"``.

    Raises OSError, ValueError (which holds nothing of the file).
    """
    text = Path(path).read_text("utf-8")
    found = {match[1].lower(): match[2].strip() for line in text.splitlines() if (match := _HEADER.fullmatch(line))}
    for ending in ("", _RESTRICTED):
        access, secret = f"x-abs-ak{ending}", f"x-abs-sk{ending}"
        if found.keys() == {access, secret}:
            return Keys(found[access], found[secret], restricted=bool(ending))
    raise ValueError('the file of keys needs the lines header = "x-abs-ak: …" and header = "x-abs-sk: …", of one pair')
