"""``abslake backfill``. Words are parsed here; the work is in `abslake.dev.backfill.run` and the modules beside it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from abslake.dev.console import Exit, mistakes, stop

_TIMES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M"]
_AUTO = "auto"
_PROCESSES = 2
_IN_FLIGHT = 100


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(backfill)


def backfill(  # noqa: PLR0913 - each is a word of the command line
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="Where the logs lie: s3://bucket, s3://bucket/prefix or a folder.",
            show_default=False,
        ),
    ],
    lake: Annotated[
        str | None,
        typer.Option(
            "--lake", help="Read them on this machine, into this lake: a folder, s3://bucket or s3://bucket/prefix."
        ),
    ] = None,
    queue: Annotated[
        str | None,
        typer.Option(
            "--queue", metavar="URL", help="Or have the deployed ingest function read them: its queue's address."
        ),
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(formats=_TIMES, metavar="YYYY-MM-DD", help="First day whose events are wanted, UTC."),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(formats=_TIMES, metavar="YYYY-MM-DD", help="End, UTC: events of this day are not wanted."),
    ] = None,
    concurrency: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            show_default=f"{_PROCESSES} or {_IN_FLIGHT}",
            help="With --lake: processes side by side, one CPU and 1 GB each. With --queue: messages in flight.",
        ),
    ] = None,
    apis_folder: Annotated[
        Path | None, typer.Option("--apis", help="Folder of API definitions (*.json): stored in the lake, then used.")
    ] = None,
    grammars: Annotated[
        Path | None,
        typer.Option("--grammars", help="Folder of grammars (*.toml, *.json): stored in the lake, then used."),
    ] = None,
    format_name: Annotated[
        str, typer.Option("--format", metavar="NAME", help="Log format; auto finds it by content and file name.")
    ] = _AUTO,
    any_age: Annotated[
        bool | None,
        typer.Option(
            "--any-age/--no-any-age",
            help="Take events however old they are at their upload, as in copies made later; or quarantine them.",
            show_default="ask where keys tell of such",
        ),
    ] = None,
    include: Annotated[
        list[str] | None,
        typer.Option(metavar="GLOB", help="Only such names, as *.gz; with a slash, such keys. Repeatable."),
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(metavar="GLOB", help="No such names or keys. Repeatable.")
    ] = None,
    retry_refused: Annotated[
        bool, typer.Option("--retry-refused", help="Try objects again that an earlier run found to be no log.")
    ] = False,
    state_file: Annotated[
        Path | None,
        typer.Option("--state", help="File that keeps what is done.", show_default="in ~/.local/state/abslake"),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list, and say what would be done.")] = False,
) -> None:
    """Bring in logs that lie in a bucket or a folder already. The source is only read.

    An object counts once, whatever is repeated or interrupted. Ctrl-C finishes the objects under way (twice: abandons
    them); the same command again goes on. --since and --until mean the days of the events: an object is left out only where
    its upload time, or the time in its key, says that it holds none. Each object is read whole.

    Exit codes: 0 all is in the lake, or in the queue; 1 objects were refused or failed; 2 usage; 130 interrupted.

    Example: `abslake backfill s3://LOGS/AWSLogs --since 2026-01-01 --until 2026-02-01 --lake ./lake`
    """
    _check(source, lake, queue)
    if since and until and since >= until:
        stop(Exit.USAGE, "--since is not before --until", "--until is the first day that is not wanted.")
    if queue and (apis_folder or grammars or format_name != _AUTO):
        stop(Exit.USAGE, "--apis, --grammars and --format are for --lake", "The deployed function has its own.")
    from abslake.dev import lakes
    from abslake.dev.backfill import session
    from abslake.dev.backfill.places import BucketPlace, place_of
    from abslake.dev.backfill.range import Range
    from abslake.dev.backfill.run import Choice, overlaps

    place = place_of(source)
    if lake and overlaps(place, lake):
        stop(Exit.USAGE, "the lake lies inside of what is to be read", "Name the logs by a folder or prefix beside it.")
    with mistakes():
        settings = lakes.from_environment()
        if any_age:
            settings = settings.model_copy(update={"event_time_past_days": None})
        choice = Choice(Range.of(_utc(since), _utc(until), settings), include or (), exclude or (), retry_refused)
        wanted = session.Wanted(place, choice, state_file, window_is_chosen=any_age is not None)
        forced = None if format_name == _AUTO else format_name
        code = 0
        if dry_run:
            session.dry_run(wanted, lake, queue)
        elif lake:
            how = session.Reading(settings, apis_folder, grammars, forced, concurrency or _PROCESSES)
            code = session.into_lake(wanted, lake, how)
        elif queue and isinstance(place, BucketPlace):
            code = session.through_queue(wanted, place, queue, concurrency or _IN_FLIGHT)
    raise typer.Exit(code)


def _check(source: str, lake: str | None, queue: str | None) -> None:
    """Mistakes about where from and where to."""
    in_bucket = source.startswith("s3://")
    if bool(lake) == bool(queue):
        advice = "--lake reads on this machine, --queue has the deployed function read."
        stop(Exit.USAGE, "either --lake or --queue is needed", advice)
    if in_bucket and not source.removeprefix("s3://").partition("/")[0]:
        stop(Exit.USAGE, "the source names no bucket", "Give s3://bucket or s3://bucket/prefix.")
    if queue and not in_bucket:
        advice = "Use --lake, or copy them into the landing bucket."
        stop(Exit.USAGE, "files of this machine cannot go through a queue", advice)
    if not in_bucket and not Path(source).is_dir():
        stop(Exit.USAGE, f"there is no folder {source}", "Give a folder, s3://bucket or s3://bucket/prefix.")


def _utc(moment: datetime | None) -> datetime | None:
    return moment and moment.replace(tzinfo=UTC)
