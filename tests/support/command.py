"""The command line as a process of its own.

To import the package and what it needs takes longer than most commands. So one process imports it once, and each command
is a child that it forks: with arguments, environment, folder, output and exit of its own. `PROGRAM` is the command as a
shell starts it, for tests of signals and of what is left behind.
"""

import atexit
import contextlib
import functools
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

TOP = Path(__file__).parents[2]
PYTHON = [sys.executable, "-W", "error::ResourceWarning", "-c"]
PROGRAM = [*PYTHON, "from abslake.dev.cli import main; main()"]

# The child that a request is for leaves the loop and runs the command as a program does, to the interpreter's own end.
FORKING = """
import json, os, socket, sys
from abslake.dev.cli import main
import abslake.dev.backfill, abslake.facts.ingest, abslake.index.build, abslake.reports, boto3, duckdb, obstore

def serve(asked):
    while True:
        request, files, _, _ = socket.recv_fds(asked, 1 << 20, 3)
        if not request:
            os._exit(0)
        if (child := os.fork()) == 0:
            break
        for file in files:
            os.close(file)
        asked.send(json.dumps(["pid", child]).encode())
        asked.send(json.dumps(["ended", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])]).encode())
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    asked.close()
    words, environment, folder = json.loads(request)
    for name in set(os.environ) - set(environment):
        del os.environ[name]
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv[1:] = words

serve(socket.socket(fileno=int(sys.argv[1])))
main()
"""


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without settings of abslake, with the package of this checkout."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ABSLAKE_")}
    package = str(TOP / "layers/abslake/python")
    return {**kept, "PYTHONPATH": package, "COLUMNS": "200", "NO_COLOR": "1", **(extra or {})}


@functools.cache
def _forking() -> socket.socket:
    """The process that forks, by the socket that it listens to; it ends with this one."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        started = subprocess.Popen(
            [*PYTHON, FORKING, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,  # rich asks as it is imported whether this is a terminal
            env=environment(),
        )

    def end() -> None:
        ours.close()
        started.wait(10)

    atexit.register(end)
    return ours


def abslake(*words: str | Path, **extra: str) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end; `extra` are environment variables."""
    asked = _forking()
    with (
        Path(os.devnull).open() as nothing,
        tempfile.TemporaryFile("w+", encoding="utf-8") as out,
        tempfile.TemporaryFile("w+", encoding="utf-8") as err,
    ):
        request = json.dumps([[*map(str, words)], environment(extra), str(Path.cwd())]).encode()
        socket.send_fds(asked, [request], [nothing.fileno(), out.fileno(), err.fileno()])
        answer = asked.recv(100)
        assert answer, "the package cannot be imported: PROGRAM says why"
        _, child = json.loads(answer)
        code = _code(asked, child)
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess([*PROGRAM, *map(str, words)], code, out.read(), err.read())


def _code(asked: socket.socket, child: int) -> int:
    """How the command ended; one that takes too long is killed, and it is an error."""
    asked.settimeout(180)
    try:
        return int(json.loads(asked.recv(100))[1])
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, 9)
        asked.settimeout(None)
        asked.recv(100)
        raise
    finally:
        asked.settimeout(None)
