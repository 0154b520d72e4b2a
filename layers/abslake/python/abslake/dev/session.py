"""``abslake dev``: the local stack until Ctrl-C or SIGTERM."""

import contextlib
import os
import shlex
import signal
import sys
import threading
from dataclasses import replace
from pathlib import Path

from abslake.dev.compaction import EVERY_SECONDS
from abslake.dev.console import console, out
from abslake.dev.demo import ANY_TIME, ingest_samples, write_keys
from abslake.dev.example_answers import load
from abslake.dev.lakes import store_definitions
from abslake.dev.samples import SAMPLES
from abslake.dev.stack import LAKE, LANDING, Keys, Options, Stack, local_stack, project_folder

_STOP = (signal.SIGINT, signal.SIGTERM)


def run(options: Options, *, demo_data: bool, apis: Path | None, keys: Path | None) -> None:
    """Start, say how to use it, wait for the signal, end."""
    environment = {name: os.environ.get(name, value) for name, value in ANY_TIME.items()}
    options = replace(options, log=sys.stderr, environment={**environment, **options.environment})
    stop = threading.Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in _STOP}
    try:
        with local_stack(options) as stack:
            if apis:
                for fault in store_definitions(stack.lake(), apis).rejected:
                    console.print(f"[bold yellow]rejected:[/] {fault}")
            if keys:
                write_keys(keys, stack.admin)
            if demo_data:
                _load(stack)
            _ready(stack, keys)
            stop.wait()
            console.print("stopping")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _load(stack: Stack) -> None:
    load(stack)
    missing = ingest_samples(stack, project_folder() / "examples", timeout=600)
    if missing:
        console.print(f"[bold yellow]not ingested:[/] {', '.join(sorted(missing))}; the log above says why")


def _ready(stack: Stack, keys: Path | None) -> None:
    """The ready message: addresses, keys, and lines to try."""
    lines = [
        f"ready: reports and S3 at {stack.url}  (Ctrl-C ends it)",
        "",
        f"  landing bucket {LANDING}, lake bucket {LAKE}",
        f"  what is ingested is folded into the index every {EVERY_SECONDS:.0f} seconds; reports are exact before, too",
        f"  admin       {_headers(stack.admin)}",
        f"  restricted  {_headers(stack.restricted)}",
        "",
        "put a log and an API definition (AWS CLI):",
        f"  export AWS_ENDPOINT_URL={stack.url} AWS_DEFAULT_REGION=us-east-1",
        f"  export AWS_ACCESS_KEY_ID={stack.s3_access_key} AWS_SECRET_ACCESS_KEY={stack.s3_secret_key}",
        f"  aws s3 cp shop.json s3://{LAKE}/config/apis/shop.json",
        f"  aws s3 cp access.log.gz s3://{LANDING}/access.log.gz",
        "",
        "ask a report:",
        f"  {_curl(stack.admin, keys, stack.url + SAMPLES[0].target)}",
        f"  {_curl(stack.admin, keys, stack.url + SAMPLES[1].target)}",
    ]
    for line in lines:
        out.print(line, soft_wrap=True, markup=False)
    with contextlib.suppress(OSError):
        sys.stdout.flush()


def _headers(keys: Keys) -> str:
    return "  ".join(f"{name}: {value}" for name, value in keys.headers.items())


def _curl(admin: Keys, keys: Path | None, address: str) -> str:
    words = ["-K", str(keys)] if keys else [w for n, v in admin.headers.items() for w in ("-H", f"{n}: {v}")]
    return shlex.join(["curl", "-s", *words, address])
