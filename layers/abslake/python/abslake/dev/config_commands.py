"""The command that changes settings in the lake: ``abslake detect configure``; see `abslake.reports.global_config`."""

import json
from typing import Annotated

import typer

from abslake.dev.console import Exit, console, mistakes, stop
from abslake.dev.options import By, LakeUrl

ACROSS = "all"


def register(detect: typer.Typer) -> None:
    """Add the command to the group."""
    detect.command()(configure)


def configure(
    settings: Annotated[
        list[str],
        typer.Argument(
            metavar="KEY=VALUE…", help="What to set: a number, true, false, or default.", show_default=False
        ),
    ],
    lake: LakeUrl,
    by: By,
) -> None:
    """Change settings that lie in the lake and override those of the deployment, from the next run of detection and report on.

    The keys and what is in force stand in abslake report globalconfig. The value default goes back to the deployment's.

    Exit codes: 0 changed; 1 the lake failed; 2 usage: no such key, out of its range, or without effect here.

    Example: `abslake detect configure attack_initial_training=168 root_api_attack=false --lake ./lake`
    """
    from abslake.dev.tuning_targets import open_with
    from abslake.reports import bodies, global_config

    words = {"true": True, "false": False, "default": None}
    values: dict[str, object] = {}
    for one in settings:
        key, equals, value = one.partition("=")
        if not equals or key in values:
            stop(Exit.USAGE, "write KEY=VALUE, each key once")
        values[key] = words.get(value, value)
    with mistakes():
        wanted = bodies.read(json.dumps(values).encode(), global_config.GlobalChange)
        global_config.change(open_with(lake, ACROSS), by, wanted)
    console.print(", ".join(sorted(values)) + ": changed", markup=False)
