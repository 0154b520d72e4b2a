"""What it costs: ``python -m benchmarks.cost`` prints the tables of docs/cost.md, ``--write`` puts them there.

Figures are those that ``python -m benchmarks.reports --days 30 --year --save`` measured (measured.json), prices those of
`Prices`. A CPU second here is taken for a second of a Lambda function with 1,769 MB, which has one CPU.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.reports import MEASURED

PAGE = Path(__file__).parents[1] / "docs/cost.md"

BILLION = 1_000_000_000
ATHENA_LEAST = 10_000_000
"""Bytes that a query is charged for at least."""

ONE_CPU_GB = 1769 / 1024
"""Memory of a function with one CPU: ingest and reports."""

COMPACTION_GB = 3008 / 1024
"""Memory of the compaction function, which computes on one CPU, too."""


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars, region us-east-1, without free tier or volume discount."""

    gb_second: float = 0.0000133334
    invocation: float = 0.20e-6
    put: float = 0.005e-3
    get: float = 0.0004e-3
    gb_month: float = 0.023
    api_call: float = 1.00e-6
    athena_tb: float = 5.00


SOURCES = {
    "gb_second": ("Lambda, arm64, GB-second", "aws.amazon.com/lambda/pricing"),
    "invocation": ("Lambda, request", "aws.amazon.com/lambda/pricing"),
    "put": ("S3 Standard, PUT or LIST", "aws.amazon.com/s3/pricing"),
    "get": ("S3 Standard, GET or HEAD", "aws.amazon.com/s3/pricing"),
    "gb_month": ("S3 Standard, GB and month", "aws.amazon.com/s3/pricing"),
    "api_call": ("API Gateway, HTTP API, call", "aws.amazon.com/api-gateway/pricing"),
    "athena_tb": ("Athena, TB scanned, at least 10 MB a query", "aws.amazon.com/athena/pricing"),
}
"""What each price is for, and the page that says it."""


@dataclass(frozen=True, slots=True)
class Assumed:
    """What depends on how a gateway uploads and on the schedule, and is not measured."""

    requests_a_log: int = 100_000
    """In one log object, which becomes one unit (or more, where it spans hours)."""
    writes_of_a_row: float = 4.0
    """How often compaction writes a row on the levels of its day: each merge at least doubles a segment."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is paid for."""

    what: str
    how_much: str
    dollars: float


def of_ingest(measured: Mapping[str, Any], prices: Prices, assumed: Assumed) -> list[Line]:
    """Ingesting a billion requests."""
    one = measured["ingest"]
    seconds = BILLION / one["requests"] * one["cpu_seconds"]
    logs = BILLION / assumed.requests_a_log
    return [
        Line("ingest: CPU", f"{seconds:,.0f} s", seconds * ONE_CPU_GB * prices.gb_second),
        Line("ingest: calls", f"{logs:,.0f}", logs * prices.invocation),
        Line("ingest: PUT of units and markers, GET of logs", f"{3 * logs:,.0f}", logs * (2 * prices.put + prices.get)),
    ]


def of_compaction(measured: Mapping[str, Any], prices: Prices, assumed: Assumed) -> list[Line]:
    """Folding a billion requests into all six kinds, days and months."""
    day, month = measured["fold a day"], measured["derive a month"]
    days = BILLION / day["requests"]
    seconds = days * day["cpu_seconds"] * assumed.writes_of_a_row
    # The kinds that were not measured are taken for as dear as those that were.
    summed = [kind["cpu_seconds"] for kind in month["kinds"].values()]
    monthly = 6 * sum(summed) / len(summed) * days / month["days"]
    written = days * day["objects"] * assumed.writes_of_a_row
    read = days * (6 * day["units"] + day["objects"] * (assumed.writes_of_a_row - 1))
    return [
        Line("compaction: CPU, days", f"{seconds:,.0f} s", seconds * COMPACTION_GB * prices.gb_second),
        Line("compaction: CPU, months", f"{monthly:,.0f} s", monthly * COMPACTION_GB * prices.gb_second),
        Line("compaction: PUT of objects", f"{written:,.0f}", written * prices.put),
        Line("compaction: GET of units and objects", f"{read:,.0f}", read * prices.get),
    ]


def of_storage(measured: Mapping[str, Any], prices: Prices) -> list[Line]:
    """Keeping a billion requests for a month."""
    facts = measured["ingest"]["bytes"] / measured["ingest"]["requests"] * BILLION / 1e9
    day, month = measured["fold a day"], measured["derive a month"]
    days = day["bytes"] / day["requests"] * BILLION / 1e9
    summed = month["kinds"].values()
    share = sum(kind["bytes"] for kind in summed) / len(summed)
    months = 6 * share * BILLION / day["requests"] / month["days"] / 1e9
    return [
        Line(f"storage: {name}", f"{gb:,.1f} GB", gb * prices.gb_month)
        for name, gb in (("facts", facts), ("index, days", days), ("index, months", months))
    ]


