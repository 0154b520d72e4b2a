"""``abslake report``: a word that is missing or too many ends it with the line to write, alike for all reports."""

import re

import pytest
from typer.testing import CliRunner

from abslake.dev import asking, cli
from abslake.dev.asking import FORMS, PARAMETERS

SECRET = "Bearer-4711"
DATES = {"earlier": "2018-02-13T00:00", "later": "2018-02-14T00:00"}
WORDS = DATES | dict.fromkeys({*PARAMETERS} - {*DATES, "details"}, SECRET) | {"limit": "5", "max-age": "5"}


def said(report, *words, options=()):
    given = [
        word for option in options for word in ([f"--{option}", WORDS[option]] if option in WORDS else [f"--{option}"])
    ]
    done = CliRunner().invoke(cli.app, ["report", report, *words, "--lake", "memory:", *given])
    assert (done.exit_code, done.stdout) == (2, "")
    assert SECRET not in done.stderr
    return " ".join(done.stderr.split())


def dates_of(report):
    return [option for option in DATES if option in FORMS[report].options]


def value_of(report):
    return [SECRET] if FORMS[report].whom else []


def test_the_reports_are_those_of_the_table():
    assert [name.value for name in cli.ReportName] == list(FORMS)


NEED_A_VALUE = [name for name in FORMS if (form := asking.form_of(name, None)).whom and not form.value_is_optional]


@pytest.mark.parametrize("report", NEED_A_VALUE)
def test_without_the_value_that_it_needs(report):
    assert f"VALUE is missing: {FORMS[report].whom} Write: abslake report {report} VALUE" in said(
        report, options=dates_of(report)
    )


@pytest.mark.parametrize("report", [name for name, form in FORMS.items() if not form.whom])
def test_with_a_value_that_it_does_not_take(report):
    message = said(report, SECRET, options=dates_of(report))

    assert f"{report} takes no VALUE Write: abslake report {report} --lake LAKE" in message


@pytest.mark.parametrize("report", FORMS)
def test_with_an_option_that_it_does_not_take(report):
    for option in {*PARAMETERS, "explain"} - {*FORMS[report].options}:
        message = said(report, *value_of(report), options=[*dates_of(report), option])
        assert re.search(f"--{option}: .*Write: abslake report {report}", message)


@pytest.mark.parametrize("report", [name for name in FORMS if dates_of(name)])
def test_without_a_date_that_it_needs(report):
    for missing in DATES:
        message = said(report, *value_of(report), options=[date for date in DATES if date != missing])
        assert f"--{missing} is missing Write: abslake report {report}" in message
        assert "yyyy-mm-ddThh:mm" in message


def test_user_names_are_told_of_one_or_of_all():
    assert asking.form_of("username", "ann").whom
    assert asking.form_of("username", None) == FORMS["apikeys"]
    assert "--limit: the report username does not take it" in said("username", SECRET, options=[*DATES, "limit"])
