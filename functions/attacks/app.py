"""GET /v4/abs/attack and /v4/abs/anomalies: what was detected on one API or across APIs in a range."""

from aws_lambda_powertools.event_handler import Response

from abslake import access
from abslake.detection.findings import Level
from abslake.reports import anomalies, attacks, found, http
from abslake.reports.attack_question import anomaly_question, attack_question
from abslake.reports.catalogue import apis_named
from abslake.reports.warm import warm_up
from abslake.settings import settings

ATTACK, ANOMALIES = "/v4/abs/attack", "/v4/abs/anomalies"
app = http.resolver({ATTACK: ["GET"], ANOMALIES: ["GET"]})


@app.get(ATTACK)
def attack() -> Response[str]:
    """Attacks of one type or all; for the restricted user with identifiers masked."""
    users = access.load(settings())
    mask = access.mask_for(access.identify(http.headers(app), users), users)
    question = attack_question(http.query(app), settings())
    lake = http.lake(settings().lake)
    definitions = apis_named(lake, "api", [question.api] if question.api else [])
    findings = found.findings(question, Level.ATTACK, lake)
    return http.answer(app, attacks.compose(question, findings, definitions, mask), lake, settings())


@app.get(ANOMALIES)
def anomaly() -> Response[str]:
    """Anomalies; for the restricted user with identifiers masked and without URLs."""
    users = access.load(settings())
    mask = access.mask_for(access.identify(http.headers(app), users), users)
    question = anomaly_question(http.query(app), settings())
    lake = http.lake(settings().lake)
    definitions = apis_named(lake, "api", [question.api] if question.api else [])
    findings = found.findings(question, Level.ANOMALY, lake)
    return http.answer(app, anomalies.compose(question, findings, definitions, mask), lake, settings())


warm_up((), settings())
handler = http.handler(app)
