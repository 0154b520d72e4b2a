"""Compare-and-swap where replies are lost: refused, done and unknown are never taken for one another."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from abslake.errors import StorageError, WriteRefused, WriteStateUnknown
from abslake.storage import Lake, swap
from tests.support.s3 import CONFLICT, CUT_OFF, LATE, LOST_REPLY, SLOW_DOWN, Faults, S3Server, moto_server

EFFECT_UNSEEN = [LOST_REPLY, CUT_OFF]
NO_EFFECT = [CONFLICT, SLOW_DOWN]


@dataclass
class Clock:
    """Stands in for the module `time`: nothing waits, and each wait takes as long as it says."""

    now: float = 0.0
    waits: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(swap, "time", clock)
    return clock


@dataclass
class Scene:
    """A root object of content ``old``, seen through a store that fails as told, and through one that does not."""

    lake: Lake
    seen: Lake
    faults: Faults
    etag: str

    def is_replaced_by_another(self) -> None:
        self.seen.put("root", b"another")


@contextmanager
def scene(server: S3Server, faults: Faults) -> Iterator[Scene]:
    server.make_bucket("lake")
    seen = server.lake("s3://lake")
    yield Scene(server.lake("s3://lake"), seen, faults, seen.replace("root", b"old", None))


@pytest.fixture
def root(clock: Clock) -> Iterator[Scene]:
    faults = Faults()
    with moto_server(faults) as server, scene(server, faults) as there:
        yield there


@pytest.mark.parametrize("fault", EFFECT_UNSEEN)
@pytest.mark.parametrize("there_before", [True, False])
def test_a_write_whose_reply_is_lost_is_recognised(root: Scene, fault: str, there_before: bool) -> None:
    root.faults.script += [fault, SLOW_DOWN]
    key = "root" if there_before else "new"
    etag = root.lake.replace(key, b"ours", root.etag if there_before else None)
    assert root.seen.read(key) == (b"ours", etag)
    # It was recognised by reading, not by writing again.
    assert root.faults.script == [SLOW_DOWN]


@pytest.mark.parametrize("fault", NO_EFFECT)
@pytest.mark.parametrize("there_before", [True, False])
def test_a_refusal_that_passes_is_not_the_end(root: Scene, fault: str, there_before: bool) -> None:
    root.faults.script += [fault, fault, None]
    key = "root" if there_before else "new"
    etag = root.lake.replace(key, b"ours", root.etag if there_before else None)
    assert root.seen.read(key) == (b"ours", etag)
    assert root.faults.happened[fault] == 2


def test_a_write_that_takes_effect_after_its_connection_broke_is_recognised(root: Scene) -> None:
    # GIVEN a write of which nothing is to be seen, and which overtakes its own second attempt
    root.faults.script += [LATE, None]
    # WHEN the second attempt is refused THEN the refusal is understood: the object is ours
    etag = root.lake.replace("root", b"ours", root.etag)
    assert root.seen.read("root") == (b"ours", etag)
    assert root.faults.script == []


def test_a_loss_is_a_refusal_at_once(root: Scene) -> None:
    root.is_replaced_by_another()
    root.faults.script += [None, SLOW_DOWN]
    with pytest.raises(WriteRefused):
        root.lake.replace("root", b"ours", root.etag)
    assert root.faults.script == [SLOW_DOWN]
    assert root.seen.get("root") == b"another"


@pytest.mark.parametrize("there_before", [True, False])
def test_a_conflict_whose_winner_finished_is_a_refusal(root: Scene, there_before: bool) -> None:
    root.faults.script.append(CONFLICT)
    key = "root" if there_before else "new"
    root.faults.meanwhile = lambda: root.seen.put(key, b"another")
    with pytest.raises(WriteRefused):
        root.lake.replace(key, b"ours", root.etag if there_before else None)
    assert root.seen.get(key) == b"another"


@pytest.mark.parametrize("fault", [*EFFECT_UNSEEN, SLOW_DOWN, LATE])
def test_foreign_content_after_a_lost_reply_proves_nothing(root: Scene, fault: str) -> None:
    """Ours may have been there and been replaced by somebody who had read it: that is no refusal."""
    root.faults.script.append(fault)
    root.faults.meanwhile = root.is_replaced_by_another
    with pytest.raises(WriteStateUnknown):
        root.lake.replace("root", b"ours", root.etag)
    assert root.seen.get("root") == b"another"


def test_foreign_content_on_the_second_attempt_after_a_lost_reply_proves_nothing(root: Scene) -> None:
    root.faults.script += [SLOW_DOWN, CONFLICT]
    first, second = root.lake.read, root.is_replaced_by_another
    calls: list[str] = []

    def read(key: str) -> swap.Versioned:
        calls.append(key)
        if len(calls) == 2:
            second()
        return first(key)

    with pytest.raises(WriteStateUnknown):
        swap.in_store(root.lake._store_without_retries, "root", b"ours", root.etag, read)
    assert len(calls) == 2


@pytest.mark.parametrize("fault", NO_EFFECT)
def test_a_store_that_goes_on_refusing_leaves_the_state_unknown(root: Scene, clock: Clock, fault: str) -> None:
    root.faults.rates = {fault: 1.0}
    with pytest.raises(WriteStateUnknown):
        root.lake.replace("root", b"ours", root.etag)
    assert root.seen.get("root") == b"old"
    # Waits grow, each at least half and at most all of twice the last bound.
    bounds = [0.05 * 2**n for n in range(1, root.faults.happened[fault])]
    assert all(bound / 2 <= wait <= bound for wait, bound in zip(clock.waits, bounds, strict=True))
    assert len(bounds) >= 4


def test_no_attempt_begins_when_a_minute_has_passed(root: Scene, clock: Clock) -> None:
    # GIVEN attempts that take 25 seconds each
    root.faults.rates = {SLOW_DOWN: 1.0}
    reading = root.lake.read

    def slowly(key: str) -> swap.Versioned:
        clock.now += 25
        return reading(key)

    with pytest.raises(WriteStateUnknown):
        swap.in_store(root.lake._store_without_retries, "root", b"ours", root.etag, slowly)
    assert root.faults.happened[SLOW_DOWN] == 3


def test_an_object_that_cannot_be_looked_at_does_not_end_the_attempts(root: Scene) -> None:
    root.faults.script += [LOST_REPLY, None]
    answers = iter([StorageError("cannot read root")])

    def read(key: str) -> swap.Versioned:
        for error in answers:
            raise error
        return root.lake.read(key)

    etag = swap.in_store(root.lake._store_without_retries, "root", b"ours", root.etag, read)
    assert root.seen.read("root") == (b"ours", etag)


def test_a_bucket_that_is_missing_is_a_storage_error(root: Scene) -> None:
    nowhere = Lake("s3://no-such-bucket", **root.lake._options)
    with pytest.raises(StorageError):
        nowhere.delete(["root"])
    with pytest.raises(StorageError):
        nowhere.replace("root", b"ours", None)


@pytest.mark.parametrize("seed", range(3))
def test_any_mix_of_faults_and_writers_keeps_what_was_said(root: Scene, seed: int) -> None:
    """Writers add their names to a list: all that was told written is there once, and nothing that was told refused."""
    root.faults.rates = {CONFLICT: 0.15, SLOW_DOWN: 0.1, LOST_REPLY: 0.1, CUT_OFF: 0.1, LATE: 0.1}
    root.faults._random.seed(seed)
    written: set[str] = set()
    refused: set[str] = set()
    unknown: set[str] = set()

    def add(writer: int) -> None:
        for n in range(12):
            before, etag = root.seen.read("root")
            name = f"{writer}-{n}"
            try:
                root.lake.replace("root", before + f" {name}".encode(), etag)
            except WriteRefused:
                refused.add(name)
            except WriteStateUnknown:
                unknown.add(name)
            else:
                written.add(name)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(4)))
    root.faults.rates = {}
    root.seen.put("flush", b"")  # lets the last late write happen
    there = root.seen.get("root").decode().split()[1:]
    assert len(there) == len(set(there))
    assert written <= set(there)
    assert not refused & set(there)
    assert len(written) + len(refused) + len(unknown) == 48
    assert all((written, refused, unknown))
    assert len(root.faults.happened) == 5
