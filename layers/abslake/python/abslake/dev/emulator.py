"""A function in the real Lambda runtime, without a container: runtime interface emulator and awslambdaric.

One emulator is one execution environment and takes one call at a time: two at once crash it, so calls queue here. Real
are the runtime client, a clean environment, init and init again after a crash, the time-out and the payload limits.
Not real: memory is only a number that the function is told, and the code is not read-only.
Source of its answers: read off the emulator that aws-sam-cli ships; it sends no X-Amz-Function-Error header.
"""

import contextlib
import http.client
import importlib.util
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from abslake.dev.functions import PAYLOAD_LIMIT, FunctionFailed, FunctionTimedOut

_HOST = "127.0.0.1"
_CALL = "/2015-03-31/functions/function/invocations"
_ERROR_KEYS = {"errorMessage", "errorType", "requestId", "stackTrace"}
_START_SECONDS = 10.0


class EmulatorMissing(Exception):
    """The emulator or the runtime client is not installed, or does not start."""


class HandlerRaised(FunctionFailed):
    """The handler, or the import of its module, raised. `error_type` and `trace` are what Lambda would report."""

    def __init__(self, error_type: str, message: str, trace: Sequence[str] = ()) -> None:
        super().__init__(f"{error_type}: {message}")
        self.error_type, self.trace = error_type, list(trace)


class Crashed(FunctionFailed):
    """The process ended in the middle of the call."""


class PayloadTooLarge(FunctionFailed):
    """The event or the result is over the limit of a synchronous call."""


