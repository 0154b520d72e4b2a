"""Credentials of a function restored from a SnapStart snapshot: it has no access keys in its environment.

Lambda offers them at an address of its own against a token; the S3 client itself knows only the form in which the token
is a file. Source: https://docs.aws.amazon.com/lambda/latest/dg/snapstart-activate.html ("credentials").
"""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypedDict
from urllib.request import Request, urlopen

_ADDRESS = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
_TOKEN = "AWS_CONTAINER_AUTHORIZATION_TOKEN"  # noqa: S105 - the name of a variable


class S3Credentials(TypedDict):
    """Keys and session token, and when they expire (UTC): what the S3 client asks a provider for."""

    access_key_id: str
    secret_access_key: str
    token: str | None
    expires_at: datetime | None


def offered(environ: Mapping[str, str]) -> bool:
    """Whether this process has to fetch its credentials in that way."""
    return _ADDRESS in environ and _TOKEN in environ and "AWS_ACCESS_KEY_ID" not in environ


def fetch() -> S3Credentials:
    """The credentials as they are offered now."""
    request = Request(os.environ[_ADDRESS], headers={"Authorization": os.environ[_TOKEN]})  # noqa: S310 - Lambda's own
    with urlopen(request, timeout=5) as answer:  # noqa: S310
        given = json.load(answer)
    return {
        "access_key_id": given["AccessKeyId"],
        "secret_access_key": given["SecretAccessKey"],
        "token": given["Token"],
        "expires_at": datetime.fromisoformat(given["Expiration"]).astimezone(UTC),
    }
