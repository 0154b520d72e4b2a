"""The same work on many things in several processes: DuckDB and Python then have a CPU each."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from typing import TypeVar

from abslake.errors import StorageError

_Thing = TypeVar("_Thing")
_Result = TypeVar("_Result")


def side_by_side(
    jobs: int, work: Callable[[_Thing], _Result], things: Sequence[_Thing]
) -> Iterator[tuple[_Thing, _Result | StorageError]]:
    """Each thing with its result, or with the StorageError that was raised, as they are done.

    `work` must be picklable where there is more than one job. Whatever else it raises is raised here.
    """
    if jobs == 1 or len(things) < 2:
        for thing in things:
            yield thing, _tried(work, thing)
        return
    # Not forked: object stores and engines have threads, which a fork would leave half alive.
    with ProcessPoolExecutor(min(jobs, len(things)), multiprocessing.get_context("spawn")) as pool:
        futures: dict[Future[_Result | StorageError], _Thing] = {
            pool.submit(_tried, work, thing): thing for thing in things
        }
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _tried(work: Callable[[_Thing], _Result], thing: _Thing) -> _Result | StorageError:
    try:
        return work(thing)
    except StorageError as error:
        return error
