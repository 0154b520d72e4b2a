"""One run of ``abslake backfill`` from plan to summary, by this machine or through the queue; each gives the exit code."""

from collections.abc import Callable
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass
from pathlib import Path

from abslake.dev import lakes, sniffing
from abslake.dev.backfill import run as work
from abslake.dev.backfill.local import Job, LocalFeeder
from abslake.dev.backfill.outcomes import INTERRUPTION, Feeder, Stop
from abslake.dev.backfill.places import BucketPlace, Place
from abslake.dev.backfill.queue import QueueFeeder, sqs_client
from abslake.dev.backfill.show import Shown, show, show_dry_run, show_plan
from abslake.dev.backfill.state import Backfill, State, default_path
from abslake.dev.console import Exit, console, stop
from abslake.facts.landing import forced_names
from abslake.formats import grammar
from abslake.records.definitions import load
from abslake.settings import Settings

FeederOf = Callable[[Stop, int], AbstractContextManager[Feeder]]
"""Makes the feeder of a run, for so many objects."""

INTERRUPTED = 130
"""The exit code that shells give a program ended by Ctrl-C."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line says of the source; `state_file` None is the usual one."""

    place: Place
    choice: work.Choice
    state_file: Path | None = None
    window_is_chosen: bool = False
    """Somebody has said what becomes of events that are old at their upload."""

    def state(self, backfill: Backfill) -> State:
        """What was done before. Raises StateInUse."""
        return State.load(self.state_file or default_path(backfill), backfill)


def dry_run(wanted: Wanted, lake_url: str | None, queue: str | None) -> None:
    """List and say what would be done; nothing is written, on this machine neither. Raises StateInUse, StorageError."""
    backfill = Backfill(wanted.place.url, _lake_name(lake_url) if lake_url else queue or "")
    if lake_url and ("://" in lake_url or Path(lake_url).is_dir()):
        there = lakes.open_lake(lake_url, create=False)
        backfill = Backfill(backfill.source, backfill.target, work.lake_id(there, backfill, create=False))
    state = wanted.state(backfill)
    with Shown() as shown:
        planned = work.plan(wanted.place, wanted.choice, state, shown)
    show_plan(planned, state, queue=bool(queue))
    show_dry_run(planned)


@dataclass(frozen=True, slots=True)
class Reading:
    """How this machine reads: folders of definitions and grammars to store in the lake first, format, processes."""

    settings: Settings
    apis: Path | None = None
    grammars: Path | None = None
    format_name: str | None = None
    processes: int = 1


def into_lake(wanted: Wanted, lake_url: str, how: Reading) -> int:
    """Read on this machine. Raises StateInUse, StorageError."""
    store = lakes.open_lake(lake_url, create=True)
    definitions = lakes.store_definitions(store, how.apis) if how.apis else load(store)
    faults = sniffing.store(store, how.grammars) if how.grammars else []
    for fault in (*definitions.rejected, *faults):
        console.print("[bold yellow]rejected:[/]", end=" ")
        console.print(fault, markup=False)
    names = sorted(grammar.load(store).known)
    if how.format_name and how.format_name not in names:
        stop(Exit.USAGE, f"--format: {how.format_name!r} is none of auto, {', '.join(names)}")
    if unknown := forced_names(how.settings).difference(names):  # else each object would be noted as no log
        stop(Exit.USAGE, f"ABSLAKE_FORMATS: {min(unknown)!r} is none of {', '.join(names)}")
    backfill = Backfill(wanted.place.url, _lake_name(lake_url))
    backfill = Backfill(backfill.source, backfill.target, work.lake_id(store, backfill, create=True))
    job = Job(wanted.place, lake_url, definitions, how.settings, how.format_name)

    def feeder(stopper: Stop, objects: int) -> LocalFeeder:
        return LocalFeeder(job, min(how.processes, objects), stopper)

    code, done = _run(wanted, backfill, feeder, queue=False)
    if done:
        console.print(
            "Reports are exact as it is. The index makes them fast; a deployed stack folds by itself, else run"
        )
        console.print(f"  abslake compact --lake {lake_url} --jobs {how.processes}", markup=False, soft_wrap=True)
    return code or (Exit.FAILED if faults or (how.apis and definitions.rejected) else Exit.OK)


def through_queue(wanted: Wanted, place: BucketPlace, url: str, cap: int) -> int:
    """Hand over to the deployed ingest function. Raises StateInUse, StorageError."""
    with closing(sqs_client(url)) as sqs:

        def feeder(stopper: Stop, _objects: int) -> AbstractContextManager[Feeder]:
            return nullcontext(QueueFeeder(sqs, url, place, cap, stopper))

        code, done = _run(wanted, Backfill(place.url, url), feeder, queue=True)
        if done:
            waiting = QueueFeeder(sqs, url, place, cap, Stop()).in_flight()
            for text in (
                f"about {waiting:,} messages are in flight, those of new uploads included",
                "What the function cannot read comes to its dead-letter queue; after a redrive nothing counts twice.",
                "Its ABSLAKE_EVENT_TIME_PAST_DAYS (EventTimePastDays of the stack) decides how old events may be.",
            ):
                console.print(text)
    return code


def _run(wanted: Wanted, backfill: Backfill, feeder: FeederOf, *, queue: bool) -> tuple[int, bool]:
    """Plan, feed, show; the exit code, and whether something was done."""
    state = wanted.state(backfill)
    if state.is_of_another_lake:
        console.print("This is not the lake of the last backfill from there: beginning anew.")
    with closing(state):
        state.open(backfill)
        with Shown() as shown:
            planned = work.plan(wanted.place, wanted.choice, state, shown)
        show_plan(planned, state, queue=queue)
        if planned.too_old and not queue and not wanted.window_is_chosen:
            stop(Exit.USAGE, "what becomes of old events?", "Take them: --any-age. Or quarantine them: --no-any-age.")
        try:
            summary = _fed(planned, feeder, state)
        except KeyboardInterrupt:
            console.print("[bold yellow]abandoned:[/] objects under way will be read again")
            console.print("The same command again goes on where this one ended.")
            return INTERRUPTED, False
        show(summary, planned, state, queue=queue)
    if summary.stopped == INTERRUPTION:
        return INTERRUPTED, bool(summary.counts.objects or summary.sent)
    bad = summary.refused or summary.failed or summary.stopped or planned.refused_before
    return Exit.FAILED if bad else Exit.OK, bool(summary.counts.objects or summary.sent)


def _fed(planned: work.Plan, feeder: FeederOf, state: State) -> work.Summary:
    if not planned.objects:
        return work.Summary()
    stopper = Stop()
    with stopper, feeder(stopper, len(planned.objects)) as fed, Shown(planned) as shown:
        return work.run(planned, fed, state, stopper, shown)


def _lake_name(url: str) -> str:
    return url.rstrip("/") if "://" in url else str(Path(url).resolve())
