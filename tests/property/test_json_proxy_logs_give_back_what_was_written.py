"""What a proxy writes of a request in its JSON log, the format's line parser gives back, and so does the engine's reading."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abslake.formats import formats
from tests.support.agreement import sure_rows
from tests.support.thoroughness import examples
from tests.support.writers_json_proxies import WANTED, WRITTEN


@pytest.mark.parametrize("name", WRITTEN)
@given(data=st.data())
@examples(100)
def test_a_record_comes_back(name: str, data: st.DataObject) -> None:
    record, line = data.draw(WRITTEN[name])
    assert formats()[name].parse(line, WANTED) == record


@pytest.mark.parametrize("name", WRITTEN)
@given(data=st.data())
@examples(12)
def test_the_engine_reads_the_same(name: str, data: st.DataObject) -> None:
    lines = [line for _, line in data.draw(st.lists(WRITTEN[name], min_size=1, max_size=30))]
    (reader,) = formats()[name].readers
    with TemporaryDirectory() as folder:
        sure_rows(reader, lines, Path(folder), WANTED)
