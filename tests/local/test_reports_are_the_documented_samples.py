"""From facts and findings each of the six reports comes out exactly as its documented sample.

Compared without the order of lists and maps that the samples print in hash order; the order that reports keep (falling
count, then name) has its own test. The keys of every object must stand in the documented order.
"""

from typing import Any

import pytest

from tests.support import samples
from tests.support.calls import call, metrics
from tests.support.facts import definition, write_facts, write_findings
from tests.support.lakes import open_lake

CASES = {
    "api_abs_token": (f"token=token1&{samples.IN_2018}", samples.token_facts, samples.token_findings),
    "api_abs_ip": (f"IP=4.1.1.1&{samples.IN_2018}", samples.ip_facts, samples.ip_findings),
    "api_abs_cookie": (
        "cookie=session_datapoisoining&api=atm_app_public&earlier_date=2018-01-25T18:00&later_date=2018-12-28T18:00",
        samples.cookie_facts,
        samples.cookie_findings,
    ),
    "api_abs_api_key": (f"api_key=finite_api_key&{samples.IN_2019}", samples.api_key_facts, samples.api_key_findings),
}


@pytest.fixture
def lake(tmp_path, monkeypatch):
    lake = open_lake(tmp_path, monkeypatch)
    lake.put("config/apis/atm_app_public.json", definition("/atm_app_public"))
    return lake


@pytest.mark.parametrize("name", CASES)
def test_forensics(lake, name):
    query, facts, findings = CASES[name]
    write_facts(lake, facts())
    write_findings(lake, findings())

    answer = call(query)

    assert answer.status == 200
    assert samples.unordered(answer.json) == samples.unordered(samples.sample(name))
    assert keys(answer.json) == keys(samples.sample(name))


def test_forensics_of_a_user_name(lake):
    # the printed sample lacks one of its two addresses: see samples.username_sample
    write_facts(lake, samples.username_facts())

    answer = call(f"username=t4&{samples.IN_2019}")

    assert samples.unordered(answer.json) == samples.unordered(samples.username_sample())
    assert keys(answer.json) == keys(samples.username_sample())


def test_metrics(lake):
    write_facts(lake, samples.metrics_facts())

    answer = metrics(f"api=atm_app_public&{samples.IN_2018}")

    assert samples.unordered(answer.json) == samples.unordered(samples.sample("api_metrics"))
    assert keys(answer.json) == keys(samples.sample("api_metrics"))
    # falling count is what the page shows too
    assert answer.json["req_resp_summary"]["most_popular_ips"] == ["127.0.0.1", "3.1.1.4"]


FREE = {"devices", "methods", "urls", "apis", "attack_types", "anomaly_types"}
"""Maps whose keys are data."""


def keys(document: Any, path: str = "") -> set[tuple[str, tuple[str, ...]]]:
    """The keys of every object in their order, by the object's place."""
    if isinstance(document, list):
        return set().union(*(keys(value, path) for value in document))
    if not isinstance(document, dict) or path.rsplit(".", 1)[-1] in FREE:
        return set()
    inner = (keys(value, f"{path}.{key}") for key, value in document.items())
    return {(path, tuple(document))}.union(*inner)
