"""Each ABSLAKE_ variable of the template is a setting, and the template's defaults are values that it takes."""

import pytest

from abslake.settings import from_environment
from tests.support.stack import FUNCTION, resources, template


def environment(function: str) -> dict[str, str]:
    """The function's variables, with parameters at their defaults and buckets by their logical names."""
    shared = template()["Globals"]["Function"]["Environment"]["Variables"]
    own = resources(FUNCTION)[function]["Environment"]["Variables"]
    return {name: _value(value) for name, value in (shared | own).items()}


def _value(value: str | dict[str, str]) -> str:
    if isinstance(value, str):
        return value
    if "Fn::If" in value:
        condition, yes, no = value["Fn::If"]
        assert condition in ("AsksAthena", "HasWebhookSecret")  # which are off unless asked for
        assert set(yes) in ({"Ref"}, {"Fn::Sub"})
        return str(no)
    if "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return str(separator).join(filter(None, _value(parts).split(",")))
    if "Ref" in value:
        parameter = template()["Parameters"].get(value["Ref"])
        return str(parameter["Default"]) if parameter else value["Ref"]  # of a queue that is its address
    return value["Fn::Sub"].replace("${", "").replace("}", "")


@pytest.mark.parametrize("function", resources(FUNCTION))
def test_every_variable_is_a_setting_and_its_default_is_taken(function: str) -> None:
    variables = environment(function)
    ours = {name.removeprefix("ABSLAKE_").lower() for name in variables if name.startswith("ABSLAKE_")}

    settings = from_environment(variables)

    assert ours <= settings.model_fields_set
    assert settings.lake == "s3://LakeBucket"


def test_a_backfill_is_an_empty_number_of_days() -> None:
    variables = environment("IngestFunction") | {"ABSLAKE_EVENT_TIME_PAST_DAYS": ""}

    assert from_environment(variables).event_time_past_days is None
