"""``abslake detect explain``: one finding in sentences, each measure beside what is normal at that API."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from abslake.detection import learning, model, windows
from abslake.detection.detector import Detector, Span, Variable
from abslake.detection.detectors import detectors
from abslake.detection.findings import ACROSS, Finding, IdentifierKind, Level, Thresholds
from abslake.detection.judging import CROWD_NOTE, HABIT_NOTE
from abslake.dev.console import out
from abslake.dev.measured_words import MOST_REPEATS, amount, idea, least_over, times_over, visible
from abslake.facts import flagged
from abslake.facts.engine import work_engine
from abslake.facts.flagged import Flagged
from abslake.facts.signals import Signal
from abslake.settings import Settings
from abslake.storage import Lake
from abslake.storage.scratch import scratch_folder

_BARS = "▏▎▍▌▋▊▉█"
_WIDTH = 40
_MOST_FLAGGED = 10
_NOTES = {
    CROWD_NOTE: "Very many clients of this API did the same in this window, as in an outage or a rush: so it is called an "
    "anomaly, not an attack.",
    HABIT_NOTE: "This client is known to do so again and again: so it is called an anomaly, not an attack.",
}

Histograms = Mapping[str, Mapping[int, float]]
"""Letter -> client-windows by value on the scale."""


@dataclass(frozen=True, slots=True)
class Explained:
    """A finding and what it was judged by."""

    finding: Finding
    detector: Detector | None
    model_name: str | None
    histograms: Histograms
    flagged: Sequence[Flagged] = ()
    """Requests with signals, whose URLs were kept; where the type is about these."""


def explain(lake: Lake, settings: Settings, finding: Finding) -> Explained:
    """Find the model by which the finding's window was judged, and what it says is normal. Raises StorageError."""
    name = _model_of(lake, finding.window) if finding.window else None
    histograms: Histograms = {}
    if name:
        try:
            histograms = _histograms(lake, settings, name, finding)
        except FileNotFoundError:
            name = None
    detector = detectors().get(finding.attack_id)
    kept = _flagged(lake, finding) if detector and _is_about_signals(detector) else ()
    return Explained(finding, detector, name, histograms, kept)


def show(explained: Explained) -> None:
    """The explanation, for reading."""
    for line in lines(explained):
        out.print(line, markup=False, soft_wrap=True)


def lines(explained: Explained) -> Iterator[str]:
    """The explanation, line by line."""
    one, detector = explained.finding, explained.detector
    where = "over all APIs" if one.api == ACROSS else f"at API {one.api}"
    yield f"{one.name} (type {one.attack_id}): {one.level.value}"
    yield f"{one.identifier_kind.value} {visible(one.identifier)} {where}"
    last = f"{one.last:%H:%M:%S}" if one.last.date() == one.first.date() else f"{one.last:%Y-%m-%d %H:%M:%S}"
    yield f"first request {one.first:%Y-%m-%d %H:%M:%S}, last {last} UTC; finding {one.id}"
    if detector is None:
        yield f"Measured: {one.attack_code} {one.attack_deviation}. This version has no detector of this type."
        return
    yield f"\n{idea(detector)}"
    for variable in detector.variables:
        if variable.letter in one.values and variable.letter in one.thresholds:
            raw, limits = one.values[variable.letter], one.thresholds[variable.letter]
            if not detector.any_of or variable.scale.of(raw) > limits.tn:
                yield ""
                yield from _variable(explained, variable, raw, limits)
    yield f"\n{_verdict(one, detector)}"
    if one.samples:
        yield "\nSome of its requests:"
        yield from (f"  {sample.count:>6,} x {sample.status or '-'} {visible(sample.path)}" for sample in one.samples)
    if explained.flagged:
        whose = (
            "Flagged requests"
            if one.identifier_kind is IdentifierKind.IP
            else "Flagged requests at that time, of anybody"
        )
        yield f"\n{whose}, as they were sent:"
        yield from (f"  {each.requests:>6,} x {each.status or '-'} {_sent(each)}" for each in explained.flagged)
    yield f"\nNext: {detector.remedy}"


def _variable(explained: Explained, variable: Variable, raw: float, limits: Thresholds) -> Iterator[str]:
    value = variable.scale.of(raw)
    extreme = limits.tx is not None and value > limits.tx
    passed = limits.tx if extreme and limits.tx is not None else limits.tn
    yield f"{variable.letter}  {variable.meaning}: {amount(variable, raw)} ({times_over(variable, raw, passed)})"
    tx = f", Tx {limits.tx}: {least_over(variable, limits.tx)} or more is extreme" if limits.tx is not None else ""
    unusual = f"{least_over(variable, limits.tn)} or more is unusual"
    yield f"   threshold Tn {limits.tn}: {unusual}{tx} ({_source(explained, variable)})"
    histogram = explained.histograms.get(variable.letter)
    if histogram and not variable.fixed:
        yield from _normal(variable, histogram, value, limits)


