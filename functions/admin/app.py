"""GET /v5/abs/admin and /v5/abs/globalconfig, also as /v4: APIs, training, how far the work is, and settings in force.

And GET /v5/abs/health, which asks the same of the lake, for a monitor.
"""

from collections.abc import Callable

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel

from abslake.reports import admin, global_config, health, http
from abslake.reports.question import parameters
from abslake.reports.warm import warm_up
from abslake.settings import Settings, settings
from abslake.storage import Lake

Show = Callable[[Lake, Settings], BaseModel]

SHOWN: dict[str, Show] = {path: module.show for module in (admin, global_config) for path in module.PATHS}
app = http.resolver({path: ["GET"] for path in (*SHOWN, health.PATH)})


def serve(show: Show) -> Callable[[], Response[str]]:
    """A route that answers everybody: it names no client."""

    def answer() -> Response[str]:
        http.caller(app)
        parameters(http.query(app), frozenset())
        lake = http.lake(settings().lake)
        return http.answer(app, show(lake, settings()), lake, settings())

    return answer


@app.get(health.PATH)
def show_health() -> Response[str]:
    """200 where all is well, else 503 with the reasons; it names no client."""
    http.caller(app)
    asked = parameters(http.query(app), frozenset(health.FIELDS))
    lake = http.lake(settings().lake)
    document = health.show(lake, asked)
    return http.answer(app, document, lake, settings(), status=health.http_status(document))


for path, show in SHOWN.items():
    app.get(path)(serve(show))

warm_up((), settings())
handler = http.handler(app)
