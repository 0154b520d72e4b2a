"""Lines with a fixed layout: the engine is sure of no line that the line parser reads otherwise, and no line takes long."""

from pathlib import Path

import pytest

from abslake.formats import formats
from abslake.formats.log_format import with_template
from abslake.formats.readers import fields as f
from abslake.formats.readers.layout import Layout
from abslake.records.record import BadLine
from tests.support.agreement import sure_rows

ALB = formats()["alb"]
REQUEST = '$remote_addr [$time_local] "$request"'
LINE = b'192.0.2.7 [02/Mar/2026:10:15:00 +0000] "GET /a HTTP/1.1" '


def user(template: str) -> Layout:
    entries = [f.clf_time("time"), f.text("peer", "peer"), f.request_line("request"), f.text("username", "user")]
    return Layout(f'$peer [$time] "$request" {template}', entries, wide=["time"], loose=["user"])


@pytest.mark.parametrize("last", ['"$agent"', "$agent"])
@pytest.mark.parametrize("behind", ["", " x", ' "x"', '"', '""', '"" x', '" "x', 'x"y"'])
def test_what_follows_a_layout_begins_with_a_blank(last: str, behind: str, tmp_path: Path) -> None:
    entries = [f.clf_time("time"), f.text("peer", "peer"), f.request_line("request"), f.text("user_agent", "agent")]
    reader = Layout(f'$peer [$time] "$request" {last}', entries, wide=["time"], rest=True)
    line = LINE + last.replace("$agent", "curl").encode() + behind.encode()
    assert sure_rows(reader, [line], tmp_path) == (not behind or behind.startswith(" "))


@pytest.mark.parametrize("behind", ["", " x", '"', '""', '"" x', 'x"y"'])
def test_alb_lines_with_more_behind_them(behind: str, tmp_path: Path) -> None:
    lines = [example.encode() + behind.encode() for example in ALB.about.examples]
    assert all(sure_rows(reader, lines, tmp_path) <= len(lines) for reader in ALB.readers)


@pytest.mark.parametrize("end", [b"", b" ", b"\t", b" \t "])
@pytest.mark.parametrize(("text", "name"), [(b"joe", "joe"), (b"a b", "a b"), (b"-", None), (b"", None), (b'""', None)])
def test_white_space_at_the_end_belongs_to_no_variable(text: bytes, name: str | None, end: bytes) -> None:
    assert user("$user").parse(LINE + text + end, ()).username == name
    assert user("$user -").parse(LINE + text + b" -" + end, ()).username == name


# Tried at every length of the last variable, a line of this size would take hours.
@pytest.mark.parametrize("many", [b"\t", b"\t ", b" ", b"a", b"\\t", b", a", b"a : "])
@pytest.mark.parametrize("name", ["$upstream_addr", "$connection", "$remote_user", "$cookie_a", '"$http_host"'])
def test_no_end_of_a_line_takes_long(name: str, many: bytes) -> None:
    with pytest.raises(BadLine):
        with_template(f"{REQUEST} {name}").parse(LINE + many * (1_000_000 // len(many)) + b'"', ())
