"""Of traffic made from known templates, with misses and scanners in it, just these templates are found."""

import random
import string
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, timedelta

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abslake.traffic import templates

Make = Callable[[random.Random], str]
SCANNED = (
    "wp-login.php",
    ".env",
    "admin/config.php",
    "phpmyadmin/index.php",
    "actuator/env",
    "vendor/phpunit/eval-stdin.php",
)
WORDS = "accounts books carts devices events files groups hotels invoices jobs keys labels".split()
BELOW = "items notes history lines pages rows".split()


def _word(source: random.Random, count: int) -> str:
    return "".join(source.choice(string.ascii_lowercase) for _ in range(count))


def _hex(source: random.Random) -> str:
    return f"{source.getrandbits(96):024x}"


def _slugs(seed: int) -> Make:
    """Names of some 2,000 people or things, the n-th most popular in proportion to 1 / n."""
    own = random.Random(seed)
    names = [
        f"{_word(own, own.randint(3, 6))}{own.choice(('', '-'))}{_word(own, own.randint(2, 6))}" for _ in range(2000)
    ]
    weights = [1 / (rank + 1) for rank in range(len(names))]
    return lambda source: source.choices(names, weights)[0]


IDS: Mapping[str, tuple[str, Make]] = {
    "number": ("integer", lambda source: str(int(10 ** source.uniform(0, 7)))),
    "uuid": ("uuid", lambda source: str(uuid.UUID(int=source.getrandbits(128), version=4))),
    "hex": ("string", _hex),
    "day": ("date", lambda source: str(date(2026, 1, 1) + timedelta(days=source.randrange(365)))),
    "mail": ("string", lambda source: f"{_word(source, 5)}@{_word(source, 4)}.example.com"),
    "order": ("string", lambda source: f"ORD-{source.randrange(10_000, 99_999)}"),
    "slug": ("string", _slugs(1)),
}
"""Sort of identifier -> its type, and how one is made."""


@st.composite
def apis(draw: st.DrawFn) -> dict[str, tuple[list[str], list[str]]]:
    """Template -> its segments, and of each the sort of identifier or ``""``."""
    found = {}
    prefix = draw(st.sampled_from([[], ["api"], ["api", "v1"]]))
    for word in draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=5, unique=True)):
        parts, sorts = [*prefix, word], [""] * (len(prefix) + 1)
        found["/" + "/".join(parts)] = (parts, sorts)
        for below in draw(st.sampled_from([[], [""], ["", BELOW[0]], ["", *BELOW[:3]]])):
            sort = found["/" + "/".join([*parts, "{id}"])][1][-1] if below else draw(st.sampled_from(list(IDS)))
            label = "{date}" if sort == "day" else "{id}"
            one = ([*parts, label, *([below] if below else [])], [*sorts, sort, *([""] if below else [])])
            found["/" + "/".join([*parts, "{id}"] if not below else one[0])] = one
    return {"/" + "/".join(parts): (parts, sorts) for parts, sorts in found.values()}


def fold(counts: Mapping[tuple[str, int], int]) -> tuple[dict[str, int], dict[str, str]]:
    """Requests of each template that is found with a success, and types by template up to the parameter."""
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("CREATE TABLE sent (path VARCHAR, status INTEGER, n BIGINT)")
        given = [[path for path, _ in counts], [status for _, status in counts], [*counts.values()]]
        connection.execute("INSERT INTO sent SELECT unnest(?), unnest(?), unnest(?)", given)
        connection.execute(
            f"CREATE TABLE paths AS SELECT 'h' AS host, {templates.segments('path')} AS segments, status, "
            "sum(n)::BIGINT AS requests, coalesce(sum(n) FILTER (status = 200), 0)::BIGINT AS ok FROM sent GROUP BY ALL"
        )
        templates.fold(connection, "paths", ("status",), {"requests": "sum", "ok": "sum"})
        found = connection.execute(
            "SELECT template, sum(ok)::BIGINT FROM templates GROUP BY ALL HAVING sum(ok) > 0"
        ).fetchall()
        return dict(found), dict(connection.execute("SELECT node, type FROM template_parameters").fetchall())


