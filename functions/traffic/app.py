"""GET /v4/abs/be and the other reports that are summed from facts as they lie (`abslake.reports.traffic_calls`)."""

from collections.abc import Callable

from aws_lambda_powertools.event_handler import Response

from abslake.reports import Account, http
from abslake.reports.catalogue import definitions_asked
from abslake.reports.facts_reading import Reader
from abslake.reports.traffic_calls import CALLS, path_of, question_of
from abslake.reports.traffic_question import read
from abslake.reports.warm import warm_up
from abslake.settings import settings

app = http.resolver({path_of(name): ["GET"] for name in CALLS})


def serve(name: str) -> Callable[[], Response[str]]:
    """A route that answers one report; for the restricted user with identifiers masked."""

    def answer() -> Response[str]:
        mask = http.mask(app)
        question = question_of(name, read(http.query(app), CALLS[name].fields), settings())
        reader = Reader(http.lake(settings().lake), settings(), Account())
        definitions = definitions_asked(question.api, reader.lake)
        document = CALLS[name].answer(question, definitions, reader, mask)
        return http.answer(app, document, reader.lake, settings(), reader.account)

    return answer


for name in CALLS:
    app.get(path_of(name))(serve(name))

warm_up((), settings())
handler = http.handler(app)
