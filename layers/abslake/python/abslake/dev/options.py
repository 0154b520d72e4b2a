"""Options that several commands share."""

from datetime import UTC, datetime
from getpass import getuser
from typing import Annotated

import typer

LakeUrl = Annotated[str, typer.Option("--lake", help="The lake: a folder, s3://bucket or s3://bucket/prefix.")]
Jobs = Annotated[
    int, typer.Option(min=1, max=64, help="Processes that work side by side, one CPU and up to 1.5 GB each.")
]

TIMES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M"]
"""How moments are written."""

TIME_SHOWN = "YYYY-MM-DD[THH:MM]"


def by_login() -> str:
    """Who is at work, for the record."""
    return f"{getuser()} at the command line"


By = Annotated[
    str, typer.Option(default_factory=by_login, help="Who does it, for the record.", show_default="your login name")
]
Why = Annotated[str, typer.Option(help="Why, for the record.")]


def utc(moment: datetime | None) -> datetime | None:
    """A moment of the command line, which is UTC."""
    return moment.replace(tzinfo=UTC) if moment else None
