"""GET /v5/abs/admin and /v5/abs/globalconfig, also as /v4: APIs, training, how far the work is, and settings in force."""

from collections.abc import Callable

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel

from abslake.reports import admin, global_config, http
from abslake.reports.question import parameters
from abslake.reports.warm import warm_up
from abslake.settings import Settings, settings
from abslake.storage import Lake

Show = Callable[[Lake, Settings], BaseModel]

SHOWN: dict[str, Show] = {path: module.show for module in (admin, global_config) for path in module.PATHS}
app = http.resolver({path: ["GET"] for path in SHOWN})


def serve(show: Show) -> Callable[[], Response[str]]:
    """A route that answers everybody: it names no client."""

    def answer() -> Response[str]:
        http.caller(app)
        parameters(http.query(app), frozenset())
        lake = http.lake(settings().lake)
        return http.answer(app, show(lake, settings()), lake, settings())

    return answer


for path, show in SHOWN.items():
    app.get(path)(serve(show))

warm_up((), settings())
handler = http.handler(app)
