"""OAuth 2.0 access tokens that are JWTs (RFC 7519, 8725, 9068): from the header ``Authorization: Bearer`` to a user.

The algorithm is one of those set, never none and never a shared secret; the key is one of the issuers' set that fits it;
signature, expiry, issuer, audience and subject are all required. A scope makes the role.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import jwt

from abslake.access.jwks import key_set
from abslake.access.users import Role, User
from abslake.errors import Forbidden
from abslake.settings import Settings

_BEARER = re.compile(
    r"bearer +([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)", re.IGNORECASE
)  # RFC 6750, section 2.1
_MOST_CHARACTERS = 8192  # API Gateway takes 10,240 bytes of headers in all
_MOST_OF_SUBJECT = 256
_REQUIRED = ["exp", "iss", "aud", "sub"]


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who a token speaks for, and the name that his requests are counted under."""

    user: User
    account: str


def bearer(authorization: str, settings: Settings) -> Bearer | None:
    """Whom the header speaks for; None where the token is none, or not good, whatever the reason.

    Raises Forbidden (good, but without a scope of ours), Unavailable (the keys cannot be fetched), SettingsError.
    """
    sent = _BEARER.fullmatch(authorization)
    if not sent or len(authorization) > _MOST_CHARACTERS:
        return None
    claims = _verified(sent[1], settings)
    if claims is None or len(claims["sub"]) > _MOST_OF_SUBJECT:
        return None
    role = _role(claims, settings)
    if role is None:
        raise Forbidden("the token has none of the scopes that may ask for reports")
    subject = sha256(f"{claims['iss']}\0{claims['sub']}".encode("utf-8", "surrogatepass")).hexdigest()
    user = User(claims["sub"], role, requests_per_minute=settings.oauth_requests_per_minute or None)
    return Bearer(user, f"token:{subject}")


def _verified(token: str, settings: Settings) -> dict[str, Any] | None:
    algorithms = names(settings.oauth_algorithms)
    try:
        header = jwt.get_unverified_header(token)
        algorithm = header.get("alg")
        if algorithm not in algorithms:
            return None
        key = _key(header, algorithm, settings)
        if key is None:
            return None
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience=settings.oauth_audience,
            issuer=names(settings.oauth_issuers),
            leeway=settings.oauth_leeway_seconds,
            options={"require": _REQUIRED, "enforce_minimum_key_length": True},
        )
    except (jwt.PyJWTError, ValueError, OverflowError, RecursionError):
        return None
    return claims if claims["sub"] else None


def _key(header: Mapping[str, Any], algorithm: str, settings: Settings) -> jwt.PyJWK | None:
    """The one key that fits. A token without a key id is good where there is only one that could be meant."""
    fitting = [
        jwk
        for jwk in key_set(settings.oauth_jwks).matching(header.get("kid"))
        if jwk.get("alg", algorithm) == algorithm and jwk.get("kty") == _key_type(algorithm)
    ]
    return jwt.PyJWK(dict(fitting[0]), algorithm) if len(fitting) == 1 else None


def _key_type(algorithm: str) -> str:
    """Source: RFC 7518, section 3.1; RFC 8037, section 3.1."""
    return {"ES": "EC", "Ed": "OKP"}.get(algorithm[:2], "RSA")


def _role(claims: Mapping[str, Any], settings: Settings) -> Role | None:
    """The admin's scope before the restricted one; as ``scope`` (RFC 9068, section 2.2.3) or ``scp``, a list or a text."""
    given = claims.get("scope", claims.get("scp", ""))
    scopes = given.split() if isinstance(given, str) else given if isinstance(given, list) else []
    if settings.oauth_admin_scope in scopes:
        return Role.ADMIN
    return Role.RESTRICTED if settings.oauth_restricted_scope in scopes else None


def names(text: str) -> list[str]:
    """The parts of a setting that is a list."""
    return [part.strip() for part in text.split(",") if part.strip()]
