"""Generated gateway traffic: skewed like real traffic, and the same for the same seed.

Ten minutes of 50,000 clients, of whom the n-th most active sends in proportion to n^-1.05. 35 % of the clients send a
token and a user name, 35 % a cookie, 20 % an API key, 10 % nothing; each has one to four addresses and one of 30 user
agents. 20 APIs of 100 path templates each, popular as unequally, every other one with an id (log-uniform, 1 to 10^5).

    python -m benchmarks.traffic --requests 1000000 --format ase --bad 0.005 --out traffic.log.gz --apis apis/
"""

import json
import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import accumulate, islice
from pathlib import Path
from typing import Annotated, BinaryIO, Literal, NamedTuple, cast

import typer
from isal import igzip
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from benchmarks import vocabulary as words

CLIENTS = 50_000
TEMPLATES = 2_000
ZIPF = 1.05
START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
SECONDS = 600
LARGEST_ID = 100_000
BATCH = 10_000
UNANSWERED = 0.002
Format = Literal["ase", "combined"]

_ACTIVITY = list(accumulate(1 / rank**ZIPF for rank in range(1, CLIENTS + 1)))
_POPULARITY = list(accumulate(1 / rank**ZIPF for rank in range(1, TEMPLATES + 1)))
_CLOCKS = [f"{START + timedelta(seconds=second):%Y-%m-%dT%H:%M:%S}" for second in range(SECONDS)]


@dataclass(frozen=True, slots=True)
class Client:
    """One client: its addresses, and what it says of itself in each format."""

    addresses: tuple[str, ...]
    ase_headers: str
    user_info: str
    username: str
    agent: str
    referer: str


@dataclass(frozen=True, slots=True)
class Template:
    """One path of an API: where its id goes, and what its answers look like."""

    before: str
    after: str
    has_id: bool
    method: str
    body_bytes: int
    usual_ms: float
    servers: tuple[str, ...]


class Request(NamedTuple):
    """One request: seconds after the start, who asks for what, and the status of the answer."""

    at: float
    client: Client
    template: Template
    method: str
    path: str
    status: str


@dataclass(frozen=True, slots=True)
class Traffic:
    """What to generate. Shares: `bad` of spoiled lines, `small_letters` of clients whose header names are so."""

    requests: int
    kind: Format = "ase"
    bad: float = 0.0
    small_letters: float = 0.0
    seed: int = 1


def definitions() -> dict[str, str]:
    """The API definitions that fit the traffic, as documents in the ASE schema, by name."""
    return {
        name: json.dumps(
            {
                "api_metadata": {
                    "protocol": "http",
                    "url": f"/{name}",
                    "hostname": "*",
                    "cookie": "JSESSIONID",
                    "oauth2_access_token": True,
                    "apikey_header": "X-API-Key",
                    "apikey_qs": "",
                    "login_url": "",
                }
            },
            indent=2,
        )
        for name in words.APIS
    }


def lines(traffic: Traffic) -> Iterator[bytes]:
    """The log's lines in arrival order, each with its newline.

    A spoiled line is cut in half, binary, of a wrong type, or blank, in turn.
    """
    rng = random.Random(traffic.seed)
    render = _ase_line if traffic.kind == "ase" else _combined_line
    spoil = _Spoiler(rng, traffic.bad)
    for request in requests(traffic, rng):
        line = render(rng, request)
        yield spoil(line) if traffic.bad else line


