"""The command ``abslake apis suggest``. The work is in `abslake.dev.suggest`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from abslake.dev.console import Exit, console, mistakes, out, stop
from abslake.dev.progress_bar import bar

if TYPE_CHECKING:
    from abslake.dev.suggest import Suggestion

_AUTO = "auto"


def register(apis: typer.Typer) -> None:
    """Add the command to the group of API definitions."""
    apis.command()(suggest)


def _share(text: str) -> float:
    """``0.5%`` or ``0.005`` as a number from 0 to 1."""
    try:
        value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise typer.BadParameter(f"{text!r} is no share: write 0.5% or 0.005")
    return value


def suggest(
    files: Annotated[list[Path], typer.Argument(help="Log files, plain, gzip or Parquet.", show_default=False)],
    format_name: Annotated[
        str, typer.Option("--format", metavar="auto|NAME", help="Log format; auto finds it by content and file name.")
    ] = _AUTO,
    target: Annotated[
        Path | None, typer.Option("--out", help="Write the definitions to this folder, one NAME.json each.")
    ] = None,
    min_share: Annotated[
        str, typer.Option("--min-share", metavar="SHARE", help="Share of all requests that an API has at least.")
    ] = "0.5%",
    force: Annotated[bool, typer.Option("--force", help="Write over definitions that are there.")] = False,
    grammars: Annotated[
        Path | None, typer.Option("--grammars", help="Folder of grammars (*.toml, *.json) of your own formats.")
    ] = None,
) -> None:
    """Propose API definitions from what logs show: hosts, path prefixes, and where the clients' identities stand.

    Nothing is stored in a lake. The table says what each definition would take; look through it, rename what has a better
    name, and leave out what is no API. Of tokens, keys and cookies the names of their fields are shown, never a value.

    Exit codes: 0 proposals made; 1 a file cannot be read, or there is nothing to propose; 2 usage, or a file is there already.

    Example: `abslake apis suggest access.log.gz --out ./apis`
    """
    from abslake.dev import lakes, sniffing
    from abslake.dev import suggest as work

    share = _share(min_share)
    if missing := [file for file in files if not file.is_file()]:
        stop(Exit.USAGE, f"there is no file {missing[0]}", "Check the path; a folder is given as FOLDER/*.gz.")
    with mistakes():
        known = sniffing.known(grammars)
        if format_name not in (_AUTO, *known):
            stop(Exit.USAGE, f"--format: {format_name!r} is none of {', '.join((_AUTO, *sorted(known)))}")
        wanted = None if format_name == _AUTO else format_name
        settings = lakes.from_environment()
        with bar() as progress:
            found = work.suggest(files, settings, share, wanted, known, progress)
    _show(found)
    if found.proposals:
        if target:
            _write(found, target, force=force)
        _say_what_next(target)
    if found.unreadable or not found.proposals:
        raise typer.Exit(Exit.FAILED)


def _show(found: "Suggestion") -> None:
    from rich.markup import escape
    from rich.table import Table

    for file, fault in found.unreadable.items():
        console.print(f"[bold red]unreadable:[/] {escape(file.name)}:", end=" ")
        console.print(fault, markup=False)
    if not found.proposals:
        if found.requests:
            console.print(f"nothing to propose from {found.requests:,} requests: no host or path has enough of them")
            console.print("  A longer log, or a smaller --min-share, may show more.")
        elif not found.unreadable:
            console.print("nothing to propose: there are no requests")
        return
    table = Table(title="Proposed API definitions", title_justify="left")
    for name in ("name", "host", "url"):
        table.add_column(name, overflow="fold")
    for name in ("requests", "share", "2xx"):
        table.add_column(name, justify="right")
    table.add_column("identities seen", overflow="fold")
    for proposal in found.proposals:
        table.add_row(
            escape(proposal.name),
            escape(proposal.host),
            escape(proposal.url),
            f"{proposal.requests:,}",
            f"{proposal.requests / found.requests:.1%}",
            f"{proposal.succeeded / proposal.known:.0%}" if proposal.known else "",
            escape(str(proposal.identities)) or "none",
        )
    out.print(table)
    console.print(
        f"they take {found.covered / found.requests:.1%} of {found.requests:,} requests "
        f"({found.static / found.requests:.1%} are for static files)"
    )


def _write(found: "Suggestion", target: Path, *, force: bool) -> None:
    if target.exists() and not target.is_dir():
        stop(Exit.USAGE, f"--out: {target} is a file", "Give a folder.")
    files = {target / f"{proposal.name}.json": proposal.json for proposal in found.proposals}
    there = [path for path in files if path.exists()]
    if there and not force:
        stop(
            Exit.USAGE,
            f"{len(there)} of the definitions are there already, such as {there[0]}: nothing was written",
            "Give another folder, or add --force to write over them.",
        )
    target.mkdir(parents=True, exist_ok=True)
    for path, text in files.items():
        path.write_text(text, encoding="utf-8")
    noun = "definition" if len(files) == 1 else "definitions"
    console.print(f"wrote {len(files)} {noun} to {target}", markup=False)


def _say_what_next(target: Path | None) -> None:
    if target is None:
        console.print("  Nothing was written: add --out FOLDER for the definitions.")
        return
    console.print(f"  Look through them, then: abslake apis check {target}", markup=False)
    console.print(f"  and: abslake ingest FILES --lake LAKE --apis {target}", markup=False)
