"""A cache folder goes with its process: deleted by a process that ends itself, by the next one where it was killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.command import environment

PROGRAM = """
import os, sys
from abslake.reports.fetch import Cache
from abslake.storage import Lake
cache = Cache(Lake("memory:"), None, 1)
print(cache.folder, flush=True)
if sys.argv[1] == "wait":
    sys.stdin.read()
if sys.argv[1] == "kill":
    os.kill(os.getpid(), 9)
"""


def folder_of(how: str, top: Path) -> Path:
    words = [sys.executable, "-c", PROGRAM, how]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment({"TMPDIR": str(top)}))
    assert done.returncode in {0, -signal.SIGKILL}, done.stderr
    return Path(done.stdout.strip())


def age(folder: Path) -> None:
    """Make it older than a folder whose lock may still be missing."""
    before = time.time() - 3600
    os.utime(folder, (before, before))


def test_a_process_that_ends_deletes_its_folder(tmp_path: Path) -> None:
    assert folder_of("end", tmp_path).parent == tmp_path
    assert list(tmp_path.iterdir()) == []


def test_the_next_process_deletes_the_folder_of_one_that_was_killed(tmp_path: Path) -> None:
    left = folder_of("kill", tmp_path)
    assert left.is_dir()
    age(left)

    folder_of("end", tmp_path)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("old", [True, False])
def test_the_folder_of_a_process_that_lives_stays(tmp_path: Path, old: bool) -> None:
    words = [sys.executable, "-c", PROGRAM, "wait"]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment({"TMPDIR": str(tmp_path)})
    ) as living:
        assert living.stdout
        folder = Path(living.stdout.readline().strip())
        if old:
            age(folder)

        folder_of("end", tmp_path)

        assert list(tmp_path.iterdir()) == [folder]
        living.communicate("")
    assert list(tmp_path.iterdir()) == []