def find_emulator(roots: Sequence[Path] = ()) -> Path:
    """The emulator: $AWS_LAMBDA_RIE, PATH, or inside an aws-sam-cli (of `roots`, ``.tools/sam``, this Python, PATH).

    Raises EmulatorMissing.
    """
    machine = {"x86_64": "x86_64", "AMD64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), "")
    named = [Path(found) for found in (os.environ.get("AWS_LAMBDA_RIE"), shutil.which("aws-lambda-rie")) if found]
    homes = [*roots, Path(".tools/sam"), Path(sys.prefix)]
    if sam := shutil.which("sam"):
        homes.append(Path(sam).resolve().parent.parent)
    pattern = f"lib/python*/site-packages/samcli/local/rapid/aws-lambda-rie-{machine}"
    for candidate in [*named, *(found for home in homes for found in home.glob(pattern))]:
        if candidate.is_file():
            return candidate.resolve()
    raise EmulatorMissing("no Lambda runtime interface emulator: run scripts/bootstrap.sh sam, or set AWS_LAMBDA_RIE")


def find_client(project: Path = Path()) -> Path:
    """The folder that holds awslambdaric: ``.tools/runtime[-<version>]`` of the project, or where this interpreter finds it.

    One that was made for another Python does not count: its compiled module could not be imported.
    Raises EmulatorMissing.
    """
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    for folder in (project / f".tools/runtime-{version}", project / ".tools/runtime"):
        if (folder / "awslambdaric").is_dir() and any(folder.glob(f"runtime_client.{sys.implementation.cache_tag}-*")):
            return folder.resolve()
    found = importlib.util.find_spec("awslambdaric")
    if found and found.origin:
        return Path(found.origin).parents[1]
    raise EmulatorMissing("no Lambda runtime client: run scripts/bootstrap.sh runtime, or install awslambdaric")


class EmulatedFunction:
    """One function under the emulator, a context manager. `log` holds all that it and the runtime print."""

    def __init__(  # noqa: PLR0913 - what Lambda is told of a function, each by its name
        self,
        handler: str,
        code: Path,
        *,
        layers: Sequence[Path] = (),
        environment: Mapping[str, str] | None = None,
        timeout: int = 60,
        memory: int = 1024,
        packages: Path | None = None,
        client: Path | None = None,
        emulator: Path | None = None,
    ) -> None:
        """`handler` is ``module.function`` in the folder `code`; `layers` are folders that hold ``python/``.

        `timeout` in seconds, `memory` in MB. `packages` is a folder of all that the runtime brings, awslambdaric and
        boto3: the function then sees nothing else of this machine. Without it, it sees what is installed beside this
        interpreter, and `client` may say where awslambdaric lies (see `find_client`).
        """
        self.name, self._timeout, self._packages = code.name, timeout, packages or client or find_client()
        self._emulator = emulator or find_emulator()
        self._code = code.resolve()
        self._environment = self._clean_environment(handler, layers, timeout, memory) | dict(environment or {})
        python = f"{sys.base_exec_prefix}/bin/python{sys.version_info.major}.{sys.version_info.minor}"
        interpreter = [python, "-S"] if packages else [sys.executable]
        self._runtime = [*interpreter, "-m", "awslambdaric", handler]
        self._lock = threading.Lock()

    def _clean_environment(self, handler: str, layers: Sequence[Path], timeout: int, memory: int) -> dict[str, str]:
        path = [self._code, *(layer.resolve() / "python" for layer in layers), self._packages.resolve()]
        return {
            "AWS_LAMBDA_FUNCTION_NAME": self.name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_TIMEOUT": str(timeout),
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory),
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_EC2_METADATA_DISABLED": "true",
            "LAMBDA_TASK_ROOT": str(self._code),
            "_HANDLER": handler,
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "PYTHONPATH": os.pathsep.join(map(str, path)),
            "PYTHONDONTWRITEBYTECODE": "1",  # code and layers are read-only on Lambda
            "TZ": ":UTC",
        }

    def __enter__(self) -> "EmulatedFunction":
        self._folder = tempfile.TemporaryDirectory(prefix="rie-", ignore_cleanup_errors=True)
        self.log = Path(self._folder.name) / "log"
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the emulator and its runtime."""
        self._stop()
        self._folder.cleanup()

    def _start(self) -> None:
        for _ in range(5):  # a free port may be taken before the emulator binds it
            with socket.create_server((_HOST, 0)) as one, socket.create_server((_HOST, 0)) as two:
                self._port, api = one.getsockname()[1], two.getsockname()[1]
            command = [str(self._emulator), "--log-level", "error", "--runtime-api-address", f"{_HOST}:{api}"]
            command += ["--runtime-interface-emulator-address", f"{_HOST}:{self._port}", *self._runtime]
            with self.log.open("ab") as log:
                self._process = subprocess.Popen(  # noqa: S603 - a program found above, no shell
                    command,
                    cwd=self._code,
                    env=self._environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            if self._listens():
                return
            self._stop()
        raise EmulatorMissing(f"the emulator does not start: {self.log.read_text(errors='replace')[-500:]}")

    def _listens(self) -> bool:
        deadline = time.monotonic() + _START_SECONDS
        while self._process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection((_HOST, self._port), 0.2):
                return True
            time.sleep(0.005)
        return False

    def _stop(self) -> None:
        self._process.terminate()  # the emulator ends its runtime
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def invoke(self, event: object) -> Any:
        """The result, after one trip through JSON each way. Raises a FunctionFailed where there is none."""
        payload = json.dumps(event).encode()
        if len(payload) > PAYLOAD_LIMIT:  # the emulator would cut it off without a word
            raise PayloadTooLarge(f"{self.name}: the event is over {PAYLOAD_LIMIT} bytes")
        with self._lock:
            if self._process.poll() is not None:
                self._start()
            try:
                status, answer = self._post(payload)
            except (OSError, http.client.HTTPException) as error:
                self._stop()
                raise Crashed(f"{self.name}: the emulator broke off ({type(error).__name__})") from error
        return self._result(status, answer)

    def _post(self, payload: bytes) -> tuple[int, str]:
        connection = http.client.HTTPConnection(_HOST, self._port, timeout=self._timeout + 15)
        with contextlib.closing(connection):
            connection.request("POST", _CALL, payload)
            answer = connection.getresponse()
            return answer.status, answer.read().decode(errors="replace")

    def _result(self, status: int, text: str) -> Any:
        if text.startswith("Task timed out after "):
            raise FunctionTimedOut(f"{self.name}: {text}")
        try:
            result = json.loads(text)
        except ValueError:
            raise Crashed(f"{self.name}: HTTP {status} and no JSON") from None
        is_error = isinstance(result, dict) and {"errorMessage", "errorType"} <= result.keys() <= _ERROR_KEYS
        if status == 200 and not is_error:
            return result
        kind, message = str(result.get("errorType", "Unknown")), str(result.get("errorMessage", ""))
        if "maximum allowed payload size" in message:
            raise PayloadTooLarge(f"{self.name}: the result is over {PAYLOAD_LIMIT} bytes")
        if kind == "Runtime.ExitError":
            raise Crashed(f"{self.name}: {message}")
        raise HandlerRaised(kind, message, result.get("stackTrace") or ())
