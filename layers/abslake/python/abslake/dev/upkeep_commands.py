"""The commands of upkeep: ``abslake rebuild``, ``abslake erase``, ``abslake retention``. The work is in `abslake.upkeep`."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from abslake.dev.console import Exit, console, mistakes, stop

if TYPE_CHECKING:
    from abslake.upkeep.exchange import Progress
    from abslake.upkeep.logs import Logs
    from abslake.upkeep.versions import Versions

LakeUrl = Annotated[str, typer.Option("--lake", help="The lake: a folder, s3://bucket or s3://bucket/prefix.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Value = Annotated[str | None, typer.Option(metavar="VALUE", help="The identifier; - reads it from standard input.")]

_ATTEMPTS = 5
_Result = TypeVar("_Result")


class ErasedChoice(StrEnum):
    """What becomes of units that an identifier was erased from."""

    KEEP = "keep"
    RESTORE = "restore"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (rebuild, erase, retention):
        app.command()(command)


def rebuild(  # noqa: PLR0913 - each is a word of the command line
    lake: LakeUrl,
    first: Annotated[str, typer.Option("--from", metavar="YYYY-MM-DD", help="First day, UTC.")],
    end: Annotated[str, typer.Option("--to", metavar="YYYY-MM-DD", help="End, UTC: this day is not rebuilt.")],
    logs: Annotated[str, typer.Option(help="Where the logs are kept: s3://bucket, s3://bucket/prefix or a folder.")],
    apis_folder: Annotated[
        Path | None,
        typer.Option("--apis", help="Folder of API definitions (*.json): stored in the lake, then used."),
    ] = None,
    format_name: Annotated[
        str | None, typer.Option("--format", help="Log format.", show_default="found by content and file name")
    ] = None,
    any_time: Annotated[
        bool, typer.Option("--any-time", help="Take events of any age; else those outside the window are quarantined.")
    ] = False,
    keep_missing: Annotated[
        bool, typer.Option("--keep-missing", help="Where a log is gone, keep what it gave as it is.")
    ] = False,
    fewer: Annotated[
        bool, typer.Option("--fewer", help="Go on although a day would hold fewer requests afterwards.")
    ] = False,
    erased: Annotated[
        ErasedChoice | None,
        typer.Option(
            help="Where an identifier was erased from what a log gave: keep that as it is, or restore it from the log."
        ),
    ] = None,
    yes: Yes = False,
) -> None:
    """Read the logs of some days again, by today's definitions, in the place of what they gave.

    Days are exchanged in the reports at once, and old facts are deleted. Whatever breaks it off, each day answers as
    before or as after; to do it again goes on. docs/upkeep.md says what it needs and what it cannot do.

    Exit codes: 0 rebuilt; 1 logs are gone or the lake failed; 2 usage, or not confirmed.

    Example: `abslake rebuild --lake s3://LAKE --from 2026-03-01 --to 2026-03-08 --logs s3://LANDING`
    """
    from abslake.dev import lakes
    from abslake.formats import formats
    from abslake.index.build import Builder
    from abslake.records.definitions import load
    from abslake.upkeep import rebuild as work

    for day in (first, end):
        _check_day(day)
    if first >= end:
        stop(Exit.USAGE, "the range holds no day", "--to is the day behind the last one.")
    if format_name is not None and format_name not in formats():
        stop(Exit.USAGE, f"--format: {format_name!r} is none of {', '.join(sorted(formats()))}")
    with mistakes(), _advice(work.ADVICE):
        settings = lakes.from_environment()
        if any_time:
            window = {"event_time_past_days": None, "event_time_future_minutes": None}
            settings = settings.model_copy(update=window)
        store = lakes.open_lake(lake, create=False)
        place = _logs(logs)
        planned = _steadily(lambda: work.plan(store, place, first, end, settings))
        console.print(
            f"{len(planned.days)} days, {len(planned.units):,} units, {len(planned.logs):,} logs to read, "
            f"{len(planned.missing):,} gone"
        )
        _confirm("Rebuild these days?", yes)
        definitions = lakes.store_definitions(store, apis_folder) if apis_folder else load(store)
        for fault in definitions.rejected:
            console.print(f"[bold yellow]rejected:[/] {fault}")
        with _bar() as progress:
            done = work.run(
                planned,
                store,
                Builder(store, settings),
                definitions,
                settings,
                format_name,
                keep_missing=keep_missing,
                fewer=fewer,
                erased=work.Erased(erased.value) if erased else work.Erased.REFUSE,
                progress=progress,
            )
    console.print(
        f"rebuilt {done.days} days from {done.logs:,} logs: {done.requests_before:,} requests before, {done.requests:,} now, "
        f"{done.units:,} units, {done.quarantines:,} quarantine objects changed, {done.kept:,} logs left as they were"
    )
    for key in done.unreadable:
        console.print(f"not a log: {key}", markup=False)
    if apis_folder and definitions.rejected:
        raise typer.Exit(Exit.FAILED)


def erase(  # noqa: PLR0913 - each is a word of the command line
    lake: LakeUrl,
    token: Value = None,
    cookie: Value = None,
    api_key: Value = None,
    username: Value = None,
    ip: Value = None,
    versions: Annotated[
        bool, typer.Option("--versions/--no-versions", help="In S3: also the old versions that the bucket keeps.")
    ] = True,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say where it stands.")] = False,
    yes: Yes = False,
) -> None:
    """Take a client's identifier out of the whole lake: facts, index, findings, quarantine, large answers.

    Requests are still counted, without the identifier. It is found in other fields too (paths, user agents), also
    percent-encoded and in base64. Give the value as - and type or pipe it in, and it stays out of the shell's history.
    At the end it says what else holds the identifier, above all the logs themselves.

    Exit codes: 0 erased, or nothing found; 1 the lake failed, or something is left: do it again later; 2 usage, or not
    confirmed.

    Example: `abslake erase --lake s3://LAKE --token -`
    """
    from abslake.detection.findings import IdentifierKind
    from abslake.dev import lakes
    from abslake.index.build import Builder
    from abslake.records.addresses import canonical
    from abslake.upkeep import erase as work
    from abslake.upkeep.traces import Traces

    words = {"token": token, "cookie": cookie, "api_key": api_key, "username": username, "ip": ip}
    given = [(kind, value) for kind, value in words.items() if value is not None]
    if len(given) != 1:
        stop(Exit.USAGE, "one identifier at a time", "Give one of --token, --cookie, --api-key, --username, --ip.")
    kind, word = given[0]
    value = _from_standard_input(yes=yes or dry_run) if word == "-" else word
    if not value:
        stop(Exit.USAGE, "the identifier is empty")
    if kind == "ip" and canonical(value) is None:
        stop(Exit.USAGE, "--ip: not an IPv4 or IPv6 address", "Nothing was looked for; give one address.")
    with mistakes():
        settings = lakes.from_environment()
        store = lakes.open_lake(lake, create=False)
        traces = Traces(IdentifierKind(kind), value)
        with _bar() as progress:
            found = _steadily(lambda: work.look(store, traces, settings, progress))
        console.print(
            f"it stands in {sum(map(len, found.units.values())):,} units of {len(found.units)} days and in "
            f"{sum(map(len, found.texts.values())):,} objects of findings, quarantine and results"
        )
        if dry_run:
            _say_logs(found.logs)
            return
        kept = _versions(lake) if versions else None
        if found.objects or kept:
            _confirm("Erase it? This cannot be undone.", yes)
        with _bar() as progress:
            done = work.erase(store, Builder(store, settings), traces, found, settings, kept, progress=progress)
    console.print(f"erased: {done.units:,} units, {done.objects:,} other objects, {done.versions:,} old versions")
    _say_what_else(lake, found.logs, versions=kept is not None)
    if done.unfinished:
        stop(Exit.FAILED, f"{done.unfinished} objects are at work by others and may hold it", "Do it again in an hour.")


def retention(
    lake: LakeUrl,
    days: Annotated[int, typer.Option(min=2, help="Days to keep, today's included (UTC).")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    yes: Yes = False,
) -> None:
    """Drop days that are kept no longer: they count in no report any more, and what the lake holds of them is deleted.

    The same as the setting ABSLAKE_RETENTION_DAYS does by itself with every compaction. It cannot be taken back.

    Exit codes: 0 dropped, or nothing to drop; 1 the lake failed; 2 usage, or not confirmed.

    Example: `abslake retention --lake ./lake --days 90 --dry-run`
    """
    from abslake.dev import lakes
    from abslake.upkeep import retention as work

    with mistakes():
        store = lakes.open_lake(lake, create=False)
        day = work.first_day(days, datetime.now(UTC))
        there = work.older(store, day)
        counts = ", ".join(f"{count:,} in {prefix}" for prefix, count in there.items())
        console.print(f"before {day} lie {counts}")
        if dry_run:
            return
        _confirm(f"Drop all days before {day}?", yes)
        dropped = work.drop(store, day)
    console.print(f"{dropped.since} is the first day that counts; {dropped.objects:,} objects were deleted")


def _steadily(work: Callable[[], _Result]) -> _Result:
    """Begin again when the lake changes under a long look at it. Raises StorageError."""
    from abslake.errors import StorageError

    for _ in range(_ATTEMPTS):
        try:
            return work()
        except FileNotFoundError:
            continue
    raise StorageError("the lake changes faster than it can be looked through: try again at a quieter time")


@contextmanager
def _advice(advice: dict[str, str]) -> Iterator[None]:
    """Behind a refusal, the option that goes on."""
    from abslake.errors import UpkeepRefused

    try:
        yield
    except UpkeepRefused as error:
        stop(Exit.FAILED, str(error), next((words for part, words in advice.items() if part in str(error)), ""))


@contextmanager
def _bar() -> "Iterator[Progress]":
    """A progress bar on standard error."""
    from rich.progress import Progress

    with Progress(console=console, transient=True) as bars:
        task = bars.add_task("")

        def progress(step: str, done: int, total: int) -> None:
            bars.update(task, description=step, completed=done, total=total)

        yield progress


def _confirm(question: str, yes: bool) -> None:
    try:
        confirmed = yes or typer.confirm(question, err=True)
    except typer.Abort:  # nobody is there to answer
        confirmed = False
    if not confirmed:
        stop(Exit.USAGE, "not confirmed: nothing was changed", "Where nobody can answer, add --yes.")


def _from_standard_input(*, yes: bool) -> str:
    """The identifier, typed unseen or piped in, without its newline."""
    if sys.stdin.isatty():
        return getpass("identifier: ")
    if not yes:
        stop(Exit.USAGE, "the identifier comes from standard input, so nobody can be asked", "Add --yes.")
    return sys.stdin.readline().rstrip("\r\n")


def _check_day(text: str) -> None:
    try:
        valid = datetime.fromisoformat(text).strftime("%Y-%m-%d") == text
    except ValueError:
        valid = False
    if not valid:
        stop(Exit.USAGE, f"{text!r} is no day", "Write YYYY-MM-DD.")


def _logs(place: str) -> "Logs":
    from abslake.upkeep.logs import BucketLogs, FolderLogs

    if place.startswith("s3://"):
        bucket, _, prefix = place.removeprefix("s3://").partition("/")
        return BucketLogs(_s3(), bucket, prefix)
    if not Path(place).is_dir():
        stop(Exit.USAGE, f"--logs: there is no folder {place}", "Give a folder, s3://bucket or s3://bucket/prefix.")
    return FolderLogs(Path(place))


def _s3() -> Any:
    import boto3

    return boto3.client("s3")


def _versions(lake: str) -> "Versions | None":
    """The lake's old versions, if it is in a bucket that keeps them and lets us see them."""
    from abslake.errors import StorageError
    from abslake.upkeep.versions import Versions

    if not lake.startswith("s3://"):
        return None
    bucket, _, prefix = lake.removeprefix("s3://").partition("/")
    versions = Versions(_s3(), bucket, prefix.strip("/"))
    try:
        return versions if versions.are_kept() else None
    except StorageError as error:
        console.print(f"[bold yellow]warning:[/] old versions are left: {error}")
        return None


def _say_what_else(lake: str, logs: "set[tuple[str, str]]", *, versions: bool) -> None:
    """What the erasure cannot reach."""
    _say_logs(logs)
    if lake.startswith("s3://") and not versions:
        console.print("Old versions, if the bucket keeps them, hold it until its lifecycle rules remove them.")
    console.print("Report functions that run keep local copies until they end (minutes to hours without calls).")
    console.print("Athena keeps the results of queries that were asked about it, in its own results bucket.")


def _say_logs(logs: "set[tuple[str, str]]") -> None:
    if logs:
        console.print(
            f"The logs hold it: {len(logs):,} log objects. Uploaded again under another name they bring it back."
        )
        for bucket, key in sorted(logs)[:20]:
            console.print(f"  {bucket}: {key}", markup=False)
        if len(logs) > 20:
            console.print("  …")
