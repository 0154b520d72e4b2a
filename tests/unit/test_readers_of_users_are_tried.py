"""A user's reader is tried on its examples in the engine, too: what the engine refuses or reads otherwise is no grammar."""

import pytest

from abslake.formats.readers import fields as f
from abslake.formats.readers.pattern import Pattern
from abslake.formats.readers.trial import check_sql

LINE = "2026-03-02T10:15:00Z 192.0.2.7 GET /a k-1"
EXPRESSION = r"(?P<time>\S+) (?P<peer>\S+) (?P<verb>\S+) (?P<path>\S+) (?P<key>\S+)"


def reader(*more: f.Field) -> Pattern:
    entries = [f.time("time"), f.text("peer", "peer"), f.text("method", "verb"), f.text("url", "path"), *more]
    return Pattern(EXPRESSION, entries, headers={"x-key": "key"})


def test_a_reader_that_says_the_same_passes() -> None:
    check_sql(reader(f.text("username", "key")), [LINE, LINE + " ", "a\nb"], ["x-key"])


def test_lines_that_the_engine_reads_otherwise_are_named() -> None:
    other = f.Field(("username",), (("key",),), lambda value: (value,), ("$0 || 'x'",))
    with pytest.raises(ValueError, match=r"^examples\.0: the engine reads the line differently"):
        check_sql(reader(other), [LINE], [])


def test_a_header_that_the_engine_reads_otherwise_is_found() -> None:
    found = reader()
    found.groups = {**found.groups, "key": found.groups["path"]}
    check_sql(found, [LINE], ["x-key"])
    found.expression = EXPRESSION.replace("(?P<path>", "(?P<odd>/)(?P<path>")
    with pytest.raises(ValueError, match="reads the line differently"):
        check_sql(found, [LINE], ["x-key"])


@pytest.mark.parametrize("expression", ["(?<time>x)", "(", r"\Qx"])
def test_what_the_engine_refuses_is_refused_without_its_words(expression: str) -> None:
    found = reader()
    found.expression = expression
    with pytest.raises(ValueError, match=r"^the engine cannot read files with it \(\w+\)$"):
        check_sql(found, [LINE], [])
