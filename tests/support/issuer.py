"""A token issuer for tests: its keys, its tokens, and the server that its JWK set is fetched from."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

ISSUER, AUDIENCE = "https://issuer.example", "abslake-reports"
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


@cache
def key(name: str, kind: str = "RSA") -> Key:
    """A private key, the same for the same name."""
    if kind == "EC":
        return ec.generate_private_key(ec.SECP256R1())
    if kind == "OKP":
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(65537, int(kind[3:] or 2048))


def jwk(name: str, kind: str = "RSA", **members: Any) -> dict[str, Any]:
    """The public half, as it stands in a JWK set."""
    writers = {"EC": ECAlgorithm, "OKP": OKPAlgorithm}
    public: dict[str, Any] = writers.get(kind, RSAAlgorithm).to_jwk(key(name, kind).public_key(), as_dict=True)
    return public | {"kid": name, "use": "sig"} | members


def jwks(*keys: Mapping[str, Any]) -> str:
    """A set."""
    return json.dumps({"keys": keys})


def claims(**changed: Any) -> dict[str, Any]:
    """What a good token says; a change to None leaves a claim out."""
    now = int(time.time())
    said = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "robot",
        "iat": now,
        "exp": now + 300,
        "scope": "openid abslake:admin",
    }
    return {name: value for name, value in (said | changed).items() if value is not None}


def token(name: str = "first", kind: str = "RSA", algorithm: str = "RS256", **changed: Any) -> str:
    """A signed token; `headers` among the changes are those of the JWT."""
    headers = {"kid": name} | changed.pop("headers", {})
    headers = {member: value for member, value in headers.items() if value is not None}
    return jwt.encode(claims(**changed), key(name, kind), algorithm=algorithm, headers=headers)


@dataclass
class Issuer:
    """A server of a JWK set that counts how often it was asked."""

    url: str
    body: bytes
    status: int = 200
    seconds: float = 0.0
    asked: int = 0
    headers: dict[str, str] = field(default_factory=dict)


@contextlib.contextmanager
def issuer(text: str) -> Iterator[Issuer]:
    """Serve `text` on the loopback."""
    served = Issuer("", text.encode())

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked += 1
            time.sleep(served.seconds)
            with contextlib.suppress(OSError):
                self.send_response(served.status)
                for name, value in {"Content-Length": str(len(served.body)), **served.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(served.body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        served.url = f"http://127.0.0.1:{server.server_port}/jwks.json"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()
