"""What collectors wrap around records is undone, wherever the bytes are cut, and no text in a record forges another."""

import json
from unittest.mock import patch

import pytest

from abslake.errors import UnreadableLog
from abslake.records import documents
from abslake.records.documents import Documents
from abslake.records.envelopes import SAMPLE_BYTES, opened
from abslake.records.wrapped import LineStage
from tests.support.wrapping import cloudwatch_document

LONGEST = 1000
A, B, C = b'{"a":1.50,"a":2}', b'{"b":"}{ \\"}{\\" [{"}', b'{"c":[{"d":{}},{}],"e":"\xe2\x80\xa8\\u2028\\ud800"}'
CONTROL = cloudwatch_document("CWL CONTROL MESSAGE: Checking health of destination", kind="CONTROL_MESSAGE").encode()


def out_of(log: bytes, size: int | None = None) -> tuple[bytes, str | None]:
    size = size or max(len(log), 1)
    pieces = [log[at : at + size] for at in range(0, len(log), size)]
    found = opened(pieces, LONGEST)
    return b"".join(found), found.envelope


def entry(text: str, stream: str = "stdout") -> bytes:
    return json.dumps({"log": text, "stream": stream, "time": "2026-03-02T10:00:00.1Z"}).encode()


def cri(text: bytes, tag: bytes = b"F", stream: bytes = b"stdout") -> bytes:
    return b"2026-03-02T10:00:00.123456789+01:00 %s %s %s" % (stream, tag, text)


CASES = [
    pytest.param(A + B + C, "concatenated-json", [A, B, C], id="objects without newline"),
    pytest.param(A + B + b"\r\n" + C + A, "concatenated-json", [A, B, C, A], id="two objects a line"),
    pytest.param(
        b'{\n "a": 1,\r\n "b": {}\n}\n{\n}', "concatenated-json", [b'{  "a": 1,   "b": {} }', b"{ }"], id="pretty"
    ),
    pytest.param(b"[%s,%s]\n[%s]\n" % (A, B, C), "json-array", [A, B, C], id="an array a line"),
    pytest.param(b"%s\n[%s, %s]\n%s\n" % (A, B, C, A), "json-array", [A, B, C, A], id="arrays and single objects"),
    pytest.param(b"[%s,%s]" % (A, B), "json-array", [A, B], id="an array without newline"),
    pytest.param(b"[\n%s,\n  %s ,\n%s\n]\n" % (A, B, C), "json-array", [A, B, C], id="an array over lines"),
    pytest.param(b'{"records":[%s,%s]}' % (A, B), "records", [A, B], id="records"),
    pytest.param(
        b'{"n":1,"records": [\n%s\n]}{"records":[]}' % A, "records", [b"%s" % A, b""], id="records over lines"
    ),
    pytest.param(cloudwatch_document("a", "b").encode(), "cloudwatch", [b"a", b"b"], id="CloudWatch"),
    pytest.param(
        CONTROL + cloudwatch_document("a\nb\n", "é{}{").encode() + b"\n" + cloudwatch_document("c").encode(),
        "cloudwatch",
        [b"", b"a b", "é{}{".encode(), b"c"],
        id="CloudWatch, control message, concatenated",
    ),
    pytest.param(
        cloudwatch_document(f"[{A.decode()},{B.decode()}]").encode(),
        "cloudwatch, json-array",
        [A, B],
        id="arrays in CloudWatch",
    ),
    pytest.param(
        b"2026-03-02T10:00:00.000Z %s\n2026-03-02T10:00:00.001Z %s\nmore\n" % (A, B),
        "cloudwatch-export",
        [A, B, b"more"],
        id="CloudWatch export of JSON",
    ),
    pytest.param(
        b"2026-03-02T10:00:00.000Z ::1 - - [02/Mar/2026:10:00:00 +0000] x",
        "cloudwatch-export",
        [b"::1 - - [02/Mar/2026:10:00:00 +0000] x"],
        id="CloudWatch export of text",
    ),
    pytest.param(b"\n".join([cri(b"a"), cri(b""), cri(b"b\r")]) + b"\n", "cri", [b"a", b"", b"b\r"], id="CRI"),
    pytest.param(
        b"\n".join([cri(b"a", b"P"), cri(b"x", b"F", b"stderr"), cri(b"b", b"P:tag"), b"none", cri(b"c")]),
        "cri",
        [b"x", b"none", b"abc"],
        id="CRI, a line in three",
    ),
    pytest.param(cri(b"a") + b"\n" + cri(b"b", b"P"), "cri", [b"a", b"b"], id="CRI, a line that nothing ends"),
    pytest.param(cri(A + B) + b"\n", "cri, concatenated-json", [A, B], id="objects in CRI"),
    pytest.param(entry("a b\n") + b"\n" + entry("c") + entry("\n"), "docker", [b"a b", b"c", b""], id="Docker"),
    pytest.param(b"\xef\xbb\xbf" + A + B, "concatenated-json", [A, B], id="byte order mark"),
]


