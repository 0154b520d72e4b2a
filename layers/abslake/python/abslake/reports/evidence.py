"""The findings about one identifier in a range, as the reports name them.

A line that is not a finding is left out and counted in the log: one bad line must not hide the others.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pydantic import ValidationError

from abslake.detection.findings import Finding, Level, identifier
from abslake.detection.tuning import Tuning
from abslake.reports.question import Question

_ACROSS = "all"
_EXTENDED = {16: "extended_stolen_access_token", 18: "extended_probing_replay_cookie"}
"""Documented lower-case names (contract 9.2) that the rule below does not give, by attack id: of findings without one."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The findings that a report shows."""

    findings: tuple[Finding, ...] = ()

    def types(self, level: Level) -> dict[str, list[str]]:
        """``attack_types`` or ``anomaly_types``: display name -> APIs, both by name."""
        found: dict[str, set[str]] = {}
        for finding in self.findings:
            if finding.level is level:
                found.setdefault(finding.name, set()).add(finding.api)
        return {name: sorted(apis) for name, apis in sorted(found.items())}

    def lower_case_names(self, level: Level) -> list[str]:
        """``ioc_types``: the lower-case names, by name."""
        return sorted({lower_case_name(finding) for finding in self.findings if finding.level is level})


def lower_case_name(finding: Finding) -> str:
    """``data_poisoning_attack`` for "Data Poisoning Attack"; a Type 2 across APIs is ``extended_…`` (contract 9.2)."""
    if finding.type_name:
        return finding.type_name
    across = finding.api == _ACROSS
    if across and finding.attack_id in _EXTENDED:
        return _EXTENDED[finding.attack_id]
    words = finding.name.partition("(")[0].replace("-", " ").lower().split()
    if across and words[-2:] == ["type", "2"]:
        words = ["extended", *(word for word in words[:-2] if word != "attack")]
    return "_".join(words)


def about(question: Question, objects: Iterable[bytes], tuning: Tuning | None = None) -> Evidence:
    """The findings of the question's identifier that touch its range (and its API, or all), from NDJSON objects.

    Not those that an API's reset or the allow-list hides.
    """
    shown = tuning or Tuning()
    found = (finding for data in objects for finding in read(data))
    return Evidence(tuple(finding for finding in found if _fits(finding, question) and shown.shows(finding)))


def _fits(finding: Finding, question: Question) -> bool:
    return (
        finding.identifier_kind.value == question.kind.value
        and identifier(finding) == question.value
        and finding.first < question.later
        and finding.last >= question.earlier
        and (question.api is None or finding.api in (question.api, _ACROSS))
    )


def read(data: bytes) -> Iterator[Finding]:
    """The findings of an NDJSON object."""
    bad = 0
    for line in data.split(b"\n"):
        if not line.strip():
            continue
        try:
            yield Finding.model_validate_json(line)
        except ValidationError:
            bad += 1
    if bad:
        _logger.warning("%d lines of a findings file are no findings", bad)
