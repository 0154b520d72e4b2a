"""Microsecond 0 of 1970 is a time like any other, and a record that is written without its zeros has one."""

from datetime import datetime

from tests.support.ingesting import ingested
from tests.support.json_proxy_lines import line


def test_an_event_at_the_epoch_counts() -> None:
    # GIVEN a request of that time, in a spelling that the line parser has to read
    log = line("envoy-json", {"start_time": "1970-01-01T00:00:00Z", "user_agent": "[odd"})

    # WHEN it is ingested THEN it is a fact of that minute
    result = ingested(log, format_name="envoy-json")
    assert result.receipt.parsed_singly == 1
    assert result.row["minute"].replace(tzinfo=None) == datetime(1970, 1, 1)  # noqa: DTZ001
