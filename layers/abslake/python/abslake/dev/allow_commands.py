"""The commands of the allow-list: ``abslake detect allow``, ``disallow``, ``allowed``; see `abslake.detection.allow_list`."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from abslake.dev.console import Exit, console, mistakes, stop, write_json
from abslake.dev.options import TIME_SHOWN, TIMES, By, LakeUrl, Why, utc

ACROSS = "all"


class KindName(StrEnum):
    """What a client is known by."""

    TOKEN = "token"  # noqa: S105 - a kind, not a secret
    IP = "ip"
    COOKIE = "cookie"
    API_KEY = "api-key"
    USERNAME = "username"


def register(detect: typer.Typer) -> None:
    """Add the commands to the group."""
    for command in (allow, disallow, allowed):
        detect.command()(command)


def allow(  # noqa: PLR0913 - each is a word of the command line
    kind: Annotated[KindName, typer.Argument(help="What the client is known by.")],
    value: Annotated[str, typer.Argument(metavar="VALUE", help="The identifier; of ip an address or address/prefix.")],
    lake: LakeUrl,
    why: Why,
    by: By,
    attack_type: Annotated[
        str | None, typer.Option("--type", help="Only for this type: id or name.", show_default="all")
    ] = None,
    api: Annotated[str, typer.Option("--api", help="Only at this API.")] = ACROSS,
    since: Annotated[
        datetime | None,
        typer.Option(
            formats=TIMES,
            metavar=TIME_SHOWN,
            help="From then on, UTC; earlier hides findings of before.",
            show_default="now",
        ),
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=TIMES, metavar=TIME_SHOWN, help="Until then, UTC.", show_default="ended")
    ] = None,
) -> None:
    """Put a client or a network on the allow-list: a load test, a partner's batch, a scanner of your own.

    Prints the entry's id. Nothing is found of it any more, for the type or all; it can be taken back.

    Exit codes: 0 entered; 1 the lake failed, or an equal entry counts already; 2 usage; 3 unknown API.

    Example: `abslake detect allow ip 198.51.100.0/24 --type 1 --why "nightly export" --lake ./lake`
    """
    from abslake.detection import allow_list
    from abslake.detection.findings import IdentifierKind
    from abslake.dev.tuning_targets import open_with, type_of

    with mistakes():
        store = open_with(lake, api)
        chosen = type_of(attack_type) if attack_type else None
        wanted = allow_list.Request(
            IdentifierKind(kind.value.replace("-", "_")),
            value,
            chosen.id if chosen else None,
            None if api == ACROSS else api,
            why,
            utc(since),
            utc(until),
        )
        entry = allow_list.add(store, by, wanted)
    write_json(entry.id)


def disallow(
    entry: Annotated[
        str, typer.Argument(metavar="ID", help="The entry's id, see abslake detect allowed.", show_default=False)
    ],
    lake: LakeUrl,
    why: Why,
    by: By,
) -> None:
    """End an entry of the allow-list: from now on the client is judged again. The entry is kept, with who ended it and why.

    Exit codes: 0 ended, also where it had been; 1 the lake failed; 2 usage; 3 no such entry.

    Example: `abslake detect disallow benign-1a2b3c4d5e6f --why "export has moved" --lake ./lake`
    """
    from abslake.detection import allow_list
    from abslake.dev.tuning_targets import open_with
    from abslake.errors import NotFound

    with mistakes():
        store = open_with(lake, ACROSS)
        try:
            allow_list.end(store, by, entry, why)
        except NotFound as error:
            stop(Exit.UNKNOWN_API, str(error), "List them: abslake detect allowed --lake LAKE")
    console.print("ended", markup=False)


def allowed(
    lake: LakeUrl,
    every: Annotated[bool, typer.Option("--all", help="Entries that count no more, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON document, for programs.")] = False,
) -> None:
    """Show the allow-list: whom, for what, who entered it, when and why.

    Exit codes: 0 shown; 1 the lake failed; 2 usage.

    Example: `abslake detect allowed --all --lake ./lake`
    """
    from abslake.dev import detect_allowed as work
    from abslake.dev.tuning_targets import open_with

    with mistakes():
        entries = work.entries(open_with(lake, ACROSS), every=every)
    if as_json:
        write_json(work.as_json(entries))
    else:
        work.show(entries)
