"""Where the webhook's secrets are kept: ``secretsmanager:<name or ARN>`` or, on a laptop, ``file:<path>``.

The document is JSON: ``url`` (instead of the setting, where the address itself is a secret), ``headers`` (name -> value) and
``authority`` (certificates in PEM, trusted instead of the system's). Each may be absent.
"""

import json
import re
import ssl
from pathlib import Path
from typing import Any

from abslake.errors import SettingsError, StorageError
from abslake.https import Target
from abslake.settings import Settings, safe_address

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}")  # RFC 9110, section 5.6.2
_VALUE = re.compile(r"[\t -~]{0,8000}")
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection"})
_CACHE_SECONDS = 300


def load_target(settings: Settings) -> Target:
    """The webhook's target. Raises SettingsError (it names field or variable, never a value), StorageError."""
    document = _document(settings.webhook_secret)
    url = document.get("url", settings.webhook_url)
    try:
        address = safe_address(str(url or ""))
    except ValueError as error:
        raise SettingsError(f"webhook secret: url: {error}") from None
    if not address:
        raise SettingsError("ABSLAKE_WEBHOOK_SECRET: names no url, nor does ABSLAKE_WEBHOOK_URL")
    return Target(address, _headers(document.get("headers", {})), _authority(document.get("authority", "")))


def _document(place: str) -> dict[str, Any]:
    if not place:
        return {}
    kind, _, name = place.partition(":")
    if kind == "file":
        text = _from_file(name)
    elif kind == "secretsmanager":
        text = _from_secrets_manager(name)
    else:
        raise SettingsError("ABSLAKE_WEBHOOK_SECRET: write secretsmanager:<name or ARN> or file:<path>")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise SettingsError("webhook secret: not JSON") from None
    if not isinstance(document, dict):
        raise SettingsError("webhook secret: must be an object")
    return document


def _from_file(name: str) -> str | bytes:
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise StorageError(f"the webhook's file cannot be read: {type(error).__name__}") from None


def _from_secrets_manager(name: str) -> str | bytes:
    from aws_lambda_powertools.utilities.parameters import get_secret
    from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

    try:
        secret: str | bytes = get_secret(name, max_age=_CACHE_SECONDS)
    except GetParameterError as error:
        raise StorageError(f"the webhook's secret cannot be read: {type(error.__cause__ or error).__name__}") from None
    return secret


def _headers(given: Any) -> dict[str, str]:
    if not isinstance(given, dict):
        raise SettingsError("webhook secret: headers: must be an object")
    for name, value in given.items():
        if not _NAME.fullmatch(name) or name.lower() in _OURS:
            raise SettingsError("webhook secret: headers: a name is no header's, or one that is set here")
        if not isinstance(value, str) or not _VALUE.fullmatch(value):
            raise SettingsError(f"webhook secret: headers: {name}: must be a text of visible ASCII characters")
    return dict(given)


def _authority(given: Any) -> str:
    if not isinstance(given, str):
        raise SettingsError("webhook secret: authority: must be a text")
    if given:
        try:
            ssl.create_default_context(cadata=given)
        except (ssl.SSLError, ValueError):
            raise SettingsError("webhook secret: authority: no certificates in PEM") from None
    return given