@settings(max_examples=15, deadline=None)
@given(apis(), st.integers(0, 2**32), st.floats(0.5, 1.3))
def test_templates_come_back(known, seed, skew):
    source = random.Random(seed)
    weights = [1 / (rank + 1) ** skew for rank in range(len(known))]
    counts: Counter[tuple[str, int]] = Counter()
    expected: Counter[str] = Counter()
    for template in source.choices(list(known), weights, k=250 * len(known)):
        parts, sorts = known[template]
        path = "/" + "/".join(IDS[sort][1](source) if sort else part for part, sort in zip(parts, sorts, strict=True))
        counts[path, 200] += 1
        expected[template] += 1
    for _ in range(200):
        counts[f"/{source.choice(SCANNED)}", 404] += 1
        counts[f"{source.choice(list(known)).partition('{')[0].rstrip('/')}/{_word(source, 8)}", 404] += 1

    found, types = fold(counts)

    assert found == expected
    for template in expected:
        parts, sorts = known[template]
        for place, sort in enumerate(sorts):
            assert not sort or types["/" + "/".join(parts[: place + 1])] == IDS[sort][0]


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        ({"/orders/7": 1}, {"/orders/{id}"}),
        ({"/orders/81723": 1}, {"/orders/{id}"}),
        ({"/api/2/a": 500, "/api/3/a": 90}, {"/api/2/a", "/api/3/a"}),
        ({"/api/v1/a": 5, "/api/v2/a": 1}, {"/api/v1/a", "/api/v2/a"}),
        ({f"/page/{n}": 50 for n in range(1, 9)}, {"/page/{id}"}),
        ({"/a//b/": 1, "/a/b;v=1": 1}, {"/a/b"}),
        ({"/a/{id}": 1}, {"/a/%7Bid%7D"}),
        ({"/files/3fa9c01b2d.js": 1, "/files/app.js": 1}, {"/files/{id}", "/files/app.js"}),
        ({f"/rpc/get{c * 3}": 40 for c in "abcdefghijklmnopq"}, {f"/rpc/get{c * 3}" for c in "abcdefghijklmnopq"}),
        ({f"/{c}{d}-DE/home": 9 for c in "abcd" for d in "abcd"}, {"/{id}/home"}),
        ({f"/{c * 4}{d}/{w}": 9 for c in "abcdef" for d in "abcdefg" for w in ("x", "y")}, {"/{id}/x", "/{id}/y"}),
        (
            {
                "/u/profile": 4000,
                "/u/settings": 900,
                "/u/me": 1,
                **{f"/u/{c}{d}{c}": 1 for c in "abcdef" for d in "abcdef"},
            },
            {"/u/profile", "/u/settings", "/u/me", "/u/{id}"},
        ),
        ({f"/many/{c}{d}{e}": 50 for c in "abcdef" for d in "abcdef" for e in "abcd"}, {"/many/{id}"}),
        ({"/u/jane": 8, **{f"/u/{letter * 3}": 1 for letter in string.ascii_lowercase[:14]}}, {"/u/{id}"}),
        ({f"/posts/how-to-{c}{d}{c}": 40 for c in "abcdef" for d in "abcdef"}, {"/posts/{id}"}),
        ({"/at/2026-03-02T10:15:00Z": 1, "/at/2026-03-02": 1}, {"/at/{id}"}),
        ({"/" + "a/" * 30: 5, "/": 1}, {"/"}),
    ],
)
def test_a_place_is_told_by_spelling_and_company(paths, found):
    assert set(fold({(path, 200): count for path, count in paths.items()})[0]) == found


def test_what_was_not_answered_with_success_is_placed_or_dropped():
    counts = {("/orders/81723", 200): 1, ("/orders/5", 404): 2, ("/orders/list", 404): 4, ("/orders/81723", 500): 8}
    counts |= {("/users/jane", 200): 1, ("/users/joe", 404): 16}

    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE sent (path VARCHAR, status INTEGER, n BIGINT)")
        connection.executemany("INSERT INTO sent VALUES (?, ?, ?)", [(*one, n) for one, n in counts.items()])
        connection.execute(
            f"CREATE TABLE paths AS SELECT 'h' AS host, {templates.segments('path')} AS segments, status, n AS requests, "
            "CASE status WHEN 200 THEN n ELSE 0 END AS ok FROM sent"
        )
        templates.fold(connection, "paths", ("status",), {"requests": "sum", "ok": "sum"})
        rows = connection.execute("SELECT template, status, requests FROM templates ORDER BY ALL").fetchall()

    assert rows == [
        ("/orders/{id}", 200, 1),
        ("/orders/{id}", 404, 2),
        ("/orders/{id}", 500, 8),
        ("/users/jane", 200, 1),
    ]
