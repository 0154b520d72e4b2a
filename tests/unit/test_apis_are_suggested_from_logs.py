"""API definitions proposed from a log: known APIs are found, and what is none is not taken for one."""

import json
from pathlib import Path

import pytest

from abslake.dev.suggest import MOST_CHILDREN, Suggestion, is_word, suggest
from abslake.records.definitions import parse_all
from abslake.settings import Settings
from tests.support import ase
from tests.support.ingesting import ingested
from tests.support.suggesting import only, places, requests, suggested, urls

EXAMPLES = Path(__file__).parents[2] / "examples"
SHOP, BANK = "shop.test", "bank.test:8443"


def taken_by_ingest(found: Suggestion, data: bytes) -> dict[str | None, int]:
    """Requests by API when the log is ingested with the proposals."""
    definitions = parse_all((proposal.name, proposal.json.encode()) for proposal in found.proposals)
    assert not definitions.rejected
    counts: dict[str | None, int] = {}
    for row in ingested(data, apis=definitions).rows:
        counts[row["api"]] = counts.get(row["api"], 0) + row["requests"]
    return counts


def log_of_two_hosts() -> list[bytes]:
    return [
        *requests(400, lambda n: f"/v1/orders/{n}", host=SHOP),
        *requests(300, lambda n: f"/v1/users/{n}/cart?x={n}", host=SHOP),
        *requests(200, lambda n: f"/api/v2/search/{n % 7}", host=SHOP),
        *requests(300, lambda n: f"/accounts/{n}/statements", host=BANK),
        *requests(90, lambda n: f"/transfers/{n}", host=BANK),
        *requests(10, lambda n: f"/transfers/{n}", host=BANK, status=401),
        *requests(20, lambda n: f"/static/app.{n}.js", host=SHOP),
        *requests(25, lambda n: f"/wp-admin/{n}.php", host=SHOP, status=404),
    ]


def test_known_apis(tmp_path: Path) -> None:
    # GIVEN a log of two hosts with versions, resources by id, static files and scanners
    lines = log_of_two_hosts()
    # WHEN definitions are proposed
    found = suggested(tmp_path, lines)
    # THEN they are the known APIs, without ports, ids, files and scanners' paths
    assert places(found) == [
        ("bank.test", "/accounts"),
        ("bank.test", "/transfers"),
        ("shop.test", "/api/v2/search"),
        ("shop.test", "/v1/orders"),
        ("shop.test", "/v1/users"),
    ]
    # AND take nearly all requests
    assert found.requests == len(lines)
    assert found.covered / found.requests >= 0.95
    assert found.static == 20
    # AND ingest with them gives each what was said
    counts = taken_by_ingest(found, ase.log(*lines))
    assert counts.pop(None) == found.requests - found.covered
    assert counts == {proposal.name: proposal.requests for proposal in found.proposals}
    shares = {proposal.url: (proposal.succeeded, proposal.known) for proposal in found.proposals}
    assert shares["/transfers"] == (90, 100)


def test_what_is_left_beside_the_branches_is_an_api_where_it_is_much(tmp_path: Path) -> None:
    pages = requests(200, lambda n: f"/{'about' if n % 2 else 'news'}-{n}")
    found = suggested(tmp_path, [*requests(300, lambda n: f"/shop/{n}"), *pages])
    assert urls(found) == ["/", "/shop"]
    assert {p.url: p.requests for p in found.proposals} == {"/": 200, "/shop": 300}


@pytest.mark.parametrize(
    "url",
    [
        lambda n: f"/{n}/profile",
        lambda n: f"/{n:08x}-0000-4000-8000-{n:012x}/items",
        lambda n: f"/user{n:06}/items",
        lambda n: f"/{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}{chr(97 + n // 676)}/items",
        lambda n: f"/joe%40example.com/{n}",
        lambda n: f"/shop;jsessionid=ABCDEF{n}/x",
        lambda n: f"/page-{'abcdefghij'[n % 10]}{'klmnopqrst'[n // 10 % 10]}",
    ],
)
def test_ids_are_never_proposed(tmp_path: Path, url) -> None:
    assert urls(suggested(tmp_path, requests(3000, url), min_share=0.00001)) == ["/"]


def test_thousands_of_distinct_first_segments_beside_an_api(tmp_path: Path) -> None:
    slugs = requests(4000, lambda n: f"/article-number-{n:x}/comments")
    found = suggested(tmp_path, [*requests(2000, lambda n: f"/api/things/{n}"), *slugs])
    assert urls(found) == ["/", "/api/things"]
    assert found.covered == found.requests


def test_more_branches_than_a_host_has_apis_are_its_resources(tmp_path: Path) -> None:
    def customers(count: int) -> list[bytes]:
        return requests(count * 20, lambda n: f"/of-{chr(97 + n % count // 26)}{chr(97 + n % count % 26)}/{n}")

    assert urls(suggested(tmp_path, customers(MOST_CHILDREN + 1))) == ["/"]
    assert len(urls(suggested(tmp_path, customers(MOST_CHILDREN)))) == MOST_CHILDREN


def test_many_small_hosts_are_one(tmp_path: Path) -> None:
    lines = [line for n in range(600) for line in requests(1, f"/orders/{n}", host=f"tenant-{n:x}.test")]
    lines += requests(600, lambda n: f"/reports/{n}", host="large.test")
    found = suggested(tmp_path, lines)
    assert places(found) == [("*", "/orders"), ("large.test", "/reports")]
    assert found.covered == found.requests


