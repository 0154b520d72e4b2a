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
        ("ABSLAKE_FORMATS", "alb"),
        ("ABSLAKE_FORMATS", "elb/=alb,www"),
        ("ABSLAKE_TRUSTED_PROXIES", "10.0.0.0/33"),
        ("ABSLAKE_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("ABSLAKE_TRUSTED_PROXIES", "10.0.0.0/8 192.0.2.1"),
        ("ABSLAKE_TRUSTED_PROXIES", "192.0.2.1,proxy.example.com"),
        ("ABSLAKE_TRUSTED_PROXIES", "10.0.0.0/8,*"),
        ("ABSLAKE_TRUSTED_PROXIES", "192.0.2.1:80"),
        ("ABSLAKE_TRUSTED_PROXIES", "fe80::1%eth0"),
    ],
)
def test_the_message_names_the_variable(variable: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{variable}: (?!Value error)"):
        from_environment({variable: value})


@pytest.mark.parametrize("value", ["", "*", " * ", "192.0.2.1", "10.0.0.0/8, 2001:db8::/32,::1", "0.0.0.0/0"])
def test_trusted_proxies(value: str) -> None:
    assert from_environment({"ABSLAKE_TRUSTED_PROXIES": value}).trusted_proxies == value


def test_a_network_written_loosely_is_shown_as_it_should_be() -> None:
    with pytest.raises(SettingsError, match=r"write 10\.0\.0\.0/8"):
        from_environment({"ABSLAKE_TRUSTED_PROXIES": "192.0.2.1,10.1.2.3/8"})


def test_an_empty_window_is_open() -> None:
    assert from_environment({"ABSLAKE_EVENT_TIME_PAST_DAYS": ""}).event_time_past_days is None


def test_other_variables_are_left_alone() -> None:
    assert from_environment({"PATH": "/bin", "ABSLAKE_LAKE": "s3://lake"}).lake == "s3://lake"
