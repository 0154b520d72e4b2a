"""Every module of the package imports in the runtime with function, layers and runtime alone.

A package that only the laptop has (boto3's friends, moto, typer, rich) would be missed here, not after deployment.
"""

import re
from pathlib import Path

import pytest

from tests.support.rie import emulated

APP = """
import importlib, pkgutil, sys
def handler(event, context):
    import abslake
    names = [found.name for found in pkgutil.walk_packages(abslake.__path__, "abslake.")]
    return {name: importlib.import_module(name).__file__ for name in names}
"""


@pytest.fixture(scope="module")
def imported(layers: list[Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    code = tmp_path_factory.mktemp("function")
    (code / "app.py").write_text(APP)
    with emulated(code, layers) as function:
        return dict(function.invoke({}))


def test_every_module_imports_from_the_layer(imported: dict[str, str], layers: list[Path]) -> None:
    source = Path(__file__).parents[2] / "layers/abslake/python/abslake"
    rooms = {path.parent.name for path in source.glob("*/__init__.py")} - {"dev"}

    assert {name.split(".")[1] for name in imported} >= rooms
    assert all(Path(file).is_relative_to(layers[1]) for file in imported.values())


def test_the_room_of_the_laptop_is_not_deployed(imported: dict[str, str]) -> None:
    assert not [name for name in imported if name.startswith("abslake.dev")]


def test_both_layers_hold_bytecode_that_is_never_checked_and_names_the_path_on_lambda(layers: list[Path]) -> None:
    for layer in layers:
        sources = [file for file in layer.rglob("*.py") if file.stat().st_size]
        compiled = list(layer.rglob("*.pyc"))

        assert len(compiled) >= len(sources)
        for file in compiled:
            head = file.read_bytes()
            assert head[4:8] == b"\x01\x00\x00\x00", f"{file} is checked against its source (PEP 552)"
        named = re.search(rb"/opt/python/[\w/.-]+\.py", compiled[0].read_bytes())
        assert named, f"{compiled[0]} does not name its source below /opt"
