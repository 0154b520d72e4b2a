"""``abslake ddl`` prints what other engines run once; ``abslake athena views`` runs it in Athena."""

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner

from abslake.dev import athena_views
from abslake.dev.cli import app
from abslake.reports import ddl

VIEWS = [statement for _, statement in ddl.create_views(ddl.Engine.ATHENA)]


@pytest.fixture
def athena(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "eu-west-1" if name.endswith("REGION") else "test")
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_ATHENA", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        client = boto3.client("athena")
        client.create_work_group(
            Name="reports", Configuration={"ResultConfiguration": {"OutputLocation": "s3://lake/results/athena/"}}
        )
        yield client


def test_all_views_are_made_in_the_stack_s_database_and_workgroup(athena):
    done = CliRunner().invoke(app, ["athena", "views", "--database", "lake", "--workgroup", "reports"])

    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == [f"{name}: made" for name, _ in ddl.create_views(ddl.Engine.ATHENA)]
    ids = athena.list_query_executions(WorkGroup="reports")["QueryExecutionIds"]
    queries = [athena.get_query_execution(QueryExecutionId=name)["QueryExecution"] for name in ids]
    assert sorted(query["Query"] for query in queries) == sorted(VIEWS)
    assert {query["QueryExecutionContext"]["Database"] for query in queries} == {"lake"}


def test_a_view_that_fails_is_named_with_athena_s_reason(athena, monkeypatch):
    class Failing:
        def __getattr__(self, name):
            return getattr(athena, name)

        def get_query_execution(self, **_):
            return {"QueryExecution": {"Status": {"State": "FAILED", "StateChangeReason": "no table facts"}}}

    monkeypatch.setattr(athena_views.boto3, "client", lambda _: Failing())

    done = CliRunner().invoke(app, ["athena", "views", "--database", "lake", "--workgroup", "reports"])

    assert (done.exit_code, done.stdout) == (1, "")
    assert "token_traffic: Athena says FAILED: no table facts" in done.stderr


def test_a_workgroup_that_does_not_exist_is_a_message(athena):
    done = CliRunner().invoke(app, ["athena", "views", "--database", "lake", "--workgroup", "none"])

    assert done.exit_code == 1
    assert "Athena refuses" in done.stderr


@pytest.mark.parametrize("engine", ddl.Engine)
def test_the_statements_are_printed_for_an_engine(engine):
    done = CliRunner().invoke(app, ["ddl", engine.value, "--location", "s3a://lake/facts/"])

    assert done.exit_code == 0
    table, repair, *views = done.stdout.rstrip().removesuffix(";").split(";\n\n")
    assert table == ddl.create_table("s3a://lake/facts/")
    assert repair == "MSCK REPAIR TABLE facts"
    assert views == [statement for _, statement in ddl.create_views(engine)]


def test_a_location_that_cannot_be_written_down_is_a_usage_error():
    done = CliRunner().invoke(app, ["ddl", "spark", "--location", "s3a://la'ke/facts/"])

    assert (done.exit_code, done.stdout) == (2, "")
    assert "--location" in done.stderr
