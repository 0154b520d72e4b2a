"""A request belongs to the API of its host with the longest url that begins its path, on whole segments; else to one of ``*``."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.support import ase
from tests.support.ingesting import ingested

Case = tuple[str, str | None, str | None]
APIS = {
    "root": {"url": "/"},
    "shop": {"url": "/shop"},
    "cart": {"url": "/shop/cart/"},
    "escaped": {"url": "/a%2Fb"},
    "bank": {"url": "/", "hostname": "Bank.example"},
    "bank8443": {"url": "/", "hostname": "bank.example:8443"},
    "teller": {"url": "/teller", "hostname": "bank.example"},
    "narrow": {"url": "/only/here", "hostname": "narrow.example"},
    "six": {"url": "/", "hostname": "[2001:db8::1]"},
    "deep": {"url": "/1/2/3/4/5/6/7/8/9/10"},
}
CASES: list[Case] = [
    # url, Host header, API
    ("/shop", "x", "shop"),
    ("/shop/", "x", "shop"),
    ("/shop?x=/cart", "x", "shop"),
    ("/shop#/cart", "x", "shop"),
    ("/shop/cart", "x", "cart"),
    ("/shop/cart/1", None, "cart"),
    ("/shopping", "x", "root"),
    ("/shop/carts", "x", "shop"),
    ("/Shop", "x", "root"),
    ("/sh%6fp", "x", "root"),
    ("//shop", "x", "root"),
    ("/shop//cart", "x", "shop"),
    ("/a%2Fb/c", "x", "escaped"),
    ("/a/b/c", "x", "root"),
    ("*", "x", "root"),
    ("?x", "x", "root"),
    ("/", "x", "root"),
    ("/1/2/3/4/5/6/7/8/9/10/11", "x", "deep"),
    ("/1/2/3/4/5/6/7/8/9", "x", "root"),
    ("/", "bank.example", "bank"),
    ("/", "BANK.example:80", "bank"),
    ("/", "bank.example:8443", "bank8443"),
    ("/teller/1", "bank.example:8443", "teller"),
    ("/shop/cart", "bank.example", "bank"),
    ("/", "bank.example.org", "root"),
    ("/only/here", "narrow.example", "narrow"),
    ("/only", "narrow.example", "root"),
    ("/shop", "narrow.example", "shop"),
    ("/", "[2001:DB8::1]:80", "six"),
    ("/", "[2001:db8::1]", "six"),
    ("http://bank.example/teller", "x", "teller"),
    ("HTTPS://user:pw@Bank.example:443/", "x", "bank"),
    ("http://bank.example", "x", "bank"),
    ("http://bank.example?x=1", "x", "bank"),
    ("http://x/shop", "bank.example", "shop"),
]


def located(cases: list[Case], apis: Mapping[str, Mapping[str, Any]]) -> dict[int, Any]:
    """Row by number of its case, which is told by the method."""
    lines = [
        ase.line(request=ase.request(url=url, method=f"M{n}", headers=[{"Host": host}] if host is not None else []))
        for n, (url, host, _) in enumerate(cases)
    ]
    return {int(row["method"][1:]): row for row in ingested(ase.log(*lines), apis=apis).rows}


def test_matching() -> None:
    rows = located(CASES, APIS)

    assert {n: rows[n]["api"] for n in rows} == {n: api for n, (_, _, api) in enumerate(CASES)}


def test_what_fits_no_api_is_kept_under_none() -> None:
    rows = located(
        [("/x", "x", None), ("/shop", "other", None), ("/shop", "h", "shop")],
        {"shop": {"url": "/shop", "hostname": "h"}},
    )

    assert [rows[n]["api"] for n in range(3)] == [None, None, "shop"]


def test_without_definitions_every_request_is_kept() -> None:
    assert ingested(ase.log(ase.line()), apis={}).row["api"] is None


@pytest.mark.parametrize(
    ("url", "host", "path"),
    [
        ("/a/b?c#d", "h", "/a/b"),
        ("/a#b?c", "h", "/a"),
        ("/%41%2f?", "h", "/%41%2f"),
        ("//a//b", "h", "//a//b"),
        ("*", "h", "*"),
        ("http://u@H:81/a?b", "H:81", "/a"),
        ("http://H", "H", "/"),
        ("http://H?b", "H", "/"),
        ("/é \x00", "h", "/é \x00"),
    ],
)
def test_path_and_host_stand_as_sent(url: str, host: str, path: str) -> None:
    row = ingested(ase.log(ase.line(request=ase.request(url=url, headers=[{"Host": "h"}])))).row

    assert (row["host"], row["path"]) == (host, path)
