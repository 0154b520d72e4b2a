"""Spark runs the published table, views and report SQL over the lake's objects, and the reports come out the same.

Statement by statement it gets what Athena gets; only VARCHAR and the quotes around names are spelled as Spark wants.
"""

from typing import Any

import pytest

from abslake.records.definitions import load
from abslake.reports import report
from abslake.settings import Settings
from abslake.storage import Lake
from tests.support.athena import answer
from tests.support.scale_out import questions

QUESTIONS = questions(("one", "O'Brien", "back\\slash"))


@pytest.mark.parametrize("number", range(len(QUESTIONS)))
def test_the_report_is_the_same(lake: Lake, athena: Any, number: int) -> None:
    question, apis = QUESTIONS[number], load(lake)

    ours = report(question, lake, Settings(), apis)

    assert answer(question, lake, athena, apis) == ours.model_dump()


def test_a_range_reads_its_own_days_only(session: Any, athena: Any) -> None:
    asked = "SELECT * FROM token_traffic WHERE value = 'one' AND `date` BETWEEN '2026-03-01' AND '2026-03-02'"

    files = session.sql(asked).inputFiles()

    days = {part for file in files for part in file.split("/") if part.startswith("date=")}
    assert days == {"date=2026-03-01", "date=2026-03-02"}
