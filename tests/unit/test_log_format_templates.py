"""A web server's log format of one's own, by NGINX's or Apache's template."""

from pathlib import Path

import pytest

from abslake.formats.combined import FORMAT
from abslake.formats.log_format import with_template
from abslake.records.record import BadLine, Record
from tests.support.agreement import sure_rows

COMBINED = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"'
)
APACHE = r"%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\""
LINE = '192.0.2.7 - joe [02/Mar/2026:10:15:00 +0000] "GET /a?b=1 HTTP/1.1" 200 5 "-" "curl/7.64"'
CLOCK, ASKED = "[02/Mar/2026:10:15:00 +0000]", '"GET /a?b=1 HTTP/1.1"'
BARE = LINE.replace(ASKED, ASKED.strip('"'))
RECORD = Record(
    time=1_772_446_500_000_000, peer="192.0.2.7", method="GET", url="/a?b=1", protocol="HTTP/1.1", username="joe", status=200,
    response_bytes=5, user_agent="curl/7.64",
)  # fmt: skip


@pytest.mark.parametrize(("template", "line"), [(COMBINED, LINE), (APACHE, LINE), (APACHE.replace("\\", ""), LINE)])
def test_the_combined_log_by_its_template(template: str, line: str) -> None:
    assert with_template(template).parse(line.encode(), ()) == RECORD == FORMAT.parse(line.encode(), ())


@pytest.mark.parametrize(
    ("template", "line", "told"),
    [
        (COMBINED + " $request_time", LINE + " 0.113", {"time_ms": 113.0}),
        (APACHE + " %D", LINE + " 113456", {"time_ms": 113.456}),
        (APACHE + " %T", LINE + " 2", {"time_ms": 2000.0}),
        (APACHE + " %{ms}T", LINE + " 113", {"time_ms": 113.0}),
        (APACHE + " %T/%D", LINE + " 2/2113456", {"time_ms": 2113.456}),
        (APACHE + " %I %O", LINE + " 152 391", {"request_bytes": 152}),
        (APACHE + " %O", LINE.replace(" 5 ", " - ") + " 391", {"response_bytes": None}),
        (APACHE.replace("%b", "%O"), LINE, {}),
        (APACHE + " %v:%p", LINE + " h.example:443", {"host": "h.example"}),
        (COMBINED + ' "$http_host"', LINE + ' "h.example:443"', {"host": "h.example:443"}),
        (COMBINED + ' "$http_cookie"', LINE + ' "SID=1; S=2"', {"cookies": "SID=1; S=2"}),
        (COMBINED + ' "$cookie_SID" ${cookie_S-2}', LINE + ' "-" x', {"cookies": "S-2=x"}),
        (APACHE + r" \"%{SID}C\" \"%{S-2}C\"", LINE + ' "1" "x"', {"cookies": "SID=1; S-2=x"}),
        (COMBINED + ' "$http_authorization"', LINE + ' "Bearer a\\x22b"', {"auth_header": 'Bearer a"b'}),
        (COMBINED + " $connection up=$upstream_addr", LINE + " 77 up=a:1, b:2", {"connection": "77", "server": "b:2"}),
        (COMBINED.replace("$time_local", "$time_iso8601"), LINE.replace("02/Mar/2026:10:15:00 ", "2026-03-02T10:15:00"), {}),
        (COMBINED.replace("[$time_local]", "$msec"), LINE.replace(CLOCK, "1772446500.000"), {}),
        (APACHE.replace("%t", "%{msec}t"), LINE.replace(CLOCK, "1772446500000"), {}),
        (APACHE.replace("%t", "%{%Y-%m-%dT%H:%M:%S%z}t"), LINE.replace(CLOCK, "2026-03-02T10:15:00+0000"), {}),
        (APACHE.replace("%r", "%m %U%q %H"), LINE, {}),
        (COMBINED.replace("$request", "$request_method $uri $server_protocol", 1), LINE, {}),
        (COMBINED.replace('"$request"', "$request_method $request_uri $server_protocol"), BARE, {}),
        (COMBINED.replace('"$request"', "$request_method $uri $args $server_protocol"), BARE.replace("?", " "), {}),
        (COMBINED.replace("$remote_addr", "$proxy_add_x_forwarded_for"), LINE, {}),
        (APACHE.replace("%h", "%{c}a"), LINE, {}),
        (APACHE.replace("%>s", "%!200,304s") + " %X %k %%", LINE + " + 0 %", {}),
    ],
)  # fmt: skip
def test_what_variables_tell(template: str, line: str, told: dict[str, object], tmp_path: Path) -> None:
    reader = with_template(template)
    record = reader.parse(line.encode(), ())
    assert sure_rows(reader, [line.encode()], tmp_path) == ("\\x" not in line and ", b" not in line)
    for name, value in told.items():
        assert getattr(record, name) == value
        setattr(record, name, getattr(RECORD, name))
    assert record == RECORD


def test_a_template_of_many_cookies_is_read_by_the_engine(tmp_path: Path) -> None:
    names = [f"c{n}" for n in range(12)]
    reader = with_template(COMBINED + "".join(f' "$cookie_{name}"' for name in names))
    line = (LINE + "".join(f' "v{n}"' for n in range(12))).encode()
    assert reader.parse(line, ()).cookies == "; ".join(f"c{n}=v{n}" for n in range(12))
    assert sure_rows(reader, [line], tmp_path) == 1


def test_a_name_that_no_cookie_has_is_refused() -> None:
    with pytest.raises(ValueError, match="a cookie's name may hold"):
        with_template(COMBINED + ' "${cookie_$0}"')


def test_any_request_header_that_the_template_logs_can_be_an_identity() -> None:
    reader = with_template(APACHE + r" \"%{X-API-Key}i\"")
    assert reader.parse(f'{LINE} "k-1"'.encode(), ("x-api-key", "x-user", "user-agent")).wanted == [
        "k-1",
        None,
        "curl/7.64",
    ]


def test_a_line_of_another_layout_is_refused() -> None:
    with pytest.raises(BadLine):
        with_template(COMBINED + " $request_time").parse(LINE.encode(), ())


@pytest.mark.parametrize(
    ("template", "why"),
    [
        (COMBINED.replace("[$time_local] ", ""), r"the template lacks a time \(\$time_local\)"),
        (COMBINED.replace("$remote_addr", "$x"), r"the template lacks a client address \(\$remote_addr\)"),
        (COMBINED.replace("$request", "$x"), r"the template lacks a request \(\$request\)"),
        ("what is it", "the template lacks a time"),
        (COMBINED + '"', "a quote in the template has no counterpart"),
        (COMBINED + "$host$status", "two variables stand side by side"),
        (APACHE.replace("%t", "%{%s}t"), "of the times, %t and"),
    ],
)
def test_templates_that_are_none(template: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        with_template(template)
