"""The five forensics reports (contract 4) from their rows and the findings about the identifier."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TypedDict

from abslake.detection.findings import Level
from abslake.reports import dates
from abslake.reports import forensic_models as models
from abslake.reports.entries import Entry, Row, gather
from abslake.reports.evidence import Evidence
from abslake.reports.question import Kind, Question
from abslake.reports.ranking import names, ranked
from abslake.traffic.coarsen import notes

Rows = Sequence[Row]


def compose(question: Question, rows: Rows, evidence: Evidence, level: int) -> models.Report:
    """The answer of ``GET /v4/abs`` from sums that are coarsened to `level`."""
    answer = _COMPOSERS[question.kind](question, rows, evidence)
    return answer.model_copy(update={"notes": notes(level)}) if level else answer


class _Range(TypedDict):
    earlier_date: str
    later_date: str


class _Types(TypedDict):
    attack_types: models.Types
    anomaly_types: models.Types


def _range(question: Question) -> _Range:
    return {
        "earlier_date": dates.spell(question.earlier, question.zone),
        "later_date": dates.spell(question.later, question.zone),
    }


def _summary(total: int, evidence: Evidence) -> models.Summary:
    """Totals: attacks and anomalies count types, not findings (contract 4.4)."""
    return models.Summary(
        total_requests=total,
        total_attacks=len(evidence.types(Level.ATTACK)),
        total_anomalies=len(evidence.types(Level.ANOMALY)),
    )


def _types(evidence: Evidence) -> _Types:
    return {"attack_types": evidence.types(Level.ATTACK), "anomaly_types": evidence.types(Level.ANOMALY)}


def ip_list(rows: Rows) -> tuple[list[models.IpEntry], int, list[str]]:
    """The addresses of an identifier, all their requests, and (user names) the tokens."""
    parts: dict[str, dict[str, dict[str, int]]] = {
        part: defaultdict(dict) for part in ("device", "method", "path", "api")
    }
    tokens: dict[str, int] = {}
    for row in rows:
        part = row["part"]
        counts = tokens if part == "token" else parts[part][row["ip"]]
        counts[row[part]] = counts.get(row[part], 0) + row["requests"]
    by_ip = {ip: sum(methods.values()) for ip, methods in parts["method"].items()}
    entries = [
        models.IpEntry(
            ip=ip,
            total_requests=total,
            devices=dict(ranked(parts["device"][ip])),
            methods=dict(ranked(parts["method"][ip])),
            urls=dict(ranked(parts["path"][ip])),
            apis=dict(ranked(parts["api"][ip])),
        )
        for ip, total in ranked(by_ip)
    ]
    return entries, sum(by_ip.values()), names(tokens)


def _token(question: Question, rows: Rows, evidence: Evidence) -> models.TokenReport:
    addresses, total, _ = ip_list(rows)
    metrics = models.TokenMetrics(token=question.value, total_requests=total, ip_list=addresses)
    details = models.TokenDetails(metrics=metrics, **_types(evidence))
    return models.TokenReport(**_range(question), summary=_summary(total, evidence), details=details)


def _api_key(question: Question, rows: Rows, evidence: Evidence) -> models.ApiKeyReport:
    addresses, total, _ = ip_list(rows)
    metrics = models.ApiKeyMetrics(api_key=question.value, total_requests=total, ip_list=addresses)
    details = models.ApiKeyDetails(metrics=metrics, **_types(evidence))
    return models.ApiKeyReport(**_range(question), summary=_summary(total, evidence), details=details)


def _username(question: Question, rows: Rows, evidence: Evidence) -> models.UsernameReport:
    addresses, total, tokens = ip_list(rows)
    metrics = models.UsernameMetrics(username=question.value, tokens=tokens, total_requests=total, ip_list=addresses)
    details = models.UsernameDetails(metrics=metrics, **_types(evidence))
    return models.UsernameReport(**_range(question), summary=_summary(total, evidence), details=details)


def _sessions(question: Question, entries: Iterable[Entry]) -> list[models.SessionEntry]:
    return [
        models.SessionEntry.model_validate(
            {
                "session_id": entry.session,
                "start_time": dates.spell(entry.first_seen, question.zone),
                "end_time": dates.spell(entry.last_seen, question.zone),
                "total_requests": entry.total,
                "path_info": entry.path_info(),
                **entry.lists(),
            }
        )
        for entry in entries
        if entry.session is not None
    ]


def _ip(question: Question, rows: Rows, evidence: Evidence) -> models.IpReport:
    entries = gather(rows, lambda row: (row["session"], row["path"] if row["session"] is None else row["api"]))
    no_session = [
        models.NoSessionEntry(
            start_time=dates.spell(entry.first_seen, question.zone),
            end_time=dates.spell(entry.last_seen, question.zone),
            total_requests=entry.total,
            source_ip=question.value,
            path=entry.name,
            methods=names(entry.methods),
        )
        for entry in entries
        if entry.session is None
    ]
    metrics = models.IpMetrics(no_session=no_session, session=_sessions(question, entries))
    summary = _summary(sum(entry.total for entry in entries), evidence)
    details = models.IpDetails(metrics=metrics, **_types(evidence))
    return models.IpReport(**_range(question), summary=summary, details=details)


def _cookie(question: Question, rows: Rows, evidence: Evidence) -> models.CookieReport | models.CookieApiReport:
    """With an API the shape of its sample, without one that of the token report (reading 5)."""
    entries = gather(rows, lambda row: (row["value"], row["api"]))
    total = sum(entry.total for entry in entries)
    sessions = _sessions(question, entries)
    if question.api is None:
        details = models.CookieDetails(metrics=sessions, **_types(evidence))
        return models.CookieReport(**_range(question), summary=_summary(total, evidence), details=details)
    attacks, anomalies = evidence.lower_case_names(Level.ATTACK), evidence.lower_case_names(Level.ANOMALY)
    return models.CookieApiReport(
        **_range(question),
        api_name=question.api,
        summary=models.CookieApiSummary(total_anomalies=len(anomalies), total_requests=total, total_ioc=len(attacks)),
        details=models.CookieApiDetails(ioc_types=attacks, metrics=sessions, anomalies=anomalies),
    )


_COMPOSERS: dict[Kind, Callable[[Question, Rows, Evidence], models.Report]] = {
    Kind.TOKEN: _token,
    Kind.API_KEY: _api_key,
    Kind.USERNAME: _username,
    Kind.IP: _ip,
    Kind.COOKIE: _cookie,
}
