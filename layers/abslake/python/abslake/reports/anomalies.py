"""Compose the answer of ``GET /v4/abs/anomalies``, of one API (contract 2.1) or across APIs (2.2).

The samples of the contract leave the lists about URLs empty. Our reading: `suspicious_sessions` and `suspicious_requests`
are the anomalies of header and query manipulation, of clients with and without session.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from abslake.access.mask import Mask
from abslake.detection.findings import Finding, IdentifierKind
from abslake.records.definitions import Definitions
from abslake.reports import attack_models as models
from abslake.reports import dates, found
from abslake.reports.attack_question import FindingQuestion
from abslake.reports.attacks import samples

_OF_REQUESTS = {37, 41}
"""Attack ids of header and query manipulation: what single requests look like, not how many there are."""

_MOST = 10
_HIDDEN = "URLs are not shown to the restricted user, since they can hold identifiers"


def compose(
    question: FindingQuestion, findings: Sequence[Finding], definitions: Definitions, mask: Mask | None = None
) -> models.AnomalyAnswer:
    """The answer from the anomalies that the question is about."""
    span: dict[str, Any] = {
        "earlier_date": dates.spell(question.earlier, question.zone),
        "later_date": dates.spell(question.later, question.zone),
    }
    if question.api is None:
        return models.AnomaliesAcrossApis(
            [
                models.AnomalyAcrossApis(
                    anomaly_type=group[0].name, type=number, **span, **_lists(group, question, mask)
                )
                for number, group in found.by_type(findings)
            ]
        )
    of_requests = [finding for finding in findings if finding.attack_id in _OF_REQUESTS]
    others = [finding for finding in findings if finding.attack_id not in _OF_REQUESTS]
    return models.ApiAnomalies(
        **span,
        api_name=question.api,
        anomalies_summary=models.AnomaliesSummary(
            api_url=definitions.apis[question.api].metadata.url,
            total_anomalies=len(findings),
            most_suspicious_ips=_most(
                (one.identifier, 1) for one in findings if one.identifier_kind is IdentifierKind.IP
            ),
            most_suspicious_anomalies_urls=[] if mask else _most(_paths(findings)),
        ),
        anomalies_details=models.AnomaliesDetails(
            url_anomalies=_url_anomalies(of_requests, question, mask),
            ioc_anomalies=[
                models.AnomalyType(anomaly_type=group[0].name, **_lists(group, question, mask))
                for _, group in found.by_type(others)
            ],
        ),
        notes=[_HIDDEN] if mask and any(finding.samples for finding in findings) else [],
    )


def _lists(findings: Iterable[Finding], question: FindingQuestion, mask: Mask | None) -> dict[str, Any]:
    lists: dict[str, Any] = {}
    for client in found.clients(findings, mask):
        times = [found.access_time(finding, question.zone) for finding in client.findings]
        lists.setdefault(client.list_key, []).append(models.SeenClient(**client.entry, access_time=times))
    return lists


def _url_anomalies(findings: Iterable[Finding], question: FindingQuestion, mask: Mask | None) -> models.UrlAnomalies:
    sessions: list[models.SuspiciousRequest] = []
    requests: list[models.SuspiciousRequest] = []
    for _, group in found.by_type(findings):
        for client in found.clients(group, mask):
            entry = models.SuspiciousRequest(
                **client.entry,
                anomaly_type=client.findings[0].name,
                access_time=[found.access_time(finding, question.zone) for finding in client.findings],
                urls=[] if mask else [sample for finding in client.findings for sample in samples(finding)],
            )
            (sessions if client.kind is IdentifierKind.COOKIE else requests).append(entry)
    return models.UrlAnomalies(suspicious_sessions=sessions, suspicious_requests=requests)


def _paths(findings: Iterable[Finding]) -> Iterable[tuple[str, int]]:
    """The paths of the samples, without query strings, and how often each was asked for."""
    for finding in findings:
        for sample in finding.samples:
            yield sample.path.partition("?")[0], sample.count


def _most(names: Iterable[tuple[str, int]]) -> list[str]:
    counted: Counter[str] = Counter()
    for name, count in names:
        counted[name] += count
    return sorted(counted, key=lambda name: (-counted[name], name))[:_MOST]
