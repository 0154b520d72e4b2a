"""template.yaml as plain data, for tests that state what the deployed stack must be."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cfnlint.decode import decode

TOP = Path(__file__).parents[2]


def template() -> dict[str, Any]:
    """The template, with the short forms of intrinsic functions (!Ref, !Sub) written out."""
    decoded, errors = decode(str(TOP / "template.yaml"))
    assert not errors, errors
    return dict(decoded)


def resources(kind: str) -> dict[str, dict[str, Any]]:
    """Properties of the resources of one type, by logical name."""
    found = template()["Resources"].items()
    return {name: resource.get("Properties", {}) for name, resource in found if resource["Type"] == kind}


def statements(kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(logical name, statement) of each policy of the resources of one type: bucket, queue or role."""
    for name, properties in resources(kind).items():
        documents = [properties["PolicyDocument"]] if "PolicyDocument" in properties else []
        documents += [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
        for document in documents:
            yield from ((name, statement) for statement in document["Statement"])


def as_list(value: object) -> list[Any]:
    """Where a policy may hold one or several."""
    return list(value) if isinstance(value, list) else [value]


FUNCTION = "AWS::Serverless::Function"
BUCKET = "AWS::S3::Bucket"
QUEUE = "AWS::SQS::Queue"
ROLE = "AWS::IAM::Role"

REPORT_FUNCTIONS = (
    "MetricsFunction",
    "ClientsFunction",
    "ForensicsFunction",
    "TrafficFunction",
    "AnalyticsFunction",
    "InvestigationFunction",
    "AttacksFunction",
    "TuningFunction",
    "AdminFunction",
)
"""The functions of the HTTP API."""
