"""abslake.client over a socket: repeats, large answers, errors, and keys that go nowhere else."""

import inspect
import json
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from abslake import client
from abslake.client import transport
from abslake.client.client import Client
from abslake.client.keys import Keys, keys_from_environment, keys_from_file
from abslake.dev import client_source
from abslake.reports.openapi import document
from abslake.reports.openapi_examples import FOLDER, OLDER

KEYS = Keys("access-of-tests", "secret-of-tests")
DAY = {"earlier_date": "2026-03-02T00:00", "later_date": datetime(2026, 3, 3)}  # noqa: DTZ001 - a wall clock
BENIGN = {"company": "ping identity", "name": "api_benign", "description": "", "entries": []}


@contextmanager
def server(*answers):
    """Gives the address, and the requests so far; each is answered by the next of (status, headers, document)."""
    seen, left = [], list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            length = int(self.headers.get("content-length") or 0)
            seen.append((self.command, self.path, dict(self.headers), self.rfile.read(length)))
            status, headers, body = left.pop(0)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value.replace("HERE", f"127.0.0.1:{running.server_port}"))
            self.end_headers()
            self.wfile.write(body if isinstance(body, bytes) else json.dumps(body).encode())

        do_PUT = do_DELETE = do_GET  # noqa: N815

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{running.server_port}", seen
        finally:
            running.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def naps(monkeypatch):
    """No pause is real; gives those that there would be. A proxy of the environment does not stand before this machine."""
    taken = []
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setattr(transport.Transport.__init__, "__kwdefaults__", {**DEFAULTS, "sleep": taken.append})
    return taken


DEFAULTS = transport.Transport.__init__.__kwdefaults__


def test_a_method_for_each_operation():
    operations = {one["operationId"]: one for methods in document()["paths"].values() for one in methods.values()}
    methods = {client_source.name_of(name): one for name, one in operations.items() if not name.endswith(OLDER)}

    assert set(methods) == set(client.client.OPERATIONS)
    for name, one in methods.items():
        taken = set(inspect.signature(getattr(Client, name)).parameters) - {"self"}
        asked = {parameter["name"].lower() for parameter in one.get("parameters", ())}
        assert taken == (asked | {"body"} if "requestBody" in one else asked)
        assert hasattr(Client, f"{name}_pages") == ("cursor" in asked)


def test_the_methods_have_not_drifted():
    assert client_source.FILE.read_text("utf-8") == client_source.source(), "run: python -m abslake.dev.client_source"


def test_it_starts_without_the_engine_and_any_sdk():
    heavy = "duckdb", "obstore", "boto3", "botocore", "pydantic", "aws_lambda_powertools", "msgspec", "typer", "rich"
    said = f"import sys, abslake.client; sys.exit(str([name for name in {heavy} if name in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=False)
    assert done.stderr == "[]\n"


def test_the_answers_need_three_packages_only():
    """As docs/clients.md says of an installation without dependencies."""
    mine = {
        "pydantic",
        "pydantic_core",
        "annotated_types",
        "typing_extensions",
        "typing_inspection",
        "msgspec",
        "obstore",
    }
    said = f"""
import sys
before = set(sys.modules)
import abslake.client.client as client
for name in client.OPERATIONS:
    client._reader(name)
files = {{name.partition(".")[0]: getattr(sys.modules[name], "__file__", "") or "" for name in set(sys.modules) - before}}
sys.exit(str(sorted(name for name, file in files.items() if "site-packages" in file and name not in {mine})))
"""
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=False)
    assert done.stderr == "[]\n"


def test_keys_and_parameters_are_sent_and_the_answer_is_a_model():
    with server((200, {}, {**BENIGN, "of_a_newer_server": 1})) as (url, seen):
        answer = Client(url, KEYS).benign()
    ((method, path, headers, _),) = seen
    assert (method, path, answer.entries) == ("GET", "/v5/abs/benign", [])
    sent = {name.lower(): value for name, value in headers.items()}
    assert (sent["x-abs-ak"], sent["x-abs-sk"]) == (KEYS.access, KEYS.secret)


def test_values_are_percent_encoded_and_moments_are_minutes():
    with server((404, {}, {})) as (url, seen), pytest.raises(client.NotFound):
        Client(url, KEYS).attack(**DAY, type="0", details=True)
    assert seen[0][1].partition("?")[2] == (
        "earlier_date=2026-03-02T00%3A00&later_date=2026-03-03T00%3A00&type=0&details=true"
    )
    with pytest.raises(ValueError, match="later_date"):
        Client(url, KEYS).anomalies(earlier_date="2026-03-02", later_date=datetime(2026, 3, 3, tzinfo=UTC))


