"""A function as it is on Lambda: the built layers, what the runtime brings, and nothing else of this machine.

`abslake.dev.emulator` runs it (AWS' Runtime Interface Emulator and awslambdaric); here is only what the runtime tier
adds: where scripts/bootstrap.sh has put the parts, and how a cold start is measured.
"""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from abslake.dev.emulator import EmulatedFunction, find_emulator

TOP = Path(__file__).parents[2]
RUNTIME = TOP / ".tools/runtime"
QUIET = {"POWERTOOLS_TRACE_DISABLED": "true", "POWERTOOLS_METRICS_NAMESPACE": "abslake"}  # no X-Ray daemon here


def emulated(
    code: Path,
    layers: Sequence[Path],
    environment: Mapping[str, str] | None = None,
    *,
    handler: str = "app.handler",
    timeout: int = 30,
) -> EmulatedFunction:
    """The function in the folder `code`; a context manager. Raises EmulatorMissing, FileNotFoundError."""
    if not RUNTIME.is_dir():
        raise FileNotFoundError("no .tools/runtime: run scripts/bootstrap.sh runtime")
    return EmulatedFunction(
        handler,
        code,
        layers=layers,
        environment=QUIET | dict(environment or {}),
        timeout=timeout,
        packages=RUNTIME,
        emulator=find_emulator([TOP / ".tools/sam"]),
    )


def cold_starts(
    code: Path, layers: Sequence[Path], environment: Mapping[str, str], event: object, times: int = 5
) -> list[float]:
    """Seconds of the first call in `times` fresh environments, in order: init, imports and the call itself."""
    seconds = []
    for _ in range(times):
        with emulated(code, layers, environment) as function:
            started = time.perf_counter()
            function.invoke(event)
            seconds.append(time.perf_counter() - started)
    return sorted(seconds)
