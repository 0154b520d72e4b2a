"""The commands about the index: ``abslake compact`` and ``abslake index …``. Each hands over to the module that does the work."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from abslake.dev.console import Exit, console, mistakes, stop, write_json
from abslake.dev.options import Jobs, LakeUrl

index = typer.Typer(help="The derived index: look at it, check it, make it again.", no_args_is_help=True)

_DAY = ["%Y-%m-%d"]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command()(compact)
    app.add_typer(index, name="index")


def compact(
    lake: LakeUrl,
    jobs: Jobs = 1,
    until_settled: Annotated[
        bool,
        typer.Option(
            "--until-settled",
            help="Close each day and month that is over now, and merge what came late. Else as the function does: "
            "two hours after its end, and late logs after a day.",
        ),
    ] = False,
) -> None:
    """Fold what is new into the index, until nothing is due: the work of the compact function, on this machine.

    Reports are exact before and after; the index makes them fast. A task is one kind of index and one day or month of it;
    it does not matter who does it: functions, this command and several of it may run at once, and all of them may be
    interrupted.

    Exit codes: 0 nothing is due any more; 1 a task failed or is left; 2 usage.

    Example: `abslake compact --lake ./lake --jobs 4 --until-settled`
    """
    from abslake.dev import compact as work
    from abslake.dev import lakes

    with mistakes():
        summary = work.compact(
            lakes.open_lake(lake, create=False), lakes.from_environment(), jobs, until_settled=until_settled
        )
    work.show(summary)
    if not summary.ok:
        raise typer.Exit(Exit.FAILED)


@index.command()
def status(
    lake: LakeUrl,
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON document, for programs.")] = False,
) -> None:
    """Show what the index covers, by kind: days and months, segments, bytes, and units that wait to be folded.

    As many segments as days are a tidy index: a report reads one object a segment. Waiting units are read directly by each
    report on their hours. The last line says how far compaction is behind.

    Exit codes: 0 shown, also where there is no index; 1 the lake cannot be read; 2 usage.

    Example: `abslake index status --lake ./lake --json`
    """
    from abslake.dev import index_status as work
    from abslake.dev import lakes

    with mistakes():
        store = lakes.open_lake(lake, create=False)
        try:
            found = work.status(store)
        except FileNotFoundError:
            stop(Exit.FAILED, "the index changed while it was read", "Ask again.")
    if as_json:
        write_json(work.as_json(found))
    else:
        work.show(found)


@index.command()
def rebuild(
    lake: LakeUrl,
    first: Annotated[
        datetime | None,
        typer.Option(
            "--from", formats=_DAY, metavar="YYYY-MM-DD", help="First day. Without it: the first that there is."
        ),
    ] = None,
    last: Annotated[
        datetime | None,
        typer.Option(
            "--to", formats=_DAY, metavar="YYYY-MM-DD", help="End: this day is not made again. Without it: the last is."
        ),
    ] = None,
    jobs: Jobs = 1,
    after_loss: Annotated[
        bool,
        typer.Option(
            "--after-loss",
            help="index/root.json is lost: begin a new one, and take rebuilt units that are there for what counts.",
        ),
    ] = False,
) -> None:
    """Make the index of these days again from the facts, and the months from the days. Reports go on meanwhile.

    Needed when `abslake index verify` finds a difference, or objects of the index were deleted by hand. Facts are not
    touched; each day is exchanged at once.

    Where index/root.json is gone, the whole index is made again. If the lake holds units of a rebuild or an erasure, only
    the root said which of them count: bring it back from the bucket's old versions, or say --after-loss.

    Exit codes: 0 done; 1 a day failed; 2 usage.

    Example: `abslake index rebuild --lake ./lake --from 2026-03-01 --to 2026-04-01`
    """
    from abslake.dev import compact as folding
    from abslake.dev import index_rebuild as work
    from abslake.dev import lakes

    if first and last and first >= last:
        stop(Exit.USAGE, "--from is not before --to", "--to is the first day that is not made again.")
    with mistakes():
        store, settings = lakes.open_lake(lake, create=False), lakes.from_environment()
        work.begin(store, after_loss=after_loss)
        made = work.rebuild(store, settings, first and first.date(), last and last.date(), jobs)
        summary = folding.compact(store, settings, jobs, until_settled=False)
    console.print(f"the index of {len(made.days):,} days was made again")
    for day, fault in made.failures.items():
        console.print(f"[bold red]failed:[/] {day}:", end=" ")
        console.print(fault, markup=False)
    folding.show(summary)
    if made.failures or not summary.ok:
        raise typer.Exit(Exit.FAILED)


@index.command()
def verify(
    lake: LakeUrl,
    reports: Annotated[int, typer.Option(min=1, help="How many reports to compare.")] = 60,
    seed: Annotated[int | None, typer.Option(help="Draw the same sample again; without it, another each time.")] = None,
) -> None:
    """Compare a sample of reports: computed from the facts alone, and with the index.

    Draws heavy and light identifiers and APIs from the facts, and ranges of minutes, days and months. Reading facts alone
    is slow: about a second for each day of a busy lake and report. An identifier is shown as a short hash only.

    Exit codes: 0 all are the same; 1 one differs, an object is gone, or the lake cannot be read; 2 usage.

    Example: `abslake index verify --lake ./lake --reports 200 --seed 7`
    """
    from abslake.dev import lakes
    from abslake.dev import verify as work
    from abslake.records.definitions import load

    chosen = seed if seed is not None else int(datetime.now(UTC).timestamp())
    with mistakes():
        store = lakes.open_lake(lake, create=False)
        found = work.verify(store, lakes.from_environment(), load(store), reports, chosen)
    work.show(found)
    console.print(f"the same sample again: --seed {chosen}")
    if found.differences or found.missing:
        raise typer.Exit(Exit.FAILED)