def test_a_log_without_hosts(tmp_path: Path) -> None:
    found = suggested(tmp_path, requests(50, lambda n: f"/orders/{n}", host=None))
    assert (only(found).host, only(found).url, only(found).name) == ("*", "/orders", "orders")


def test_scanners_alone_are_nothing(tmp_path: Path) -> None:
    found = suggested(tmp_path, requests(500, lambda n: f"/cgi-bin/{n}", status=404))
    assert (found.proposals, found.requests) == ([], 500)


def test_static_files_alone_are_nothing(tmp_path: Path) -> None:
    assert not suggested(tmp_path, requests(500, lambda n: f"/assets/{n}.PNG")).proposals


@pytest.mark.parametrize("count", [0, 1])
def test_hardly_any_request(tmp_path: Path, count: int) -> None:
    found = suggested(tmp_path, requests(count, "/orders/1"))
    assert (found.proposals, found.requests, found.unreadable) == ([], count, {})


def test_names_are_valid_and_differ(tmp_path: Path) -> None:
    lines = [
        *requests(100, lambda n: f"/Orders/{n}"),
        *requests(100, lambda n: f"/orders/{n}"),
        *requests(100, lambda n: f"/model/{n}"),
        *requests(100, lambda n: f"/a.b~c/{n}"),
        *requests(100, lambda n: f"/~/{n}"),
    ]
    found = suggested(tmp_path, lines)
    assert sorted(proposal.name for proposal in found.proposals) == [
        "Orders",
        "a-b-c",
        "model_2",
        "orders_2",
        "shop-example-com",
    ]
    assert not parse_all((proposal.name, proposal.json.encode()) for proposal in found.proposals).rejected


def test_hosts_and_paths_that_are_none_harm_nothing(tmp_path: Path) -> None:
    odd = ["[bold]", "a b", "é", "\x1b[31m", "x" * 300, "'; DROP TABLE paths --", "..", "h:99999", "", "[::1]:80"]
    lines = [line for host in odd for line in requests(50, lambda n: f"/shop/{n}", host=host)]
    lines += [line for text in odd for line in requests(50, f"/{text}/{text}")]
    lines += (
        requests(50, "*") + requests(50, "http://other.test") + requests(50, "//double//slash") + requests(50, "?a=b")
    )
    found = suggested(tmp_path, lines)
    for proposal in found.proposals:
        assert proposal.url.isascii()
        assert all(is_word(segment) for segment in proposal.url.strip("/").split("/") if segment)
    assert sum(proposal.requests for proposal in found.proposals) == found.covered <= found.requests == len(lines)
    assert ("*", "/shop") in places(found)


WORDS = "shop 2_atm_app oauth2 v1 v2.1 2024-01 s3 my-app k8s 1.0 userProfile".split()


@pytest.mark.parametrize("word", WORDS)
def test_words(word: str) -> None:
    assert is_word(word)


@pytest.mark.parametrize(
    "segment",
    ["", "1", "12345", "a1b2c3d4", "0b7e151c-2f1d-4d2e-9c50-7a1f3f4d5e6f", "user0001", "a@b", "a%20b", "x=1", "..", "~",
     "AbCdEf1GhIjKlMnOp", "a" * 41, "é"],
)  # fmt: skip
def test_no_words(segment: str) -> None:
    assert not is_word(segment)


def test_the_sample_logs() -> None:
    """The gateway's own definitions of examples/apis are found again, url by url."""
    files = sorted(EXAMPLES.glob("ase/*.gz"))
    found = suggest(files, Settings())
    expected = {f"/{path.stem}" for path in EXAMPLES.glob("apis/*atm*.json")}
    assert set(urls(found)) == expected
    assert found.covered == found.requests
    by_url = {proposal.url: proposal.identities for proposal in found.proposals}
    for name in ("atm_app_oauth", "atm_app_public", "atm_app"):
        real = json.loads((EXAMPLES / f"apis/{name}.json").read_text())["api_metadata"]
        ours = by_url[f"/{name}"].fields()
        assert ours["oauth2_access_token"] is real["oauth2_access_token"]
        assert ours["cookie"] == real.get("cookie", "")
        assert str(ours["apikey_header"]).lower() == real.get("apikey_header", "").lower()


@pytest.mark.parametrize(("name", "expected"), [
    ("apache-combined", ["/", "/articles", "/blog", "/files", "/misc", "/projects", "/scripts"]),
    ("alb-access", ["/"]),
])  # fmt: skip
def test_real_logs(name: str, expected: list[str]) -> None:
    found = suggest([EXAMPLES / f"logs/{name}.log.gz"], Settings())
    assert urls(found) == expected
    assert found.covered == found.requests


def test_a_file_that_is_no_log_does_not_stop_the_others(tmp_path: Path) -> None:
    bad, gone = tmp_path / "bad.log", tmp_path / "gone.log"
    bad.write_bytes(b"nothing of the kind\n" * 5)
    good = tmp_path / "good.log"
    good.write_bytes(ase.log(*requests(50, lambda n: f"/orders/{n}")))
    found = suggest([bad, gone, good], Settings())
    assert found.unreadable.keys() == {bad, gone}
    assert "nothing of the kind" not in str(found.unreadable)
    assert urls(found) == ["/orders"]
