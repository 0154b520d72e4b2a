"""GET /v5/abs/latency and /v5/abs/top: response times, error rates and top clients, summed from facts as they lie."""

from collections.abc import Callable

from aws_lambda_powertools.event_handler import Response

from abslake.reports import Account, http
from abslake.reports.analytics_calls import CALLS, path_of
from abslake.reports.catalogue import definitions_asked
from abslake.reports.facts_reading import Reader
from abslake.reports.traffic_question import read
from abslake.reports.warm import warm_up
from abslake.settings import settings

app = http.resolver({path_of(name): ["GET"] for name in CALLS})


def serve(name: str) -> Callable[[], Response[str]]:
    """A route that answers one report; for the restricted user with identifiers masked."""

    def answer() -> Response[str]:
        mask = http.mask(app)
        question = CALLS[name].ask(name, read(http.query(app), CALLS[name].fields), settings())
        reader = Reader(http.lake(settings().lake), settings(), Account())
        if question.api is not None:
            definitions_asked(question.api, reader.lake)  # a name that there is not is refused
        document = CALLS[name].answer(question, reader, mask)
        return http.answer(app, document, reader.lake, settings(), reader.account)

    return answer


for name in CALLS:
    app.get(path_of(name))(serve(name))

warm_up((), settings())
handler = http.handler(app)
