"""A finding as an OCSF Detection Finding (class_uid 2004) of version 1.3.0.

Source: https://schema.ocsf.io/1.3.0/classes/detection_finding. docs/ocsf.md says what becomes of which field.
"""

from datetime import datetime
from typing import Any

from abslake import __version__
from abslake.detection.findings import IdentifierKind, Level
from abslake.export.disclosure import Disclosed, News
from abslake.export.finding_event import detail
from abslake.records.addresses import canonical

CLASS = 2004
_ACTIVITIES = {News.NEW: (1, "Create"), News.RAISED: (2, "Update"), News.REPEATED: (2, "Update")}
_SEVERITIES = {Level.ATTACK: (4, "High"), Level.ANOMALY: (2, "Low")}
_RULES = frozenset({37, 41, 100, 101})
"""Types judged by fixed rules; all others by how clients of the API have behaved."""
_UNMAPPED = ("attack_code", "attack_deviation", "values", "thresholds", "note", "scope", "identifier_masked")


def record(told: Disclosed) -> dict[str, Any]:
    """The record. Times are milliseconds since 1970, UTC."""
    finding = told.finding
    said = detail(told)
    activity, activity_name = _ACTIVITIES[told.news]
    severity, severity_name = _SEVERITIES[finding.level]
    return {
        "activity_id": activity,
        "activity_name": activity_name,
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": CLASS,
        "class_name": "Detection Finding",
        "type_uid": CLASS * 100 + activity,
        "type_name": f"Detection Finding: {activity_name}",
        "time": _milliseconds(finding.last),
        "start_time": _milliseconds(finding.first),
        "end_time": _milliseconds(finding.last),
        "severity_id": severity,
        "severity": severity_name,
        "status_id": 1,
        "status": "New",
        "message": _message(told),
        "metadata": {
            "version": "1.3.0",
            "product": {"name": "abslake", "vendor_name": "abslake", "version": __version__},
            "uid": told.reference,
        },
        "finding_info": {
            "uid": told.reference,
            "title": finding.name,
            "types": [finding.level.value],
            "first_seen_time": _milliseconds(finding.first),
            "last_seen_time": _milliseconds(finding.last),
            "analytic": _analytic(told),
        },
        "evidences": [_evidence(told, said)],
        "observables": _observables(told),
        "resources": [{"type": "API", "name": finding.api, "uid": finding.api}],
        "unmapped": {name: said[name] for name in _UNMAPPED if name in said},
    }


def _message(told: Disclosed) -> str:
    finding = told.finding
    place = "across APIs" if told.across else f"at API {finding.api}"
    measured = f": {finding.attack_code}" if finding.attack_code else ""
    return f"{finding.name} ({finding.level.value}) by {finding.identifier_kind.value} {place}{measured}"


def _analytic(told: Disclosed) -> dict[str, Any]:
    by_rule = told.finding.attack_id in _RULES
    kind = (1, "Rule") if by_rule else (2, "Behavioral")
    return {"uid": str(told.finding.attack_id), "name": told.finding.name, "type_id": kind[0], "type": kind[1]}


def _evidence(told: Disclosed, said: dict[str, Any]) -> dict[str, Any]:
    """Who did it, as far as it is shown, and samples."""
    kind, value = told.finding.identifier_kind, told.identifier
    evidence: dict[str, Any] = {}
    if kind is IdentifierKind.USERNAME:
        evidence["actor"] = {"user": {"uid" if told.masked else "name": value}}
    elif kind is IdentifierKind.IP:
        evidence["src_endpoint"] = _endpoint(told)
    else:
        place = {
            IdentifierKind.COOKIE: "uid",
            IdentifierKind.TOKEN: "uid_alt",
            IdentifierKind.API_KEY: "credential_uid",
        }
        evidence["actor"] = {"session": {place[kind]: value}}
    if not told.across:
        evidence["dst_endpoint"] = {"svc_name": told.finding.api}
    if "samples" in said:
        evidence["data"] = {"samples": said["samples"]}
    return evidence


def _endpoint(told: Disclosed) -> dict[str, Any]:
    """An address; a mask is none."""
    address = None if told.masked else canonical(told.identifier)
    return {"ip": address} if address else {"uid": told.identifier}


def _observables(told: Disclosed) -> list[dict[str, Any]]:
    """What may be searched for: addresses and user names in the clear."""
    kind = told.finding.identifier_kind
    if told.masked:
        return []
    if kind is IdentifierKind.IP and (address := canonical(told.identifier)):
        return [{"name": "evidences.src_endpoint.ip", "type": "IP Address", "type_id": 2, "value": address}]
    if kind is IdentifierKind.USERNAME:
        return [{"name": "evidences.actor.user.name", "type": "User Name", "type_id": 4, "value": told.identifier}]
    return []


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
