"""The command that takes clients off the attack list: ``abslake detect release``; see `abslake.reports.attack_list`."""

from typing import Annotated

import typer

from abslake.dev.console import Exit, mistakes, stop, write_json
from abslake.dev.options import By, LakeUrl

ACROSS = "all"

Named = Annotated[list[str] | None, typer.Option(metavar="VALUE", help="This one; may be repeated.")]


def register(detect: typer.Typer) -> None:
    """Add the command to the group."""
    detect.command()(release)


def release(  # noqa: PLR0913 - each is a word of the command line
    lake: LakeUrl,
    by: By,
    ip: Named = None,
    cookie: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="This cookie; may be repeated.")
    ] = None,
    token: Named = None,
    api_key: Named = None,
    username: Named = None,
    all_of: Annotated[
        list[str] | None,
        typer.Option(
            "--all",
            metavar="KIND",
            help="All of: ips, cookies, oauth_tokens, api_keys, usernames, or everybody; may be repeated.",
        ),
    ] = None,
) -> None:
    """Take clients off the attack list: named ones, or all of a kind. They come back when they go on attacking.

    Prints which were on the list and are no more.

    Exit codes: 0 done, also where none was on the list; 1 the lake failed; 2 usage.

    Example: `abslake detect release --ip 198.51.100.66 --lake ./lake`
    """
    from abslake.dev import lakes
    from abslake.dev.tuning_targets import open_with
    from abslake.reports import attack_list, dates
    from abslake.reports.attack_list_models import BulkRemoval, ClientRemoval

    named = {"ips": ip, "oauth_tokens": token, "api_keys": api_key, "usernames": username}
    given = {key: values for key, values in named.items() if values}
    cookies: dict[str, list[str]] = {}
    for one in cookie or []:
        name, equals, value = one.partition("=")
        if not equals:
            stop(Exit.USAGE, "--cookie: write NAME=VALUE")
        cookies.setdefault(name, []).append(value)
    if bool(given or cookies) == bool(all_of):
        stop(Exit.USAGE, "name clients, or --all KIND", "Write: abslake detect release --ip ADDRESS --lake LAKE")
    kinds = {"everybody": "delete_all"} | {key: f"delete_all_{key}" for key in attack_list.KEYS.values()}
    if strangers := set(all_of or []) - kinds.keys():
        stop(Exit.USAGE, f"--all: {len(strangers)} of the kinds are none of {', '.join(kinds)}")
    with mistakes():
        store, zone = open_with(lake, ACROSS), dates.zone(lakes.from_environment().timezone)
        if all_of:
            bulk = BulkRemoval.model_validate(dict.fromkeys((kinds[kind] for kind in all_of), True))
            write_json(attack_list.clear(store, by, bulk, zone).model_dump_json(indent=2))
        else:
            wanted = ClientRemoval.model_validate({**given, "cookies": cookies})
            write_json(attack_list.remove(store, by, wanted, zone).model_dump_json(indent=2))
