"""Ingest: an event says that a log object was uploaded; its facts go to the lake."""

from functools import lru_cache
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from abslake.facts.ingest import Receipt, ingest
from abslake.facts.landing import forced_format, log_object
from abslake.facts.notifications import Upload, is_queue_event, uploads_in, uploads_in_message
from abslake.formats import grammar
from abslake.records import definitions
from abslake.settings import settings
from abslake.storage import Lake

logger, tracer, metrics = Logger(), Tracer(), Metrics(namespace="abslake")
processor = BatchProcessor(event_type=EventType.SQS)
lake = Lake(settings().lake)
s3: Any = lru_cache(lambda: boto3.client("s3"))


@tracer.capture_method(capture_response=False)
def ingest_upload(upload: Upload) -> Receipt:
    """Ingest one upload and report what became of its lines."""
    log = log_object(s3(), upload)
    apis = definitions.recent(lake, logger.warning)
    known = grammar.recent(lake, logger.warning).known
    receipt = ingest(log, lake, apis, settings(), forced_format(settings(), upload.key), known=known)
    for name in ("lines_read", "good", "quarantined", "blank", "requests", "parsed_singly"):
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=getattr(receipt, name))
    metrics.add_metric(name="damaged", unit=MetricUnit.Count, value=len(receipt.remarks))
    metrics.add_metric(name="bytes_read", unit=MetricUnit.Bytes, value=receipt.bytes_read)
    logger.info(
        "ingested", log_object=log.id, log_key=upload.key, receipt=vars(receipt) | {"units": len(receipt.units)}
    )
    return receipt


def ingest_all(uploads: list[Upload]) -> list[Receipt]:
    """Ingest the uploads of one event, one after the other."""
    metrics.add_metric(name="uploads", unit=MetricUnit.Count, value=len(uploads))
    return [ingest_upload(upload) for upload in uploads]


def ingest_message(record: SQSRecord) -> None:
    """Ingest what one message tells; an error returns this message alone to the queue."""
    ingest_all(uploads_in_message(record.body))


@metrics.log_metrics
@tracer.capture_lambda_handler(capture_response=False)
@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """SQS batch -> the messages that failed; S3 or EventBridge event -> the receipts, an error if any upload failed."""
    if is_queue_event(event):
        return process_partial_response(event, ingest_message, processor, context)
    return [vars(receipt) for receipt in ingest_all(uploads_in(event))]
