"""docs/detectors.md from the detectors: ``python -m abslake.dev.detector_docs > docs/detectors.md``; a test compares."""

import sys
from collections.abc import Iterator

from abslake.detection import learning
from abslake.detection.detector import Case, Detector, Span, Variable, View
from abslake.detection.detectors import NOT_COVERED, detectors
from abslake.detection.scale import Scale
from abslake.dev.measured_words import MOST_REPEATS, idea, least_over

HEAD = f"""\
<!-- Made by python -m abslake.dev.detector_docs > docs/detectors.md from the modules of detection/detectors/. -->
# Types of attacks

Each is a module of `abslake/detection/detectors/`; `abslake detect explain` shows for a finding the same words with its
values. How thresholds are learned, and what makes a finding an attack or an anomaly: [detection.md](detection.md).

**Scales.** Values are compared on bounded scales, on which thresholds are shown and set. *count* and *bytes*: 1 + log2,
rounded down, so that 1 is 1, 2 is 2 and 3, 11 is 1,024 to 2,047, and one more is twice as much (at most {Scale.COUNT.top} for
counts, {Scale.BYTES.top} for bytes, {Scale.LONG_BYTES.top} for bytes of a day). *share*: per cent. *small*: the number itself,
at most {Scale.SMALL.top}.

**Levels.** Over Tn of every variable in one window: an anomaly. Over Tx of one as well, or over every Tn in as many windows
as it says below within an hour (of types that look at a day: six hours): an attack. Of ordinary traffic one client-window in
{learning.EXPECTED_OVER_TN:,} is expected over a Tn that was learned, one in {learning.EXPECTED_OVER_TX:,} over a Tx.

**Identifiers.** A client of an API is known by its token, else API key, else cookie, else address. Types of user names
and addresses look at all requests of these, whatever else they carry.
"""
_SCALES = {
    Scale.COUNT: "count",
    Scale.BYTES: "bytes",
    Scale.LONG_BYTES: "bytes",
    Scale.SHARE: "share",
    Scale.SMALL: "small",
}
_VIEWS = {
    View.CLIENT: "each client of an API",
    View.ACROSS: "each client over all APIs",
    View.USER: "each user name at an API",
    View.ADDRESS: "each address at an API, whatever else its requests carry",
}
_SPANS = {Span.WINDOW: "10 minutes", Span.DAY: "a day"}


def document() -> str:
    """The whole page."""
    known = detectors().values()
    rows = [
        "| id | type | identifiers | per API or across | over | judged by | next |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    rows += [_row(one) for one in known]
    return "\n".join([HEAD, *rows, *(line for one in known for line in _section(one)), *_not_covered()]) + "\n"


def _row(one: Detector) -> str:
    link = f"[{one.name}](#{_anchor(one)})"
    scope = "across APIs" if one.scope == "across" else "per API"
    learned = not all(variable.fixed for variable in one.variables)
    judged = "a rule" if one.rule_based else "learned thresholds" if learned else "a rule, after training"
    judged += "" if one.on_by_default else ", off by default"
    return f"| {one.id} | {link} | {_kinds(one)} | {scope} | {_SPANS[one.span]} | {judged} | {_cell(one.remedy)} |"


def _kinds(one: Detector) -> str:
    return ", ".join(kind.value.replace("_", " ") for kind in one.kinds)


def _anchor(one: Detector) -> str:
    """As GitHub makes it of the section's heading."""
    return "".join(c for c in _title(one).lower().replace(" ", "-") if c.isalnum() or c in "-_")


def _title(one: Detector) -> str:
    return f"{one.id} {one.name}"


def _section(one: Detector) -> Iterator[str]:
    yield f"\n## {_title(one)}\n"
    looked = f"Looked at: {_VIEWS[one.view]}, {_SPANS[one.span]} at a time."
    yield f"`{one.type_name}`. {idea(one)} {looked}{_manner(one)}\n"
    yield "| variable | in words | unit, scale | Tn may be | Tx may be | thresholds |"
    yield "| --- | --- | --- | --- | --- | --- |"
    yield from (_variable(one, variable) for variable in one.variables)
    yield "\nExamples, as its tests hold it to them:\n"
    yield from (_case(case) for case in one.cases)
    yield f"\n**Next.** {one.remedy}"


def _manner(one: Detector) -> str:
    over = "any Tn" if one.any_of else "every Tn"
    said = [f"{one.confirm} windows over {over} are an attack."]
    if one.confirm == 1:
        said = [f"One window over {over} is an attack."]
    elif one.confirm > MOST_REPEATS:
        said = ["However often it is repeated, only Tx makes it an attack." if _has_tx(one) else "Never an attack."]
    if one.habitual:
        said.append("A client known to do so always is no attacker.")
    if one.crowd:
        said.append("Many clients at once are part of it.")
    elif not one.rule_based:
        said.append("Very many clients at once are taken for an outage or a rush: anomalies.")
    if one.needs_training:
        said.append("Compared with what was learned of the API or the client: nothing is found in training.")
    if one.names:
        names = ", ".join(f"{name} ({kind.value.replace('_', ' ')})" for kind, name in one.names.items())
        said.append(f"Its findings are also called {names}.")
    if not one.switchable:
        said.append("Cannot be switched off.")
    return " " + " ".join(said)


def _has_tx(one: Detector) -> bool:
    return any(variable.fixed[1] is not None if variable.fixed else variable.extreme for variable in one.variables)


def _variable(one: Detector, variable: Variable) -> str:
    low, high = variable.tn_range
    tx = variable.tx_range
    tx_shown = f"{tx[0]} to {tx[1]}" if tx else "na"
    cells = (variable.letter, _cell(variable.meaning), f"{variable.unit}, {_SCALES[variable.scale]}")
    return f"| {' | '.join(cells)} | {low} to {high} | {tx_shown} | {_thresholds(one, variable)} |"


def _thresholds(one: Detector, variable: Variable) -> str:
    if variable.fixed:
        tn, tx = variable.fixed
        words = f"{least_over(variable, tn)} or more"
        words += f"; extreme: {least_over(variable, tx)} or more" if tx is not None else ""
        alone = all(other.fixed for other in one.variables)
        return f"rule: {words}" if alone else f"condition beside the others: {words}"
    return f"learned; never below {least_over(variable, variable.floor)}" if variable.floor else "learned"


def _case(case: Case) -> str:
    measured = ", ".join(f"{name} {value:,.15g}" for name, value in case.row.items() if not name.endswith("_bits"))
    limits = ", ".join(
        f"Tn{letter} {tn}" + (f", Tx{letter} {tx}" if tx is not None else "")
        for letter, (tn, tx) in case.thresholds.items()
    )
    beside = f"; {limits}" if limits else ""
    verdict = f"**{case.level.value}**" if case.level else "nothing"
    return f"* {case.title}: {verdict} ({measured or 'nothing'}{beside})"


def _not_covered() -> Iterator[str]:
    yield "\n## Not covered\n"
    yield "| id | why |"
    yield "| --- | --- |"
    yield from (f"| {attack_id} | {_cell(why)} |" for attack_id, why in sorted(NOT_COVERED.items()))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    sys.stdout.write(document())
