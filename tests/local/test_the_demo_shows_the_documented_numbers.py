"""abslake demo: exit code, files, and curl lines that work; abslake dev: ready, and gone after SIGTERM."""

import json
import re
import shlex
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from abslake.dev.samples import SAMPLES
from tests.support.command import PROGRAM, abslake, environment
from tests.support.replies import get

NAMES = {f"{sample.title}.json" for sample in SAMPLES}


@contextmanager
def running(folder: Path, *words: str) -> Iterator[str]:
    """A command that goes on until SIGTERM; gives what it has printed when it is ready."""
    output = folder / "stdout"
    with output.open("w") as stdout, (folder / "stderr").open("w") as stderr:
        process = subprocess.Popen([*PROGRAM, *words], stdout=stdout, stderr=stderr, env=environment(), cwd=folder)
    try:
        deadline = time.monotonic() + 120
        while "curl" not in output.read_text() or not output.read_text().endswith("\n"):
            assert process.poll() is None, (folder / "stderr").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.1)
        time.sleep(0.5)
        yield output.read_text()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert "Traceback" not in (folder / "stderr").read_text()
    finally:
        process.kill()
        process.wait()


def test_a_demo_that_is_kept_leaves_its_files_and_curl_lines_that_work(tmp_path: Path) -> None:
    with running(tmp_path, "demo", "--keep", "--output", "out") as printed:
        assert printed.count("│ ok ") == len(SAMPLES) == 8
        assert {path.name for path in (tmp_path / "out").iterdir()} >= NAMES
        assert json.loads((tmp_path / "out/api_metrics.json").read_text())["api_name"] == "atm_app_public"
        lines = re.findall(r"^ *(curl .*)$", printed, re.MULTILINE)
        assert len(lines) == 6
        assert (tmp_path / "out/keys.curl").stat().st_mode & 0o077 == 0
        for line in lines:
            done = subprocess.run(shlex.split(line), capture_output=True, cwd=tmp_path, check=True)
            assert json.loads(done.stdout)["company"] == "ping identity"


def test_dev_says_when_it_is_ready_and_ends_at_a_signal(tmp_path: Path) -> None:
    with running(tmp_path, "dev", "--port", "0") as printed:
        assert "ready" in printed
        url = re.search(r"http://127\.0\.0\.1:(\d+)", printed)
        assert url
        keys = re.search(r"admin +x-abs-ak: (\S+) +x-abs-sk: (\S+)", printed)
        assert keys
        reply = get(f"{url[0]}/v4/abs", {"x-abs-ak": keys[1], "x-abs-sk": keys[2]})
        assert reply.json["status_code"] == "MISSING_PARAMETER"
        assert keys[2] not in (tmp_path / "stderr").read_text()
    socket.create_server(("127.0.0.1", int(url[1]))).close()


def test_a_taken_port_is_explained() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = abslake("dev", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert "--port 0" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_number_is_told_by_its_path() -> None:
    sample = SAMPLES[1]
    right = {"summary": {"total_requests": 6556, "total_attacks": 2, "total_anomalies": 0}}
    assert sample.wrong(right) == []
    assert sample.wrong(right | {"summary": {"total_requests": 6555, "total_attacks": 2, "total_anomalies": 0}}) == [
        "summary.total_requests: expected 6,556, got 6555"
    ]
    assert len(sample.wrong({})) == 3


def test_the_demo_is_the_same_on_the_other_parts(tmp_path: Path) -> None:
    words = ("demo", "--output", tmp_path, "--s3", "seaweedfs")
    done = abslake(*words, "--runtime", "rie")
    if done.returncode == 1 and "no Lambda runtime" in done.stderr:
        done = abslake(*words)
    if done.returncode == 1 and "no weed program" in done.stderr:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("│ ok ") == len(SAMPLES)
    assert {path.name for path in tmp_path.iterdir()} >= NAMES
    assert "abslake dev --demo-data --keys" in done.stdout
    assert "Traceback" not in done.stderr
