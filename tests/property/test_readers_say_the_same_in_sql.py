"""Each reader's SQL, where it is sure, gives what its line parser gives: for any mix of fields and any odd texts."""

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abslake.formats.readers import fields as f
from abslake.formats.readers.base import Reader
from abslake.formats.readers.delimited import Delimited
from abslake.formats.readers.json_lines import JsonLines
from abslake.formats.readers.layout import Layout
from abslake.formats.readers.pattern import Pattern
from tests.support.agreement import sure_rows
from tests.support.thoroughness import examples

NAMES = "time peer method url status agent took up bytes xff proto key".split()


def field_list(unit: str, time: f.Field) -> list[f.Field]:
    return [
        time,
        f.address_port("peer", "peer"),
        f.text("method", "method"),
        f.percent_decoded("url", "url"),
        f.status("status"),
        f.text("user_agent", "agent"),
        f.duration("took", unit),
        f.server("up"),
        f.count("response_bytes", "bytes"),
        f.last_address("xff"),
        f.protocol("proto"),
    ]


AUTO = """
2026-03-02T10:15:00Z 2026-03-02T10:15:00.123456789+05:30 2026-03-02t10:15:00z 2026-02-30T10:00:00Z 2026-03-02T10:15:00
2026-03-02T23:59:60Z 2026-03-02T10:15:00-0800 9999-12-31T23:59:59-14:00 2026-03-02T24:00:00Z 1772446500 1772446500.25
1772446500123 1772446500123456 1772446500123456789 17724465001 1772446500.123456789 0
""".split()
CLF = [
    "02/Mar/2026:10:15:00 +0000",
    "02/Mar/2026:10:15:00 -0930",
    "02/Mar/2026:10:15:00.250 +0100",
    "31/Feb/2026:10:15:00 +0000",
    "02/mar/2026:10:15:00 +0000",
    "02/Mar/2026:10:15:00",
    "02/Mar/2026:10:15:00 +9900",
    "02/aFe/2026:10:15:00 +0000",
    "2/Mar/2026",
]
OWN = [
    "02.03.2026 10:15:00,5 +0000",
    "02.03.2026 10:15:00,123456 -0530",
    "31.02.2026 10:15:00,1 +0000",
    "2.3.2026",
    "x",
]
TIMES = {
    "auto": (f.time("time"), st.sampled_from(AUTO)),
    "clf": (f.clf_time("time"), st.sampled_from(CLF)),
    "own": (f.strptime("time", "%d.%m.%Y %H:%M:%S,%f %z"), st.sampled_from(OWN)),
}

PLAIN = st.text(st.characters(codec="utf-8", exclude_characters='"\\\n\r\0\t', exclude_categories=["Cs"]), max_size=12)
USUAL = {
    "peer": [
        "192.0.2.7",
        "192.0.2.7:80",
        "2001:db8::1",
        "[2001:db8::1]:443",
        "2001:db8::1:443",
        "host",
        ":1",
        "host:12",
    ],
    "method": ["GET", "POST", "get", "-"],
    "url": ["/", "/a%20b", "/%", "/%c3%a9", "/%C3%28", "/a?b=%2B", "*", "/%00", "/%7f%20"],
    "status": ["200", "404", "0", "000", "-1", "-", "99", "1000", "2OO", "٢٠٠"],
    "took": ["0.25", "12", "-", "1e3", "0.0000001", "999999999", "9999999999", "-1", "1,5", ".5", "123456.789012345"],
    "up": ["10.0.0.1:80", "-", "10.0.0.1:80,10.0.0.2:80", "unix:/tmp/s", ","],
    "bytes": ["5", "0", "-", "123456789012", "1234567890123", "1.5", "+5"],
    "xff": ["192.0.2.1", "192.0.2.1,10.0.0.1", "-", ",", "a,b,c", ",192.0.2.1"],
    "proto": ["HTTP/1.1", "1.1", "http/2", "-"],
    "agent": ["curl/8", "-", "{", "[x]", "é"],
    "key": ["k-1", "-"],
}


@st.composite
def rows(draw: st.DrawFn, time: st.SearchStrategy[str]) -> list[dict[str, str]]:
    def row() -> dict[str, str]:
        odd = draw(st.sampled_from([*NAMES, *[""] * 12]))
        usual = {name: draw(st.sampled_from(texts[:3] * 4 + texts)) for name, texts in USUAL.items()}
        return usual | {"time": draw(time)} | ({odd: draw(PLAIN)} if odd else {})

    return [row() for _ in range(draw(st.integers(6, 20)))]