def requests(traffic: Traffic, rng: random.Random | None = None) -> Iterator[Request]:
    """The requests in the order of their lines."""
    clients, templates = _population(traffic.seed, traffic.small_letters)
    rng = rng or random.Random(traffic.seed)
    for first in range(0, traffic.requests, BATCH):
        count = min(BATCH, traffic.requests - first)
        draws = zip(
            range(first, first + count),
            rng.choices(clients, cum_weights=_ACTIVITY, k=count),
            rng.choices(templates, cum_weights=_POPULARITY, k=count),
            rng.choices(tuple(words.STATUSES), words.STATUS_WEIGHTS, k=count),
            strict=True,
        )
        for number, client, template, status in draws:
            # Lines stand in the order of the answers: half a second or less away from that of the requests.
            at = max(0.0, min(SECONDS - 0.001, number * SECONDS / traffic.requests + rng.random() - 0.5))
            path = f"{template.before}{_any_id(rng)}{template.after}" if template.has_id else template.before
            method = template.method if rng.random() < 0.8 else rng.choice(words.METHODS)
            yield Request(at, client, template, method, path, status)


@lru_cache(maxsize=2)
def _population(seed: int, small_letters: float) -> tuple[list[Client], list[Template]]:
    rng = random.Random(f"population {seed}")
    clients = [_client(rng, number, small_letters=number % 100 < 100 * small_letters) for number in range(CLIENTS)]
    # In order of popularity: list and search pages before single things, and each API has its share of both.
    templates = [_template(rng, number % len(words.APIS), number // len(words.APIS)) for number in range(TEMPLATES)]
    return clients, templates


def _client(rng: random.Random, number: int, *, small_letters: bool) -> Client:
    addresses = tuple(
        f"{rng.randint(11, 223)}.{rng.randint(0, 255)}.{rng.randint(0, 255)}.{rng.randint(1, 254)}"
        for _ in range(rng.randint(1, 4))
    )
    agent = rng.choice(words.AGENTS)
    headers = [{"Host": "api.example.com"}, {"User-Agent": agent}]
    user_info: list[dict[str, str]] = []
    username = ""
    kind = rng.random()
    if kind < 0.35:
        username = f"user{number}@example.com"
        headers.append({"Authorization": f"Bearer {rng.getrandbits(128):032x}"})
        user_info = [{"username": username}]
    elif kind < 0.70:
        headers.append({"Cookie": f"JSESSIONID={rng.getrandbits(128):032x}"})
    elif kind < 0.90:
        headers.append({"X-API-Key": f"{rng.getrandbits(128):032x}"})
    info = f',"user_info":{json.dumps(user_info, separators=(",", ":"))}' if user_info else ""
    referer = f"https://www.example.com/{rng.choice(words.RESOURCES)}" if agent in words.BROWSERS else "-"
    if small_letters:
        headers = [{name.lower(): value for name, value in header.items()} for header in headers]
    ase_headers = json.dumps(headers, separators=(",", ":"))
    return Client(addresses, ase_headers, info, username or "-", agent, referer)


def _template(rng: random.Random, api: int, number: int) -> Template:
    resource, action = words.RESOURCES[number // 4], words.ACTIONS[number % 4]
    base = f"/{words.APIS[api]}/v{1 + number // 50}/{resource}"
    return Template(
        before=f"{base}/" if number % 2 else f"{base}{action}",
        after=action,
        has_id=bool(number % 2),
        method=rng.choices(words.METHODS, words.METHOD_WEIGHTS)[0],
        body_bytes=int(rng.lognormvariate(7, 1)),
        usual_ms=rng.lognormvariate(3, 0.7),
        servers=tuple(f"10.1.{api}.{host}:8080" for host in range(1, 5)),
    )


def _any_id(rng: random.Random) -> int:
    return int(math.exp(rng.random() * math.log(LARGEST_ID))) + 1


def _ase_line(rng: random.Random, request: Request) -> bytes:
    at, client, template, method, path, status = request
    port = int(rng.random() * 28_000) + 32_768
    query = f"?page={port % 50}&size=20" if port % 5 == 0 else ""
    asked = (
        f'{{"timestamp":"{_CLOCKS[int(at)]}.{int(at % 1 * 1000):03d}Z",'
        f'"connection_id":"{port * 1000 + int(at) // 20}","request":{{"source_ip":"{_address(rng, client)}",'
        f'"source_port":{port},"method":"{method}","url":"{path}{query}","http_version":"1.1",'
        f'"headers":{client.ase_headers}{client.user_info}}}'
    )
    if rng.random() < UNANSWERED:
        return f"{asked}}}\n".encode()
    size = template.body_bytes if status[0] == "2" else 120
    milliseconds = template.usual_ms * rng.lognormvariate(0, 0.5)
    return (
        f'{asked},"response":{{"response_code":"{status}","response_status":"{words.STATUSES[status]}",'
        f'"headers":[{{"Content-Type":"application/json"}},{{"Content-Length":"{size}"}}]}},'
        f'"server":"{rng.choice(template.servers)}","response_time_ms":{milliseconds:.1f}}}\n'
    ).encode()


def _combined_line(rng: random.Random, request: Request) -> bytes:
    at, client, template, method, path, status = request
    size = template.body_bytes if status[0] == "2" else 120
    return (
        f"{_address(rng, client)} - {client.username} [{START:%d/%b/%Y}:{_CLOCKS[int(at)][11:]} +0000] "
        f'"{method} {path} HTTP/1.1" {status} {size} "{client.referer}" "{client.agent}"\n'
    ).encode()


def _address(rng: random.Random, client: Client) -> str:
    return client.addresses[int(rng.random() ** 2 * len(client.addresses))]  # one is the usual one


class _Spoiler:
    """Spoils a share of the lines, each of four ways in turn."""

    def __init__(self, rng: random.Random, share: float) -> None:
        self._rng, self._share, self._done = rng, share, 0

    def __call__(self, line: bytes) -> bytes:
        if self._rng.random() >= self._share:
            return line
        self._done += 1
        return (
            line[: len(line) // 2] + b"\n",
            self._rng.randbytes(200).replace(b"\n", b"\0") + b"\n",
            b'{"timestamp":true,"request":[]}\n' if line.startswith(b"{") else line.replace(b" HTTP/1.1", b" " * 40),
            b" \n",
        )[self._done % 4]


def write(path: Path, traffic: Traffic, *, quiet: bool = False) -> int:
    """Writes a log (gzip where the name ends in ``.gz``) with a progress bar; returns its bytes before compression."""
    columns = (TextColumn(path.name), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    written = 0
    compressed = cast("Callable[..., BinaryIO]", igzip.open)  # untyped
    opened = compressed(path, "wb", compresslevel=3) if path.suffix == ".gz" else path.open("wb")
    with opened as file, Progress(*columns, disable=quiet) as bar:
        task = bar.add_task("lines", total=traffic.requests)
        source = lines(traffic)
        while some := list(islice(source, BATCH)):
            written += file.write(b"".join(some))
            bar.advance(task, len(some))
    return written


def main(
    out: Annotated[Path, typer.Option(help="The log to write; .gz compresses.")],
    requests: Annotated[int, typer.Option(min=0, help="Lines.")] = 1_000_000,
    kind: Annotated[Format, typer.Option("--format", help="ase (JSON lines) or combined (Apache, NGINX).")] = "ase",
    bad: Annotated[float, typer.Option(min=0, max=1, help="Share of spoiled lines.")] = 0.0,
    small_letters: Annotated[
        float, typer.Option(min=0, max=1, help="Share of clients that send header names so.")
    ] = 0.0,
    apis: Annotated[Path | None, typer.Option(help="Also write the API definitions that fit into this folder.")] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.")] = 1,
) -> None:
    """Writes generated gateway traffic."""
    if apis is not None:
        apis.mkdir(parents=True, exist_ok=True)
        for name, document in definitions().items():
            (apis / f"{name}.json").write_text(document + "\n")
    print(f"{out}: {write(out, Traffic(requests, kind, bad, small_letters, seed)):,} bytes before compression")


if __name__ == "__main__":
    typer.run(main)
