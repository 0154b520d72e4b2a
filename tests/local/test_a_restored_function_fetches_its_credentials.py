"""A function restored from a snapshot has no keys in its environment: the lake asks for them where Lambda offers them."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from abslake.storage import Lake

TOKEN = "token-of-the-snapshot"
OFFER = {
    "AccessKeyId": "ASIARESTORED",
    "SecretAccessKey": "restored",
    "Token": "session-of-the-snapshot",
    "Expiration": "2100-01-01T00:00:00Z",
}


class OfferAndStore(BaseHTTPRequestHandler):
    """Lambda's credentials address, and an S3 that lets in whoever shows those credentials."""

    asked: list[str]

    def do_GET(self) -> None:
        if self.path == "/credentials":
            self.asked.append(self.headers.get("Authorization", ""))
            self._answer(200, json.dumps(OFFER).encode())
            return
        signed = "Credential=ASIARESTORED/" in self.headers.get("Authorization", "")
        session = self.headers.get("x-amz-security-token") == OFFER["Token"]
        self._answer(200 if signed and session else 403, b"one object")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Last-Modified", "Mon, 02 Mar 2026 10:00:00 GMT")
        self.send_header("ETag", '"1"')
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    handler = type("Handler", (OfferAndStore,), {"asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def test_the_lake_is_read_with_the_offered_credentials(
    server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN the environment of a restored function: an address and a token, no keys
    address = f"http://127.0.0.1:{server.server_port}"
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{address}/credentials")
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", TOKEN)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", address)
    # WHEN an object of the lake is read
    content = Lake("s3://lake", region="eu-west-1").get("config/apis/shop.json")
    # THEN S3 saw the credentials, and they were asked for with the token
    assert content == b"one object"
    assert server.RequestHandlerClass.asked[0] == TOKEN  # type: ignore[attr-defined]