def quoted_layout(entries: list[f.Field]) -> tuple[Reader, object]:
    template = " ".join(
        f'"${name}"' if name in ("time", "agent", "url", "xff", "proto") else f"${name}" for name in NAMES
    )
    return Layout(template, entries, headers={"x-key": "key"}), lambda row: " ".join(
        f'"{row[name]}"' if f'"${name}"' in template else row[name] for name in NAMES
    )


def bracketed_layout(entries: list[f.Field]) -> tuple[Reader, object]:
    template = '[$time] $peer:$proto rt=$took <$status> "$agent" $method "$url" $bytes ua="$up" "$xff"'
    return (
        Layout(template, entries, wide=["time"], lists=["up"]),
        lambda row: (
            f'[{row["time"]}] {row["peer"]}:{row["proto"]} rt={row["took"]} <{row["status"]}> "{row["agent"]}" {row["method"]} '
            f'"{row["url"]}" {row["bytes"]} ua="{row["up"]}" "{row["xff"]}"'
        ),
    )


def tabs(entries: list[f.Field]) -> tuple[Reader, object]:
    return Delimited(NAMES, entries, headers={"x-key": "key"}, comment="#"), lambda row: "\t".join(
        row[n] for n in NAMES
    )


def csv(entries: list[f.Field]) -> tuple[Reader, object]:
    reader = Delimited(NAMES, entries, separator=",", quotes=True)
    return reader, lambda row: ",".join(f'"{row[n]}"' if "," in row[n] else row[n] for n in NAMES)


def expression(entries: list[f.Field]) -> tuple[Reader, object]:
    pattern = "<>".join(f"(?P<{name}>.*?)" for name in NAMES)
    return Pattern(pattern, entries, headers={"x-key": "key"}), lambda row: "<>".join(row[n] for n in NAMES)


def pointers(entries: list[f.Field]) -> tuple[Reader, object]:
    def moved(entry: f.Field) -> f.Field:
        places = {
            "agent": "/h/User-Agent/0",
            "key": "/h/X-Key",
            "url": "/r/~1u",
            "xff": "/l/[name=X-Forwarded-For]/value",
        }
        takes = tuple(tuple(places.get(name, name) for name in names) for names in entry.takes)
        return f.Field(entry.gives, takes, entry.read, entry.sql, entry.exact, entry.parts)

    def line(row: dict[str, str]) -> str:
        def value(name: str) -> object:
            text = row[name]
            return int(text) if text.isascii() and text.isdigit() and text[0] != "0" and len(text) < 16 else text

        nested = {
            "h": {"User-Agent": [row["agent"], "other"], "X-Key": row["key"]},
            "r": {"/u": row["url"]},
            "l": [{"name": "Host", "value": "h"}, {"name": "x-forwarded-FOR", "value": row["xff"]}],
        }
        flat = {name: value(name) for name in ("time", "peer", "method", "status", "took", "up", "bytes", "proto")}
        return json.dumps(flat | nested, ensure_ascii=len(row["agent"]) % 2 == 0)

    return JsonLines([moved(entry) for entry in entries], needs=["method"], headers={"x-key": "/h/X-Key"}), line


SHAPES = [quoted_layout, bracketed_layout, tabs, csv, expression, pointers]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
@pytest.mark.parametrize("kind", TIMES)
@given(data=st.data(), unit=st.sampled_from(["s", "ms", "us", "ns"]))
@examples(20)
def test_any_texts(shape, kind, data, unit) -> None:
    time, texts = TIMES[kind]
    reader, line_of = shape(field_list(unit, time))
    lines = [line_of(row).encode() for row in data.draw(rows(texts))]
    with tempfile.TemporaryDirectory() as folder:
        sure_rows(reader, lines, Path(folder), ("x-key", "x-forwarded-for", "host"))


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_usual_lines_are_read_by_the_engine(shape, tmp_path) -> None:
    reader, line_of = shape(field_list("s", f.clf_time("time")))
    usual = {name: texts[0] for name, texts in USUAL.items()} | {"time": "02/Mar/2026:10:15:00 +0100"}
    assert sure_rows(reader, [line_of(usual).encode()] * 3, tmp_path) == 3
