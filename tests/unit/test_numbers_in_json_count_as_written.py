"""Numbers where a JSON log has texts as a rule: the engine, which writes some in its own way, is not sure of them."""

from pathlib import Path

import pytest

from abslake.formats.readers import fields as f
from abslake.formats.readers.json_lines import JsonLines
from tests.support.agreement import sure_rows

READER = JsonLines(
    (
        f.time("time"),
        f.text("peer", "ip"),
        f.text("method", "verb"),
        f.text("url", "path"),
        f.text("username", "user"),
        f.duration("took", "s"),
        f.protocol("proto"),
    ),
    headers={"x-key": "key"},
)


def line(user: str, key: str = '"k"') -> bytes:
    return (
        f'{{"time":1772446500.25,"ip":"192.0.2.7","verb":"GET","path":"/a","user":{user},"key":{key},"took":1.001,"proto":1.1}}'
    ).encode()


@pytest.mark.parametrize("number", ["1E2", "1.50", "1e5", "-0", "-1.50", "0.0000001", "123456789.123456789", "1e-7"])
def test_a_number_that_the_engine_may_write_in_its_own_way(number: str, tmp_path: Path) -> None:
    assert READER.parse(line(number), ()).username == number
    assert sure_rows(READER, [line(number), line('"joe"', number)], tmp_path, ("x-key",)) == 0


@pytest.mark.parametrize(
    "text", ["7", "-7", "18446744073709551616", '"10.0.0.1"', '"1.5.2"', '"joe"', '"/1.5"', '"1.5x"']
)
def test_any_other_text_and_whole_numbers_are_read_by_the_engine(text: str, tmp_path: Path) -> None:
    assert READER.parse(line(text), ()).time_ms == 1001.0
    assert sure_rows(READER, [line(text), line('"joe"', text)], tmp_path, ("x-key",)) == 2
