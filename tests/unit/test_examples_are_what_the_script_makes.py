"""examples/ holds what scripts/make_examples.py writes, small enough for the repository; gzip's own bytes may differ."""

import gzip
import runpy
from pathlib import Path

TOP = Path(__file__).parents[2]
MADE = ("ase", "apis", "findings")


def contents(folder: Path) -> dict[str, bytes]:
    files = [path for name in MADE for path in sorted((folder / name).iterdir())]
    return {
        str(path.relative_to(folder)): gzip.decompress(data) if path.suffix == ".gz" else data
        for path in files
        if (data := path.read_bytes())
    }


def test_the_script_makes_the_examples(tmp_path: Path) -> None:
    write = runpy.run_path(str(TOP / "scripts/make_examples.py"))["write"]
    assert list(write(tmp_path))
    assert contents(tmp_path) == contents(TOP / "examples")


def test_the_examples_are_small() -> None:
    assert sum(path.stat().st_size for name in MADE for path in (TOP / "examples" / name).iterdir()) < 1_000_000


def test_foreign_logs_keep_their_licences() -> None:
    folder = TOP / "examples/logs"
    page = (folder / "README.md").read_text()
    for log in folder.glob("*.gz"):
        assert log.name in page
    for licence in folder.glob("LICENSE-*"):
        assert licence.name in page
    assert len(list(folder.glob("LICENSE-*"))) == 2
