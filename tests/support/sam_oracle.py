"""Runs inside SAM CLI's environment: lines of JSON (a request) in, lines of JSON (SAM's payload 2.0 event) out."""

import base64
import json
import sys
from io import BytesIO
from urllib.parse import unquote_to_bytes

from flask import Flask, request
from samcli.local.apigw.event_constructor import construct_v2_event_http


def environ(question: dict) -> dict:
    """The WSGI environment that werkzeug's server makes of the request: values as latin-1, repeats joined by commas."""
    body = base64.b64decode(question["body"])
    path, _, query = question["target"].partition("?")
    made = {
        "REQUEST_METHOD": question["method"],
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": str(question["port"]),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": question["source_ip"],
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
    }
    for name, value in question["headers"]:
        key = name.upper().replace("-", "_")
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
        made[key] = f"{made[key]},{value}" if key in made else value
    return made


def main() -> None:
    """Until the end of the input."""
    app = Flask("oracle")
    for line in sys.stdin:
        question = json.loads(line)
        with app.request_context(environ(question)):
            event = construct_v2_event_http(request, question["port"], binary_types=[], route_key=question["route_key"])
        sys.stdout.write(json.dumps(event) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
