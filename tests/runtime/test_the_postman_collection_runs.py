"""newman runs the Postman collection against the local stack with the shop's log: every request, every test of it.

Where there is no Node.js the tests are skipped, and say so: ``scripts/bootstrap.sh newman`` gets what they need.
"""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from abslake.dev import example_answers, postman

TOP = Path(__file__).parents[2]
NEWMAN = TOP / ".tools/newman/node_modules/.bin/newman"

pytestmark = [
    pytest.mark.skipif(
        not (shutil.which("node") and NEWMAN.is_file()),
        reason="newman skipped: no Node.js, or no .tools/newman (scripts/bootstrap.sh newman)",
    ),
    pytest.mark.filterwarnings("ignore:No application metrics to publish:UserWarning"),
]


def run(folder: Path, values: dict[str, str]) -> Any:
    """What newman reports: https://github.com/postmanlabs/newman, reporter json."""
    environment, report = folder / "environment.json", folder / "report.json"
    environment.touch(mode=0o600)
    environment.write_text(json.dumps(postman.environment(values)))
    reporter = ["--reporters", "json", "--reporter-json-export", str(report)]
    words = [
        str(NEWMAN),
        "run",
        str(TOP / "postman" / postman.COLLECTION),
        "--environment",
        str(environment),
        *reporter,
    ]
    subprocess.run(words, capture_output=True, check=False, timeout=170)
    return json.loads(report.read_text())["run"]


def requests(folder: Any) -> int:
    return sum(requests(one) if "item" in one else 1 for one in folder["item"])


def test_every_request_is_answered_as_its_tests_say(tmp_path: Path) -> None:
    with example_answers.shop() as stack:
        keys = {"Access_Key": stack.admin.access, "Secret_Key": stack.admin.secret}
        keys |= {"Access_Key_RU": stack.restricted.access, "Secret_Key_RU": stack.restricted.secret}
        ran = run(tmp_path, {**keys, "Port": str(stack.port)})

    wrong = [(one["source"]["name"], one["error"]["message"]) for one in ran["failures"]]
    assert wrong == []
    asked = requests(postman.collection())
    assert ran["stats"]["requests"] == {"total": asked, "pending": 0, "failed": 0}
    assert ran["stats"]["assertions"] == {"total": 3 * asked, "pending": 0, "failed": 0}


def test_a_wrong_key_fails_each_of_them(tmp_path: Path) -> None:
    with example_answers.shop() as stack:
        wrong = dict.fromkeys(("Access_Key", "Secret_Key", "Access_Key_RU", "Secret_Key_RU"), "wrong")
        ran = run(tmp_path, {**wrong, "Port": str(stack.port)})

    assert len({one["source"]["id"] for one in ran["failures"]}) == requests(postman.collection())
