"""Does the time of a refusal tell an unknown access key from a wrong secret? ``python -m benchmarks.key_timing``.

Guesses of both kinds take turns in random order, in this process and over the loopback. Two controls stand beside: the same kind
against itself (what chance gives), and a comparison that ends early (what a leak would look like).
"""

import contextlib
import gc
import hmac
import http.client
import json
import math
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated

import typer
from rich.console import Console

from abslake import access
from abslake.access.users import Users
from abslake.dev.serve import HOST, Front, serving
from abslake.errors import Unauthorized
from benchmarks.verdict import Verdict

IN_PROCESS_US = 0.1
"""Most by which refusals may differ, microseconds: what can be told on a local network after thousands of tries.

Source: Crosby, Wallach, Riedi, Opportunities and Limits of Remote Timing Attacks, ACM TISSEC 12(3), 2009.
"""

OVER_LOOPBACK_US = 20.0
"""The same over the loopback: what can be told across the internet, at best. Source: as above."""

_QUICKER = (0.05, 0.5)  # the part of sorted times that is compared: whatever comes between only makes them longer
_SURE = 1.96

Guess = Mapping[str, str]
Ask = Callable[[Guess], None]


@dataclass(frozen=True, slots=True)
class Compared:
    """Two series of times in nanoseconds: by how much the first takes longer, how sure that is, and who wins how often."""

    difference_us: float
    margin_us: float
    """Half of the interval that holds the difference in 95 of 100 runs."""
    welch_t: float
    superiority: float
    """Share of pairs in which the first takes longer; 0.5 where they are alike (Mann and Whitney)."""
    rank_z: float

    @property
    def worst_us(self) -> float:
        """The largest difference that the interval allows."""
        return abs(self.difference_us) + self.margin_us


def compare(first: Sequence[float], second: Sequence[float]) -> Compared:
    """Welch's t of the quicker halves of both, and the rank sum of all."""
    a, b = _quicker(first), _quicker(second)
    difference = statistics.fmean(a) - statistics.fmean(b)
    error = math.sqrt(statistics.variance(a) / len(a) + statistics.variance(b) / len(b))
    superiority, z = _ranks(first, second)
    return Compared(difference / 1000, _SURE * error / 1000, difference / error, superiority, z)


def _quicker(values: Sequence[float]) -> list[float]:
    begin, end = (int(len(values) * share) for share in _QUICKER)
    return sorted(values)[begin:end]


def _ranks(first: Sequence[float], second: Sequence[float]) -> tuple[float, float]:
    """Share of pairs that the first wins, ties half, and z of the rank sum with the correction for ties."""
    n, m = len(first), len(second)
    ordered = sorted([(value, True) for value in first] + [(value, False) for value in second])
    rank_sum, ties, place = 0.0, 0.0, 0
    while place < len(ordered):
        end = place
        while end < len(ordered) and ordered[end][0] == ordered[place][0]:
            end += 1
        rank_sum += (place + end + 1) / 2 * sum(mine for _, mine in ordered[place:end])
        ties += (end - place) ** 3 - (end - place)
        place = end
    u, total = rank_sum - n * (n + 1) / 2, n + m
    deviation = math.sqrt(n * m / 12 * (total + 1 - ties / (total * (total - 1))))
    return u / (n * m), (u - n * m / 2) / deviation


def guesses(users: int, draw: random.Random) -> Iterator[tuple[Guess, Guess]]:
    """An unknown key and a known one, each with a wrong secret, of the same lengths; never the same twice."""
    while True:
        known = f"access-key-{draw.randrange(users):04}"
        unknown = f"access-kez-{draw.randrange(users):04}"
        made = {}
        for key in draw.sample([unknown, known], 2):  # what was made last is nearer to the processor
            made[key] = {"x-abs-ak": key, "x-abs-sk": f"{draw.getrandbits(160):040x}"}
        yield made[unknown], made[known]


