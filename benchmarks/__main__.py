"""All benchmarks, one after the other: ``python -m benchmarks``. Each has options of its own when run by itself."""

import subprocess
import sys
from pathlib import Path

from rich.console import Console

BENCHMARKS = ("ingest", "formats", "reports", "load", "package")


def main(options: list[str]) -> int:
    """Runs every benchmark with the options that all of them know (``--strict``); the worst exit code counts."""
    worst = 0
    for name in BENCHMARKS:
        Console().rule(name)
        command = [sys.executable, "-m", f"benchmarks.{name}", *options]
        worst = max(worst, subprocess.run(command, cwd=Path(__file__).parents[1], check=False).returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
