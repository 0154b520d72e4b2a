"""What the container tier shares: the stack out of `sam build`, and services that containers can reach.

scripts/container_tier.sh starts the engine, makes the image and says in ABSLAKE_CONTAINERS how that went.
"""

import ipaddress
import json
import os
import platform
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.cloud import REGION, Cloud, local_cloud

TOP = Path(__file__).parents[2]


@dataclass(frozen=True)
class Sam:
    """SAM CLI on the built template, in the environment that its commands need here."""

    template: Path
    parameters: list[str]
    environment: dict[str, str]

    def command(self, verb: str, *arguments: str) -> list[str]:
        """The words of ``sam local VERB``: on the image that is there, for none can be fetched."""
        # --parameter-overrides takes every word up to the next dash.
        options = [*self.parameters, "-t", str(self.template), "--skip-pull-image"]
        return [str(TOP / "scripts/sam.sh"), "local", verb, *options, *arguments]


@pytest.fixture(scope="session", autouse=True)
def engine() -> None:
    state = os.environ.get("ABSLAKE_CONTAINERS", "skipped: run scripts/container_tier.sh")
    if state != "ready":
        pytest.skip(f"container tier {state}")


@pytest.fixture(scope="session")
def cloud(engine: None) -> Iterator[Cloud]:
    """Services on the address that the engine's containers know this machine by."""
    with local_cloud(_bridge_address()) as services:
        yield services


def _bridge_address() -> str:
    command = ["docker", "network", "inspect", "bridge"]
    network = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)[0]
    config = network["IPAM"]["Config"][0]
    first = next(ipaddress.ip_network(config["Subnet"]).hosts())  # until a container runs, no gateway is told
    return str(config.get("Gateway") or first)


@pytest.fixture(scope="session")
def sam(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Sam:
    """The built stack, with one variable more than the template has: where S3 and Secrets Manager are."""
    built = tmp_path_factory.mktemp("sam")
    architecture = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
    environment = os.environ | {
        "ABSLAKE_ARCHITECTURE": architecture,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": REGION,
        # SAM asks AWS for the account before each run: here nobody answers, and its retries would take seconds.
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:1",
    }
    parameters = ["--parameter-overrides", f"Architecture={architecture}"]
    subprocess.run(
        [TOP / "scripts/sam.sh", "build", "--build-dir", built, *parameters], check=True, env=environment, cwd=TOP
    )
    template = built / "template.yaml"
    template.write_text(_with_services(template.read_text(), cloud.environment))
    return Sam(template, parameters, environment)


def _with_services(template: str, variables: dict[str, str]) -> str:
    added = dict(variables)
    lake, users = added.pop("ABSLAKE_LAKE"), added.pop("ABSLAKE_USERS")
    template = re.sub(r"ABSLAKE_LAKE:\s+Fn::Sub: .*", f"ABSLAKE_LAKE: {lake}", template)
    template = re.sub(r"ABSLAKE_USERS:\s+Fn::Sub: .*", f"ABSLAKE_USERS: {users}", template)
    lines = "".join(rf"\1{name}: {value}" for name, value in added.items())
    template, count = re.subn(r"(\n +)(?=ABSLAKE_TIMEZONE:)", lines + r"\1", template)
    assert count == 1
    return template
