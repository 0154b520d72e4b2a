"""Compose the answer of ``GET /v4/abs/attack`` in the form that the contract prints for the question.

One type on one API: the simple form (3.1), with ``details=true`` the detailed one (3.2). All types of an API: a list of the
detailed form. Across APIs: a list too (3.3), of one entry where one type is asked for. Type 101: its own (3.4).
"""

from collections.abc import Iterable, Sequence
from typing import Any

from abslake.access.mask import Mask
from abslake.detection.attack_types import attack_type
from abslake.detection.findings import Finding
from abslake.records.definitions import Definitions
from abslake.reports import attack_models as models
from abslake.reports import dates, found
from abslake.reports.attack_question import FindingQuestion

INVALID_ACTIVITY = 101
_BROKEN_RULES = {"A": "method", "B": "protocol", "C": "content_type"}
"""Variable of type 101 -> what its ``attack_code`` says (contract 3.4; the third is not documented)."""


def compose(
    question: FindingQuestion, findings: Sequence[Finding], definitions: Definitions, mask: Mask | None = None
) -> models.AttackAnswer:
    """The answer from the attacks that the question is about."""
    form = _Form(question, definitions, mask)
    if not question.type:
        return models.Attacks(
            [form.detailed(group[0].name, number, group) for number, group in found.by_type(findings)]
        )
    name = attack_type(question.type, "type").name
    if question.api is None:
        return models.Attacks([form.detailed(name, question.type, findings)])
    if question.details or question.type == INVALID_ACTIVITY:
        return form.detailed(name, question.type, findings)
    return form.simple(name, findings)


class _Form:
    """How the findings of one question are spelled."""

    def __init__(self, question: FindingQuestion, definitions: Definitions, mask: Mask | None) -> None:
        self._question, self._definitions, self._mask = question, definitions, mask
        self._span: dict[str, Any] = {
            "earlier_date": dates.spell(question.earlier, question.zone),
            "later_date": dates.spell(question.later, question.zone),
            "api_name": question.api or "all",
        }

    def simple(self, name: str, findings: Iterable[Finding]) -> models.AttackOfType:
        lists = self._empty(self._question.type)
        for client in found.clients(findings, self._mask):
            times = [found.access_time(finding, self._question.zone) for finding in client.findings]
            lists.setdefault(client.list_key, []).append(models.SeenClient(**client.entry, access_time=times))
        return models.AttackOfType(**self._span, ioc_type=short_name(name), **_told(lists))

    def detailed(self, name: str, number: int, findings: Iterable[Finding]) -> models.AttackDetails:
        lists = self._empty(number)
        for client in found.clients(findings, self._mask):
            details = [self._detail(finding) for finding in client.findings]
            lists.setdefault(client.list_key, []).append(models.DetailedClient(**client.entry, details=details))
        more: dict[str, Any] = {}
        if self._question.api is None or number == INVALID_ACTIVITY:
            more["name"] = "api_attack_type"
        elif lists.get("cookies"):
            more["cookie"] = self._definitions.apis[self._question.api].metadata.cookie
        told = lists if number == INVALID_ACTIVITY else _told(lists)
        return models.AttackDetails(attack_type=name, **self._span, **more, **told)

    def _empty(self, number: int) -> dict[str, Any]:
        """The lists that a type can have: they are told, empty, where nothing was found at all."""
        if number == INVALID_ACTIVITY:
            return {key: [] for key in ("ips", "cookies", "access_tokens")}
        return {found.LISTS[kind][0]: [] for kind in attack_type(number, "type").kinds} if self._question.type else {}

    def _detail(self, finding: Finding) -> models.Detail:
        invalid = finding.attack_id == INVALID_ACTIVITY
        return models.Detail(
            access_time=found.access_time(finding, self._question.zone),
            attack_code=_broken_rules(finding) if invalid else finding.attack_code,
            attack_deviation="" if invalid else finding.attack_deviation,
            evidence=self._evidence(finding) if self._question.details else None,
        )

    def _evidence(self, finding: Finding) -> models.FindingEvidence:
        zone = self._question.zone
        thresholds = {
            letter: models.Thresholds(tn=str(one.tn), tx="na" if one.tx is None else str(one.tx))
            for letter, one in finding.thresholds.items()
        }
        return models.FindingEvidence(
            # A hash without a key: whoever may not see the client could try names and addresses with it.
            id=self._mask(finding.id, "finding") if self._mask else finding.id,
            first=dates.spell(finding.first, zone),
            last=dates.spell(finding.last, zone),
            window=dates.spell(finding.window, zone) if finding.window else "",
            values=dict(finding.values),
            thresholds=thresholds,
            samples=[] if self._mask else samples(finding),
            note=finding.note,
        )


def samples(finding: Finding) -> list[models.SampleRequest]:
    """The requests that a finding shows."""
    return [models.SampleRequest(path=one.path, status=one.status, count=one.count) for one in finding.samples]


def short_name(name: str) -> str:
    """``ioc_type``: the display name without the word Attack, as the simple form prints it."""
    return " ".join(word for word in name.split() if word != "Attack")


def _told(lists: dict[str, Any]) -> dict[str, Any]:
    """Without the lists that do not apply; all of them where nothing was found."""
    return {key: entries for key, entries in lists.items() if entries} or lists


def _broken_rules(finding: Finding) -> str:
    """``method``, ``protocol``: the rules of the definition that the requests broke; else the code as it is."""
    broken = [rule for letter, rule in _BROKEN_RULES.items() if finding.values.get(letter)]
    return ", ".join(broken) or finding.attack_code
