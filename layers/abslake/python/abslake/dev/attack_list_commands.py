"""The commands of the attack list: ``abslake detect release`` and ``hold``; see `abslake.reports.attack_list`."""

from typing import Annotated

import typer

from abslake.dev.console import Exit, console, mistakes, stop, write_json
from abslake.dev.options import By, LakeUrl

ACROSS = "all"

Minutes = Annotated[
    int | None, typer.Option(min=0, metavar="MINUTES", help="Clients of this kind.", show_default="as it is")
]
Named = Annotated[list[str] | None, typer.Option(metavar="VALUE", help="This one; may be repeated.")]


def register(detect: typer.Typer) -> None:
    """Add the commands to the group."""
    for command in (release, hold):
        detect.command()(command)


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


def hold(
    lake: LakeUrl,
    by: By,
    ips: Minutes = None,
    cookies: Minutes = None,
    oauth_tokens: Minutes = None,
    api_keys: Minutes = None,
    usernames: Minutes = None,
) -> None:
    """Set for how many minutes clients that are found from now on stay on the attack list; 0: for ever.

    What is in force stands in abslake report admin.

    Exit codes: 0 set; 1 the lake failed; 2 usage.

    Example: `abslake detect hold --ips 120 --lake ./lake`
    """
    from abslake.detection.attack_list_store import MAX_MINUTES
    from abslake.dev.tuning_targets import open_with
    from abslake.reports import admin
    from abslake.reports.admin_models import AdminChange

    given = {"ips": ips, "cookies": cookies, "oauth_tokens": oauth_tokens, "api_keys": api_keys, "usernames": usernames}
    minutes = {key: value for key, value in given.items() if value is not None}
    if any(value > MAX_MINUTES for value in minutes.values()):
        stop(Exit.USAGE, f"{MAX_MINUTES} minutes at most")
    if not minutes:
        stop(Exit.USAGE, "name at least one kind", "Write: abslake detect hold --ips MINUTES --lake LAKE")
    with mistakes():
        admin.change(open_with(lake, ACROSS), by, AdminChange.model_validate({"ttl": minutes}))
    console.print(", ".join(f"{key}: {value or 'for ever'}" for key, value in minutes.items()), markup=False)
