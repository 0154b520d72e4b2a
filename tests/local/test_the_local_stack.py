"""The local stack: one port for S3 and reports, keys of its own, events with retries, nothing left behind."""

import contextlib
import gzip
import io
import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from abslake.dev.delivery import MAX_RECEIVES
from abslake.dev.demo import ANY_TIME
from abslake.dev.routes import ROUTES
from abslake.dev.stack import LAKE, LANDING, Options, Stack, local_stack
from abslake.index import names, root
from tests.support.ase import line
from tests.support.found_index import found, write_day
from tests.support.replies import get
from tests.support.stack import FUNCTION, resources

pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish:UserWarning")

RANGE = "earlier_date=2018-02-13T00:00&later_date=2018-02-14T00:00"


@pytest.fixture(scope="module", params=["moto", "seaweedfs"])
def stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    options = Options(storage=request.param, environment=ANY_TIME, detect_every_seconds=3600)  # only when a test asks
    with local_stack(options) as running:
        define(running, "shop", "/shop")
        yield running


def define(stack: Stack, name: str, url: str) -> None:
    document = {"api_metadata": {"url": url, "hostname": "*"}}
    stack.lake().put(f"config/apis/{name}.json", json.dumps(document).encode())


def upload(stack: Stack, key: str, body: bytes, bucket: str = LANDING) -> None:
    with contextlib.closing(stack.client()) as s3:
        s3.put_object(Bucket=bucket, Key=key, Body=body)


@pytest.mark.parametrize("key", ["plain.log.gz", "in/a b+c%20é=.log.gz"])
def test_fault_1_a_log_put_into_the_landing_bucket_is_in_the_next_report(stack: Stack, key: str) -> None:
    path = f"/shop/{len(key)}"
    log = line(timestamp="2018-02-13T18:00:00Z", request={"source_ip": "9.8.7.6", "method": "GET", "url": path})
    upload(stack, key, gzip.compress(log))
    assert stack.wait_for([key], 60) == set()
    reply = get(f"{stack.url}/v4/abs/metrics?api=shop&{RANGE}", stack.admin.headers)
    details = reply.json["req_resp_details"]["no_session"]["request_details"]
    assert path in {entry["path"] for entry in details}


def test_what_is_ingested_is_folded_into_the_index_and_the_report_is_the_same(stack: Stack) -> None:
    log = line(
        timestamp="2018-02-13T19:00:00Z", request={"source_ip": "9.8.7.5", "method": "GET", "url": "/shop/folded"}
    )
    upload(stack, "folded.log", log)
    assert stack.wait_for(["folded.log"], 60) == set()
    asked = f"{stack.url}/v4/abs?IP=9.8.7.5&{RANGE}"
    before = get(asked, stack.admin.headers).json

    assert stack.compaction.until_done(120) == 0

    days = {kind: set(index.days) for kind, index in root.load(stack.lake()).root.kinds.items()}
    assert days == {kind: {"2018-02-13"} for kind in names.KINDS}
    assert list(stack.lake().list(names.PENDING)) == []
    assert before["summary"]["total_requests"] == 1
    assert get(asked, stack.admin.headers).json == before


def test_what_is_ingested_is_judged(stack: Stack) -> None:
    moment = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    request = {"source_ip": "9.8.7.5", "method": "GET", "url": "/shop/judged"}
    upload(stack, "judged.log", line(timestamp=f"{moment:%Y-%m-%dT%H:%M:%SZ}", request=request))
    assert stack.wait_for(["judged.log"], 60) == set()

    judged = stack.detection.once()

    assert (judged["WindowsJudged"], judged["RequestsJudged"], judged["Undelivered"]) == (1, 1, 0)
    assert stack.detection.once()["RequestsJudged"] == 0


def test_tuning_that_several_put_at_once_is_all_kept(stack: Stack) -> None:
    url, together = f"{stack.url}/v4/abs/attack/threshold", threading.Barrier(3)

    def put(letter: str) -> int:
        item = {"type": "data_exfiltration_attack", "variable": letter, "tn": "5", "tx": "6"}
        body = json.dumps({"api_name": "shop", "mode": "user", "ioc_threshold": [item]}).encode()
        together.wait()
        return get(url, stack.admin.headers, "PUT", body).status

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(put, "ABC")) == [200, 200, 200]

    document = get(f"{url}?api=shop", stack.admin.headers).json
    (entry,) = (entry for entry in document["thresholds"] if entry["id"] == 1)
    assert entry["user"] == {letter: {"tn": "5", "tx": "6"} for letter in "ABC"}


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_path_may_be_read_by_one_function_and_changed_by_another(stack: Stack, slash: str) -> None:
    last = datetime.now(UTC) - timedelta(hours=1)
    thief = f"thief{slash}"
    write_day(stack.lake(), f"{last:%Y-%m-%d}", [found(thief, last)])
    path = f"{stack.url}/v4/abs/attacklist{slash}"
    day = f"earlier_date={last - timedelta(days=1):%Y-%m-%dT%H:%M}&later_date={last + timedelta(days=1):%Y-%m-%dT%H:%M}"

    before = get(f"{path}?{day}&status=active", stack.admin.headers)
    taken = get(path, stack.admin.headers, "PUT", json.dumps({"oauth_tokens": [thief]}).encode())
    after = get(f"{path}?{day}&status=active", stack.admin.headers)

    assert before.json["attacklist"]["active"]["oauth_tokens"] == [thief]
    assert (taken.status, taken.json["attacklist"]["oauth_tokens"]) == (200, [thief])
    assert after.json["attacklist"]["active"]["oauth_tokens"] == []
    assert get(path, stack.admin.headers, "PATCH").headers["allow"] == "GET, PUT, DELETE"