def test_what_is_said_again_is_asked_again_as_late_as_it_says(naps):
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=30))
    answers = [(429, {"Retry-After": "7"}, {}), (503, {"Retry-After": later}, {}), (503, {}, {}), (200, {}, BENIGN)]
    with server(*answers) as (url, seen):
        Client(url, KEYS).benign()
    assert len(seen) == 4
    assert naps[0] == 7
    assert 25 < naps[1] <= 30
    assert 1 <= naps[2] <= 2


def test_it_gives_up_after_so_many_attempts_and_where_the_pause_is_too_long(naps):
    with server(*[(429, {}, {"message": "Too Many Requests"})] * 2) as (url, seen):
        with pytest.raises(client.Unavailable, match="Too Many Requests") as raised:
            Client(url, KEYS, attempts=2).benign()
        assert (raised.value.status, len(seen), len(naps)) == (429, 2, 1)
    with server((503, {"Retry-After": "3600"}, {})) as (url, seen), pytest.raises(client.Unavailable):
        Client(url, KEYS).benign()
    with server((503, {}, {"status_code": "REPORT_TIMEOUT"})) as (url, seen), pytest.raises(client.Unavailable):
        Client(url, KEYS).benign()
    assert len(naps) == 1


def test_a_change_that_may_have_been_made_is_not_sent_twice(naps):
    done = {"status_code": "SUCCESS", "message": "done"}
    with server((503, {}, {})) as (url, seen), pytest.raises(client.Unavailable):
        Client(url, KEYS).set_global_config({"url_limit": 5})
    assert naps == []
    with server((429, {}, {}), (200, {}, done)) as (url, seen):
        assert Client(url, KEYS).set_global_config({"url_limit": 5}).message == "done"
    assert [(method, json.loads(body)) for method, _, _, body in seen] == [("PUT", {"url_limit": 5})] * 2


def test_a_large_answer_is_fetched_without_the_keys():
    with server((303, {"Location": "http://HERE/large?signature=s"}, {}), (200, {}, BENIGN)) as (url, seen):
        assert Client(url, KEYS).benign().entries == []
    assert seen[1][1] == "/large?signature=s"
    assert not [name for name in seen[1][2] if name.lower().startswith("x-abs")]


@pytest.mark.parametrize("location", ["", "http://192.0.2.1/large", "ftp://HERE/x", "file:////etc/hosts"])
def test_no_other_address_is_gone_to(location):
    with server((303, {"Location": location}, {})) as (url, seen), pytest.raises(client.NotUnderstood):
        Client(url, KEYS).benign()
    assert len(seen) == 1


def test_any_other_redirect_is_an_error():
    with server((302, {"Location": "http://HERE/elsewhere"}, {})) as (url, seen), pytest.raises(client.Failed):
        Client(url, KEYS).benign()
    assert len(seen) == 1


def test_the_signature_of_a_large_answer_is_in_no_error():
    answers = (303, {"Location": "http://HERE/large?signature=s3cr3t"}, {}), (403, {}, b"<Error>s3cr3t</Error>")
    with server(*answers) as (url, _), pytest.raises(client.Failed) as raised:
        Client(url, KEYS).benign()
    assert "s3cr3t" not in all_of(raised.value)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, client.BadRequest),
        (401, client.Unauthorized),
        (403, client.Forbidden),
        (404, client.NotFound),
        (409, client.Conflict),
        (413, client.BadRequest),
        (500, client.Failed),
    ],
)
def test_an_error_names_status_code_and_request_and_no_secret(status, kind):
    body = {"status_code": "CODE", "message": f"what {KEYS.secret} is", "request_id": "r-1"}
    with server((status, {}, body)) as (url, _), pytest.raises(kind) as raised:
        Client(url, KEYS).forensics(**DAY, token="token-of-bob")
    error = raised.value
    assert (error.status, error.code, error.request_id) == (status, "CODE", "r-1")
    assert str(error) == f"HTTP {status} CODE: what *** is (request r-1)"
    assert not [secret for secret in (KEYS.access, KEYS.secret, "token-of-bob") if secret in all_of(error)]


def all_of(error):
    """All that a log of the error could show."""
    texts = []
    while error is not None:
        texts += [repr(error), str(error), repr(vars(error))]
        error = error.__cause__ or error.__context__
    return "".join(texts)


def test_the_gateways_own_words_and_request_id():
    answer = 403, {"apigw-requestid": "JKJ="}, {"message": "Forbidden"}
    with server(answer) as (url, _), pytest.raises(client.Forbidden, match=r"Forbidden \(request JKJ=\)"):
        Client(url, KEYS).benign()


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"name": 1}', b"\xff"])
def test_an_answer_that_is_none(body):
    with server((200, {}, body)) as (url, _), pytest.raises(client.NotUnderstood):
        Client(url, KEYS).benign()


