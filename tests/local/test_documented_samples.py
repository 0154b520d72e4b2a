"""The six documented answers through the local stack: S3 put, event, ingest function, HTTP with keys.

Compared number for number; the order of lists and maps is not the samples' (they print in hash order, contract 0.2).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from abslake.dev import ledger, samples
from abslake.dev.demo import ANY_TIME, ingest_samples
from abslake.dev.samples import SAMPLES
from abslake.dev.stack import Options, Stack, local_stack, project_folder
from tests.support.replies import get
from tests.support.samples import sample, unordered, username_sample

EXAMPLES = project_folder() / "examples"
DOCUMENTED = {s.title: s for s in SAMPLES if s.title.startswith("api_")}
REAL_LOGS = {s.title: s for s in SAMPLES if s.title not in DOCUMENTED}

# S3's own test event brings no metric, which Powertools remarks upon.
pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish:UserWarning")


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with local_stack(Options(environment=ANY_TIME)) as running:
        assert ingest_samples(running, EXAMPLES, timeout=300) == set()
        yield running


def answer(stack: Stack, name: str) -> Any:
    asked = {**DOCUMENTED, **REAL_LOGS}[name]
    reply = get(stack.url + asked.target, stack.admin.headers)
    assert reply.status == 200
    return reply.json


@pytest.mark.parametrize("name", sorted(DOCUMENTED))
def test_the_documented_answer_comes_out(stack: Stack, name: str) -> None:
    # The printed user name sample lacks one of its two addresses (54,982 requests): the missing entry is added to it.
    documented = username_sample() if name == "api_abs_username" else sample(name)
    assert unordered(answer(stack, name)) == unordered(documented)


@pytest.mark.parametrize("name", sorted(REAL_LOGS))
def test_the_real_logs_are_counted(stack: Stack, name: str) -> None:
    assert REAL_LOGS[name].wrong(answer(stack, name)) == []


def test_every_line_is_accounted_for(stack: Stack) -> None:
    found = {account.key: account for account in ledger.accounts(stack.lake())}
    assert set(found) == set(samples.logs(EXAMPLES))
    for account in found.values():
        assert account.lines_read == account.good + account.quarantined + account.blank
    assert sum(account.quarantined for account in found.values()) == 1  # a line of the Apache log that breaks off


def test_the_same_logs_again_change_nothing(stack: Stack, tmp_path: Path) -> None:
    # some small ones: what is asked is whether they are known again, all the way from the event
    (tmp_path / "ase").mkdir()
    for log in sorted((EXAMPLES / "ase").glob("*.gz"), key=lambda path: path.stat().st_size)[:5]:
        (tmp_path / "ase" / log.name).symlink_to(log)
    before = {entry.key: entry.last_modified for entry in stack.lake().list("facts/")}
    stack.delivery.finished.clear()  # so that it is their second delivery that is waited for
    assert ingest_samples(stack, tmp_path, timeout=300) == set()
    assert len(stack.delivery.finished) == 5
    assert {entry.key: entry.last_modified for entry in stack.lake().list("facts/")} == before
