"""Spark with Hive's catalogue in this process: makes the table and the views as published, and runs Athena's statements.

Needs pyspark and Java. Spark keeps its catalogue in memory here, and reads the lake's folder.
"""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from abslake.reports import ddl
from abslake.storage import Lake
from tests.support.athena import FakeAthena, text_of

_CATALOGUE = "jdbc:derby:memory:abslake;create=true"
_START = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.hadoop.javax.jdo.option.ConnectionURL": _CATALOGUE,
    "spark.sql.session.timeZone": "UTC",
    # Small data: what follows saves seconds of starting and compiling.
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.adaptive.enabled": "false",
}


@contextmanager
def spark(folder: Path) -> Iterator[SparkSession]:
    """A session whose own files lie in `folder`."""
    os.environ["PYSPARK_PYTHON"] = sys.executable  # else the executors take what python3 is on the PATH
    options = (
        f"-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Duser.timezone=UTC -Dderby.stream.error.file={folder}/derby.log"
    )
    builder = SparkSession.builder.master("local[2]").config("spark.driver.extraJavaOptions", options)
    builder = builder.config("spark.sql.warehouse.dir", str(folder / "warehouse"))
    for name, value in _START.items():
        builder = builder.config(name, value)
    session = builder.enableHiveSupport().getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    logging.getLogger("py4j").setLevel(logging.WARNING)
    try:
        yield session
    finally:
        session.stop()


def make_tables(session: SparkSession, lake: Lake) -> None:
    """The table with its partitions, and the views, by the statements that are published."""
    session.sql(ddl.create_table(f"file://{lake.folder}/facts/"))
    session.sql("MSCK REPAIR TABLE facts")
    for _, statement in ddl.create_views(ddl.Engine.SPARK):
        session.sql(statement)


class SparkAthena(FakeAthena):
    """The same client, whose statements Spark runs."""

    def __init__(self, lake: Lake, session: SparkSession) -> None:
        self._session = session
        super().__init__(lake)

    def prepare(self, lake: Lake) -> None:
        make_tables(self._session, lake)

    def run(self, statement: str, parameters: list[str]) -> tuple[list[str], list[tuple[Any, ...]]]:
        # Spark takes values; two quotes inside quotes are not one there.
        values = [text_of(parameter) for parameter in parameters]
        found = self._session.sql(ddl.spelled(statement, ddl.Engine.SPARK), values)
        return found.columns, [tuple(row) for row in found.collect()]