def of_reports(report: Mapping[str, Any], prices: Prices) -> Line:
    """A thousand reports of one sort in warm environments, none of their objects there yet."""
    requests = report["requests"]
    gets, lists = requests.get("GET", 0) + requests.get("HEAD", 0), requests.get("LIST", 0)
    seconds = report["milliseconds"] / 1000
    each = seconds * ONE_CPU_GB * prices.gb_second + prices.invocation + prices.api_call
    each += gets * prices.get + lists * prices.put
    return Line("", f"{gets} GET, {lists} LIST, {report['milliseconds']:.0f} ms", 1000 * each)


def of_athena(scanned: float, prices: Prices, queries: int = 1) -> float:
    """A thousand reports by Athena, of so many queries each, which scan so many bytes in all. Without its S3 requests."""
    return 1000 * queries * max(scanned / queries, ATHENA_LEAST) / 1e12 * prices.athena_tb


def tables(measured: Mapping[str, Any], prices: Prices, assumed: Assumed) -> str:
    """All of them, in Markdown."""
    once = [*of_ingest(measured, prices, assumed), *of_compaction(measured, prices, assumed)]
    kept = of_storage(measured, prices)
    made = measured["made"]
    return "\n".join(
        [
            f"Measured on {made['on']} on {made['days']} days at {made['scale']:g} of the traffic. "
            f"Assumed: {assumed.requests_a_log:,} requests in a log object; compaction writes a row {assumed.writes_of_a_row:g} "
            "times before its day is settled.",
            "",
            *_table(("price", "$", "from"), _listed(prices)),
            "",
            "**A billion requests, once**",
            "",
            *_priced(once),
            "",
            "**A billion requests, each month that they are kept**",
            "",
            *_priced(kept),
            "",
            "**A thousand reports**",
            "",
            *_table(_REPORT_HEAD, _reports(measured, prices)),
        ]
    )  # fmt: skip


_REPORT_HEAD = ("report", "what one costs", "$ for 1,000", "Athena scans", "Athena, $ for 1,000")


def _listed(prices: Prices) -> Iterable[Sequence[str]]:
    for name, (what, page) in SOURCES.items():
        yield what, f"{getattr(prices, name):.10f}".rstrip("0").rstrip("."), page


def _reports(measured: Mapping[str, Any], prices: Prices) -> Iterable[Sequence[str]]:
    scanned = {
        days: one["bytes"]
        for name, one in measured.get("others", {}).items()
        if "raw" in name
        for days in re.findall(r"(\d+) days", name)
    }
    for name, report in measured.items():
        if "milliseconds" not in report:
            continue
        line = of_reports(report, prices)
        days = re.findall(r"(\d+) days", name)[0]
        known = scanned.get(days) or scanned.get("30", 0) / 30 * int(days)
        athena = f"{known / 1e6:,.0f} MB", f"{of_athena(known, prices):,.2f}"
        yield name, line.how_much, f"{line.dollars:.4f}", *(athena if known and name.startswith("ip") else ("", ""))


def _priced(lines: Sequence[Line]) -> Iterable[str]:
    total = sum(line.dollars for line in lines)
    rows = [(line.what, line.how_much, f"{line.dollars:.2f}") for line in lines]
    return _table(("", "how much", "$"), [*rows, ("**all**", "", f"**{total:.2f}**")])


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterable[str]:
    yield _row(head)
    yield _row(["---"] * len(head))
    yield from map(_row, rows)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main(
    price: Annotated[list[str] | None, typer.Option(help="Another price, as in: put=0.0000054.")] = None,
    requests_a_log: Annotated[int, typer.Option(min=1, help="Requests in a log object.")] = Assumed().requests_a_log,
    write: Annotated[bool, typer.Option(help="Into docs/cost.md, between its marks.")] = False,
) -> None:
    """Reckons with what was measured."""
    known = {field.name for field in fields(Prices)}
    given = dict(text.split("=", 1) for text in price or [])
    if unknown := given.keys() - known:
        raise typer.BadParameter(f"no such price: {', '.join(sorted(unknown))}; known are {', '.join(sorted(known))}")
    prices = replace(Prices(), **{name: float(value) for name, value in given.items()})
    text = tables(json.loads(MEASURED.read_text()), prices, Assumed(requests_a_log=requests_a_log))
    if write:
        page = PAGE.read_text()
        begin, end = "<!-- tables -->\n", "<!-- end of tables -->"
        before, after = page.partition(begin)[0], page.partition(end)[2]
        PAGE.write_text(f"{before}{begin}\n{text}\n\n{end}{after}")
    else:
        print(text)


if __name__ == "__main__":
    typer.run(main)
