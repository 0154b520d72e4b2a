"""What a run of detection asks of S3: with nothing to do it is some twenty requests, whatever the history."""

from datetime import timedelta

import pytest

from abslake.detection import work
from abslake.detection.detectors import detectors
from abslake.detection.run import run
from abslake.settings import Settings
from tests.support.counted_s3 import bucket, counted_s3
from tests.support.facts import fact, write_facts
from tests.support.judging import NOW, START


def test_it_reads_a_ledger_a_day_and_lists_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "detectors", lambda: {number: detectors()[number] for number in (1, 41)})
    with counted_s3(monkeypatch) as (server, requests):
        # GIVEN eight days of facts that were judged
        lake = bucket(server, "lake")
        for days in range(8):
            write_facts(lake, [fact(START - timedelta(days=days, hours=2), requests=3)])
        run(lake, Settings(threads=1), until=NOW)
        # WHEN there is nothing new
        requests.clear()
        summary = run(lake, Settings(threads=1), until=NOW)
        # THEN that costs a listing of facts and a ledger a day
        assert (summary.windows, summary.again) == (0, 0)
        assert [prefix for prefix in requests.lists if prefix.startswith("facts")] == ["facts/"]
        assert sum(key.startswith("detection/judged/") for key in requests.reads) == 9
        assert len(requests.lists) + len(requests.reads) <= 20, (requests.lists, requests.reads)
