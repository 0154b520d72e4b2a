"""The User-Agent header is the attacker's to write: no header raises, escapes the constants or is read without end."""

import subprocess
import sys

from hypothesis import example, given
from hypothesis import strategies as st

from abslake.records import user_agents
from abslake.records.user_agents import BROWSERS, DEVICES, MAX_CHARACTERS, device_and_browser

FRAGMENTS = [
    "Mozilla/5.0 (",
    "Windows NT 6.",
    "Android ",
    "iPhone OS ",
    "iPad",
    "Mobile",
    "bot/",
    "Tizen 2",
    "²",
    "\ud800",
    "\0",
    "\n",
]
EVERY_CODE_POINT = st.text(st.characters(exclude_categories=()), max_size=200)


@given(st.lists(st.sampled_from(FRAGMENTS) | EVERY_CODE_POINT, max_size=8).map("".join))
@example("\ud800")
@example("Android " + "9" * 900)
def test_any_text_gives_constants_of_the_exported_sets(agent: str) -> None:
    device, browser = device_and_browser(agent)

    assert device in DEVICES
    assert browser in BROWSERS


def test_only_the_head_of_a_long_header_is_read_and_kept() -> None:
    # GIVEN two headers of 100,000 characters that differ in their tails only
    head = "Mozilla/5.0 (Windows NT 6.1) " + "a" * MAX_CHARACTERS
    user_agents._of_distinct.cache_clear()

    # WHEN both are read
    first = device_and_browser(head + "Firefox/1.0 " * 8_000)
    second = device_and_browser(head + "curl/8.0 (x) " * 8_000)

    # THEN they are one distinct agent, known by its head
    assert first == second == ("WINDOWS_7", "MOZILLA")
    assert user_agents._of_distinct.cache_info().currsize == 1


def test_the_memory_of_distinct_agents_is_bounded() -> None:
    assert user_agents._of_distinct.cache_info().maxsize == user_agents.DISTINCT_AGENTS_KEPT


def test_importing_the_module_loads_no_parser() -> None:
    # GIVEN a report function that imports the constants and parses no agent
    code = "import sys, abslake.records.user_agents; print(any(m.startswith('ua_parser') for m in sys.modules))"

    # WHEN the module is imported
    answer = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": ":".join(sys.path)}, capture_output=True, check=True
    )

    # THEN ua-parser (0.1 s) is not
    assert answer.stdout.strip() == b"False"
