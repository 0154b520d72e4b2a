"""The built layers and functions, as they would lie on Lambda, made by the script that `sam build` runs."""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).parents[2]
FUNCTIONS = TOP / "functions"


def build_layers(target: Path, architecture: str | None = None) -> list[Path]:
    """Both layers below `target`, in the order of Lambda's search path.

    `architecture` is arm64 or x86_64 (default: this machine's, so that they can be run), the Python that of the tests.
    Raises CalledProcessError; the script has said on standard error what was wrong.
    """
    here = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
    environment = os.environ | {
        "ABSLAKE_ARCHITECTURE": architecture or here,
        "ABSLAKE_PYTHON": f"{sys.version_info.major}.{sys.version_info.minor}",
    }
    subprocess.run([TOP / "scripts/build_layers.sh", "all", target], env=environment, check=True)
    return [target / "dependencies", target / "abslake"]


def without_bytecode(layers: list[Path], target: Path) -> list[Path]:
    """Copies of the layers below `target`, as a build that ships no .pyc would leave them."""
    copies = [target / layer.name for layer in layers]
    for layer, copy in zip(layers, copies, strict=True):
        shutil.copytree(layer, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copies


def size(*folders: Path) -> int:
    """Bytes of all files below the folders, as Lambda's limit counts them."""
    return sum(file.stat().st_size for folder in folders for file in folder.rglob("*") if file.is_file())
