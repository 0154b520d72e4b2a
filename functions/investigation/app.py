"""GET /v5/abs/timeline and /v5/abs/search: one client hour by hour, and identifiers by their beginning."""

from aws_lambda_powertools.event_handler import Response

from abslake import access
from abslake.reports import Account, http, search, timeline
from abslake.reports.facts_reading import Reader
from abslake.reports.warm import warm_up
from abslake.settings import settings

app = http.resolver({timeline.PATH: ["GET"], search.PATH: ["GET"]})


@app.get(timeline.PATH)
def show_timeline() -> Response[str]:
    """What one client did, for the admin only."""
    _admin_only()
    question = timeline.question(http.query(app), settings())
    reader = Reader(http.lake(settings().lake), settings(), Account())
    return http.answer(app, timeline.report(question, reader), reader.lake, settings(), reader.account)


@app.get(search.PATH)
def show_search() -> Response[str]:
    """Identifiers by their beginning, for the admin only."""
    _admin_only()
    question = search.question(http.query(app), settings())
    reader = Reader(http.lake(settings().lake), settings(), Account())
    return http.answer(app, search.report(question, reader), reader.lake, settings(), reader.account)


def _admin_only() -> None:
    access.allow_forensics(http.caller(app).user)


warm_up((), settings())
handler = http.handler(app)
