"""What a metrics report reads only where it has to: all addresses of an API, and sessions out of the index of cookies."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from abslake.index import reading
from abslake.reports.engine import How, Into
from abslake.reports.planner import Plan, planned_by
from abslake.reports.question import Question
from abslake.storage import Lake

Read = Callable[[Sequence[str], How, Into | None], None]
"""Reads objects into a table of the report's connection."""


class Elsewhere:
    """See `abslake.reports.metrics_entries.Elsewhere`."""

    def __init__(self, question: Question, planned: Plan, lake: Lake, pool: ThreadPoolExecutor, read: Read) -> None:
        self._question, self._planned, self._lake, self._pool, self._read = question, planned, lake, pool, read
        self.view: reading.View | None = None
        """What was read of the cookies' index: as little as of the API's may it have changed since."""

    def add_addresses(self) -> None:
        """Load the sums of all addresses of the periods that have them apart."""
        self._read(self._planned.addresses, How.WHOLE, None)

    def add_sessions(self, names: Sequence[str], table: str) -> None:
        """Load all that these sessions did on the question's API, into `table`."""
        if not self._planned.view:
            return
        self.view = self.view or reading.beside(self._lake, self._pool, self._planned.view, "cookie")
        plans = [planned_by(self.view, name) for name in names]
        into = Into(table, tuple(names))
        self._read([unit.key for unit in plans[0].units], How.FACTS, into)
        self._read(_each(plan.whole for plan in plans), How.WHOLE, into)
        self._read(_each(plan.cut + plan.heavy for plan in plans), How.CUT, into)


def _each(many: Iterable[list[str]]) -> list[str]:
    """All names once: sessions share objects."""
    return list(dict.fromkeys(name for some in many for name in some))
