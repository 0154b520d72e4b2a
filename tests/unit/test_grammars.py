"""Log formats that users describe as data: checked with file and field, read like built-in ones, never a way to stall ingest."""

import json
from pathlib import Path

import pytest

from abslake.errors import GrammarError, UnreadableLog
from abslake.formats import formats, grammar, named
from abslake.formats.detection import detect
from abslake.records.record import BadLine
from tests.support.ingesting import ingested

EXAMPLES = Path(__file__).parents[2] / "examples" / "formats"
LINE = "2026-03-02T10:15:00Z 192.0.2.7 GET /a 200"


def document(**changes: object) -> bytes:
    usual = {
        "kind": "template",
        "template": "$time $client $verb $path $code",
        "fields": {"time": "time", "address": "client", "method": "verb", "url": "path", "status": "code"},
        "examples": [{"line": LINE, "expect": {"status": 200, "url": "/a"}}],
    }
    return json.dumps({name: value for name, value in (usual | changes).items() if value is not None}).encode()


@pytest.mark.parametrize("file", sorted(EXAMPLES.iterdir()), ids=lambda file: file.name)
def test_the_examples_of_the_documentation_are_valid_and_their_lines_are_read_fast(file: Path) -> None:
    entry = grammar.parse(file.name, file.read_bytes())
    log = "\n".join(entry.about.examples).encode()

    result = ingested(log, known=formats() | {entry.name: entry})

    assert result.receipt.format == entry.name
    assert (result.receipt.good, result.receipt.parsed_singly) == (len(entry.about.examples), 0)


def test_the_page_shows_only_valid_grammars() -> None:
    page = (EXAMPLES.parents[1] / "docs/formats/grammars.md").read_text()
    shown = [block.split("```")[0] for block in page.split("```toml\n")[1:]]
    assert len(shown) == 2
    for block in shown:
        assert grammar.parse("shown.toml", block.encode()).parse


FIELDS = json.loads(document())["fields"]
COLUMNS = {"kind": "delimited", "columns": list(FIELDS.values()), "quotes": True}
JSON = json.dumps(dict(zip(FIELDS.values(), LINE.split(), strict=True)))


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"kind": "regexp"}, r"kind: Input should be 'regex'"),
        ({"kind": ""}, "kind: write"),
        ({"colour": "red"}, "colour: Extra inputs"),
        ({"examples": []}, "examples: Tuple should have at least 1 item"),
        ({"fields": {"time": "time"}}, "fields: address is missing"),
        ({"fields": {"time": "time", "address": "client"}}, r"fields: method is missing \(or request\)"),
        ({"fields": FIELDS | {"address": "clint"}}, "fields.address: the template has no variable 'clint'"),
        ({"headers": {"X-Key": "nothing"}}, "headers.X-Key: the template has no variable"),
        ({"fields": FIELDS | {"colour": "code"}}, "fields.colour: there is no such field; there are address, api_key"),
        ({"fields": FIELDS | {"time": {"from": "time", "zone": "UTC"}}}, "fields.time.zone: Extra inputs are not permitted$"),
        ({"fields": FIELDS | {"time": 3}}, "fields.time.from: Input should be a valid tuple$"),
        ({"fields": FIELDS | {"host": []}}, "fields.host.from: Value should have at least 1 item"),
        ({"fields": FIELDS | {"response_time": "code"}}, "fields.response_time: say the unit"),
        ({"fields": FIELDS | {"time": {"from": "time", "as": "%Q"}}}, "fields.time.as: the time format may hold"),
        ({"fields": FIELDS | {"time": {"from": "time", "as": "%Y-%m-%d %H:%M %Y"}}}, "fields.time.as: .*has %Y twice"),
        ({"fields": FIELDS | {"time": {"from": "time", "as": "%b %d %H:%M:%S"}}}, "fields.time.as: the time format lacks %Y"),
        ({"fields": FIELDS | {"time": {"from": "time", "as": "$0 %Y-%m-%d %H:%M"}}}, "fields.time.as: .*may not hold"),
        ({"fields": FIELDS | {"time": {"from": "time", "as": "iso"}}}, "fields.time.as: write auto, clf, epoch"),
        ({"template": "$a$b"}, "two variables stand side by side"),
        ({"template": '"$a'}, "must fill its quotes alone|has no counterpart"),
        ({"template": '"$time $client"'}, "must fill its quotes alone"),
        ({"kind": "regex"}, "pattern: missing"),
        ({"kind": "regex", "pattern": r"(?P<time>\S+)\1"}, "RE2 refuses the expression"),
        ({"kind": "regex", "pattern": "(?P<a>.*)"}, "fields.time: the pattern has no group 'time'"),
        ({"kind": "regex", "pattern": r"(?P<time>\S+)\C*"}, r"write the expression without .C"),
        ({"kind": "regex", "pattern": r"(?P<time>\S+)\Q "}, r"write the expression without .Q"),
        ({"kind": "regex", "pattern": r"(?<time>\S+) .*"}, r"write the expression without \(\?<t"),
        ({"file_names": "("}, "file_names: RE2 refuses"),
        ({"file_names": r"(a)\1"}, "file_names: RE2 refuses"),
        ({"file_names": "(?=a)"}, "file_names: RE2 refuses"),
        ({"kind": "delimited"}, "columns: missing"),
        ({**COLUMNS, "separator": "ab"}, "separator: between columns that may be quoted one character"),
        ({**COLUMNS, "separator": '"'}, "separator: between columns that may be quoted one character"),
        ({**COLUMNS, "separator": "\n"}, "separator: it may not be empty, nor hold a newline"),
        ({**COLUMNS, "separator": "\r", "quotes": False}, "separator: it may not be empty, nor hold a newline"),
        ({"kind": "json", "fields": FIELDS | {"host": "Client"}, "examples": [{"line": JSON}]}, "differ in case alone"),
        ({"fields": FIELDS | {"time": {"from": "time", "as": "epoch"}}}, "examples.0: .* the time is no number"),
        ({"base": "nothing"}, "base: there is no built-in format 'nothing'; there are alb, "),
        ({"base": "ase"}, "base: the fields are known then"),
        ({"base": "ase", "fields": None, "kind": None}, "template: ase takes none"),
        ({"base": "ase", "fields": None, "kind": None, "template": None}, "base: ase has nothing to be adapted"),
        ({"examples": [{"line": "x"}]}, "examples.0: the line does not parse: the line does not have the layout"),
        ({"examples": [{"line": LINE, "expect": {"status": 404}}]}, "examples.0.expect: the line gives another status"),
        ({"examples": [{"line": LINE, "expect": {"colour": 1}}]}, "examples.0.expect: colour is none of time, address"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_file_and_field(changes: dict[str, object], fault: str) -> None:
    with pytest.raises(
        GrammarError, match=f"^config/formats/mine.json: .*({fault})|^config/formats/mine.json: ({fault})"
    ):
        grammar.parse("mine.json", document(**changes))


@pytest.mark.parametrize(
    ("file", "text", "fault"),
    [
        ("mine.toml", b"kind = ", "not TOML"),
        ("mine.json", b"{", "not JSON"),
        ("mine.json", b"\xff", "not JSON"),
        ("mine.json", b"[" * 60_000, "not JSON"),
        ("mine.toml", b"a = " + b"[" * 60_000, "not TOML"),
        ("mine.toml", b"[" + b".".join([b"a"] * 20_000) + b"]", "mine.toml: a key of more than 16 levels"),
        ("mine.toml", b"a = {" + b".".join([b"'a'"] * 10_000) + b" = 1}", "mine.toml: a key of more than 16 levels"),
        ("mine.json", document(title="\ud800"), "not JSON"),
        ("mine.json", b"{}" + b" " * 70_000, "more than 65536 bytes"),
        ("mine.txt", document(), "must end in .toml or .json"),
        ("Mine.json", document(), "the name must be"),
        ("../mine.json", document(), "the name must be"),
        ("alb.json", document(), "alb is a built-in format"),
    ],
)
def test_a_file_that_is_none_is_refused(file: str, text: bytes, fault: str) -> None:
    with pytest.raises(GrammarError, match=fault):
        grammar.parse(file, text)


def test_errors_quote_no_example() -> None:
    with pytest.raises(GrammarError) as fault:
        grammar.parse(
            "mine.json", document(examples=[{"line": LINE.replace("/a", "/s3cret"), "expect": {"url": "/b"}}])
        )
    assert "s3cret" not in str(fault.value)


def test_a_bad_grammar_does_not_break_the_others() -> None:
    found = grammar.parse_all([("good.json", document()), ("bad.json", b"{"), ("good.toml", b'kind = "regex"')])
    assert set(found.formats) == {"good"}
    assert len(found.rejected) == 2
    assert set(found.known) == {*formats(), "good"}


def test_whatever_goes_wrong_with_a_grammar_does_not_break_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_title: str, *_: object) -> object:
        raise LookupError("s3cret")

    monkeypatch.setattr(grammar, "About", broken)
    found = grammar.parse_all([("good.json", document(title="another"))])
    assert found.rejected == ("config/formats/good.json: could not be read (LookupError)",)


