"""Heavy imports come only where they are needed: AWS's SDK for Secrets Manager, tracing, access tokens, and a snapshot."""

import os
import subprocess
import sys

import pytest

from abslake.dev.routes import ROUTES
from tests.support.calls import ROOT

REPORTS = sorted({*ROUTES.values()})

SHOW = """
import sys
sys.path.insert(0, "layers/abslake/python")
exec(compile(open("functions/{name}/app.py").read(), "app.py", "exec"))
print(sorted({{"boto3", "aws_xray_sdk.core", "cryptography", "jwt", "moto", "typer", "rich"}} & set(sys.modules)))
"""


def imported(name: str, **environment: str) -> str:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("ABSLAKE_", "AWS_", "POWERTOOLS_"))}
    done = subprocess.run(
        [sys.executable, "-c", SHOW.format(name=name)],
        cwd=ROOT,
        env={**clean, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.parametrize("name", REPORTS)
def test_a_function_starts_without_aws_sdk_and_tracing(name):
    assert imported(name, ABSLAKE_USERS="secretsmanager:users") == "[]"


@pytest.mark.parametrize("name", REPORTS)
def test_a_snapshot_holds_the_aws_sdk(name):
    snapshot = {"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start", "AWS_DEFAULT_REGION": "us-east-1"}

    assert imported(name, ABSLAKE_USERS="secretsmanager:users", **snapshot) == "['boto3']"


TOKENS = {"ISSUERS": "https://issuer.example", "AUDIENCE": "reports", "JWKS": "https://issuer.example/keys"}


def test_tokens_are_verified_with_what_is_imported_then_or_stands_in_a_snapshot():
    tokens = {f"ABSLAKE_OAUTH_{name}": value for name, value in TOKENS.items()}
    snapshot = {"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start", "AWS_DEFAULT_REGION": "us-east-1"}

    assert imported("metrics", **tokens) == "[]"
    assert imported("metrics", **tokens, **snapshot) == "['cryptography', 'jwt']"


def test_traces_come_with_the_daemon():
    assert "aws_xray_sdk.core" in imported(
        "metrics", AWS_XRAY_DAEMON_ADDRESS="127.0.0.1:2000", LAMBDA_TASK_ROOT="/var/task"
    )
