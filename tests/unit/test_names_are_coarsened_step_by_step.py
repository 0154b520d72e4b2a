"""The chain of levels, name by name."""

import duckdb
import pytest

from abslake.traffic import coarsen


def at_level(column: str, name: str, level: int) -> str:
    """The name after all steps up to `level`, one after the other."""
    for step in range(1, level + 1):
        if expression := coarsen.STEPS[step].get(column):
            [(name,)] = duckdb.execute(
                f"SELECT {expression.replace('@', 'name')} FROM (SELECT ? AS name)", [name]
            ).fetchall()
    return name


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/orders/81723", "/orders/{id}"),
        ("/orders/81723/items/4", "/orders/{id}/items/{id}"),
        ("/users/0b8f9a3e-55c1-4f0e-9d5e-2f9a5e6b7c8d/cart", "/users/{id}/cart"),
        ("/blobs/9f86d081884c7d65", "/blobs/{id}"),
        ("/s/eyJhbGciOiJIUzI1NiJ9xQ", "/s/{id}"),
        ("/v1/deadbeef", "/v1/deadbeef"),  # no digit: a word
        ("/v2/orders", "/v2/orders"),
        ("/2024-report", "/2024-report"),
        ("/", "/"),
        ("*", "*"),
        ("/orders/{id}", "/orders/{id}"),
        ("/a//7/", "/a//{id}/"),
        ("/talks/logstash-monitorama-2013", "/talks/logstash-monitorama-2013"),
        ("/images/kibana-dashboard3-large.png", "/images/kibana-dashboard3-large.png"),
        ("/t/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.d-_x", "/t/{id}"),
    ],
)
def test_identifiers_in_paths(path, shown):
    assert at_level("path", path, 1) == shown


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("192.0.2.77", ["192.0.2.0/24", "192.0.0.0/16", "*"]),
        ("2001:db8:1:2::3", ["2001:db8:1::/48", "2001:db8::/32", "*"]),
        ("2001:db8::3", ["2001:db8::/48", "2001:db8::/32", "*"]),
        ("2001::3", ["2001::/48", "2001::/32", "*"]),
        ("::1", ["::/48", "::/32", "*"]),
    ],
)
def test_addresses_become_networks(address, shown):
    assert [at_level("ip", address, level) for level in (2, 3, 4)] == shown


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/a/b/c/d/e", ["/a/b/c/…", "/a/b/…", "/a/…", "/…"]),
        ("/a/b/c", ["/a/b/c", "/a/b/…", "/a/…", "/…"]),
        ("/a", ["/a", "/a", "/a", "/…"]),
        ("/", ["/", "/", "/", "/…"]),
    ],
)
def test_paths_are_cut(path, shown):
    assert [at_level("path", path, level) for level in (5, 6, 7, 8)] == shown


def test_what_an_answer_says_of_it():
    assert coarsen.notes(0) == []
    [note] = coarsen.notes(2)
    assert "{id}" in note
    assert "networks" in note
    assert "*" not in note
