"""What the scale-out tier shares: one lake, and one Spark. scripts/scale_out_tier.sh brings what it needs."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from abslake.storage import Lake
from tests.support.scale_out import sample_lake


@pytest.fixture(scope="session", autouse=True)
def engines() -> None:
    state = os.environ.get("ABSLAKE_SCALE_OUT", "skipped: run scripts/scale_out_tier.sh")
    if state != "ready":
        pytest.skip(state)


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return sample_lake(tmp_path_factory.mktemp("lake"))


@pytest.fixture(scope="session")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from tests.support.spark import spark

    with spark(tmp_path_factory.mktemp("spark")) as started:
        yield started


@pytest.fixture(scope="session")
def athena(lake: Lake, session: Any) -> Any:
    """The client that has its statements run by Spark, with the table and the views made."""
    from tests.support.spark import SparkAthena

    return SparkAthena(lake, session)
