"""GET /v5/abs/admin, also as /v4: the APIs with their training, how far the work is, and times to live."""

from aws_lambda_powertools.event_handler import Response

from abslake import access
from abslake.reports import admin, http
from abslake.reports.question import parameters
from abslake.reports.warm import warm_up
from abslake.settings import settings

app = http.resolver({path: ["GET"] for path in admin.PATHS})


def shown() -> Response[str]:
    """The report, for everybody: it names no client."""
    access.identify(http.headers(app), access.load(settings()))
    parameters(http.query(app), frozenset())
    lake = http.lake(settings().lake)
    return http.answer(app, admin.show(lake, settings()), lake, settings())


for path in admin.PATHS:
    app.get(path)(shown)

warm_up((), settings())
handler = http.handler(app)
