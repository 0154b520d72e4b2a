"""Function and layers together stay below the project's own limit, on both architectures."""

from pathlib import Path

import pytest

from tests.support.artefacts import FUNCTIONS, build_layers, size

LIMIT = 140_000_000  # bytes unzipped; Lambda's own is 262,144,000


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_function_and_layers_with_bytecode_have_at_most_140_mb(
    architecture: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layers = build_layers(tmp_path, architecture)

    largest = max(size(function) for function in FUNCTIONS.iterdir())
    total = size(*layers) + largest
    with capsys.disabled():
        parts = ", ".join(f"{layer.name} {size(layer) / 1e6:.1f}" for layer in layers)
        print(
            f"\n  package {architecture}: {total / 1e6:.1f} MB unzipped ({parts}, largest function {largest / 1e6:.3f})"
        )
    assert total <= LIMIT
