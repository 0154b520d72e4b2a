"""What tunes detection: thresholds, which types are on, reset of training, allow-list, removals from the attack list."""

from collections.abc import Callable

from aws_lambda_powertools.event_handler import Response

from abslake.reports import http
from abslake.reports.tuning_calls import CALLS, READ_ELSEWHERE, Asked, Call
from abslake.reports.warm import warm_up
from abslake.settings import settings

app = http.resolver({path: [*(["GET"] if path in READ_ELSEWHERE else []), *methods] for path, methods in CALLS.items()})


def serve(call: Call) -> Callable[[], Response[str]]:
    """A route that makes the call for whoever the keys say, and answers with what it gives."""

    def answer() -> Response[str]:
        user = http.caller(app).user
        asked = Asked(http.lake(settings().lake), settings(), user, http.query(app), http.body(app))
        return http.answer(app, call(asked), asked.lake, settings())

    return answer


for path, methods in CALLS.items():
    for method, call in methods.items():
        app.route(path, method=method)(serve(call))

warm_up((), settings())
handler = http.handler(app)