def _source(explained: Explained, variable: Variable) -> str:
    if variable.fixed:
        return "fixed"
    return f"learned up to {explained.model_name.replace('T', ' ')}" if explained.model_name else "set by a user"


def _normal(variable: Variable, histogram: Mapping[int, float], value: int, limits: Thresholds) -> Iterator[str]:
    """What is normal, and the histogram as bars; the finding's own value is marked."""
    total = sum(histogram.values())
    half, most = (learning.quantile(histogram, variable.scale, share) for share in (0.5, 0.98))
    words = [_about(variable, at) for at in (half, most)]
    yield f"   normal: half of {total:,.0f} client-windows: {words[0]}, 98 of 100: {words[1]}"
    peak = max(histogram.values())
    steps = sorted({*histogram, value, limits.tn + 1})
    if len(steps) > 24:  # shares and small numbers: only around what matters
        steps = [step for step in steps if histogram.get(step, 0) >= 0.02 * peak or step in (value, limits.tn + 1)]
    for step in steps:
        marks = [word for at, word in ((limits.tn + 1, "over Tn from here"), (value, "this finding")) if at == step]
        bar = _bar(histogram.get(step, 0.0) / peak)
        label = f"{'>= ' if variable.scale.logarithmic else ''}{amount(variable, variable.scale.lowest_over(step - 1))}"
        label = "nothing" if not step else label
        yield f"   {label:>20} {bar:<{_WIDTH}}{'  <- ' + ', '.join(marks) if marks else ''}".rstrip()


def _about(variable: Variable, at: float) -> str:
    if at <= 0:
        return "none"
    return f"at most {amount(variable, round(2**at if variable.scale.logarithmic else at))}"


def _bar(share: float) -> str:
    eighths = round(share * _WIDTH * 8)
    if not eighths and share:
        return _BARS[0]
    return _BARS[-1] * (eighths // 8) + (_BARS[eighths % 8 - 1] if eighths % 8 else "")


def _verdict(one: Finding, detector: Detector) -> str:
    """Why it has its level."""
    if one.note:
        return _NOTES.get(one.note, f"An anomaly: {one.note}.")
    over = "over a Tn" if detector.any_of else "over every Tn" if len(detector.variables) > 1 else "over Tn"
    if "(Tx" in one.attack_code:
        return f"An attack: {over}, and over a Tx, which a client without malice hardly ever is."
    if one.level is Level.ANOMALY:
        repeats = f" In {detector.confirm} windows of {_look_back(detector)} it is called an attack."
        more = repeats if 1 < detector.confirm <= MOST_REPEATS else ""
        return f"An anomaly: {over}, over no Tx.{more}"
    if detector.confirm == 1:
        return f"An attack: {over}, which is enough for this type."
    return f"An attack: {over} in {detector.confirm} windows of {_look_back(detector)}, or in more."


def _look_back(detector: Detector) -> str:
    return "an hour" if detector.span is Span.WINDOW else "six hours"


def _is_about_signals(detector: Detector) -> bool:
    return any("_hits" in variable.sql for variable in detector.variables)


def _flagged(lake: Lake, one: Finding) -> Sequence[Flagged]:
    """Requests of the finding's API and time, and address if it is about one; the most frequent first."""
    found = [
        each
        for each in flagged.read(lake, one.first, one.last + timedelta(milliseconds=1))
        if one.api in (ACROSS, each.api)
        and each.first <= one.last
        and each.last >= one.first
        and (one.identifier_kind is not IdentifierKind.IP or each.ip == one.identifier)
    ]
    return sorted(found, key=lambda each: (-each.requests, each.first, each.url))[:_MOST_FLAGGED]


def _sent(one: Flagged) -> str:
    signals = " ".join(
        signal.name.lower().replace("_", " ") for signal in Signal if signal & one.signals and signal.name
    )
    return f"{one.method or ''} {visible(one.url, 160)}  [{signals}]"


def _model_of(lake: Lake, window: datetime) -> str | None:
    verdict = windows.read(lake, f"{window:%Y-%m-%d}").windows.get(f"{window:%H%M}")
    if verdict is not None:
        return verdict.model
    return model.newest(model.keys(lake), window)


def _histograms(lake: Lake, settings: Settings, name: str, finding: Finding) -> Histograms:
    found: dict[str, dict[int, float]] = {}
    with scratch_folder("abslake-explain-") as folder, work_engine(folder, settings) as engine:
        path = folder / "histograms.parquet"
        path.write_bytes(lake.get(f"{model.PREFIX}{name}/histograms.parquet"))
        rows = engine.execute(
            "SELECT letter, bucket, sum(clients) FROM read_parquet(?) WHERE attack_id = ? AND api = ? AND kind = ? GROUP BY ALL",
            [str(path), finding.attack_id, finding.api, finding.identifier_kind.value],
        ).fetchall()
    for letter, bucket, clients in rows:
        found.setdefault(letter, {})[bucket] = clients
    return found
