"""The command line as a process of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

TOP = Path(__file__).parents[2]
PROGRAM = [sys.executable, "-W", "error::ResourceWarning", "-c", "from abslake.dev.cli import main; main()"]


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without settings of abslake, with the package of this checkout."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ABSLAKE_")}
    package = str(TOP / "layers/abslake/python")
    return {**kept, "PYTHONPATH": package, "COLUMNS": "200", "NO_COLOR": "1", **(extra or {})}


def abslake(*words: str | Path, **extra: str) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end; `extra` are environment variables."""
    return subprocess.run(
        [*PROGRAM, *map(str, words)], capture_output=True, text=True, timeout=180, env=environment(extra), check=False
    )
