"""The commands that tune detection: thresholds, switches of types, resets. The work is in `abslake.detection`."""

from typing import Annotated

import typer

from abslake.dev.console import Exit, console, mistakes, stop, write_json
from abslake.dev.options import By, LakeUrl

ACROSS = "all"

Type = Annotated[
    str, typer.Argument(metavar="TYPE", help="The type: its id, or its name as abslake detect thresholds has it.")
]
Scope = Annotated[str, typer.Option("--api", help="The API; all for a type across APIs.")]


def register(detect: typer.Typer) -> None:
    """Add the commands to the group."""
    for command in (thresholds, set_threshold, drop_threshold, switch, reset):
        detect.command()(command)


def thresholds(
    lake: LakeUrl,
    api: Scope,
    attack_type: Annotated[
        str | None, typer.Option("--type", help="Only this type, by id or name.", show_default="all")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON document, for programs.")] = False,
) -> None:
    """Show the thresholds of an API: learned ones for each kind of client, and what users have set, in words and on the scale.

    Over Tn is unusual, over Tx extreme. The scale of counts and bytes doubles with each step: 11 is 1,024 to 2,047.

    Exit codes: 0 shown; 1 the lake failed; 2 usage; 3 unknown API.

    Example: `abslake detect thresholds --api shop --lake ./lake`
    """
    from abslake.dev import detect_thresholds as work
    from abslake.dev.tuning_targets import open_with, type_of

    with mistakes():
        store = open_with(lake, api)
        chosen = type_of(attack_type) if attack_type else None
        rows = work.rows(store, api, chosen.id if chosen else None)
    if as_json:
        write_json(work.as_json(rows))
    else:
        work.show(rows)


def set_threshold(
    attack_type: Type,
    variable: Annotated[str, typer.Argument(metavar="VARIABLE", help="Its variable: A, B, …")],
    lake: LakeUrl,
    api: Scope,
    tn: Annotated[int, typer.Option(help="Over it is unusual; on the variable's scale.")],
    by: By,
    tx: Annotated[
        int | None, typer.Option(help="Over it is extreme; where the variable has one.", show_default=False)
    ] = None,
) -> None:
    """Set a threshold. It holds, whatever is learned, until it is dropped or the API is reset; from the next window on.

    Exit codes: 0 set; 1 the lake failed; 2 usage: no such type or variable, or outside its range; 3 unknown API.

    Example: `abslake detect set-threshold 1 A --tn 25 --tx 28 --api shop --lake ./lake`
    """
    from abslake.detection import tuning_changes
    from abslake.detection.tuning_changes import Wanted
    from abslake.dev.tuning_targets import open_with, scope_of, type_of

    with mistakes():
        store, detector = open_with(lake, api), type_of(attack_type)
        wanted = Wanted("threshold", detector.type_name, variable.upper(), tn, tx)
        tuning_changes.set_thresholds(store, by, *scope_of(api, detector), [wanted])
    console.print(
        f"type {detector.id}, variable {variable.upper()}, {api}: Tn {tn}, Tx {'as learned' if tx is None else tx}",
        markup=False,
    )


def drop_threshold(
    attack_type: Type,
    lake: LakeUrl,
    api: Scope,
    by: By,
    variable: Annotated[
        str | None, typer.Option(metavar="VARIABLE", help="Only this variable: A, B, …", show_default="all of the type")
    ] = None,
) -> None:
    """Go back from thresholds that were set to those that are learned.

    Exit codes: 0 done, also where none was set; 1 the lake failed; 2 usage; 3 unknown API.

    Example: `abslake detect drop-threshold 1 --api shop --lake ./lake`
    """
    from abslake.detection import tuning_changes
    from abslake.detection.tuning_changes import Wanted
    from abslake.dev.tuning_targets import open_with, scope_of, type_of

    with mistakes():
        store, detector = open_with(lake, api), type_of(attack_type)
        wanted = Wanted("threshold", detector.type_name, variable.upper() if variable else None)
        tuning_changes.drop_thresholds(store, by, *scope_of(api, detector), [wanted])
    console.print(f"type {detector.id}, {api}: as learned", markup=False)


def switch(
    lake: LakeUrl,
    by: By,
    on: Annotated[
        list[int] | None, typer.Option("--on", metavar="ID", help="Switch this type on; may be repeated.")
    ] = None,
    off: Annotated[
        list[int] | None, typer.Option("--off", metavar="ID", help="Switch this type off; may be repeated.")
    ] = None,
) -> None:
    """Switch attack types on and off; without either, say which are off. What was found stays, learning goes on.

    Exit codes: 0 done; 1 the lake failed; 2 usage: no such type, or one that cannot be switched.

    Example: `abslake detect switch --off 22 --on 23 --lake ./lake`
    """
    from abslake.detection import tuning_changes
    from abslake.detection.detectors import detectors
    from abslake.detection.tuning import Tuning
    from abslake.dev.tuning_targets import open_with

    with mistakes():
        store = open_with(lake, ACROSS)
        tuning = tuning_changes.switch(store, by, on or [], off or []) if on or off else Tuning.load(store)
    idle = [f"{one.id} {one.name}" for one in detectors().values() if not tuning.enabled(one.id)]
    console.print(f"off: {', '.join(idle) or 'none'}", markup=False)


def reset(
    lake: LakeUrl,
    api: Annotated[list[str], typer.Option("--api", help="The API; may be repeated.")],
    by: By,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Forget what was learned and found of an API, and thresholds set for it: after a release that changed everything.

    Training begins anew at this moment. Facts stay as they are.

    Exit codes: 0 reset; 1 the lake failed, or a run of detection is at work; 2 usage, or not confirmed; 3 unknown API.

    Example: `abslake detect reset --api shop --lake ./lake`
    """
    from abslake.dev.tuning_targets import open_with
    from abslake.reports import attack_status

    with mistakes():
        for one in api:
            store = open_with(lake, one)
        if not yes and not typer.confirm(f"Forget what was learned and found of {', '.join(api)}?", err=True):
            stop(Exit.USAGE, "nothing was reset")
        attack_status.reset(store, by, api)
    console.print(f"{', '.join(api)}: training begins anew", markup=False)