@pytest.mark.parametrize(("log", "envelope", "lines"), CASES)
def test_a_line_is_a_record_wherever_the_bytes_are_cut(log: bytes, envelope: str, lines: list[bytes]) -> None:
    expected = b"".join(line + b"\n" for line in lines)

    for size in (None, *range(1, len(log))):
        assert out_of(log, size) == (expected, envelope)


@pytest.mark.parametrize(
    "log",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(A + b"\n" + B + b"\r\n\n" + C, id="JSON lines"),
        pytest.param(A + b"\n" + B + C + b"\n" + A + b"\n" + C + b"\n" + A, id="two objects on one line of many"),
        pytest.param(b'{"records":1}\n{"log":"x","stream":"other"}\n{"messageType":"x"}\n', id="names alone"),
        pytest.param(b"[2026-03-02T10:00:00.000Z] GET / 200\n[{]}\n", id="text that begins with a bracket"),
        pytest.param(b"2026-03-02T10:00:00.000Z GET /a 200\n" * 3, id="lines with a time of their own"),
        pytest.param(b'192.0.2.1 - - "GET /"\n' * 3 + cri(b"x") + b"\n", id="one line like CRI"),
        pytest.param(b'{"a":1,\n\n{"a"\n', id="broken JSON"),
        pytest.param(b"\xef\xbb\xbf \r\n\0", id="no line"),
    ],
)
def test_what_is_in_no_envelope_passes_untouched(log: bytes) -> None:
    for size in (None, *range(1, len(log))):
        assert out_of(log, size) == (log, None)


def test_plain_pieces_are_not_copied() -> None:
    for line in (b"text\n", A + b"\n"):
        pieces = [line * 10_000, line * 3, line * 70_000]
        found = list(opened(pieces, LONGEST))
        assert [id(piece) for piece in found] == [id(piece) for piece in pieces]


