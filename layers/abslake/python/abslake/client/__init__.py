"""The reports from Python: ``Client(url, Keys(access, secret)).metrics(api="shop", earlier_date=…, later_date=…)``.

Small and synchronous, on the standard library and the models of the answers: neither the engine nor an SDK is loaded. A method
for each operation of openapi.yaml, named as there in lower case; those that come in pages have a second one, ``…_pages``.
"""

from abslake.client.client import Client
from abslake.client.errors import (
    BadRequest,
    ClientError,
    Conflict,
    Failed,
    Forbidden,
    NotFound,
    NotReached,
    NotUnderstood,
    ReportError,
    Unauthorized,
    Unavailable,
)
from abslake.client.keys import AccessToken, Keys, keys_from_environment, keys_from_file

__all__ = [
    "AccessToken",
    "BadRequest",
    "Client",
    "ClientError",
    "Conflict",
    "Failed",
    "Forbidden",
    "Keys",
    "NotFound",
    "NotReached",
    "NotUnderstood",
    "ReportError",
    "Unauthorized",
    "Unavailable",
    "keys_from_environment",
    "keys_from_file",
]
