"""Options that several commands share."""

from typing import Annotated

import typer

LakeUrl = Annotated[str, typer.Option("--lake", help="The lake: a folder, s3://bucket or s3://bucket/prefix.")]
Jobs = Annotated[
    int, typer.Option(min=1, max=64, help="Processes that work side by side, one CPU and up to 1.5 GB each.")
]