def test_no_answer_at_all():
    with server() as (url, _):
        pass
    with pytest.raises(client.NotReached) as raised:
        Client(url, KEYS).forensics(**DAY, token="token-of-bob")
    assert "token-of-bob" not in all_of(raised.value)


def test_pages_follow_each_other_from_any_place():
    def page(cursor):
        more = {"next_cursor": cursor} if cursor else {}
        summary = {"tokens": 2, "total_requests": 2}
        head = {"company": "ping identity", "name": "oauth_token_metrics", "description": "", "earlier_date": ""}
        return 200, {}, {**head, "later_date": "", "summary": summary, "details": [], **more}

    cursors = ["A" * 20, "B" * 20, ""]
    with server(*map(page, cursors)) as (url, seen):
        pages = list(Client(url, KEYS).oauth_tokens_pages(**DAY, limit=1, cursor="C" * 20))
    assert [one.next_cursor for one in pages] == cursors
    assert [path.rpartition("=")[2] for _, path, _, _ in seen] == ["C" * 20, *cursors[:2]]


@pytest.mark.parametrize("address", ["http://192.0.2.1", "ftp://example.com", "example.com", "https://u:p@example.com"])
def test_keys_go_over_https_or_stay_on_this_machine(address):
    with pytest.raises(ValueError, match="https://") as raised:
        Client(address, KEYS)
    assert address not in str(raised.value)


def test_whoever_wants_http_says_so():
    assert repr(Client("http://192.0.2.1:8080/", KEYS, allow_http=True)) == "Client('http://192.0.2.1:8080')"


def test_nothing_shows_the_keys():
    assert repr(KEYS) == "Keys(restricted=False)"
    assert KEYS.secret not in repr(Client("https://example.com", KEYS))
    with pytest.raises(ValueError, match="printable") as raised:
        Keys("access", "secret\r\nx-other: 1")
    assert "secret\r" not in str(raised.value)


def test_keys_of_the_environment():
    pair = {"ABSLAKE_ACCESS_KEY": "a", "ABSLAKE_SECRET_KEY": "s"}
    restricted = {f"{name}_RU": value for name, value in pair.items()}
    assert keys_from_environment({}) is None
    assert keys_from_environment(pair).headers == {"x-abs-ak": "a", "x-abs-sk": "s"}
    assert keys_from_environment(restricted).headers == {"x-abs-ak-ru": "a", "x-abs-sk-ru": "s"}
    for wrong in ({**pair, **restricted}, {"ABSLAKE_ACCESS_KEY": "a"}):
        with pytest.raises(ValueError, match=r"ABSLAKE_|one pair"):
            keys_from_environment(wrong)


def test_keys_of_a_file(tmp_path):
    path = tmp_path / "keys.curl"
    path.write_text('header = "x-abs-ak-ru: a"\nheader = "X-ABS-SK-RU: s"\n')
    assert keys_from_file(path) == Keys("a", "s", restricted=True)
    path.write_text('header = "x-abs-ak: a"\nheader = "x-abs-sk-ru: s3cr3t"\n')
    with pytest.raises(ValueError, match="of one pair") as raised:
        keys_from_file(path)
    assert "s3cr3t" not in str(raised.value)


def test_an_access_token_stands_in_the_place_of_keys():
    secret = "eyJ0.eyJz-d_f.c2ln~+/=="
    credentials = keys_from_environment({"ABSLAKE_ACCESS_TOKEN": secret})
    error = {"status_code": "FORBIDDEN", "message": f"no scope in {secret}", "request_id": "r"}
    with server((403, {}, error)) as (url, seen), pytest.raises(client.Forbidden) as told:
        Client(url, credentials).benign()
    sent = {name.lower(): value for name, value in seen[0][2].items()}
    assert sent["authorization"] == f"Bearer {secret}"
    assert not [name for name in sent if name.startswith("x-abs")]
    assert secret not in f"{told.value}{credentials!r}"
    for wrong in ("", "two words", "a\r\nx: y", "é"):
        with pytest.raises(ValueError, match="access token"):
            client.AccessToken(wrong)
    with pytest.raises(ValueError, match="or an access token"):
        keys_from_environment({"ABSLAKE_ACCESS_TOKEN": secret, "ABSLAKE_ACCESS_KEY": "a", "ABSLAKE_SECRET_KEY": "b"})


def test_a_503_that_is_a_report_is_one(naps):
    health = json.loads((FOLDER / "health.json").read_text())["answer"] | {"status": "degraded", "reasons": ["why"]}
    with server((503, {}, health)) as (url, seen):
        assert Client(url, KEYS).health().reasons == ["why"]
    assert (len(seen), naps) == (1, [])
    with server(*[(503, {}, body) for body in ({"message": "Service Unavailable"}, b"not JSON", [])]) as (url, _):
        for _ in range(3):
            with pytest.raises(client.Unavailable):
                Client(url, KEYS, attempts=1).health()