def test_arrays_are_found_long_after_the_beginning() -> None:
    before = (A + b"\n") * (SAMPLE_BYTES // 10)
    log = before + b"[" + A + b"," + B + b"]\n" + A

    for cut in range(len(before) - 2, len(before) + 3):
        found = opened([log[:cut], log[cut:]], LONGEST)
        assert b"".join(found) == before + A + b"\n" + B + b"\n" + A + b"\n"
        assert found.envelope == "json-array"


def test_a_first_document_longer_than_the_sample_is_known_by_its_beginning() -> None:
    long = "x" * SAMPLE_BYTES

    assert out_of(cloudwatch_document(long, "b").encode()) == (f"{long}\nb\n".encode(), "cloudwatch")
    assert out_of(b'{"records": [{"a":"%s"},%s]}' % (long.encode(), A))[1] == "records"
    assert out_of(b'[{"a":"%s"},%s]' % (long.encode(), A))[1] == "json-array"


FORGED = '{"forged":1}'
FORGERIES = [
    f"\n{FORGED}",
    f"}}\n{FORGED}",
    f'"}}{FORGED}',
    f"\\\n{FORGED}",
    f"\u2028{FORGED}",
    f"]}}{FORGED}",
    f"}},{FORGED}",
]


@pytest.mark.parametrize(
    "text", [*FORGERIES, "\n2026-03-02T10:00:00Z stdout F " + FORGED, '\\"}\n' + cloudwatch_document(FORGED)]
)
def test_fault_06_no_text_in_a_record_forges_another(text: str) -> None:
    # GIVEN a client's header in each kind of document, beside honest records
    record = json.dumps({"ua": text, "n": 1}, ensure_ascii=False)
    message = f'192.0.2.1 "{text}"'
    logs = {
        "concatenated": record * 3,
        "array": f"[{record},{record},{record}]",
        "records": f'{{"records":[{record},{record},{record}]}}',
        "cloudwatch": cloudwatch_document(record, record) + cloudwatch_document(record),
        "text in cloudwatch": cloudwatch_document(message, message, message),
        "docker": "\n".join(entry(one + "\n").decode() for one in (record, message, record)),
    }

    # WHEN it is opened, THEN there are so many lines as records, and none is the forger's
    for name, log in logs.items():
        lines = out_of(log.encode())[0].split(b"\n")
        assert (name, len(lines), lines[-1]) == (name, 4, b"")
        assert FORGED.encode() not in lines


@pytest.mark.parametrize(
    ("log", "out"),
    [
        pytest.param(A + B + b'{"x":1' + A + b"{\n" + C + A, [A, B, b'{"x":1' + A + b"{", C, A], id="not closed"),
        pytest.param(A + B + b'{"x":"y\n' + C + A, [A, B, b'{"x":"y', C, A], id="string not closed"),
        pytest.param(A + B + b'{"x":bad}' + C + b"\n" + A, [A, B, b'{"x":bad}' + C, A], id="no JSON"),
        pytest.param(A + B + b"\xff\0 text " + C, [A, B, b"\xff\0 text " + C], id="text between"),
        pytest.param(A + B + b'{"x":[1,\n' + C, [A, B, b'{"x":[1,', C], id="cut off in the middle"),
        pytest.param(b'[%s,\n%s,{"x":"y' % (A, B), [A, B, b',{"x":"y'], id="array cut off"),
        pytest.param(b"[%s]\n[[[,]\n]\n[%s]" % (A, B), [A, b"[[[,]", B], id="brackets"),
        pytest.param(A + B + b" [", [A, B, b"["], id="a bracket at the end"),
        pytest.param(b'{"records":[%s]}{"records":{}}' % A, [A, b'{"records":{}}'], id="another form"),
        pytest.param(
            b'{"records":[%s]}\n{"records":[\n%s,\n%s,\n' % (A, B, C), [A, b'{"records":[', B, C], id="records cut off"
        ),
    ],
)
def test_what_is_damaged_is_still_there(log: bytes, out: list[bytes]) -> None:
    for size in (None, *range(1, len(log))):
        found = out_of(log, size)[0]
        assert [line for line in found.split(b"\n") if line.strip(b",] ")] == out


def test_what_could_not_be_undone_is_not_tried_again() -> None:
    broken = CONTROL[:-1] + b"\n"

    assert out_of(CONTROL + b"\n" + broken) == (b"\n" + broken, "cloudwatch")


def test_text_that_no_utf8_can_hold_costs_nobody_else_a_record() -> None:
    document = cloudwatch_document("a", 'b "\ud83d" \U0001f600').replace('"a"', '"a\\\\ud800"')

    assert out_of(document.encode())[0] == 'a\\ud800\nb "\ufffd" \U0001f600\n'.encode()
    assert out_of(cloudwatch_document("a?", "b").encode().replace(b"a?", b"a\xff"))[0] == "a\ufffd\nb\n".encode()


@pytest.mark.parametrize("size", [None, 1, 7, 100])
def test_a_document_over_the_cap_passes_as_a_line(size: int | None) -> None:
    long = b'{"x":"' + b"y" * 200 + b'"}'
    with patch.object(documents, "DOCUMENT_BYTES", 150):
        assert out_of(A + B + long + C + b"\n" + C + A, size)[0] == b"\n".join([A, B, long + C, C, A]) + b"\n"


@pytest.mark.parametrize(
    "broken",
    [b'{"x":"y\n', b'{"x":1{\n', b"none\n", b'{"x":"' + b"y" * 200 + b'"}\n'],
    ids=["string", "brace", "text", "over the cap"],
)
def test_what_is_broken_does_not_hold_up_what_follows(broken: bytes) -> None:
    found = Documents()
    with patch.object(documents, "DOCUMENT_BYTES", 150):
        out = [one for piece in (A, broken[:3], broken[3:160], broken[160:], B, C) for one in found.add(piece)]

    assert [one for one, whole in out if whole] == [A, B, C]
    assert b"".join(one for one, whole in out if not whole) == broken


def test_an_overlong_line_is_not_kept() -> None:
    stage = LineStage("cri", LONGEST)

    assert stage.add(b"x" * 900) == b""
    assert stage.add(b"x" * 900) == b"x" * 1800
    assert stage.add(b"x" * 900) == b"x" * 900
    assert stage.add(b"x\n" + cri(b"next\n")) == b"x\nnext\n"


def test_looking_for_ends_in_vain_is_given_up() -> None:
    # GIVEN objects that never end, so that for each one all the rest is looked at, and a good one after them
    broken = b'{"x":[\n'
    log = A + A + b"\n" + broken * 5 + C
    in_vain = sum(len(C) + len(broken) * behind for behind in range(5))
    taken = len(log) - len(C) - len(broken)

    # WHEN so many looks in vain are just allowed, THEN the good one is found, and with a byte less it is not looked for
    for slack, found in ((in_vain - taken, True), (in_vain - taken - 1, False)):
        with patch.object(documents, "_IN_VAIN", slack):
            for size in (1, 7, None):
                cut = Documents()
                pieces = [log[at : at + (size or len(log))] for at in range(0, len(log), size or len(log))]
                out = [one for piece in pieces for one in cut.add(piece)] + cut.end()
                assert ((C, True) in out) is found
                assert b"".join(one for one, _ in out) == log.replace(b"\n", b"", 1)


IN_VAIN = [
    pytest.param(b'{"a":\n', b'{"x" {}\n', id="broken at the end"),
    pytest.param(b'{"a":[\n', b'{"x" {}\n', id="broken at the end, in lists"),
    pytest.param(b'{"a":\n', b"", id="never closed"),
    pytest.param(b'{"a":"x","b":\n', b'"\n', id="a string broken at the end"),
    pytest.param(b'{"a":1,"b":{"c":2}\n', b"} {", id="closed too late"),
    pytest.param(b'{"a" {\n', b"{} {", id="broken at once, the next end is far"),
    pytest.param(b"{\n", b"{} {", id="braces alone"),
    pytest.param(b'{"a":1 ,}{\n', b"", id="no JSON"),
    pytest.param(b'{"a":"}\n', b"{}\n", id="strings that are not closed"),
]


@pytest.mark.parametrize("size", [None, 100])
@pytest.mark.parametrize(("unit", "tail"), IN_VAIN)
def test_the_work_grows_with_the_bytes_and_not_with_their_square(unit: bytes, tail: bytes, size: int | None) -> None:
    # GIVEN good objects, then thousands of broken ones, of which some show it far behind only
    log = (A + A + b"\n") * 20 + unit * 3000 + tail
    seen = 0

    def scan(buffer: bytes, at: int) -> tuple[int, int]:
        nonlocal seen
        end, position = real_scan(buffer, at)
        seen += position - at
        return end, position

    def is_json(document: bytes) -> bool:
        nonlocal seen
        seen += len(document)
        return real_is_json(document)

    # WHEN they are cut
    real_scan, real_is_json = documents._scan, documents.is_json
    with (
        patch.object(documents, "_scan", scan),
        patch.object(documents, "is_json", is_json),
        patch.object(documents, "_IN_VAIN", 1000),
    ):
        out_of(log, size)

    # THEN each byte was looked at a few times, not thousands of times
    assert 0 < seen < 10 * len(log)


def test_likely_ends_are_searched_once() -> None:
    # GIVEN lines that begin objects and a likely end far behind them
    log = b'{"a" {\n' * 3000 + b"{}\n"
    searched: list[tuple[int, int]] = []

    class Search:
        def search(self, buffer: bytes, at: int) -> object:
            found = documents.ALONE.search(buffer, at)
            searched.append((at, found.end() if found else len(buffer)))
            return found

    # WHEN they are cut
    found = Documents(Search())  # type: ignore[arg-type]
    out = found.add(log) + found.end()

    # THEN no byte was searched twice
    assert out[-1] == (b"{}", True)
    assert sum(end - at for at, end in searched) <= len(log)


def test_a_line_put_together_of_many_is_cut_like_any_overlong_line() -> None:
    log = b"\n".join([*[cri(b"x" * 400, b"P")] * 5, cri(b"end"), cri(b"next"), cri(b"z" * 3000), cri(b"last")])

    for size in (None, 1, 100):
        lines = out_of(log, size)[0].split(b"\n")
        assert lines[:2] == [b"x" * (LONGEST + 1), b"next"]
        assert lines[2:] == [cri(b"z" * 3000), b"last", b""]


def test_a_line_that_docker_cut_is_put_together() -> None:
    half = "x" * 16 * 1024
    log = b"\n".join([entry(half), entry("other\n", "stderr"), entry("rest\n"), entry("short"), entry("end\n")])
    found = opened([log], 10**6)

    assert b"".join(found) == f"other\n{half}rest\nshort\nend\n".encode()


def test_parquet_is_refused_where_nothing_reads_it() -> None:
    with pytest.raises(UnreadableLog):
        out_of(b"PAR1")
