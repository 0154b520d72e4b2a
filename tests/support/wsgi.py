"""The report functions as one WSGI application, for tools that speak HTTP to a server in this process."""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from tests.support.calls import call

StartResponse = Callable[[str, list[tuple[str, str]]], Any]


def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Translate a request into the event of API Gateway and the function's result back."""
    headers = {
        name.removeprefix("HTTP_").replace("_", "-"): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    path = unquote(environ.get("PATH_INFO", "/")) or "/"
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length).decode("utf-8", "replace") if length else None
    query, method = environ.get("QUERY_STRING", ""), environ["REQUEST_METHOD"]
    answer = call(query, headers, path=path, method=method, body=body)
    unpacked = [(name, value) for name, value in answer.headers.items() if name != "Content-Encoding"]
    start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", unpacked)
    return [answer.body.encode()]
