"""GET /v4/abs/metrics: requests, sessions, addresses, paths, devices and servers of one API in a range."""

from aws_lambda_powertools.event_handler import Response

from abslake.reports import Account, Kind, http, metrics_question, report
from abslake.reports.catalogue import definitions_for
from abslake.reports.warm import warm_up
from abslake.settings import settings

PATH = "/v4/abs/metrics"
app = http.resolver({PATH: ["GET"]})


@app.get(PATH)
def metrics() -> Response[str]:
    """The report for the admin; for the restricted user with session ids masked."""
    mask = http.mask(app)
    question = metrics_question(http.query(app), settings())
    lake = http.lake(settings().lake)
    account = Account()
    document = report(question, lake, settings(), definitions_for(question, lake), mask, account=account)
    return http.answer(app, document, lake, settings(), account)


warm_up((Kind.METRICS,), settings())
handler = http.handler(app)
