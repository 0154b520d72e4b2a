"""The webhook: a real receiver that fails in every way; nothing is lost, and nothing goes where it should not."""

import json
import socket
import time

import pytest

from abslake.detection.announce.attempts import MOST, Attempts
from abslake.detection.announce.target import load_target
from abslake.detection.announce.webhook import Webhook
from abslake.detection.findings import Level
from abslake.errors import SettingsError, StorageError
from abslake.https import Reply, Target, post
from abslake.settings import Settings, from_environment
from abslake.storage import Lake
from tests.support.announcing import (
    NOON,
    TOKEN,
    answers,
    certificate,
    disclosed,
    drips,
    found,
    hangs_up,
    hasty,
    judged,
    receiver,
    run,
)

TOLD = [disclosed(found(0)), disclosed(found(10))]


@pytest.fixture
def here():
    with receiver() as made:
        yield made


def webhook(here, form="abslake", *, anomalies=False, **target):
    return Webhook(Target(here.url, **target), form, anomalies=anomalies)


def test_findings_arrive_with_our_headers(here):
    sent = webhook(here, headers={"Authorization": "Bearer x", "X-Team": "shop"}).send(TOLD, hasty())
    assert (sent.delivered, sent.faults) == ({0, 1}, [])
    assert [event["id"] for event in here.events()] == [told.reference for told in TOLD]
    assert here.paths == ["/in?token=1"]
    (headers,) = here.headers
    assert headers["authorization"] == "Bearer x"
    assert headers["x-team"] == "shop"
    assert headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "failure", [answers(429), answers(500), answers(503), answers(408), hangs_up], ids="429 500 503 408 cut".split()
)
def test_what_passes_is_tried_again(here, failure):
    here.script += [failure] * (MOST - 1)
    assert webhook(here).send(TOLD, hasty()).delivered == {0, 1}
    assert len(here.bodies) == 1


@pytest.mark.parametrize(
    ("failure", "fault"),
    [
        (answers(429), "HTTP 429"),
        (answers(500), "HTTP 500"),
        (answers(400), "HTTP 400"),
        (answers(401), "HTTP 401"),
        (answers(404), "HTTP 404"),
    ],
)
def test_what_does_not_pass_is_given_up_for_this_run(here, failure, fault):
    here.script += [failure] * MOST
    sent = webhook(here).send(TOLD, hasty())
    assert (sent.delivered, sent.faults) == (set(), [fault])
    tries = MOST if fault in ("HTTP 429", "HTTP 500") else 1
    assert len(here.script) == MOST - tries


def test_what_would_be_the_same_another_time_is_tried_once():
    tries = []

    def refuses(target, body, seconds):
        tries.append(body)
        return Reply(fault="its certificate is not trusted", final=True)

    Webhook(Target("https://example.com/"), "abslake", anomalies=False, send=refuses).send(TOLD, hasty())
    assert len(tries) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(here, status):
    with receiver() as elsewhere:
        here.script.append(answers(status, Location=elsewhere.url))
        sent = webhook(here, headers={"Authorization": "Bearer x"}).send(TOLD, hasty())
        assert (sent.delivered, sent.faults) == (set(), [f"HTTP {status}"])
        assert elsewhere.bodies == []


def test_a_receiver_that_never_ends_its_answer_is_left(here):
    here.script.append(drips)
    begun = time.monotonic()
    reply = post(Target(here.url), b"{}", 0.3)
    assert reply.fault == "too slow"
    assert time.monotonic() - begun < 5  # the server would go on for ten


def test_nobody_there_is_a_fault():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    reply = post(Target(f"http://127.0.0.1:{port}/"), b"{}", 5)
    assert reply.fault == "ConnectionRefusedError"
    assert not reply.final


def test_the_receiver_s_wish_to_wait_is_heeded_within_the_time_there_is(here):
    waits = []
    attempts = Attempts(time.monotonic() + 30, sleep=waits.append)
    here.script += [answers(429, Retry_After="7"), answers(503, Retry_After="Mon, 02 Mar 2026 12:00:00 GMT")]
    assert webhook(here).send(TOLD, attempts).delivered == {0, 1}
    assert waits[0] == 7
    assert 0 < waits[1] < 2  # a date that has passed asks for nothing
    here.script.append(answers(429, Retry_After="3600"))
    assert webhook(here).send(TOLD, hasty()).faults == ["HTTP 429"]
    assert here.script == []


def test_waits_grow_and_differ():
    waits = [[], []]
    for each in waits:
        attempts = Attempts(time.monotonic() + 1000, sleep=each.append)
        assert [attempts.again(n) for n in range(1, MOST + 1)] == [True] * (MOST - 1) + [False]
    assert waits[0] != waits[1]
    for number, wait in enumerate(waits[0]):
        assert 0.25 * 2**number <= wait <= 0.5 * 2**number


def test_without_time_nothing_is_sent(here):
    assert webhook(here).send(TOLD, hasty(0.5)).faults == ["no time left"]
    assert here.headers == []


