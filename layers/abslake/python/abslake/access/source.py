"""Where the users are kept: ``secretsmanager:<name or ARN>`` or, on a laptop, ``file:<path>``.

A secret is read again when it is older than ``settings.users_cache_seconds``, so keys rotate without a new deployment.
boto3 costs a quarter of a second to import: it is asked for only where the users are in Secrets Manager.
"""

from pathlib import Path

from abslake.access.document import parse
from abslake.access.users import Users
from abslake.errors import SettingsError, StorageError
from abslake.settings import Settings


def load(settings: Settings) -> Users:
    """The users. Raises SettingsError (the document or the setting is wrong), StorageError (it cannot be read)."""
    kind, _, place = settings.users.partition(":")
    if not settings.users:
        return Users()
    if kind == "file" and place:
        return parse(_from_file(place))
    if kind == "secretsmanager" and place:
        return parse(_from_secrets_manager(place, settings.users_cache_seconds))
    raise SettingsError("ABSLAKE_USERS: write secretsmanager:<name or ARN> or file:<path>")


def _from_file(place: str) -> bytes:
    try:
        return Path(place).read_bytes()
    except OSError as error:
        raise StorageError(f"the users' file cannot be read: {type(error).__name__}") from None


def _from_secrets_manager(place: str, cache_seconds: int) -> str | bytes:
    from aws_lambda_powertools.utilities.parameters import get_secret
    from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

    try:
        secret: str | bytes = get_secret(place, max_age=cache_seconds, force_fetch=cache_seconds == 0)
    except GetParameterError as error:
        raise StorageError(f"the users' secret cannot be read: {_reason(error)}") from None
    return secret


def _reason(error: Exception) -> str:
    """AWS's error code where there is one: its message may quote the secret's address."""
    cause = error.__cause__ or error.__context__
    response = getattr(cause, "response", None) or {}
    return str(response.get("Error", {}).get("Code") or type(cause or error).__name__)
