"""``abslake report``: a word that is missing or too many ends it with the line to write, alike for all reports."""

import re

import pytest
from typer.testing import CliRunner

from abslake.detection.findings import IdentifierKind
from abslake.dev import asking, cli
from abslake.dev.asking import FORMS, PARAMETERS
from abslake.reports.openapi import document
from abslake.reports.openapi_examples import OLDER

SECRET = "Bearer-4711"
DATES = {"earlier": "2018-02-13T00:00", "later": "2018-02-14T00:00"}
WORDS = DATES | dict.fromkeys({*PARAMETERS} - {*DATES, "details"}, SECRET)
WORDS |= {"limit": "5", "max-age": "5", "type": "1", "id": "16"}


def said(report, *words, options=()):
    given = [
        word for option in options for word in ([f"--{option}", WORDS[option]] if option in WORDS else [f"--{option}"])
    ]
    done = CliRunner().invoke(cli.app, ["report", report, *words, "--lake", "memory:", *given])
    assert (done.exit_code, done.stdout) == (2, "")
    assert SECRET not in done.stderr
    return " ".join(done.stderr.split())


def dates_of(report):
    return [option for option in (*DATES, "type") if option in FORMS[report].options]


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


@pytest.mark.parametrize("report", [name for name, form in FORMS.items() if form.reads and not form.whom])
def test_with_a_value_that_it_does_not_take(report):
    message = said(report, SECRET, options=dates_of(report))

    assert f"{report} takes no VALUE Write: abslake report {report} --lake LAKE" in message


@pytest.mark.parametrize("report", [name for name, form in FORMS.items() if form.reads])
def test_with_an_option_that_it_does_not_take(report):
    for option in {*PARAMETERS, "explain"} - {*FORMS[report].options}:
        message = said(report, *value_of(report), options=[*dates_of(report), option])
        assert re.search(f"--{option}: .*Write: abslake report {report}", message)


@pytest.mark.parametrize("report", [name for name in FORMS if dates_of(name)])
def test_without_a_date_that_it_needs(report):
    for missing in dates_of(report):
        message = said(report, *value_of(report), options=[date for date in dates_of(report) if date != missing])
        assert f"--{missing} is missing Write: abslake report {report}" in message
        assert "yyyy-mm-ddThh:mm" in message


def test_what_value_is_can_be_an_option():
    form = FORMS["timeline"]
    assert form.query({"kind": "token", "limit": "5"}, SECRET) == {"token": SECRET, "limit": "5"}
    assert "--kind is missing Write: abslake report timeline VALUE" in said("timeline", SECRET, options=DATES)
    assert form.query({"kind": "ip"}, "::1") == {"ip": "::1"}
    assert FORMS["discovery"].query({}, "api_0") == {"api_name": "api_0"}
    assert FORMS["search"].query({"kind": "token"}, "to") == {"kind": "token", "prefix": "to"}


def test_user_names_are_told_of_one_or_of_all():
    assert asking.form_of("username", "ann").whom
    assert asking.form_of("username", None) == FORMS["apikeys"]
    assert "--limit: the report username does not take it" in said("username", SECRET, options=[*DATES, "limit"])


def test_one_of_a_lake_and_a_server_is_asked():
    for sources in ([], ["--lake", "memory:", "--server", "https://example.com"]):
        done = CliRunner().invoke(cli.app, ["report", "admin", *sources])
        assert (done.exit_code, "one of --lake and --server" in done.stderr) == (2, True)
    done = CliRunner().invoke(cli.app, ["report", "admin", "--lake", "memory:", "--keys", SECRET])
    assert (done.exit_code, "--keys: only a server" in done.stderr, SECRET in done.stderr) == (2, True, False)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["reset"], "--delete FILE is missing Write: abslake report reset --delete FILE --lake LAKE"),
        (["reset", "--put", "-"], "--put: reset is not changed so"),
        (["admin", "--delete", "-"], "--delete: admin is not changed so"),
        (["metrics", "--put", "-"], "--put: metrics is not changed so"),
        (["threshold", SECRET, "--put", "-"], "a change is a file and nothing else"),
        (["benign", "--put", "-", "--delete", "-"], "a change is a file and nothing else"),
        (["benign", "--put", "/nonexistent"], "the file of the change cannot be read"),
    ],
)
def test_a_change_that_is_none(words, message):
    assert message in said(*words)


def test_a_change_is_json(tmp_path):
    (tmp_path / "change").write_text(SECRET)
    assert "is not JSON" in said("benign", "--put", str(tmp_path / "change"))


def test_a_server_wants_keys_and_https(monkeypatch, tmp_path):
    monkeypatch.delenv("ABSLAKE_ACCESS_KEY", raising=False)
    monkeypatch.delenv("ABSLAKE_SECRET_KEY", raising=False)
    assert "the keys are missing Set ABSLAKE_ACCESS_KEY" in asked_there("https://example.com")
    (tmp_path / "keys").write_text(f'header = "x-abs-ak: {SECRET}"')
    assert "the file of keys needs" in asked_there("https://example.com", "--keys", str(tmp_path / "keys"))
    monkeypatch.setenv("ABSLAKE_ACCESS_KEY", SECRET)
    monkeypatch.setenv("ABSLAKE_SECRET_KEY", SECRET)
    assert "--server: keys are not sent over http" in asked_there("http://192.0.2.1")


def asked_there(url, *words):
    done = CliRunner().invoke(cli.app, ["report", "admin", "--server", url, *words])
    assert (done.exit_code, SECRET in done.stderr) == (2, False)
    return " ".join(done.stderr.split())


def test_every_endpoint_is_asked_or_changed():
    covered = {("GET", form.place(name)) for name, form in FORMS.items() if form.reads}
    covered |= {("GET", asking.form_of(name, None).place(name)) for name in FORMS}
    covered |= {(method.upper(), form.place(name)) for name, form in FORMS.items() for method in form.changes}
    asked = {
        (method.upper(), path)
        for path, methods in document()["paths"].items()
        for method, one in methods.items()
        if not one["operationId"].endswith(OLDER)
    }
    assert asked == covered - {("GET", "/v4/abs/reset")}


def test_every_parameter_of_an_endpoint_is_an_option_or_the_value():
    """But for engine, which says where a lake is read, and the second spelling of IP."""
    options = {}
    for name in FORMS:
        for form in {FORMS[name], asking.form_of(name, None)} - ({FORMS[name]} if not FORMS[name].reads else set()):
            taken = {PARAMETERS[option] for option in form.options if option in PARAMETERS}
            options.setdefault(form.place(name), set()).update(taken, {form.field} if form.whom else set())
    for path, methods in document()["paths"].items():
        if "get" in methods and not methods["get"]["operationId"].endswith(OLDER):
            names = {parameter["name"] for parameter in methods["get"].get("parameters", ())}
            named = {*IdentifierKind} - {"ip"} | {"IP"} if path == FORMS["timeline"].path else set()
            assert names - {"engine", "ip"} == options[path] - ({"kind"} if named else set()) | named, path
