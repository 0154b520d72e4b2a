"""The detect function: facts become findings and events, once; it says how far behind it is; no identifier is logged."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from abslake.detection import figures
from abslake.detection.announce import Announced
from abslake.detection.findings import IdentifierKind, key
from abslake.dev.functions import FunctionFailed
from abslake.errors import StorageError
from tests.support.announcing import answers, receiver
from tests.support.compact_function import metrics
from tests.support.detect_function import Detects, detecting
from tests.support.facts import fact, finding, write_findings
from tests.support.indexed import add_facts

pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish:UserWarning")

ADDRESS, TOKEN = "192.0.2.77", "token-of-somebody"
HOUR_AGO = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
SQL = 1
"""The bit of `signals` for SQL in the URL."""


@pytest.fixture
def here() -> Iterator[Detects]:
    with detecting() as made:
        yield made


def attack(here: Detects, requests: int = 50, source: str = "test") -> None:
    """Queries with SQL in them: judged by a rule, so that nothing needs to be learned."""
    rows = [fact(HOUR_AGO + timedelta(minutes=n), ip=ADDRESS, requests=requests, signals=SQL) for n in range(5)]
    add_facts(here.lake, rows, source)


def test_facts_become_a_finding_and_one_event(here: Detects) -> None:
    attack(here)

    first = here.scheduled()

    assert (first["Attacks"], first["Announced"], first["Undelivered"]) == (1, 1, 0)
    (event,) = here.events()
    assert (event["source"], event["detail-type"]) == ("abslake", "Attack")
    assert event["detail"]["attack_id"] == 41
    assert event["detail"]["attack_code"]
    assert ADDRESS not in str(event)
    assert ADDRESS in here.lake.get(key(HOUR_AGO)).decode()


def test_facts_that_come_late_have_the_window_judged_again_and_tell_nothing_twice(here: Detects) -> None:
    attack(here)
    here.scheduled()
    here.events()

    attack(here, requests=70, source="late")
    again = here.scheduled()

    assert again["WindowsJudgedAgain"] >= 1
    assert (again["Attacks"], again["Announced"]) == (0, 0)
    assert here.events() == []
    assert here.scheduled()["WindowsJudgedAgain"] == 0


def test_metrics_tell_whether_there_is_traffic_or_not(here: Detects, capsys: pytest.CaptureFixture[str]) -> None:
    here.scheduled()

    printed = capsys.readouterr().out
    for name in {*figures.SECONDS, *figures.COUNTS, *figures.told(Announced())}:
        assert metrics(printed, name), name
    assert metrics(printed, "DetectionLagSeconds") == [0]
    assert metrics(printed, "WindowsJudged") == [0]

    attack(here)
    here.scheduled()
    printed = capsys.readouterr().out
    assert metrics(printed, "Attacks") == [1]
    assert metrics(printed, "RequestsJudged") == [250]


def test_while_another_run_is_at_work_it_says_nothing_of_the_lag(
    here: Detects, capsys: pytest.CaptureFixture[str]
) -> None:
    from abslake.detection.lease import lease

    with lease(here.lake, 60):
        assert "WindowsJudged" not in here.scheduled()

    printed = capsys.readouterr().out
    assert metrics(printed, "DetectionLagSeconds") == []
    assert metrics(printed, "Undelivered") == [0]


def test_what_was_found_is_told_though_judging_fails(here: Detects, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise StorageError("on purpose")

    now = datetime.now(UTC)
    write_findings(here.lake, [finding("A", IdentifierKind.TOKEN, TOKEN, "shop", f"{now:%Y-%m-%dT%H:%M:%S}")])
    monkeypatch.setattr(sys.modules["abslake_function_detect"], "run", fails)

    with pytest.raises(FunctionFailed):
        here.scheduled()

    assert [event["detail"]["name"] for event in here.events()] == ["A"]


def test_logs_hold_no_identifier(here: Detects) -> None:
    attack(here)
    here.scheduled()

    text = here.log.getvalue()
    assert '"Attacks":1' in text
    for identifier in (ADDRESS, TOKEN, "/shop/items"):
        assert identifier not in text


def test_a_webhook_that_is_away_is_told_when_it_is_back() -> None:
    with receiver() as hook, detecting({"ABSLAKE_WEBHOOK_URL": hook.url}) as here:
        attack(here)
        hook.script.append(answers(403))

        assert (here.scheduled()["Announced"], here.scheduled()["Announced"]) == (1, 1)

        assert [event["attack_id"] for event in hook.events()] == [41]
        assert len(here.events()) == 1
        assert "webhook: HTTP 403" in here.log.getvalue()
        assert hook.url not in here.log.getvalue()
        assert metrics(here.log.getvalue(), "Undelivered") == [1, 0]
