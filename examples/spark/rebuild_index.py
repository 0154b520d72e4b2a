"""Fold everything that the index of a lake does not cover, on the executors of a Spark cluster.

Tasks (one kind of identifier, one day or month) need nothing of each other, and doing one twice does no harm, so Spark only
hands them out: each runs the package's own SQL in DuckDB, in one process with one thread. The executors need the package,
its dependencies and access to the lake; give each task one CPU and 2 GB.

    spark-submit --conf spark.task.maxFailures=4 examples/spark/rebuild_index.py s3://LAKE
"""

import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

from pyspark.sql import SparkSession

from abslake.index.compaction import Result, perform, tend
from abslake.index.tasks import Task
from abslake.settings import Settings
from abslake.storage import Lake

SECONDS = 600
"""For one task; what does not fit is due again. An attempt that is older than 15 minutes may change nothing."""


def fold(session: SparkSession, url: str, settings: Settings, rounds: int = 100) -> Counter[str]:
    """Do what is due until nothing is, days first, then the months that are made of them; how many tasks ended how."""
    ended: Counter[str] = Counter()
    lake = Lake(url)
    for _ in range(rounds):
        due = tend(lake).due
        if not due:
            return ended
        results = _spread(session, url, settings, due)
        ended.update(results)
        if set(results) <= {Result.NOTHING.value, Result.TOO_LARGE.value}:
            return ended
    return ended


def _spread(session: SparkSession, url: str, settings: Settings, due: Sequence[Task]) -> list[str]:
    named = [(task.kind, task.period) for task in due]
    given = settings.model_dump()

    def work(name: tuple[str, str]) -> str:
        return perform(Lake(url), Settings(**given), Task(*name), SECONDS).result.value

    spread: Any = session.sparkContext.parallelize(named, len(named)).map(work)
    return list(spread.collect())


def main() -> None:
    """The command."""
    session = SparkSession.builder.appName("abslake index").getOrCreate()
    try:
        for result, tasks in fold(session, sys.argv[1], Settings()).most_common():
            sys.stdout.write(f"{tasks} tasks: {result}\n")
    finally:
        session.stop()


if __name__ == "__main__":
    main()
