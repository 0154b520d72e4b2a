"""From activity and thresholds to findings: a window is judged, client by client and type by type.

Over every Tn of a detector's variables: an anomaly. Over a Tx as well, or over every Tn in `confirm` windows within the
hour: an attack. What would be an attack is called an anomaly where very many clients do the same at once (an outage with
retries, a rush), or where the client is known to do so always; the finding's `note` says so.

Findings are a function of the window's activity, the model, the tuning and the findings of the hours before.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb

from abslake.detection import measuring
from abslake.detection.detector import Detector, Span, Variable
from abslake.detection.findings import WINDOW, Finding, IdentifierKind, Level, Thresholds, finding_id
from abslake.detection.model import Model
from abslake.detection.tuning import Tuning

MOST_FINDINGS = 5_000
"""Of one detector in one window, API and kind; the most deviating are kept, and how many more there were is told."""

FLOOD, MOST_IN_FLOOD = 25_000, 50
"""After so many findings in six hours only so many are kept: whoever makes up a cookie for each request would fill the day."""

LOOK_BACK = {Span.WINDOW: timedelta(hours=1), Span.DAY: timedelta(hours=6)}
"""How far back findings confirm each other."""

HABIT_ROOM = 2
"""Steps of the scale by which a client may pass what it is known for: a job that was quick is four times as fast."""

CROWD_NOTE = "many clients at once"
HABIT_NOTE = "known to do so"

Earlier = Mapping[tuple[int, str, str, str], set[datetime]]
"""(attack id, API, kind, identifier) -> windows in which it was over Tn."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A variable and the thresholds that it is held against."""

    variable: Variable
    tn: int
    tx: int | None

    def code(self, value: int) -> str:
        """``varA(Tx, 26)``: which threshold was passed, and the value on the scale (contract 3.5)."""
        return f"var{self.variable.letter}({'Tx' if self.is_extreme(value) else 'Tn'}, {value})"

    def deviation(self, value: int, raw: float) -> str:
        """``varA(700%)``: per cent over the passed threshold."""
        passed = self.tx if self.is_extreme(value) and self.tx is not None else self.tn
        lowest = self.variable.scale.lowest_over(passed) if self.variable.scale.logarithmic else max(passed, 1)
        return f"var{self.variable.letter}({max(0, round((raw / lowest - 1) * 100))}%)"

    def is_extreme(self, value: int) -> bool:
        """Whether it is over Tx."""
        return self.tx is not None and value > self.tx


@dataclass
class Judged:
    """What judging a window came to."""

    findings: list[Finding] = field(default_factory=list)
    dropped: int = 0
    """Findings beyond the most that are kept."""


