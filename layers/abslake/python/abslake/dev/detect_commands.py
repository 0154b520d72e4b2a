"""The commands of detection: ``abslake detect`` and ``abslake detect …``. Each hands over to the module that does the work."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from abslake.dev import allow_commands, attack_list_commands, config_commands, tuning_commands
from abslake.dev.console import Exit, mistakes, stop, write_json
from abslake.dev.options import TIME_SHOWN, TIMES, LakeUrl, utc

detect = typer.Typer()


class LevelName(StrEnum):
    """How sure a finding is."""

    ATTACK = "attack"
    ANOMALY = "anomaly"


class FormName(StrEnum):
    """How findings are written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


Api = Annotated[str | None, typer.Option("--api", help="Only this API; all: types across APIs.", show_default="any")]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    tuning_commands.register(detect)
    allow_commands.register(detect)
    attack_list_commands.register(detect)
    config_commands.register(detect)
    app.add_typer(detect, name="detect")


@detect.callback(invoke_without_command=True)
def run(
    context: typer.Context,
    lake: Annotated[
        str, typer.Option("--lake", help="The lake: a folder, s3://bucket or s3://bucket/prefix.", show_default=False)
    ] = "",
    since: Annotated[
        datetime | None,
        typer.Option(formats=TIMES, metavar=TIME_SHOWN, help="Begin, UTC.", show_default="the first facts there are"),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(formats=TIMES, metavar=TIME_SHOWN, help="End, UTC.", show_default="the last facts there are"),
    ] = None,
) -> None:
    """Judge all windows that are due, by the same code as the detect function: who attacked, and what was unusual.

    The first 24 hours of an API's traffic are learned from (ABSLAKE_ATTACK_INITIAL_TRAINING); until then it has findings of the
    types with fixed rules only. The same facts give the same findings: run it as often as you like. Findings stand in the
    reports at once.

    Exit codes: 0 all judged; 1 the lake failed, another run is at work, or windows are left; 2 usage.

    Example: `abslake detect --lake ./lake`
    """
    from abslake.dev import detect as work
    from abslake.dev import lakes

    if context.invoked_subcommand:
        if lake or since or until:
            stop(
                Exit.USAGE,
                "the options belong behind the command",
                f"Write: abslake detect {context.invoked_subcommand} …",
            )
        return
    if not lake:
        stop(
            Exit.USAGE,
            "--lake is missing",
            "Write: abslake detect --lake FOLDER; abslake detect --help lists the commands.",
        )
    first, end = utc(since), utc(until)
    if first and end and first >= end:
        stop(Exit.USAGE, "--since is not before --until")
    with mistakes():
        store, settings = lakes.open_lake(lake, create=False), lakes.from_environment()
        summary = work.detect(store, settings, first, end)
        if summary is None:
            stop(
                Exit.FAILED,
                "this lake has no facts",
                "Read logs into it: abslake ingest FILES --lake LAKE --apis FOLDER",
            )
        if summary.busy:
            stop(
                Exit.FAILED,
                "another run of detection is at work",
                "Wait for it; abslake detect status says until when.",
            )
        work.show(summary, work.learned(store, settings), lake)
    if summary.left:
        raise typer.Exit(Exit.FAILED)


@detect.command()
def findings(  # noqa: PLR0913 - each is a word of the command line
    lake: LakeUrl,
    api: Api = None,
    attack_type: Annotated[
        int | None, typer.Option("--type", help="Only this type, by its id.", show_default="any")
    ] = None,
    level: Annotated[LevelName | None, typer.Option(help="Only this level.", show_default="both")] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            formats=TIMES,
            metavar=TIME_SHOWN,
            help="Only findings whose last request is since then, UTC.",
            show_default="any",
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 50,
    samples: Annotated[bool, typer.Option("--samples", help="With some of the requests behind each.")] = False,
    form: Annotated[
        FormName, typer.Option("--format", help="A table for reading, or all fields as json or csv.")
    ] = FormName.TABLE,
) -> None:
    """Show the newest findings: when, which type, which client, how far over the threshold.

    What the allow-list or a reset hides in reports is left out here too. Identifiers are shown in the clear.

    Exit codes: 0 shown, also where there are none; 1 the lake failed; 2 usage.

    Example: `abslake detect findings --lake ./lake --level attack --samples`
    """
    from abslake.detection.findings import Level
    from abslake.dev import detect_findings as work
    from abslake.dev import lakes

    with mistakes():
        store = lakes.open_lake(lake, create=False)
        wanted = work.Wanted(api, attack_type, Level(level.value) if level else None, utc(since), limit)
        found, more = work.newest(store, wanted)
    if form is FormName.JSON:
        write_json(work.as_json(found))
    elif form is FormName.CSV:
        write_json(work.as_csv(found))
    else:
        work.show(found, more=more, samples=samples)


@detect.command()
def explain(
    finding: Annotated[
        str, typer.Argument(metavar="ID", help="Id of a finding, or its first characters.", show_default=False)
    ],
    lake: LakeUrl,
) -> None:
    """Explain one finding: what was measured, in its units, what is normal there, why it is an attack or not, what to do next.

    The bars are the histogram that the threshold was read from: client-windows by value.

    Exit codes: 0 explained; 1 the lake failed; 2 usage; 3 no such finding.

    Example: `abslake detect explain 1a2b3c4d --lake ./lake`
    """
    from abslake.dev import detect_explain as work
    from abslake.dev import detect_findings, lakes
    from abslake.errors import NotFound

    with mistakes():
        store, settings = lakes.open_lake(lake, create=False), lakes.from_environment()
        try:
            found = detect_findings.named(store, finding)
        except NotFound as error:
            stop(Exit.UNKNOWN_API, str(error), "List them: abslake detect findings --lake LAKE")
        work.show(work.explain(store, settings, found))


@detect.command()
def status(
    lake: LakeUrl,
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON document, for programs.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Exit with 1 where detection is more than an hour late.")
    ] = False,
) -> None:
    """Show what was learned of each API, since when, and whether detection is on time.

    Late are facts that could have been judged for more than an hour and were not, of the last eight days that have facts.

    Exit codes: 0 shown; 1 the lake failed, or with --check: detection is late; 2 usage.

    Example: `abslake detect status --lake ./lake --check`
    """
    from abslake.dev import detect_status as work
    from abslake.dev import lakes

    with mistakes():
        store, settings = lakes.open_lake(lake, create=False), lakes.from_environment()
        try:
            found = work.status(store, settings)
        except FileNotFoundError:
            stop(Exit.FAILED, "the facts changed while they were listed", "Ask again.")
    if as_json:
        write_json(work.as_json(found))
    else:
        work.show(found)
    if check and found.late:
        raise typer.Exit(Exit.FAILED)
