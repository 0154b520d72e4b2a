"""What a report function does before its first call, so that a SnapStart snapshot holds it ready.

Source: https://docs.aws.amazon.com/lambda/latest/dg/snapstart-best-practices.html (load at init; no credentials, unique
values or connections in the snapshot, hence no lake and no secret here).
"""

import os
from datetime import UTC, datetime, timedelta

from abslake.records.definitions import parse_all
from abslake.reports.answer import report
from abslake.reports.paging import Place
from abslake.reports.question import Kind, Question
from abslake.settings import Settings
from abslake.storage import Lake

_A_DAY = datetime(2000, 1, 1, tzinfo=UTC)
_APIS = (("any", b'{"api_metadata": {"url": "/"}}'),)


def warm_up(kinds: tuple[Kind, ...], settings: Settings, *, everyone: bool = False) -> None:
    """Answer one question of each kind on an empty lake, and import what tells callers; only where it pays.

    `everyone`: questions about all clients of a kind.
    """
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") != "snap-start":
        return
    lake, definitions = Lake("memory:"), parse_all(_APIS)
    for kind in kinds:
        api = "any" if kind is Kind.METRICS else None
        place = Place() if everyone else None
        question = Question(kind, _A_DAY, _A_DAY + timedelta(minutes=1), UTC, api, "::1", place=place)
        report(question, lake, settings, definitions).model_dump_json()
    if settings.users.startswith("secretsmanager:"):
        import aws_lambda_powertools.utilities.parameters  # noqa: F401 - brings in boto3
    if settings.oauth_issuers:
        import abslake.access.tokens  # noqa: F401 - brings in cryptography
