"""The sample data of ``examples/``: where it goes in a stack, what to ask then, and the numbers that must come back."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from abslake.detection import findings
from abslake.detection.findings import Finding
from abslake.dev.stack import LANDING, Stack
from abslake.records.definitions import PREFIX

_YEAR_2018 = ("2018-02-13T18:00", "2018-02-18T18:00")
_YEAR_2019 = ("2019-01-12T13:30", "2019-12-31T18:00")


@dataclass(frozen=True, slots=True)
class Sample:
    """One report to ask for: `expected` maps dotted paths into the answer to numbers."""

    title: str
    path: str
    parameters: Mapping[str, str]
    earlier: str
    later: str
    expected: Mapping[str, int] = field(default_factory=dict)

    @property
    def target(self) -> str:
        """Path and query string."""
        query = {**self.parameters, "earlier_date": self.earlier, "later_date": self.later}
        return f"{self.path}?{urlencode(query)}"

    def wrong(self, answer: object) -> list[str]:
        """What differs from the expected numbers."""
        found = [(path, number, at(answer, path)) for path, number in self.expected.items()]
        return [f"{path}: expected {number:,}, got {got!r}" for path, number, got in found if got != number]


def at(document: Any, path: str) -> Any:
    """The value at a dotted path of a JSON document; None where there is none."""
    for name in path.split("."):
        document = document.get(name) if isinstance(document, dict) else None
    return document


def _metrics(title: str, api: str, dates: tuple[str, str], **numbers: int) -> Sample:
    expected = {f"req_resp_summary.{name}": number for name, number in numbers.items()}
    return Sample(title, "/v4/abs/metrics", {"api": api}, *dates, expected)


def _forensics(title: str, parameters: Mapping[str, str], dates: tuple[str, str], **numbers: int) -> Sample:
    expected = {f"summary.{name}": number for name, number in numbers.items()}
    return Sample(title, "/v4/abs", parameters, *dates, expected)


SAMPLES = (
    _metrics("api_metrics", "atm_app_public", _YEAR_2018, total_requests=2508, success=2246, sessions=2, no_sessions=1),
    _forensics(
        "api_abs_token", {"token": "token1"}, _YEAR_2018, total_requests=6556, total_attacks=2, total_anomalies=0
    ),
    _forensics("api_abs_ip", {"IP": "4.1.1.1"}, _YEAR_2018, total_requests=8192, total_attacks=2, total_anomalies=1),
    _forensics(
        "api_abs_cookie",
        {"cookie": "session_datapoisoining", "api": "atm_app_public"},
        ("2018-01-25T18:00", "2018-12-28T18:00"),
        total_requests=1,
        total_ioc=2,
        total_anomalies=0,
    ),
    _forensics(
        "api_abs_api_key",
        {"api_key": "finite_api_key"},
        _YEAR_2019,
        total_requests=2621,
        total_attacks=1,
        total_anomalies=1,
    ),
    _forensics(
        "api_abs_username", {"username": "t4"}, _YEAR_2019, total_requests=109_965, total_attacks=0, total_anomalies=0
    ),
    _metrics("alb_metrics", "wordpress", ("2029-03-04T06:50", "2029-03-04T07:10"), total_requests=77_787),
    _metrics("apache_metrics", "weblog", ("2015-05-17T00:00", "2015-05-21T00:00"), total_requests=9_999),
)
"""The six documented reports, and the metrics of the two real logs. One line of the Apache log breaks off."""


def logs(examples: Path) -> dict[str, Path]:
    """Key in the landing bucket -> file."""
    found = [*sorted(examples.glob("ase/*.log.gz")), *sorted(examples.glob("logs/*.gz"))]
    return {f"{path.parent.name}/{path.name}": path for path in found}


def config(examples: Path) -> dict[str, bytes]:
    """Key in the lake -> content: API definitions and findings."""
    paths = [*sorted(examples.glob("apis/*.json")), *sorted(examples.glob("shop/apis/*.json"))]
    objects = {f"{PREFIX}{path.name}": path.read_bytes() for path in paths}
    return objects | dict(_finding_objects(examples))


def _finding_objects(examples: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(examples.glob("findings/*.ndjson")):
        by_key: dict[str, list[bytes]] = {}
        for line in path.read_bytes().splitlines():
            last = Finding.model_validate_json(line).last
            by_key.setdefault(findings.key(last, path.stem), []).append(line + b"\n")
        yield from ((key, b"".join(lines)) for key, lines in by_key.items())


def upload_config(stack: Stack, examples: Path) -> None:
    """Definitions and findings into the lake. Raises StorageError."""
    lake = stack.lake()
    for key, content in config(examples).items():
        lake.put(key, content)


def upload_logs(stack: Stack, examples: Path) -> Iterator[str]:
    """Each log into the landing bucket, with boto3; gives the keys as they are uploaded."""
    with contextlib.closing(stack.client()) as s3:
        for key, path in logs(examples).items():
            with path.open("rb") as body:
                s3.put_object(Bucket=LANDING, Key=key, Body=body)
            yield key


def pretty(body: bytes) -> str:
    """An answer for reading."""
    return json.dumps(json.loads(body), indent=2, ensure_ascii=False) + "\n"
