"""How the figures of detection are shown, and the document that holds all of them."""

from collections import Counter, defaultdict
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.detection_score import Score
from benchmarks.detection_seed import OURS, Result
from benchmarks.verdict import Verdict
from tests.traffic_simulator.attacks import CATALOGUE


class Seeds:
    """The results of several seeds, added up."""

    def __init__(self) -> None:
        self.scores: dict[str, Score] = defaultdict(Score)
        self.forest: dict[float, Score] = defaultdict(Score)
        self.seconds: Counter[str] = Counter()
        self.requests = 0

    def add(self, result: Result) -> None:
        """One more."""
        for name, score in result.scores.items():
            self.scores[name].add(score)
        for share, score in result.forest.items():
            self.forest[share].add(score)
        self.seconds.update(result.seconds)
        self.requests += result.requests


def types_table(score: Score) -> Table:
    """One row a type."""
    table = Table(title="Attacks found, at attack level", title_justify="left")
    for name in ("id", "gentle", "family", "blatant", "family", "missed", "minutes", "false attacks", "with anomalies"):
        table.add_column(name, justify="right")
    for attack_id in sorted({attack.attack_id for attack in CATALOGUE}):
        cells = [str(attack_id)]
        missed = 0
        for variant in ("gentle", "blatant"):
            found, of = score.recall(variant, "exact", attack_id)
            missed += of - found
            cells += [f"{found}/{of}", str(score.recall(variant, "family", attack_id)[0])]
        minutes = score.minutes(attack_id=attack_id)
        alarms = (score.false_alarms, score.false_anomalies)
        rates = [f"{score.per_100_000(some, attack_id):.1f}" if some.get(attack_id) else "" for some in alarms]
        table.add_row(*cells, str(missed or ""), "" if minutes is None else f"{minutes:.0f}", *rates)
    return table


def peers_table(scores: dict[str, Score]) -> Table:
    """One row for ours and each peer. For all of them what was found counts whatever its type."""
    table = Table(title="Whatever the type: is the attacker found?", title_justify="left")
    for name in ("", "gentle", "blatant", "minutes", "precision", "false attacks"):
        table.add_column(name, justify="right" if name else "left")
    for name, score in scores.items():
        shares = [_share(*score.recall(variant, "any")) for variant in ("gentle", "blatant")]
        minutes = score.minutes("any")
        table.add_row(
            name,
            *(f"{share:.2f}" for share in shares),
            "" if minutes is None else f"{minutes:.0f}",
            f"{score.precision:.2f}",
            f"{score.per_100_000(score.false_alarms):,.0f}",
        )
    return table


def judge(verdict: Verdict, ours: Score) -> None:
    """The targets."""
    for variant, bound in (("blatant", 0.95), ("gentle", 0.80)):
        verdict.at_least(f"recall, {variant}, its type", bound, _share(*ours.recall(variant, "exact")))
        verdict.info("  of its family", f"{_share(*ours.recall(variant, 'family')):.2f}")
        verdict.info("  of any type", f"{_share(*ours.recall(variant, 'any')):.2f}")
    verdict.at_least("precision at attack level", 0.95, ours.precision)
    if ours.true_alarms:
        verdict.info("  of the true alarms of the attack's family", f"{ours.true_in_family / ours.true_alarms:.2f}")
    verdict.at_most("false attacks per 100,000 clients and day", 10, ours.per_100_000(ours.false_alarms), digits=1)
    verdict.info("  with anomalies", f"{ours.per_100_000(ours.false_anomalies):.1f}")
    verdict.info("  benign client-days", f"{ours.clients:,}")


def document(seeds: Seeds, chosen: list[int]) -> dict[str, Any]:
    """All figures, as JSON."""
    return {
        "seeds": chosen,
        "requests": seeds.requests,
        "cpu_seconds": dict(seeds.seconds),
        "detections": {
            name: {
                "clients": score.clients,
                "precision": score.precision,
                "true_alarms": score.true_alarms,
                "true_in_family": score.true_in_family,
                "false_attacks": dict(score.false_alarms),
                "false_with_anomalies": dict(score.false_anomalies),
                "instances": [
                    {
                        "attack_id": i.label.attack_id,
                        "variant": i.label.variant,
                        "kind": i.label.kind,
                        "api": i.label.api,
                    }
                    | {"requests": i.label.requests, "minutes": i.minutes}
                    for i in score.instances
                ],
            }
            for name, score in seeds.scores.items()
        },
    }


def told(seed: int, result: Result) -> str:
    """A line about a seed."""
    ours = result.scores[OURS]
    found = ", ".join("{} {}/{}".format(variant, *ours.recall(variant, "exact")) for variant in ("gentle", "blatant"))
    steps = ", ".join(f"{step} {seconds:.1f}" for step, seconds in result.seconds.items())
    false = sum(ours.false_alarms.values())
    return f"seed {seed}: {result.requests:,} requests; {found}; {false} false; CPU seconds: {steps}"


def explain(console: Console, ours: Score) -> None:
    """What was missed, and what was false."""
    for instance in ours.instances:
        if "exact" not in instance.minutes:
            label, others = instance.label, ", ".join(sorted(instance.minutes)) or "nothing"
            who = f"{label.kind} at {label.api}, {label.requests} requests"
            at = f"{datetime.fromtimestamp(label.start, UTC):%d %H:%M}"
            console.print(f"  missed {label.attack_id} {label.variant} by {who}, {at}: found {others}", markup=False)
    for found in ours.unmatched:
        at = f"{datetime.fromtimestamp(found.first, UTC):%d %H:%M}"
        who = f"{found.kind} {found.identifier[-16:]} at {found.api}"
        console.print(f"  false {found.attack_id} by {who}, {at}: {found.why}", markup=False)


def show(console: Console, total: Seeds, seeds: int) -> None:
    """All tables but the verdict."""
    console.print(types_table(total.scores[OURS]))
    console.print(peers_table(dict(total.scores)))
    for share, score in total.forest.items():
        recall = " ".join(f"{v} {_share(*score.recall(v, 'any')):.2f}" for v in ("gentle", "blatant"))
        console.print(f"contamination {share}: {recall} precision {score.precision:.2f} F1 {_f1(score):.3f}")
    steps = ", ".join(f"{step} {seconds / seeds:.1f}" for step, seconds in total.seconds.items())
    console.print(f"CPU seconds a seed: {steps}; {total.requests / seeds:,.0f} requests")


def _share(found: int, of: int) -> float:
    return found / of if of else 1.0


def _f1(score: Score) -> float:
    found = [score.recall(variant, "any") for variant in ("gentle", "blatant")]
    recall = _share(sum(f for f, _ in found), sum(of for _, of in found))
    return 2 * recall * score.precision / (recall + score.precision) if recall else 0.0
