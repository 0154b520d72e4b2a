"""What the runtime tier shares: the layers, built once, and the services that functions call."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.artefacts import build_layers
from tests.support.cloud import Cloud, local_cloud


@pytest.fixture(scope="session")
def layers(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return build_layers(tmp_path_factory.mktemp("layers"))


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with local_cloud() as services:
        yield services
