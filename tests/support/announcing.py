"""Findings to announce, a channel that keeps what it is told, and receivers that fail in every way."""

import contextlib
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from abslake.detection.announce import Announced, announce
from abslake.detection.announce.attempts import Attempts
from abslake.detection.announce.channel import Channel, Delivery
from abslake.detection.findings import Finding, IdentifierKind, Level, Sample, Thresholds, finding_id
from abslake.export.disclosure import Disclosed, Disclosure, Identifiers
from abslake.settings import Settings
from abslake.storage import Lake
from tests.support.facts import write_findings

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TOKEN, ADDRESS = "token-of-somebody", "192.0.2.77"
WINDOW = timedelta(minutes=10)


def found(minutes: int = 0, **changes: Any) -> Finding:
    """A finding of the window that begins so many minutes after noon."""
    window = NOON + timedelta(minutes=minutes)
    fields: dict[str, Any] = {
        "attack_id": 1,
        "name": "Data Exfiltration Attack Type 1",
        "level": Level.ATTACK,
        "identifier_kind": IdentifierKind.TOKEN,
        "identifier": TOKEN,
        "api": "shop",
        "first": window,
        "last": window + timedelta(minutes=9),
        "attack_code": "varA(Tx, 26)",
        "attack_deviation": "varA(700%)",
        "window": window,
        "values": {"A": 812.5},
        "thresholds": {"A": Thresholds(tn=12, tx=15)},
        "samples": (Sample(path=f"/shop/{TOKEN}/1", status=200, count=3),),
    } | changes
    kind, whose = fields["identifier_kind"], fields["identifier"]
    return Finding(id=finding_id(window, fields["attack_id"], fields["api"], kind, whose), **fields)


@dataclass
class Kept:
    """A channel of this process: it keeps what it is told, but for what `refuses`."""

    name: str = "kept"
    told: list[Disclosed] = field(default_factory=list)
    anomalies: bool = True
    refuses: Callable[[Disclosed], bool] = lambda _: False

    def takes(self, level: Level) -> bool:
        return self.anomalies or level is Level.ATTACK

    def send(self, told: Sequence[Disclosed], attempts: Attempts) -> Delivery:  # noqa: ARG002
        delivered = {place for place, each in enumerate(told) if not self.refuses(each)}
        self.told += [told[place] for place in sorted(delivered)]
        return Delivery(delivered, [] if len(delivered) == len(told) else ["refused"])

    def news(self) -> list[tuple[str, str, int]]:
        """Level, news, and minutes after noon of all that was told; forgotten then."""
        told, self.told = self.told, []
        return [
            (e.finding.level.value, e.news.value, int((e.finding.last - NOON - WINDOW).total_seconds() // 60) + 1)
            for e in told
        ]


def judged(lake: Lake, *findings: Finding) -> None:
    """Findings of the day as judging writes them: the object as a whole."""
    for entry in list(lake.list("findings/")):
        lake.delete([entry.key])
    write_findings(lake, findings)


def run(lake: Lake, channel: Channel, now: datetime = NOON, **settings: Any) -> Announced:
    """One run of announcing that never waits."""
    return announce(lake, Settings(**settings), now, hasty(), [channel])


def hasty(seconds: float = 30) -> Attempts:
    """Attempts that do not wait in between."""
    return Attempts(time.monotonic() + seconds, sleep=lambda _: None)


def disclosed(finding: Finding, identifiers: str = "masked", **more: Any) -> Disclosed:
    """As it is told."""
    return Disclosure(Identifiers(identifiers), b"r" * 32, b"m" * 32).of(finding, **more)


@dataclass
class Receiver:
    """A web server that answers as its `script` says, then with 200, and keeps what it was sent."""

    url: str = ""
    script: list[Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    def events(self) -> list[Any]:
        """Of all bodies of our own format."""
        return [event for body in self.bodies for event in json.loads(body)["findings"]]


def answers(status: int, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    """An answer without a body."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def drips(handler: BaseHTTPRequestHandler) -> None:
    """A byte now and then, for ever: no time-out of a single read ends it."""
    with contextlib.suppress(OSError):
        for _ in range(200):
            handler.wfile.write(b"H")
            handler.wfile.flush()
            time.sleep(0.05)


def hangs_up(handler: BaseHTTPRequestHandler) -> None:
    """No answer."""
    handler.connection.close()


@contextlib.contextmanager
def receiver(certificate: tuple[Path, Path] | None = None) -> Iterator[Receiver]:
    """On a free port of the loopback; with TLS if there is a certificate and its key."""
    here = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if here.script:
                here.script.pop(0)(self)
                return
            here.bodies.append(body)
            here.paths.append(self.path)
            here.headers.append({name.lower(): value for name, value in self.headers.items()})
            answers(200)(self)

        def log_message(self, *_: object) -> None:
            return

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:  # broken connections are what tests are about
            return

    server = Server(("127.0.0.1", 0), Handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    here.url = f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_port}/in?token=1"
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02))
    thread.start()
    try:
        yield here
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "receiver")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "receiver.pem", folder / "receiver.key"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    paths[1].write_bytes(key.private_bytes(*form, plain))
    return paths
