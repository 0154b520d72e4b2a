"""The commands about log formats: ``abslake formats …``. Each hands over to the module that does the work."""

from pathlib import Path
from typing import Annotated

import typer

from abslake.dev.console import Exit, mistakes, out, stop

formats = typer.Typer(help="Log formats: which there are, which a file has, and your own.", no_args_is_help=True)

Grammars = Annotated[
    Path | None,
    typer.Option("--grammars", help="Folder of grammars (*.toml, *.json) to know beside the built-in formats."),
]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.add_typer(formats, name="formats")


@formats.command("list")
def list_formats(grammars: Grammars = None) -> None:
    """The formats there are, built in or your own; docs/formats says what each of them tells about a request.

    Exit codes: 0 listed; 1 a grammar is not valid; 2 usage.

    Example: `abslake formats list --grammars examples/formats`
    """
    from abslake.dev import sniffing

    with mistakes():
        out.print(sniffing.table_of(sniffing.known(grammars)))


@formats.command()
def sniff(
    files: Annotated[list[Path], typer.Argument(help="Log files, plain, gzip or Parquet.", show_default=False)],
    grammars: Grammars = None,
) -> None:
    """Say which format a file has, how sure that is, and what would be read from its first lines.

    Shows the guess with its share of the first 200 lines, other formats that fit some of them, three lines as they would be
    read, and which fields of a request the log tells and which it lacks. Tokens, keys and cookies are shown by their length only.

    Exit codes: 0 every file has a format; 1 one has none, or cannot be read; 2 usage.

    Example: `abslake formats sniff access.log.gz`
    """
    from abslake.dev import sniffing

    if missing := [file for file in files if not file.is_file()]:
        stop(Exit.USAGE, f"there is no file {missing[0]}", "Check the path; a folder is given as FOLDER/*.gz.")
    with mistakes():
        found = [sniffing.sniff(file, sniffing.known(grammars)) for file in files]
    for guess in found:
        sniffing.show(guess, out)
    if not all(guess.fits for guess in found):
        raise typer.Exit(Exit.FAILED)


@formats.command()
def check(
    paths: Annotated[
        list[Path], typer.Argument(help="Grammars (*.toml, *.json) or folders of them.", show_default=False)
    ],
    lines: Annotated[
        Path | None, typer.Option(help="A log file: say as well how many of its lines each grammar reads.")
    ] = None,
) -> None:
    """Check grammars, which describe log formats of your own: each is ok, or rejected with file and field.

    Every example of a grammar must parse and give what it is expected to give. Grammars are used from config/formats/ in the
    lake: copy them there (aws s3 cp, cp), or let `abslake ingest --grammars FOLDER` do it.

    Exit codes: 0 all ok; 1 one or more rejected; 2 usage.

    Example: `abslake formats check my-gateway.toml --lines access.log`
    """
    from abslake.dev import sniffing

    rejected = False
    with mistakes():
        for name, verdict, ok in sniffing.verdicts(paths, lines):
            rejected = rejected or not ok
            typer.echo(f"{name}: {verdict}")
    if rejected:
        raise typer.Exit(Exit.FAILED)
