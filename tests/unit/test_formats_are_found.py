"""A format is found by content, by name where content cannot tell, or named by the settings."""

import pytest

from abslake.errors import UnreadableLog
from abslake.facts.landing import forced_format, forced_names
from abslake.formats import formats, named
from abslake.formats.detection import LONG, detect, guesses
from abslake.settings import Settings
from tests.support import ase
from tests.support.ingesting import ingested

LINES = {
    "ase": ase.line(),
    "alb": b'http 2026-03-02T10:15:00Z app/x/1 192.0.2.1:1 - -1 -1 -1 503 - 0 0 "GET http://h:80/ HTTP/1.1" "-"',
    "combined": b'192.0.2.1 - - [02/Mar/2026:10:15:00 +0000] "GET / HTTP/1.1" 200 5',
}


@pytest.mark.parametrize("name", LINES)
def test_content_decides(name: str) -> None:
    misleading = "http_ws_80_pid_1__access__2018-01-22_13-10.log elasticloadbalancing nginx"
    assert detect(misleading, [b"odd", LINES[name]]).name == name
    assert ingested(b"\n\n" + LINES[name]).receipt.format == name


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("http_ws_80_pid_19017__access__2018-01-22_13-10.log.gz", "ase"),
        ("https_wss_443_pid_0_access_2018-01-22_13-10.log", "ase"),
        ("123456789012_elasticloadbalancing_us-east-2_app.x_20260302T1015Z.log.gz", "alb"),
    ],
)
def test_the_name_decides_where_content_cannot(file: str, name: str) -> None:
    assert detect(file, [b"odd"]).name == name
    assert detect(file, []).name == name


def test_fault_03_a_log_in_an_unknown_shape_fails_whatever_its_common_name() -> None:
    forwarded = LINES["combined"] + b' "-" "curl/7.64" 113'
    with pytest.raises(UnreadableLog, match="no known log format fits"):
        detect("access.log", [forwarded, forwarded])


@pytest.mark.parametrize("blank", [199, 200, 5000])
def test_blank_lines_at_the_beginning_tell_nothing(blank: int) -> None:
    receipt = ingested(b"\n" * blank + LINES["combined"]).receipt
    assert (receipt.format, receipt.good, receipt.blank) == ("combined", 1, blank)


def test_lines_too_long_to_be_tried_by_every_format_count_where_there_are_no_others() -> None:
    long = LINES["combined"].replace(b"GET /", b"GET /" + b"x" * LONG)
    assert [guess.lines for guess in guesses("", [long] * 150 + [LINES["alb"]])] == [1] * len(formats())
    assert detect("", [long] * 150 + [LINES["alb"]]).name == "alb"
    assert detect("", [long] * 150).name == "combined"


def test_the_majority_of_lines_decides() -> None:
    assert detect("", [LINES["ase"], LINES["alb"], LINES["alb"]]).name == "alb"


def test_fault_03_what_is_no_log_at_all_fails() -> None:
    with pytest.raises(UnreadableLog, match="no known log format fits"):
        ingested(b"PK\x03\x04 something else\n")


def test_a_log_of_lines_kept_from_the_engine_is_known_too() -> None:
    assert ingested(LINES["combined"] + b' "-" "a\0b"').receipt.good == 1


def test_a_format_can_be_forced() -> None:
    assert ingested(LINES["alb"], format_name="ase").receipt.quarantined == 1
    with pytest.raises(UnreadableLog, match="there are alb, api-gateway, apigee, ase"):
        named("elb")


@pytest.mark.parametrize(
    ("key", "name"), [("logs/a", "ase"), ("logs/sub/a", "alb"), ("lo", None), ("day=1/x", "combined"), ("", None)]
)
def test_settings_force_by_prefix_and_the_first_match_wins(key: str, name: str | None) -> None:
    settings = Settings(formats="logs/sub/=alb, logs/ = ase ,day=1/=combined,logs/=combined")
    assert forced_format(settings, key) == name
    assert forced_format(Settings(), key) is None
    assert forced_names(settings) == {"alb", "ase", "combined"}
