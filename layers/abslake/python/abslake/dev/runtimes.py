"""Functions as a stack runs them: in this process with an environment of their own, or under the emulator."""

import contextlib
import os
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, TextIO

import boto3
from aws_lambda_powertools.utilities.parameters import base as parameters

from abslake.dev.emulator import EmulatedFunction, find_client, find_emulator
from abslake.dev.environments import Environments
from abslake.dev.functions import FUNCTION_LOG, Printed, ProcessFunction

Runtime = Literal["process", "rie"]
"""How functions run."""


@contextlib.contextmanager
def function(
    folder: Path, runtime: Runtime, environment: Mapping[str, str], timeout: int | None = None, environments: int = 1
) -> Iterator[ProcessFunction | Environments]:
    """One function of the checkout, running; `timeout` in seconds, `environments` at most under the emulator.

    Raises EmulatorMissing, FileNotFoundError.
    """
    if runtime == "process":
        with _process_environment(environment):
            yield ProcessFunction(folder, timeout=timeout or 60)
        return
    project = folder.parent.parent
    client, emulator = find_client(project), find_emulator([project / ".tools/sam"])

    @contextlib.contextmanager
    def start() -> Iterator[EmulatedFunction]:
        emulated = EmulatedFunction(
            "app.handler",
            folder,
            layers=[project / "layers/abslake"],
            environment=environment,
            timeout=timeout or 300,
            client=client,
            emulator=emulator,
        )
        with emulated as running, _followed(running.log):
            yield running

    with Environments(start, environments) as running:
        yield running


@contextlib.contextmanager
def _followed(log: Path) -> Iterator[None]:
    """Copy what the runtime prints to where function logs go."""
    over = threading.Event()

    def follow() -> None:
        with log.open(errors="replace") as lines:
            while not over.wait(0.1):
                FUNCTION_LOG.write(lines.read())

    thread = threading.Thread(target=follow, name="function log", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextlib.contextmanager
def _process_environment(environment: Mapping[str, str]) -> Iterator[None]:
    """The functions' environment as this process's own, with nothing remembered from before; restored after."""
    before, stdout = dict(os.environ), sys.stdout
    os.environ.update(environment)
    sys.stdout = Printed(stdout)
    _forget()
    try:
        yield
    finally:
        sys.stdout = stdout
        os.environ.clear()
        os.environ.update(before)
        _forget()


def _forget() -> None:
    """Drop what is kept for the life of a process: settings, lakes, secrets, and the clients that fetched them."""
    for name, module in list(sys.modules.items()):
        if name.startswith("abslake."):
            for kept in vars(module).values():
                if clear := getattr(kept, "cache_clear", None):
                    clear()
    boto3.DEFAULT_SESSION = None
    parameters.DEFAULT_PROVIDERS.clear()  # type: ignore[attr-defined] # each holds its cache and its client


@contextlib.contextmanager
def logging_to(target: TextIO | None) -> Iterator[None]:
    """Function logs go to `target` meanwhile; None: nowhere."""
    before, FUNCTION_LOG.target = FUNCTION_LOG.target, target
    try:
        yield
    finally:
        FUNCTION_LOG.target = before
