"""Nothing that identifies a client gets into the function's logs, metrics or errors, from good lines or bad ones."""

import json

from tests.support import ase
from tests.support.ingest_function import batch, notification, place

API = {
    "url": "/",
    "cookie": "SID",
    "oauth2_access_token": True,
    "apikey_header": "X-Key",
    "apikey_qs": "key",
    "username_header": "X-User",
    "jwt": {"location": "qs:jwt", "username": "sub"},
}
SECRETS = [
    "s3cr3t-token",
    "s3cr3t-cookie",
    "s3cr3t-key",
    "s3cr3t-query",
    "s3cr3t-user",
    "s3cr3t-info",
    "203.0.113.77",
    "s3cr3t-agent",
]


def secret_line(**changes: object) -> bytes:
    token, cookie, key, query, user, info, address, agent = SECRETS
    headers = ase.headers(
        ("Authorization", f"Bearer {token}"),
        ("Cookie", f"SID={cookie}"),
        ("X-Key", key),
        ("X-User", user),
        ("X-Forwarded-For", address),
        ("User-Agent", agent),
    )
    request = ase.request(
        url=f"/?key={query}&jwt={token}", headers=headers, user_info=[{"username": info}], source_ip=address
    )
    return ase.line(request=request, **changes)


def test_fault_21_no_identifier_is_logged() -> None:
    good = secret_line()
    lines = [
        good,
        secret_line(timestamp=None),
        secret_line(timestamp="2099-01-01T00:00:00Z"),
        secret_line(response={}),
        secret_line(response_time_ms=1e300),
        good[:-1],
        good + b"\xff",
        good.replace(b'"headers":[', b'"headers":[{"a":1,"b":2},', 1),
        " ".join(SECRETS).encode(),
    ]
    with place(shop=API) as here:
        # WHEN good and bad lines, a file of nothing else, and a broken message all name the client
        messages = [
            here.put("a.log", ase.log(*lines)),
            here.put("b.log", " ".join(SECRETS).encode()),
            here.put("c.log", b"\x1f\x8b" + good),
            notification("gone.log", 5),
            {"Records": [{"eventName": SECRETS[0], "s3": SECRETS}]},
            dict.fromkeys(SECRETS, SECRETS),
        ]
        run = here.ingest(batch(*messages), ABSLAKE_EVENT_TIME_FUTURE_MINUTES="10")
        raised = here.ingest(here.put("d.log", " ".join(SECRETS).encode()))

        # THEN the log tells what became of them, and not of whom
        assert [one["itemIdentifier"] for one in run.answers[0]["batchItemFailures"]] == ["1", "2", "3", "4", "5"]
        assert '"good"' in run.log
        assert raised.failed
        for secret in SECRETS:
            assert secret not in run.log + raised.log

        # AND the secrets were really there
        row = next(row for row in here.rows if row["token"])
        assert [row[name] for name in ("token", "cookie", "api_key", "username", "ip")] == [
            *SECRETS[:3],
            SECRETS[4],
            SECRETS[6],
        ]
        kept = [entry.key for entry in here.lake.list("quarantine/")]
        assert len(kept) == 1
        assert json.dumps(run.answers).count("s3cr3t") == 0
