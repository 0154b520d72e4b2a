"""moto as a WSGI application of this process: S3, queues and secrets without an account.

moto keeps one state a process: each application starts from an empty one, so run one stack at a time.
"""

from typing import TYPE_CHECKING

from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def moto_application() -> "WSGIApplication":
    """Every AWS service that moto knows, empty; which one is asked, the request's signature says."""
    moto_api_backend.reset()
    return DomainDispatcherApplication(create_backend_app)