def test_a_log_is_known_by_its_grammar() -> None:
    entry = grammar.parse("mine.json", document())
    known = formats() | {"mine": entry}
    log = "\n".join([LINE, "odd", LINE]).encode()

    assert detect("x", log.splitlines(), known).name == "mine"
    assert ingested(log, known=known).receipt.reasons == {"the line does not have the layout of this format": 1}
    assert ingested(log, known=known, format_name="mine").receipt.good == 2
    with pytest.raises(UnreadableLog, match="no known log format"):
        ingested(log)
    with pytest.raises(UnreadableLog, match="no log format is called 'mine'"):
        named("mine")


def test_a_grammar_goes_before_a_built_in_format_that_reads_as_much() -> None:
    line = b'192.0.2.1 - - [02/Mar/2026:10:15:00 +0000] "GET / HTTP/1.1" 200 5'
    text = document(
        template='$peer - $user [$time] "$request" $status $bytes',
        wide=["time"],
        fields={"time": {"from": "time", "as": "clf"}, "address": "peer", "request": "request"},
        examples=[{"line": line.decode()}],
    )
    known = formats() | {"mine": grammar.parse("mine.json", text)}
    assert detect("access.log", [line], known).name == "mine"


def test_what_units_note_of_a_grammar_changes_with_it() -> None:
    first, second = (grammar.parse("mine.json", document(title=title)) for title in ("a", "b"))
    assert first.version != second.version
    assert first.version == grammar.parse("mine.json", document(title="a")).version


def test_no_expression_can_be_made_slow_by_a_line() -> None:
    text = document(
        kind="regex",
        pattern=r"(?P<time>\S+) (?P<client>\S+) (?P<verb>(a+)+) (?P<path>(.*,)*.*) (?P<code>\d+)",
        examples=[{"line": "2026-03-02T10:15:00Z 192.0.2.7 aa /a 200"}],
    )
    entry = grammar.parse("mine.json", text)
    attack = b"2026-03-02T10:15:00Z 192.0.2.7 " + b"a" * 50_000 + b"! " + b"," * 50_000 + b" x"
    with pytest.raises(BadLine):  # a backtracking engine would try for years
        entry.parse(attack, ())
    assert ingested(attack + b"\n" + attack, known={"mine": entry}, format_name="mine").receipt.quarantined == 2
