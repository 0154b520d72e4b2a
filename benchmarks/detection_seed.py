"""One seed: simulate, ingest, detect, score. What is measured is the package as it is deployed, on a lake in a folder."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from abslake.detection import tuning_changes
from abslake.detection.findings import Finding, Level
from abslake.detection.run import run
from abslake.detection.tuning import OFF_BY_DEFAULT
from abslake.facts.ingest import LogObject, ingest
from abslake.records import definitions
from abslake.settings import Settings
from abslake.storage import Lake
from benchmarks import detection_peers as peers
from benchmarks.detection_score import WINDOW, Found, Score, score
from tests.traffic_simulator import Simulation, draw, writing
from tests.traffic_simulator.population import BEGIN, HOUR

Progress = Callable[[str, int, int], None]
"""Step, done, of how many."""

OURS, ADDRESSES, CLIENTS, FOREST = "ours", "counter by address", "counter by client", "IsolationForest"


@dataclass(slots=True)
class Result:
    """What came out of a seed. `forest`: of each candidate of the contamination, where it was asked for."""

    scores: dict[str, Score] = field(default_factory=dict)
    forest: dict[float, Score] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    requests: int = 0


@contextmanager
def _timed(seconds: dict[str, float], step: str) -> Iterator[None]:
    started = time.process_time()
    yield
    seconds[step] = seconds.get(step, 0) + time.process_time() - started


@dataclass(frozen=True, slots=True)
class Job:
    """What is done with each seed."""

    clients: int
    training_hours: int
    poisoned: float = 0.0
    tune_peer: bool = False
    keep: Path | None = None
    """Where lakes are kept, in a folder by the seed's number; None: nowhere."""

    def one(self, seed: int, progress: Progress = lambda *_: None) -> Result:
        """Everything about a seed."""
        with tempfile.TemporaryDirectory(prefix="abslake-detection-") as name:
            return self._in(self.keep / str(seed) if self.keep else Path(name), seed, progress)

    def _in(self, folder: Path, seed: int, progress: Progress) -> Result:
        result = Result()
        simulation = Simulation(draw(seed, self.clients, self.training_hours), self.poisoned)
        lake = Lake(str(folder / "lake"))
        result.requests = _fill(simulation, lake, folder, result.seconds, progress)
        tuning_changes.switch(lake, "benchmark", on=sorted(OFF_BY_DEFAULT), off=[])  # their attacks are simulated, too
        begin, end = (datetime.fromtimestamp(BEGIN + hours * HOUR, UTC) for hours in (0, simulation.hours + 1))
        with _timed(result.seconds, "detect"):
            run(lake, Settings(), end, begin, progress=lambda done, total, _: progress("detect", done, total))
        progress("score", 0, 1)
        with _timed(result.seconds, "peers"), duckdb.connect(config={"threads": 1}) as engine:
            units = f"read_parquet('{folder}/lake/facts/*/*/*.parquet', union_by_name = true)"
            engine.execute(f"CREATE VIEW facts AS FROM {units}")
            _compare(simulation, engine, list(findings(lake)), result, tune_peer=self.tune_peer)
        return result


def _fill(simulation: Simulation, lake: Lake, folder: Path, seconds: dict[str, float], progress: Progress) -> int:
    """Definitions and logs into the lake; the number of requests."""
    for api in simulation.apis:
        lake.put(f"{definitions.PREFIX}{api.name}.json", api.document.encode())
    known, settings = definitions.load(lake), Settings(event_time_past_days=None, event_time_future_minutes=None)
    requests = 0
    logs = writing.log_objects(simulation, folder / "logs", minutes=60)
    for hour in range(simulation.hours):
        with _timed(seconds, "simulate"):
            log = next(logs)
        with _timed(seconds, "ingest"):
            receipt = ingest(LogObject.from_file(log), lake, known, settings)
        if receipt.quarantined:
            raise RuntimeError(f"hour {hour}: {receipt.quarantined} lines were quarantined")
        requests += receipt.requests
        log.unlink()
        progress("simulate, ingest", hour + 1, simulation.hours)
    return requests


def findings(lake: Lake) -> Iterator[Finding]:
    """All findings of a lake."""
    for entry in lake.list("findings/"):
        if entry.key.endswith(".ndjson"):
            yield from map(Finding.model_validate_json, lake.get(entry.key).splitlines())


def _compare(
    simulation: Simulation, engine: duckdb.DuckDBPyConnection, made: list[Finding], result: Result, *, tune_peer: bool
) -> None:
    judged_from, labels = simulation.judged_from, simulation.labels
    clients = simulation.benign_clients

    def scored(found: list[Found]) -> Score:
        return score(found, labels, judged_from, clients)

    result.scores[OURS] = scored([_found(finding) for finding in made])
    result.scores[ADDRESSES] = scored(peers.counter(engine, judged_from))
    result.scores[CLIENTS] = scored(peers.counter(engine, judged_from, peers.CLIENT))
    if peers.has_forest():
        forest = peers.Forest(engine, judged_from)
        result.scores[FOREST] = scored(forest.found(peers.CONTAMINATION))
        if tune_peer:
            result.forest = {share: scored(forest.found(share)) for share in peers.CANDIDATES}


def _found(finding: Finding) -> Found:
    first, last = finding.first.timestamp(), finding.last.timestamp()
    known_at = finding.window.timestamp() + WINDOW if finding.window else last
    return Found(
        finding.attack_id, finding.level is Level.ATTACK, finding.identifier_kind.value, finding.identifier, finding.api,
        first, last, known_at, f"{finding.attack_code} {dict(finding.values)}",
    )  # fmt: skip
