"""The commands of export: ``abslake export ocsf``, ``abslake export findings``. The work is in `abslake.export`."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from abslake.dev.console import console, mistakes, write_json
from abslake.dev.options import LakeUrl
from abslake.dev.progress_bar import bar

if TYPE_CHECKING:
    from datetime import datetime

    from abslake.export.identifiers import Identifiers
    from abslake.export.ocsf import Exported
    from abslake.settings import Settings

export = typer.Typer(help="The lake's facts and findings in the forms of other systems.", no_args_is_help=True)

_TIME = "YYYY-MM-DD[THH:MM]"


class ShownChoice(StrEnum):
    """What is exported of tokens, cookies and API keys."""

    NONE = "none"
    MASKED = "masked"
    CLEAR = "clear"


class FindingForm(StrEnum):
    """What a finding becomes."""

    ABSLAKE = "abslake"
    SPLUNK = "splunk"
    OCSF = "ocsf"


class FindingIdentifiers(StrEnum):
    """What is said of a finding's client; as `abslake.export.disclosure.Identifiers`."""

    MASKED = "masked"
    SECRETS_MASKED = "secrets-masked"
    CLEAR = "clear"


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.add_typer(export, name="export")


@export.callback()
def of_export() -> None:
    """The lake's facts and findings in the forms of other systems."""


@export.command()
def ocsf(  # noqa: PLR0913 - each is a word of the command line
    lake: LakeUrl,
    earlier: Annotated[str, typer.Option("--from", metavar=_TIME, help="Begin of the range, UTC, included.")],
    later: Annotated[str, typer.Option("--to", metavar=_TIME, help="End of the range, UTC, not included.")],
    out: Annotated[str, typer.Option(help="Where to write: a folder, or s3://bucket of Security Lake.")],
    region: Annotated[str, typer.Option(help="AWS region of the records.")],
    account: Annotated[
        str, typer.Option(help="AWS account of the records; of none a name such as external or external_shop.")
    ],
    source: Annotated[str, typer.Option("--source-name", help="The custom source's name.")] = "abslake",
    api: Annotated[str | None, typer.Option(help="Only requests of this API.", show_default="all requests")] = None,
    shown: Annotated[
        ShownChoice,
        typer.Option(
            "--identifiers",
            help="Tokens, cookies and API keys: left out; masked, as the restricted user of the reports sees cookies "
            "(needs ABSLAKE_USERS); or in the clear, which lets every reader act as the client.",
        ),
    ] = ShownChoice.NONE,
) -> None:
    """Write facts as OCSF HTTP Activity (class 4002), in Parquet, as Amazon Security Lake asks of a custom source.

    One object for each hour with requests, under ext/SOURCE/region=…/accountId=…/eventDay=…/. The same range again writes only
    what has changed. Give whole hours: of two ranges that cut an hour differently the objects lie beside each other.
    docs/ocsf.md says what becomes of which column, and how to register the source.

    Exit codes: 0 written, or no requests in the range; 1 a lake failed: do it again, it goes on; 2 usage.

    Example: `abslake export ocsf --lake lake --from 2026-03-01 --to 2026-03-02 --out ocsf --region eu-west-1 --account external`
    """
    from abslake.dev import lakes
    from abslake.export.ocsf import Source, Wanted
    from abslake.export.ocsf import export as work

    with mistakes():
        settings = lakes.from_environment()
        place = Source(source, region, account)
        wanted = Wanted(_time("--from", earlier), _time("--to", later), place, api, _identifiers(shown, settings))
        store = lakes.open_lake(lake, create=False)
        target = lakes.open_lake(_without_prefix(out, source), create=True)
        if shown is ShownChoice.CLEAR:
            console.print("[bold yellow]warning:[/] tokens, cookies and API keys are written in the clear")
        with bar() as progress:
            done = work(store, target, wanted, settings, progress)
    _say(done)


@export.command()
def findings(
    lake: LakeUrl,
    earlier: Annotated[str, typer.Option("--from", metavar=_TIME, help="Begin of the range, UTC, included.")],
    later: Annotated[str, typer.Option("--to", metavar=_TIME, help="End of the range, UTC, not included.")],
    form: Annotated[
        FindingForm, typer.Option("--format", help="Our own events, Splunk's attack.log, or OCSF Detection Finding.")
    ] = FindingForm.ABSLAKE,
    shown: Annotated[
        FindingIdentifiers,
        typer.Option(
            "--identifiers",
            help="What is said of clients: masks; masks of tokens, cookies and API keys only; or all in the clear.",
        ),
    ] = FindingIdentifiers.MASKED,
    api: Annotated[str | None, typer.Option(help="Only findings of this API.", show_default="all findings")] = None,
) -> None:
    """Write findings as JSON, one a line, to standard output, in the order of time.

    The range is that of a finding's last request. With the same --identifiers each has the id that the event about it had, so a
    receiver of both can tell copies. Masks are those of the reports where ABSLAKE_USERS names their users.

    Exit codes: 0 written, or no findings in the range; 1 the lake failed; 2 usage.

    Example: `abslake export findings --lake lake --from 2026-03-01 --to 2026-03-02 --format splunk > attack.log`
    """
    from abslake.dev import lakes
    from abslake.export import findings as work
    from abslake.export.disclosure import Identifiers

    with mistakes():
        settings = lakes.from_environment()
        store = lakes.open_lake(lake, create=False)
        wanted = work.Wanted(_time("--from", earlier), _time("--to", later), form.value, api)
        if shown is FindingIdentifiers.CLEAR:
            console.print("[bold yellow]warning:[/] tokens, cookies and API keys are written in the clear")
        count = 0
        for line in work.lines(store, wanted, work.disclosure_for(store, settings, Identifiers(shown.value))):
            write_json(line)
            count += 1
    console.print(_counted(count, "finding"))


def _time(option: str, text: str) -> "datetime":
    """A day's beginning or a minute, UTC. Raises BadRequest."""
    from datetime import UTC

    from abslake.reports import dates

    return dates.read(option, f"{text}T00:00" if len(text) == len("2026-03-01") else text, UTC)


def _identifiers(shown: ShownChoice, settings: "Settings") -> "Identifiers":
    """Raises SettingsError where they are to be masked and there is no key."""
    from abslake.access import source
    from abslake.export.identifiers import Identifiers, Shown

    key = source.load(settings).masking_key if shown is ShownChoice.MASKED else None
    return Identifiers(Shown(shown.value), key)


def _without_prefix(out: str, source: str) -> str:
    """Security Lake names a source's place with the prefix that the objects' names begin with."""
    return out.rstrip("/").removesuffix(f"/ext/{source}")


def _say(done: "Exported") -> None:
    if not done.records:
        console.print("no requests in this range: nothing was written")
        return
    console.print(
        f"{_counted(done.records, 'record')} of {_counted(done.requests, 'request')}: "
        f"{_counted(done.objects, 'object')} written, {done.unchanged:,} there already, {done.bytes:,} bytes in all"
    )


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
