"""What a proxy writes of a request in its text log, the format's line parser gives back, and so does the engine's reading."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abslake.formats import formats
from tests.support.agreement import sure_rows
from tests.support.thoroughness import examples
from tests.support.writers_text import SEEDED, WRITTEN


@pytest.mark.parametrize("name", WRITTEN)
@given(data=st.data())
@examples(100)
def test_a_record_comes_back(name: str, data: st.DataObject) -> None:
    record, line = data.draw(WRITTEN[name])
    assert formats()[name].parse(line, ()) == record


READERS = [(name, number) for name in WRITTEN for number in range(len(formats()[name].readers))]


@pytest.mark.parametrize(("name", "number"), READERS)
@given(data=st.data(), seeds=st.lists(st.integers(0, 2**32), min_size=1, max_size=20))
@examples(10)
def test_the_engine_says_what_the_line_parser_says(
    name: str, number: int, data: st.DataObject, seeds: list[int]
) -> None:
    # GIVEN lines of all generations and odd ones, as they stand in a part's file
    written = [line for _, line in data.draw(st.lists(WRITTEN[name], max_size=10))]
    lines = [line for line in [*written, *map(SEEDED[name], seeds)] if line.strip() and not {0, 10, 13} & set(line)]
    lines = [line for line in lines if line.decode(errors="replace").encode() == line]

    # THEN whatever a reader's SQL is sure of is what this reader's line parser says
    with TemporaryDirectory() as folder:
        sure_rows(formats()[name].readers[number], lines, Path(folder), ("user-agent", "x-key"))


def test_the_engine_is_sure_of_plain_lines_of_every_reader() -> None:
    with TemporaryDirectory() as folder:
        for name in WRITTEN:
            for example in formats()[name].about.examples:
                sure = [sure_rows(reader, [example.encode()], Path(folder)) for reader in formats()[name].readers]
                assert sum(sure) in ((0, 1) if ", " in example or "::" in example or "+50" in example else (1,)), (
                    example
                )
