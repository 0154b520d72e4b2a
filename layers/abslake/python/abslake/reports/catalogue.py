"""The API definitions as the report functions use them: read in parallel, kept for a minute."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

from abslake.errors import NotFound
from abslake.records.definitions import Definitions, load
from abslake.reports.answer import pool
from abslake.reports.question import Question
from abslake.storage import Lake

_GOOD_FOR_SECONDS = 60
_NONE = Definitions({})


@dataclass(slots=True)
class _Kept:
    definitions: Definitions = _NONE
    until: float = 0.0


def definitions_for(question: Question, lake: Lake) -> Definitions:
    """The definitions that `question` needs: all where it names an API, none where it does not.

    A name that the kept ones lack is looked for in the lake at once. Raises StorageError.
    """
    return _NONE if question.api is None else definitions_of(lake, [question.api])


def apis_named(lake: Lake, field: str, names: Sequence[str]) -> Definitions:
    """The definitions where every one of `names`, given in `field`, has one. Without names: none, and nothing is read.

    Raises NotFound naming the field, StorageError.
    """
    if not names:
        return _NONE
    found = definitions_of(lake, names)
    if not found.apis.keys() >= set(names):
        raise NotFound(f"{field}: there is no API of this name", "UNKNOWN_API")
    return found


def definitions_asked(api: str | None, lake: Lake) -> Definitions:
    """All definitions, among them that of `api` if one is named. Raises NotFound (``UNKNOWN_API``), StorageError."""
    return definitions_of(lake, []) if api is None else apis_named(lake, "api", [api])


def definitions_of(lake: Lake, names: Iterable[str]) -> Definitions:
    """All definitions, at most a minute old; read at once where one of `names` is not among them. Raises StorageError."""
    kept, lock = _kept(lake)
    with lock:
        if time.monotonic() >= kept.until or not kept.definitions.apis.keys() >= set(names):
            kept.definitions = load(lake, pool())
            kept.until = time.monotonic() + _GOOD_FOR_SECONDS
        return kept.definitions


@lru_cache(maxsize=4)
def _kept(_lake: Lake) -> tuple[_Kept, Lock]:
    return _Kept(), Lock()
