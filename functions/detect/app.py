"""Detect: a schedule has the windows judged that have ended, and new findings are told to the world."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from abslake.detection import figures
from abslake.detection.announce import announce
from abslake.detection.announce.attempts import Attempts
from abslake.detection.run import run
from abslake.index.attempts import utc_now
from abslake.settings import settings
from abslake.storage import Lake

FOR_JUDGING, FOR_TELLING = 0.85, 0.8
"""Shares of the time that is left: the rest is for telling what was found, and for writing down that it was told."""

logger, tracer, metrics = Logger(), Tracer(), Metrics(namespace="abslake")
lake = Lake(settings().lake)


def measure(unit: MetricUnit, values: Mapping[str, float]) -> None:
    """Write metrics of one unit."""
    for name, value in values.items():
        metrics.add_metric(name, unit, value)


@tracer.capture_method(capture_response=False)
def judge(seconds: float) -> dict[str, int]:
    """Judge what is due, and tell how far behind it is. Where another run is at work, that one tells."""
    summary = run(lake, settings(), seconds=seconds)
    counts = figures.counts(summary)
    measure(MetricUnit.Seconds, figures.seconds(summary))
    measure(MetricUnit.Count, counts)
    logger.info("judged", busy=summary.busy, lag_seconds=summary.lag_seconds, extra=counts)
    return counts


@tracer.capture_method(capture_response=False)
def tell(seconds: float) -> dict[str, int]:
    """Tell what is new, of earlier runs too."""
    announced = announce(lake, settings(), utc_now(), Attempts.within(seconds))
    measure(MetricUnit.Count, counts := figures.told(announced))
    log = logger.warning if announced.undelivered else logger.info
    log("told", quiet=announced.quiet, faults=dict(announced.faults), extra=counts)
    return counts


@metrics.log_metrics
@tracer.capture_lambda_handler(capture_response=False)
@logger.inject_lambda_context(clear_state=True)
def handler(_: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Schedule -> what was judged, found and told, by the names of metrics. Earlier findings are told though judging fails."""
    left = context.get_remaining_time_in_millis
    try:
        judged = judge(left() / 1000 * FOR_JUDGING)
    finally:
        told = tell(left() / 1000 * FOR_TELLING)
    return judged | told
