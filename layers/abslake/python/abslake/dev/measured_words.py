"""What detection measured, in words: values in their units, thresholds as what is over them, and texts that clients wrote."""

from rich.filesize import decimal

from abslake.detection.detector import Detector, Variable
from abslake.detection.findings import Finding
from abslake.detection.scale import Scale

_BYTES = (Scale.BYTES, Scale.LONG_BYTES)
_LONGEST = 32

MOST_REPEATS = 7
"""Windows that a finding may be repeated in: those of an hour before and its own (of days: of six hours)."""


def visible(text: str, longest: int = 0) -> str:
    """A text that a client wrote, safe for a terminal: what does not print is escaped, so that it cannot steer it.

    A longer one than `longest` loses its middle: tokens differ at the end.
    """
    safe = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    if not longest or len(safe) <= longest:
        return safe
    half = (longest - 1) // 2
    return f"{safe[:half]}…{safe[-half:]}"


def client(finding: Finding) -> str:
    """Kind and identifier, cut to fit a table."""
    return f"{finding.identifier_kind.value} {visible(finding.identifier, _LONGEST)}"


def idea(detector: Detector) -> str:
    """What the type is about, as a sentence."""
    text = detector.idea if detector.idea.startswith(("a ", "an ")) else f"a client {detector.idea}"
    return f"{text[0].upper()}{text[1:]}."


def amount(variable: Variable, raw: float) -> str:
    """A measured value with its unit: ``17.7 MB``, ``26 requests``, ``92 per cent``."""
    if variable.scale in _BYTES:
        return decimal(int(raw))
    number = f"{raw:,.0f}" if raw == round(raw) else f"{raw:,.1f}"
    unit = variable.unit[:-1] if number == "1" and variable.unit.endswith("s") else variable.unit
    return f"{number} {unit}"


def least_over(variable: Variable, threshold: int) -> str:
    """What is just over a threshold: ``8.4 MB``."""
    return amount(variable, variable.scale.lowest_over(threshold))


def times_over(variable: Variable, raw: float, threshold: int) -> str:
    """How a value stands to a threshold: ``2.1 x the threshold``; of shares and small numbers ``allowed 20 per cent``."""
    if not threshold:
        return "normal is none"
    if not variable.scale.logarithmic:
        return f"allowed {amount(variable, threshold)}"
    factor = raw / variable.scale.lowest_over(threshold)
    return f"{factor:,.1f} x the threshold" if factor < 10 else f"{factor:,.0f} x the threshold"


def telling(finding: Finding, detector: Detector) -> Variable | None:
    """The variable that says most: learned ones before fixed ones, extreme ones before the others, then as declared."""
    known = [one for one in detector.variables if one.letter in finding.values and one.letter in finding.thresholds]
    return min(known, key=lambda one: (bool(one.fixed), f"var{one.letter}(Tx" not in finding.attack_code), default=None)


def deviation(finding: Finding, detector: Detector | None) -> str:
    """A finding in a few words: ``17.7 MB, 2.1 x the threshold``; of a finding without values its documented code."""
    variable = telling(finding, detector) if detector else None
    if variable is None:
        return finding.attack_code or "-"
    raw, limits = finding.values[variable.letter], finding.thresholds[variable.letter]
    passed = limits.tx if limits.tx is not None and variable.scale.of(raw) > limits.tx else limits.tn
    return f"{amount(variable, raw)}, {times_over(variable, raw, passed)}"
