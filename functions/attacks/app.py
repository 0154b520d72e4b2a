"""GET /v4/abs/attack, /v4/abs/anomalies and /v4/abs/attacklist: what was detected in a range, and who is held."""

from collections.abc import Callable

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel

from abslake.detection.findings import Level
from abslake.reports import anomalies, attack_list, attacks, found, http
from abslake.reports.attack_list import PATH as ATTACK_LIST
from abslake.reports.attack_question import FindingQuestion, anomaly_question, attack_question
from abslake.reports.catalogue import apis_named
from abslake.reports.warm import warm_up
from abslake.settings import Settings, settings

Reader = Callable[[str, Settings], FindingQuestion]

ATTACK, ANOMALIES = "/v4/abs/attack", "/v4/abs/anomalies"
app = http.resolver({path: ["GET"] for path in (ATTACK, ANOMALIES, ATTACK_LIST, f"{ATTACK_LIST}/")})


def answered(read: Reader, level: Level, compose: Callable[..., BaseModel]) -> Response[str]:
    """The findings of a level that the caller asks for; for the restricted user with identifiers masked."""
    mask = http.mask(app)
    question = read(http.query(app), settings())
    lake = http.lake(settings().lake)
    definitions = apis_named(lake, "api", [question.api] if question.api else [])
    return http.answer(
        app, compose(question, found.findings(question, level, lake), definitions, mask), lake, settings()
    )


@app.get(ATTACK)
def attack() -> Response[str]:
    """Attacks of one type or all."""
    return answered(attack_question, Level.ATTACK, attacks.compose)


@app.get(ANOMALIES)
def anomaly() -> Response[str]:
    """Anomalies; for the restricted user without URLs, too."""
    return answered(anomaly_question, Level.ANOMALY, anomalies.compose)


@app.get(ATTACK_LIST)
@app.get(f"{ATTACK_LIST}/")
def listed() -> Response[str]:
    """The attack list; for the restricted user with identifiers masked."""
    mask = http.mask(app)
    question = attack_list.question(http.query(app), settings())
    lake = http.lake(settings().lake)
    return http.answer(app, attack_list.show(question, lake, settings(), mask), lake, settings())


warm_up((), settings())
handler = http.handler(app)
