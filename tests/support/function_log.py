"""What the report functions log: their loggers keep the stream of their first import, so they are given another."""

import io

import pytest

from abslake.reports import audit, http


def function_log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """From now on both loggers write here."""
    stream = io.StringIO()
    for logger in (http.logger, audit.log):
        monkeypatch.setattr(logger.registered_handler, "stream", stream)
    return stream
