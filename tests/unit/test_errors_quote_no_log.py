"""An error of the engine may quote a line; what leaves ingest may not."""

import traceback

import duckdb
import pytest

from abslake.errors import StorageError
from abslake.facts import units
from tests.support import ase
from tests.support.ingesting import ingested


def test_an_engine_error_is_told_without_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN an engine that fails and quotes what it was reading
    def fail(*_: object, **__: object) -> None:
        raise duckdb.ConversionException("could not convert 's3cr3t-token'")

    monkeypatch.setattr(units, "make_units", fail)

    # WHEN a log is ingested
    with pytest.raises(StorageError) as error:
        ingested(ase.log(ase.line()))

    # THEN the kind of the error is told, to be tried again, and nothing of the log
    assert "ConversionException" in str(error.value)
    assert "s3cr3t" not in "".join(traceback.format_exception(error.value))