def test_a_batch_that_is_refused_for_its_content_keeps_no_other_from_being_told(here):
    here.script.append(answers(413))
    told = [disclosed(found(0, identifier=str(n))) for n in range(101)]
    sent = webhook(here).send(told, hasty())
    assert (sent.delivered, sent.faults) == ({100}, ["HTTP 413"])


def test_when_the_receiver_is_away_the_others_are_not_tried(here):
    here.script += [answers(500)] * MOST
    told = [disclosed(found(0, identifier=str(n))) for n in range(101)]
    assert webhook(here).send(told, hasty()).delivered == set()
    assert here.bodies == []


def test_what_could_not_be_delivered_is_told_in_the_next_run(here):
    lake = Lake("memory:")
    judged(lake, found(0), found(0, level=Level.ANOMALY, api="bank"))
    here.script += [answers(500)] * MOST
    first = run(lake, webhook(here))
    assert (first.undelivered, dict(first.faults)) == (1, {"webhook: HTTP 500": 1})
    assert run(lake, webhook(here)).delivered == 1
    assert run(lake, webhook(here)).delivered == 0
    assert [event["level"] for event in here.events()] == ["attack"]


def test_anomalies_are_told_where_asked_for(here):
    lake = Lake("memory:")
    judged(lake, found(0, level=Level.ANOMALY))
    run(lake, webhook(here, anomalies=True), NOON)
    assert [event["level"] for event in here.events()] == ["anomaly"]


def test_a_certificate_that_nobody_vouches_for_is_refused_and_one_that_is_trusted_is_not(tmp_path):
    made = certificate(tmp_path)
    with receiver(made) as here:
        sent = webhook(here).send(TOLD, hasty())
        assert (sent.delivered, sent.faults) == (set(), ["its certificate is not trusted"])
        assert here.bodies == []
        assert webhook(here, authority=made[0].read_text()).send(TOLD, hasty()).delivered == {0, 1}
        elsewhere = here.url.replace("127.0.0.1", "localhost")  # the certificate does not name it
        assert post(Target(elsewhere, authority=made[0].read_text()), b"{}", 5).final


@pytest.mark.parametrize(
    ("form", "parts"),
    [
        ("abslake", lambda body: json.loads(body)["findings"]),
        ("splunk", lambda body: [json.loads(line)["event"] for line in body.splitlines()]),
        ("ocsf", json.loads),
    ],
)
def test_forms_hold_every_finding(here, form, parts):
    assert webhook(here, form).send(TOLD, hasty()).delivered == {0, 1}
    (body,) = here.bodies
    assert len(parts(body)) == 2
    assert TOKEN not in body


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "https://",
        "https://user:password@example.com/",
        "https://exa mple.com/",
        "https://example.com:port/",
        "//example.com",
        "https://example.com/\r\nX: y",
    ],
)
def test_an_unsafe_address_is_no_setting(url):
    with pytest.raises(SettingsError, match="ABSLAKE_WEBHOOK_URL") as fault:
        from_environment({"ABSLAKE_WEBHOOK_URL": url})
    assert "exa" not in str(fault.value)


def test_the_secret_names_address_and_headers(tmp_path):
    place = tmp_path / "webhook.json"
    place.write_text(json.dumps({"url": "https://example.com/secret", "headers": {"Authorization": "Splunk x"}}))
    target = load_target(Settings(webhook_secret=f"file:{place}"))
    assert (target.url, target.headers) == ("https://example.com/secret", {"Authorization": "Splunk x"})
    assert "secret" not in repr(target)
    assert "Splunk" not in repr(target)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("no JSON", "not JSON"),
        ("[]", "must be an object"),
        ('{"url": "http://example.com/hidden"}', "url"),
        ("{}", "names no url"),
        ('{"url": "https://a", "headers": []}', "headers"),
        ('{"url": "https://a", "headers": {"A": "hidden\\r\\n"}}', "headers: A"),
        ('{"url": "https://a", "headers": {"A B": "hidden"}}', "headers"),
        ('{"url": "https://a", "headers": {"Host": "hidden"}}', "headers"),
        ('{"url": "https://a", "headers": {"A": 1}}', "headers: A"),
        ('{"url": "https://a", "authority": "hidden"}', "authority"),
        ('{"url": "https://a", "authority": 1}', "authority"),
    ],
)
def test_a_secret_that_is_wrong_says_where_and_not_what(tmp_path, document, said):
    place = tmp_path / "webhook.json"
    place.write_text(document)
    with pytest.raises(SettingsError, match=said) as fault:
        load_target(Settings(webhook_secret=f"file:{place}"))
    assert "hidden" not in str(fault.value)


def test_a_secret_that_is_not_there(tmp_path):
    with pytest.raises(StorageError, match="FileNotFoundError"):
        load_target(Settings(webhook_secret=f"file:{tmp_path}/none"))
    with pytest.raises(SettingsError, match="ABSLAKE_WEBHOOK_SECRET"):
        load_target(Settings(webhook_secret="elsewhere"))
