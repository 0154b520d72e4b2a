"""The commands that change who may ask: ``abslake users add | rotate | retire | list``. The work: `abslake.dev.users_file`."""

import contextlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from abslake.access.users import Role
from abslake.dev.console import Exit, console, mistakes, out, stop, write_json

if TYPE_CHECKING:
    from abslake.dev.users_file import NewPair

users = typer.Typer(help="Users of the reports and their keys.", no_args_is_help=True)

PlaceOption = Annotated[
    str,
    typer.Option(
        "--users",
        envvar="ABSLAKE_USERS",
        metavar="PLACE",
        help="Where the users are kept: file:<path> or secretsmanager:<name or ARN>.",
        show_envvar=False,
        show_default="ABSLAKE_USERS",
    ),
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The user's name.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(users, name="users")


@users.command()
def add(
    name: Name,
    place: PlaceOption,
    role: Annotated[Role, typer.Option(help="What the user may see.")] = Role.RESTRICTED,
    requests_per_minute: Annotated[
        int | None, typer.Option(min=1, max=1_000_000, help="How often the user may ask.", show_default="no limit")
    ] = None,
) -> None:
    """Add a user and print the pair of keys, this once: of the secret only a digest is kept.

    Exit codes: 0 added; 1 the place cannot be read or written; 2 usage, or there is such a user.

    Example: `abslake users add dashboard --role restricted --users file:users.json`
    """
    from abslake.dev import users_file

    with _mistakes():
        kept = users_file.Place(place)
        document = kept.read()
        made = users_file.change(document, lambda d: users_file.add(d, name, role.value, requests_per_minute))
        kept.write(document)
    _print(name, made)


@users.command()
def rotate(
    name: Name,
    place: PlaceOption,
    overlap_hours: Annotated[
        float, typer.Option(min=0, max=8760, help="For how long the pairs that the user has go on; 0: they end now.")
    ] = 24,
) -> None:
    """Give a user a new pair of keys and print it, this once. The old one goes on for a while, then ends by itself.

    Exit codes: 0 rotated; 1 the place cannot be read or written; 2 usage, or there is no such user.

    Example: `abslake users rotate dashboard --overlap-hours 48 --users secretsmanager:abslake-users`
    """
    from abslake.dev import users_file

    with _mistakes():
        kept = users_file.Place(place)
        document, overlap = kept.read(), timedelta(hours=overlap_hours)
        made = users_file.change(document, lambda d: users_file.rotate(d, name, datetime.now(UTC), overlap))
        kept.write(document)
    _print(name, made)


@users.command()
def retire(
    name: Name,
    place: PlaceOption,
    access_key: Annotated[
        str | None,
        typer.Option(help="Only the pair whose access key begins so.", show_default="all pairs but the newest"),
    ] = None,
    whole: Annotated[bool, typer.Option("--all", help="Take the user away with all pairs.")] = False,
) -> None:
    """End pairs of keys now: all of a user but the newest, or one, or the user.

    Exit codes: 0 done; 1 the place cannot be read or written; 2 usage, or there is no such user or pair.

    Example: `abslake users retire dashboard --users file:users.json`
    """
    from abslake.dev import users_file

    with _mistakes():
        kept = users_file.Place(place)
        document = kept.read()
        gone = users_file.change(document, lambda d: users_file.retire(d, name, access_key, whole=whole))
        kept.write(document)
    console.print(f"{gone} pairs ended; functions follow when their cache has run out (five minutes)")


@users.command("list")
def show(place: PlaceOption) -> None:
    """List users and their pairs: of each the beginning of its access key, and until when it is good.

    Exit codes: 0 listed; 1 the place cannot be read; 2 usage.

    Example: `abslake users list --users file:users.json`
    """
    from rich.table import Table

    from abslake.dev import users_file

    table = Table("user", "role", "requests a minute", "access key", "pair")
    with _mistakes():
        for row in users_file.rows(users_file.Place(place).read(), datetime.now(UTC)):
            table.add_row(*row)
    out.print(table)


def _print(name: str, made: "NewPair") -> None:
    write_json(json.dumps({"name": name, "access_key": made.access_key, "secret_key": made.secret_key}))
    console.print("this is the only time that the secret key is shown")


@contextlib.contextmanager
def _mistakes() -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    from abslake.dev.users_file import UserMistake

    with mistakes():
        try:
            yield
        except UserMistake as error:
            stop(Exit.USAGE, str(error))
        except ClientError as error:
            stop(Exit.FAILED, f"Secrets Manager: {error.response['Error']['Code']}")
        except BotoCoreError as error:
            stop(Exit.FAILED, f"Secrets Manager: {type(error).__name__}")
