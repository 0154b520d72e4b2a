"""A client's text stays within its own record: line breaks that are none, quotes, and whole lines in a header."""

import pytest

from abslake.formats import formats
from tests.support.ingesting import ingested

EXAMPLES = {name: formats()[name].about.examples for name in ("combined", "envoy", "traefik", "haproxy")}
LINES = [(name, example) for name, examples in EXAMPLES.items() for example in examples]
BREAKS = ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\x1e", "\r"]


@pytest.mark.parametrize(("name", "example"), LINES)
def test_fault_06_only_newlines_end_lines(name: str, example: str) -> None:
    # GIVEN a line in whose request stands, after each character that other programs take for a line break, a line of its own
    before, slash, after = example.partition("GET /" if "GET /" in example else "http")
    forged = "".join(f"{character}{example.replace(chr(34), '')}" for character in BREAKS).replace(" ", "+")
    log = f"{before}{slash}{forged}{after}\n{example}".encode()

    # THEN it is one record, or none
    receipt = ingested(log, format_name=name).receipt
    assert (receipt.lines_read, receipt.good + receipt.quarantined) == (2, 2)
    assert receipt.good >= 1


@pytest.mark.parametrize(("name", "example"), LINES)
def test_fault_05_fields_between_quotes_may_hold_blanks_and_separators(name: str, example: str) -> None:
    record = formats()[name].parse(example.encode(), ())
    odd = formats()[name].parse(example.replace("curl/7.64", "a  b, c - [x] 200 5").encode(), ())
    assert odd.user_agent == ("a  b, c - [x] 200 5" if "curl/7.64" in example else record.user_agent)
    odd.user_agent = record.user_agent
    assert odd == record


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_line_of_another_format_is_quarantined_and_ends_nothing(name: str) -> None:
    others = [example.encode() for other, examples in EXAMPLES.items() for example in examples[:1] if other != name]
    log = b"\n".join([EXAMPLES[name][0].encode(), *others, b"\xff\xfe", b"", EXAMPLES[name][-1].encode()])
    receipt = ingested(log, format_name=name).receipt
    assert (receipt.good, receipt.quarantined, receipt.blank) == (2, len(others) + 1, 1)
