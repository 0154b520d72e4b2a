"""Compact: a schedule asks what there is to fold into the index, and a queue hands it out, one task to each call."""

from functools import lru_cache
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from abslake.facts.notifications import is_queue_event
from abslake.index import compaction, queue
from abslake.index.attempts import utc_now
from abslake.index.tasks import Task
from abslake.settings import settings
from abslake.storage import Lake
from abslake.upkeep import retention

UNITS = {"bytes": MetricUnit.Bytes, "seconds": MetricUnit.Seconds}
logger, tracer, metrics = Logger(), Tracer(), Metrics(namespace="abslake")
processor, lake = BatchProcessor(event_type=EventType.SQS), Lake(settings().lake)
sqs: Any = lru_cache(lambda: boto3.client("sqs"))


@tracer.capture_method(capture_response=False)
def run(task: Task, context: LambdaContext) -> None:
    """Do one task in the time that is left, and tell what it did. That somebody else was faster is no error."""
    work = compaction.perform(lake, settings(), task, context.get_remaining_time_in_millis() / 1000)
    for name in ("units", "requests", "rows", "objects", "bytes", "seconds"):
        metrics.add_metric(name, UNITS.get(name, MetricUnit.Count), getattr(work, name))
    logger.info("folded", kind=task.kind, period=task.period, result=work.result, requests=work.requests)


def run_message(record: SQSRecord, lambda_context: LambdaContext) -> None:
    """Do the task of one message; an error returns it to the queue."""
    run(queue.decode(record.body), lambda_context)


def tend(context: LambdaContext) -> dict[str, Any]:
    """Hand out what is due, unless earlier tasks still wait; where there is no queue do it here, while there is time."""
    tended = compaction.tend(lake)
    metrics.add_metric("lag_seconds", MetricUnit.Seconds, tended.lag_seconds)
    metrics.add_metric("tasks_due", MetricUnit.Count, len(tended.due))
    if url := settings().compaction_queue:
        begun = queue.offer(sqs(), url, tended.due)
    else:
        begun = compaction.in_turn(tended.due, lambda task: run(task, context), context.get_remaining_time_in_millis)
    return {"due": len(tended.due), "begun": begun}


@metrics.log_metrics
@tracer.capture_lambda_handler(capture_response=False)
@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """SQS batch -> the messages that failed; {"sweep": true} -> objects deleted; schedule -> tasks due and begun."""
    if is_queue_event(event):
        return process_partial_response(event, run_message, processor, context)
    if event.get("sweep"):
        return {"swept": compaction.sweep(lake), "dropped": retention.apply(lake, settings(), utc_now()) is not None}
    return tend(context)