def test_a_clock_folds_what_is_ingested() -> None:
    with local_stack(Options(environment=ANY_TIME, compact_every_seconds=0.1)) as stack:
        upload(stack, "a.log", line(timestamp="2018-02-13T19:00:00Z"))
        assert stack.wait_for(["a.log"], 60) == set()
        wait_until(lambda: set(root.load(stack.lake()).root.kinds) == set(names.KINDS), seconds=60)


def test_a_log_that_cannot_be_read_is_tried_three_times_and_then_dead(stack: Stack) -> None:
    log = io.StringIO()
    before = stack.delivery.queue.dead()
    with logging_to(log):
        upload(stack, "unreadable", b"nothing that anybody logs\n" * 9)
        assert stack.wait_for(["unreadable"], 60) == {"unreadable"}
        wait_until(lambda: stack.delivery.queue.dead() == before + 1)
    assert stack.delivery.queue.pending() == 0
    assert log.getvalue().count("Traceback") >= MAX_RECEIVES


def test_objects_of_the_lake_are_no_logs(stack: Stack) -> None:
    upload(stack, "facts/none.log", b"x", bucket=LAKE)
    assert stack.wait_for(["facts/none.log"], 0.5) == {"facts/none.log"}


def test_reports_want_the_keys_of_this_stack(stack: Stack) -> None:
    url = f"{stack.url}/v4/abs/metrics?api=shop&{RANGE}"
    assert get(url).status == 401
    assert get(url, {"x-abs-ak": stack.admin.access, "x-abs-sk": "wrong"}).status == 401
    assert get(url, stack.admin.headers).status == 200
    assert get(f"{stack.url}/v4/abs?IP=9.8.7.6&{RANGE}", stack.restricted.headers).status == 403


@pytest.mark.parametrize("path", ["/v4/abs/none", "/v5/abs/none", "/v4/"])
def test_another_report_path_is_our_own_404(stack: Stack, path: str) -> None:
    reply = get(stack.url + path, stack.admin.headers)
    assert (reply.status, reply.json["status_code"]) == (404, "NOT_FOUND")


def test_head_has_no_body(stack: Stack) -> None:
    reply = get(f"{stack.url}/v4/abs", stack.admin.headers, method="HEAD")
    assert (reply.status, reply.body) == (405, b"")
    assert int(reply.headers["content-length"]) > 0


def test_s3_is_on_the_same_port(stack: Stack) -> None:
    body = bytes(range(256)) * 40_000
    upload(stack, "large", body, bucket=LAKE)
    with contextlib.closing(stack.client()) as s3:
        assert s3.get_object(Bucket=LAKE, Key="large")["Body"].read() == body
        assert s3.head_object(Bucket=LAKE, Key="large")["ContentLength"] == len(body)


def test_only_the_loopback_is_listened_on(stack: Stack) -> None:
    addresses = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    for address in addresses - {"127.0.0.1"}:
        if address.startswith("127."):
            continue
        with pytest.raises(OSError):  # noqa: PT011 - refused, unreachable: whatever the machine says
            socket.create_connection((str(address), stack.port), timeout=2)


def test_keys_are_made_afresh_at_each_start_and_nothing_stays() -> None:
    before = set(threading.enumerate())
    seen = []
    for _ in range(2):
        with local_stack() as stack:
            seen.append((stack.admin, stack.restricted))
            assert list(stack.lake().list("")) == []
            port = stack.port
        socket.create_server(("127.0.0.1", port)).close()  # the port is free again
    keys = [key for pair in seen for user in pair for key in (user.access, user.secret)]
    assert len(set(keys)) == 8
    assert not any(":" in key or len(key) < 16 for key in keys)
    left = [
        thread.name for thread in set(threading.enumerate()) - before if not thread.name.startswith("abslake-transfer")
    ]
    assert left == []


def test_a_taken_port_is_an_error_that_says_so() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(OSError, match="in use"),
        local_stack(Options(port=taken.getsockname()[1])),
    ):
        pass


def test_the_environment_is_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    monkeypatch.setenv("ABSLAKE_LAKE", "mine")
    before = dict(os.environ)
    with local_stack():
        assert os.environ["ABSLAKE_LAKE"] == f"s3://{LAKE}"
    assert dict(os.environ) == before


def test_the_routes_are_those_of_the_template() -> None:
    routes = {
        route(event["Properties"]): function["CodeUri"].removeprefix("functions/")
        for function in resources(FUNCTION).values()
        for event in function["Events"].values()
        if event["Type"] == "HttpApi"
    }
    assert routes == ROUTES


def route(event: dict[str, str]) -> str:
    path, method = event.get("Path", "$default"), event.get("Method", "ANY")
    return path if method == "ANY" else f"{method} {path}"


@contextlib.contextmanager
def logging_to(target: io.StringIO) -> Iterator[None]:
    from abslake.dev.functions import FUNCTION_LOG

    before, FUNCTION_LOG.target = FUNCTION_LOG.target, target
    try:
        yield
    finally:
        FUNCTION_LOG.target = before


def wait_until(condition, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
