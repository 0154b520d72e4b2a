"""The first call of each function in a fresh environment, with bytecode in the layers and without, as figures.

Wall time is printed, not asserted: machines differ. benchmarks/ holds the limit.
"""

from pathlib import Path

import pytest

from tests.support.artefacts import FUNCTIONS, without_bytecode
from tests.support.cloud import USERS, Cloud, sqs_event
from tests.support.http_events import http_event
from tests.support.rie import cold_starts, emulated


@pytest.fixture
def filled(cloud: Cloud, layers: list[Path]) -> Cloud:
    with emulated(FUNCTIONS / "ingest", layers, cloud.environment) as ingest:
        ingest.invoke(sqs_event(cloud.put_log()))
    return cloud


def print_figures(capsys: pytest.CaptureFixture[str], name: str, **seconds: list[float]) -> None:
    figures = [f"{way.replace('_', ' ')} {found[len(found) // 2] * 1000:.0f} ms" for way, found in seconds.items()]
    with capsys.disabled():
        print(f"\n  cold start of {name}, median: {', '.join(figures)}")


def test_a_cold_start_of_ingest(
    filled: Cloud, layers: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, event = FUNCTIONS / "ingest", sqs_event(filled.put_log())

    compiled = cold_starts(code, layers, filled.environment, event)
    uncompiled = cold_starts(code, without_bytecode(layers, tmp_path), filled.environment, event, times=3)

    print_figures(capsys, "ingest", with_bytecode=compiled, without=uncompiled)


@pytest.mark.parametrize("function", ["metrics", "forensics"])
def test_a_cold_start_of_a_report(
    function: str, filled: Cloud, layers: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also with the users in a file: the difference is boto3, which only Secrets Manager needs."""
    code = FUNCTIONS / function
    path, query = {"metrics": ("/v4/abs/metrics", {"api": "shop"}), "forensics": ("/v4/abs", {"token": "token-one"})}[
        function
    ]
    event = http_event(path, filled.query(**query))
    users = tmp_path / "users.json"
    users.write_text(filled.secrets.get_secret_value(SecretId=USERS)["SecretString"])
    local = filled.environment | {"ABSLAKE_USERS": f"file:{users}"}
    for environment in (filled.environment, local):
        with emulated(code, layers, environment) as report:
            assert report.invoke(event)["statusCode"] == 200, "what is measured must be the real work"

    compiled = cold_starts(code, layers, filled.environment, event)
    from_file = cold_starts(code, layers, local, event)
    uncompiled = cold_starts(code, without_bytecode(layers, tmp_path), filled.environment, event, times=3)

    print_figures(capsys, function, with_bytecode=compiled, and_users_in_a_file=from_file, without=uncompiled)