@dataclass(frozen=True)
class Judge:
    """Judges windows by one model and one state of the tuning. The tables ``activity`` and ``crowd`` must be filled."""

    engine: duckdb.DuckDBPyConnection
    model: Model | None
    tuning: Tuning
    left_out: Collection[str] = ()
    """APIs whose clients are not judged."""

    def judge(
        self, detectors: Sequence[Detector], window: datetime, earlier: Earlier, highest: measuring.Highest
    ) -> Judged:
        """All findings of a window by these detectors. `highest`: what `measuring.histogram` gave."""
        judged = Judged()
        most = MOST_IN_FLOOD if sum(map(len, earlier.values())) >= FLOOD else MOST_FINDINGS
        present: dict[int, list[tuple[str, str]]] = defaultdict(list)
        for attack_id, api, kind, letter in highest:
            if letter == "A" and api not in self.left_out:
                present[attack_id].append((api, kind))
        for detector in detectors:
            if self.tuning.enabled(detector.id):
                limits = self._limits(detector, sorted(present[detector.id]), highest)
                if limits:
                    self._clients(detector, limits, window, earlier, judged, most)
        return judged

    def _limits(
        self, detector: Detector, present: Sequence[tuple[str, str]], highest: measuring.Highest
    ) -> Mapping[tuple[str, str], Sequence[Limit]]:
        """Thresholds by API and kind, where there are some for every variable and somebody may be over all of them."""
        found: dict[tuple[str, str], Sequence[Limit]] = {}
        for api, kind in present:
            limits = [self._limit(detector, variable, api, kind) for variable in detector.variables]
            known = [limit for limit in limits if limit]
            passed = [highest[detector.id, api, kind, limit.variable.letter] > limit.tn for limit in known]
            if (any(passed) if detector.any_of else all(passed)) and len(known) == len(limits):
                found[api, kind] = known
        return found

    def _limit(self, detector: Detector, variable: Variable, api: str, kind: str) -> Limit | None:
        tn, tx = self.tuning.threshold(api, detector.id, variable.letter)
        if tn is None:
            tn, tx = self._system(detector, variable, api, kind)
        elif tx is None and (learned := self._system(detector, variable, api, kind)[1]) is not None:
            tx = max(tn + 1, learned)
        return None if tn is None else Limit(variable, tn, tx)

    def _system(self, detector: Detector, variable: Variable, api: str, kind: str) -> tuple[int | None, int | None]:
        if detector.rule_based and variable.fixed:
            return variable.fixed
        model, reset = self.model, self.tuning.reset_at(api)
        if model is None or not model.trained(api) or (reset and reset > model.as_of):
            return None, None
        if variable.fixed:
            return variable.fixed
        return model.threshold(api, kind, detector.id, variable) or (None, None)

    def _clients(
        self,
        detector: Detector,
        limits: Mapping[tuple[str, str], Sequence[Limit]],
        window: datetime,
        earlier: Earlier,
        judged: Judged,
        most: int,
    ) -> None:
        letters = [variable.letter.lower() for variable in detector.variables]
        columns = ", ".join([*(f"raw_{letter}" for letter in letters), *letters])
        given = [
            [api for api, _ in limits],
            [kind for _, kind in limits],
            [[one.tn for one in of] for of in limits.values()],
        ]
        rows = self.engine.execute(
            f"""
WITH limits AS (SELECT unnest(?::VARCHAR[]) AS api, unnest(?::VARCHAR[]) AS kind, unnest(?::INTEGER[][]) AS tns),
judged AS (SELECT *, count(*) OVER (PARTITION BY api, kind) AS clients
    FROM ({measuring.measured(detector)}) JOIN limits USING (api, kind))
SELECT api, kind, client, first_seen, last_seen, habit, {columns}, count(*) OVER (PARTITION BY api, kind) AS many, clients
FROM judged WHERE {detector.over_tns()}
QUALIFY row_number() OVER (PARTITION BY api, kind ORDER BY raw_a DESC, client) <= {most}
ORDER BY api, kind, raw_a DESC, client""",
            given,
        ).fetchall()
        kept: Counter[tuple[str, str]] = Counter()
        overall: dict[tuple[str, str], int] = {}
        for row in rows:
            at = (row[0], row[1])
            kept[at] += 1
            overall[at] = row[-2]
            finding = self._finding(detector, limits[at], window, earlier, row)
            if finding:
                judged.findings.append(finding)
        judged.dropped += sum(many - kept[at] for at, many in overall.items())

    def _finding(
        self, detector: Detector, limits: Sequence[Limit], window: datetime, earlier: Earlier, row: Sequence[Any]
    ) -> Finding | None:
        api, kind, client, first, last, habit, *numbers, many, clients = row
        if detector.span is Span.DAY and last.replace(tzinfo=UTC) < window + WINDOW - timedelta(hours=1):
            return None  # it has stopped, and was told while it went on
        raws, values = numbers[: len(limits)], numbers[len(limits) :]
        who = (detector.id, api, kind, client)
        identifier_kind = IdentifierKind(kind)
        if self.tuning.benign(identifier_kind, client, detector.id, api, window):
            return None
        over = [one for one in zip(limits, values, raws, strict=True) if one[1] > one[0].tn]
        extreme = any(limit.is_extreme(v) for limit, v in zip(limits, values, strict=True))
        again = {w for w in earlier.get(who, ()) if window - LOOK_BACK[detector.span] <= w < window}
        level = Level.ATTACK if extreme or len(again) + 1 >= detector.confirm else Level.ANOMALY
        note = self._excuse(detector, who, habit, window, many, clients) if level is Level.ATTACK else ""
        return Finding(
            attack_id=detector.id,
            name=detector.name_for(identifier_kind),
            type_name=detector.type_name,
            level=Level.ANOMALY if note else level,
            identifier_kind=identifier_kind,
            identifier=client,
            api=api,
            first=first.replace(tzinfo=UTC),
            last=last.replace(tzinfo=UTC),
            attack_code=", ".join(limit.code(v) for limit, v, _ in over),
            attack_deviation=", ".join(limit.deviation(v, raw) for limit, v, raw in over),
            window=window,
            id=finding_id(window, detector.id, api, identifier_kind, client),
            values={limit.variable.letter: round(raw, 3) for limit, raw in zip(limits, raws, strict=True)},
            thresholds={limit.variable.letter: Thresholds(tn=limit.tn, tx=limit.tx) for limit in limits},
            note=note,
        )

    def _excuse(
        self,
        detector: Detector,
        who: tuple[int, str, str, str],
        habit: int,
        window: datetime,
        many: int,
        of: int,
    ) -> str:
        """Why an attack's marks are none of the client's malice; empty: nothing excuses them."""
        if not detector.rule_based and not detector.crowd and measuring.is_crowded(many, of):
            return CROWD_NOTE
        value, until = (self.model.habits.get(who) if self.model else None) or (None, None)
        if detector.habitual and value is not None and until and window < until and habit <= value + HABIT_ROOM:
            return HABIT_NOTE
        return ""


def earlier_of(findings: Iterable[Finding]) -> Earlier:
    """Who was over Tn when, out of findings."""
    found: dict[tuple[int, str, str, str], set[datetime]] = defaultdict(set)
    for one in findings:
        if one.window:
            found[one.attack_id, one.api, one.identifier_kind.value, one.identifier].add(one.window)
    return found
