"""GET /v4/abs: all that one token, address, cookie, API key or user name did in a range."""

from aws_lambda_powertools.event_handler import Response

from abslake import access
from abslake.reports import Account, Kind, forensics_question, http, report
from abslake.reports.catalogue import definitions_for
from abslake.reports.warm import warm_up
from abslake.settings import settings

PATH = "/v4/abs"
app = http.resolver({PATH: ["GET"]})


@app.get(PATH)
def forensics() -> Response[str]:
    """The report, for the admin only."""
    access.allow_forensics(http.caller(app).user)
    question = forensics_question(http.query(app), settings())
    lake = http.lake(settings().lake)
    account = Account()
    document = report(question, lake, settings(), definitions_for(question, lake), account=account)
    return http.answer(app, document, lake, settings(), account)


warm_up((Kind.TOKEN, Kind.IP, Kind.COOKIE, Kind.API_KEY, Kind.USERNAME), settings())
handler = http.handler(app)
