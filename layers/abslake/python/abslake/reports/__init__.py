"""A question becomes a plan (which objects), a fetch, one SQL statement, and the documented JSON."""

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
