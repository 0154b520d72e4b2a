"""A malformed setting stops the start with the name of its variable; an empty optional number is no limit."""

import pytest

from abslake.errors import SettingsError
from abslake.settings import from_environment


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ABSLAKE_TIMEZONE", "Europe/Nowhere"),
        ("ABSLAKE_MAX_LOG_BYTES", "-1"),
        ("ABSLAKE_PART_BYTES", "large"),
        ("ABSLAKE_RESULT_LINK_SECONDS", "0"),
        ("ABSLAKE_EVENT_TIME_PAST_DAYS", "-1"),
    ],
)
def test_the_message_names_the_variable(variable: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{variable}: "):
        from_environment({variable: value})


def test_an_empty_window_is_open() -> None:
    assert from_environment({"ABSLAKE_EVENT_TIME_PAST_DAYS": ""}).event_time_past_days is None


def test_other_variables_are_left_alone() -> None:
    assert from_environment({"PATH": "/bin", "ABSLAKE_LAKE": "s3://lake"}).lake == "s3://lake"