def series(ask: Ask, pairs: Iterator[tuple[Guess, Guess]], count: int) -> tuple[list[float], list[float]]:
    """Nanoseconds of `count` guesses of each kind, in an order that is drawn for each pair."""
    times: tuple[list[float], list[float]] = ([], [])
    draw = random.Random(2)
    for number in range(count + count // 20):
        pair = next(pairs)
        for kind in (0, 1) if draw.random() < 0.5 else (1, 0):
            begun = time.perf_counter_ns()
            ask(pair[kind])
            taken = time.perf_counter_ns() - begun
            if number >= count // 20:  # the first ones warm up
                times[kind].append(taken)
    return times


def document(users: int) -> str:
    """So many admins."""
    return json.dumps(
        {
            "users": [
                {
                    "name": f"u{n}",
                    "role": "admin",
                    "access_key": f"access-key-{n:04}",
                    "secret_key": f"secret-{n}-{'x' * 30}",
                }
                for n in range(users)
            ]
        }
    )


def identify(users: Users) -> Ask:
    """Ours."""

    def ask(guess: Guess) -> None:
        with contextlib.suppress(Unauthorized):
            access.identify(guess, users, datetime(2026, 1, 1, tzinfo=UTC))

    return ask


def leaking(users: int) -> Ask:
    """As one might write it: a dictionary by access key; the secret is hashed and compared where there is a user."""
    kept = {user["access_key"]: sha256(user["secret_key"].encode()) for user in json.loads(document(users))["users"]}

    def ask(guess: Guess) -> None:
        secret = kept.get(guess["x-abs-ak"])
        _ = secret is not None and hmac.compare_digest(secret.digest(), sha256(guess["x-abs-sk"].encode()).digest())

    return ask


@contextlib.contextmanager
def over_loopback(users: Users) -> Iterator[Ask]:
    """Ours behind the local stack's server and front, asked over one connection."""

    class Called:
        def invoke(self, event: Mapping[str, object]) -> dict[str, object]:
            identify(users)(event["headers"])  # type: ignore[arg-type]
            return {"statusCode": 401, "body": "refused"}

    with (
        serving(Front({"/v4/abs": Called()})) as port,
        contextlib.closing(http.client.HTTPConnection(HOST, port)) as one,
    ):

        def ask(guess: Guess) -> None:
            one.request("GET", "/v4/abs", headers=dict(guess))
            one.getresponse().read()

        yield ask


def _row(verdict: Verdict, name: str, compared: Compared, bound: float | None = None) -> None:
    text = (
        f" us, {compared.difference_us:+.3f} ± {compared.margin_us:.3f}; t {compared.welch_t:+.1f}; "
        f"ranks {compared.superiority:.3f}, z {compared.rank_z:+.1f}"
    )
    if bound is None:
        verdict.info(name, f"{compared.worst_us:.3f}{text}")
    else:
        verdict.at_most(name, bound, compared.worst_us, 3, text)


def main(
    samples: Annotated[int, typer.Option(min=1000, help="Guesses of each kind in this process.")] = 60_000,
    requests: Annotated[int, typer.Option(min=200, help="Guesses of each kind over the loopback.")] = 6_000,
    users: Annotated[int, typer.Option(min=1, help="Users.")] = 20,
    strict: Annotated[bool, typer.Option(help="Exit 1 where a bound is missed.")] = False,
) -> None:
    """Compares the times of refusals."""
    known = access.parse(document(users))
    verdict = Verdict(f"Unknown key against wrong secret, {users} users: largest difference, microseconds")
    pairs = guesses(users, random.Random(1))
    alike = ((one, other) for (one, _), (other, _) in zip(pairs, pairs, strict=False))
    gc.disable()
    try:
        _row(verdict, "in process", compare(*series(identify(known), pairs, samples)), IN_PROCESS_US)
        _row(verdict, "in process, unknown against unknown", compare(*series(identify(known), alike, samples)))
        _row(verdict, "in process, a comparison that leaks", compare(*series(leaking(users), pairs, samples)))
        with over_loopback(known) as ask:
            _row(verdict, "over the loopback", compare(*series(ask, pairs, requests)), OVER_LOOPBACK_US)
    finally:
        gc.enable()
    verdict.show(Console(width=None if sys.stdout.isatty() else 140))
    if strict and verdict.missed:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
