"""GET /v4/abs/apikeys, /v4/abs/oauthtokens and /v4/abs/username: the traffic of all clients of a kind in a range."""

from aws_lambda_powertools.event_handler import Response

from abslake.records.definitions import Definitions
from abslake.reports import Account, Kind, clients_question, http, report
from abslake.reports.warm import warm_up
from abslake.settings import settings

API_KEYS, TOKENS, USERNAMES = "/v4/abs/apikeys", "/v4/abs/oauthtokens", "/v4/abs/username"
app = http.resolver({API_KEYS: ["GET"], TOKENS: ["GET"], USERNAMES: ["GET"]})


def answered(kind: Kind) -> Response[str]:
    """A page of the clients of a kind; for the restricted user with identifiers masked and without URLs."""
    mask = http.mask(app)
    question = clients_question(kind, http.query(app), settings())
    lake = http.lake(settings().lake)
    account = Account()
    document = report(question, lake, settings(), Definitions({}), mask, account=account)
    return http.answer(app, document, lake, settings(), account)


@app.get(API_KEYS)
def api_keys() -> Response[str]:
    """All API keys."""
    return answered(Kind.API_KEY)


@app.get(TOKENS)
def tokens() -> Response[str]:
    """All OAuth2 tokens."""
    return answered(Kind.TOKEN)


@app.get(USERNAMES)
def usernames() -> Response[str]:
    """All user names."""
    return answered(Kind.USERNAME)


warm_up((Kind.API_KEY, Kind.TOKEN, Kind.USERNAME), settings(), everyone=True)
handler = http.handler(app)
