"""A question becomes a plan (which objects), a fetch, one SQL statement, and the documented JSON.

What is named here is loaded at first use: the models of the answers are also read by `abslake.client`, which is to start
without the engine.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from abslake.reports.answer import Account, report
    from abslake.reports.question import (
        Kind,
        Question,
        ask,
        ask_all,
        clients_question,
        forensics_question,
        metrics_question,
    )

__all__ = [
    "Account",
    "Kind",
    "Question",
    "ask",
    "ask_all",
    "clients_question",
    "forensics_question",
    "metrics_question",
    "report",
]
_OF_ANSWER = ("Account", "report")


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.{'answer' if name in _OF_ANSWER else 'question'}")
    return getattr(module, name)
