"""The functions as they are: ``functions/<name>/app.py`` loaded into this process and called with a context.

One trip through JSON each way and the payload limit are kept from Lambda; its clean process and its time-out are not:
``--runtime rie`` has those.
"""

import contextlib
import importlib.util
import json
import sys
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, TextIO

PAYLOAD_LIMIT = 6 * 1024 * 1024
"""Bytes of JSON in a synchronous call, either way. Source: Lambda quotas."""


class FunctionFailed(Exception):
    """The function raised, ended its process or answered too much. The message holds no payload."""


class FunctionTimedOut(FunctionFailed):
    """The function ran longer than it may."""


@dataclass
class Context:
    """What Lambda hands to a function beside the event."""

    function_name: str
    memory_limit_in_mb: int = 1024
    timeout: float = 60.0
    function_version: str = "$LATEST"
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    log_stream_name: str = "local"
    identity: object = None
    client_context: object = None
    _started: float = field(default_factory=time.monotonic)

    @property
    def invoked_function_arn(self) -> str:
        """An ARN of the right form; no account has it."""
        return f"arn:aws:lambda:us-east-1:123456789012:function:{self.function_name}"

    @property
    def log_group_name(self) -> str:
        """Where Lambda would log to."""
        return f"/aws/lambda/{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds left of the time-out."""
        return max(0, int((self.timeout - (time.monotonic() - self._started)) * 1000))


class FunctionLog:
    """Where functions print: one stream for the whole process, whose target may change.

    Powertools' loggers keep the stream of their first import for ever; a file could be closed under them.
    """

    def __init__(self) -> None:
        self.target: TextIO | None = None
        self._lock = threading.Lock()

    def write(self, text: str) -> int:
        """Pass on, or drop where nobody listens."""
        with self._lock:
            if self.target:
                self.target.write(text)
        return len(text)

    def flush(self) -> None:
        """Pass on."""
        with self._lock:
            if self.target:
                self.target.flush()


FUNCTION_LOG = FunctionLog()


class Printed:
    """Standard output of this process while functions run in it: what they print goes to their log, not to our user.

    Metrics are printed by functions (CloudWatch reads them there); the command line prints documents.
    """

    def __init__(self, ours: TextIO) -> None:
        self._ours, self._thread = ours, threading.local()

    @contextlib.contextmanager
    def by_function(self) -> Iterator[None]:
        """Whatever this thread prints now is a function's."""
        self._thread.function = True
        try:
            yield
        finally:
            self._thread.function = False

    def __getattr__(self, name: str) -> Any:
        chosen = FUNCTION_LOG if getattr(self._thread, "function", False) else self._ours
        return getattr(chosen, name)


class ProcessFunction:
    """One function of the checkout, in this process."""

    def __init__(self, folder: Path, memory: int = 1024, timeout: float = 60.0) -> None:
        """Imports ``app.py`` of `folder`, with the environment as it is now."""
        self.name, self._memory, self._timeout = folder.name, memory, timeout
        self._handler = _load(folder)
        self._lock = threading.Lock()  # an execution environment takes one call at a time; functions may count on it

    def invoke(self, event: Mapping[str, Any]) -> Any:
        """The result. Raises FunctionFailed; the trace goes to the function's log, as on Lambda."""
        payload = json.dumps(event)
        if len(payload) > PAYLOAD_LIMIT:
            raise FunctionFailed(f"{self.name}: the event is over {PAYLOAD_LIMIT} bytes")
        context = Context(self.name, self._memory, self._timeout)
        try:
            with self._lock, _printing():
                result = json.dumps(self._handler(json.loads(payload), context))
        except Exception as error:
            traceback.print_exc(file=FUNCTION_LOG)
            raise FunctionFailed(f"{self.name}: {type(error).__name__}") from error
        if len(result) > PAYLOAD_LIMIT:
            raise FunctionFailed(f"{self.name}: the result is over {PAYLOAD_LIMIT} bytes")
        return json.loads(result)

    def close(self) -> None:
        """Nothing is held."""


def _printing() -> contextlib.AbstractContextManager[None]:
    return sys.stdout.by_function() if isinstance(sys.stdout, Printed) else contextlib.nullcontext()


def _load(folder: Path) -> Callable[[Any, Context], Any]:
    name = f"abslake_function_{folder.name}"
    spec = importlib.util.spec_from_file_location(name, folder / "app.py")
    if not spec or not spec.loader or not (folder / "app.py").is_file():
        raise FileNotFoundError(f"{folder}: no app.py; run from a checkout of the project")
    module: ModuleType = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    stdout, sys.stdout = sys.stdout, FUNCTION_LOG
    try:
        spec.loader.exec_module(module)
    finally:
        sys.stdout = stdout
    handler: Callable[[Any, Context], Any] = module.handler
    return handler
