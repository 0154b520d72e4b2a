"""Changed detectors: each with one thing else than declared, as a slip in editing would leave it."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from abslake.detection.detector import Detector, Habit, Span, Variable
from abslake.detection.findings import IdentifierKind
from tests.mutation.case_judging import COLUMNS, CROWD, ELSEWHERE

_NUMBER = re.compile(r"(?<![\w.'])\d+(?:\.\d+)?(?:e\d+)?(?![\w.'])")
_WORD = re.compile(rf"(?<![\w'])(?:{'|'.join(sorted({*COLUMNS, *CROWD}))})(?![\w'(])")
_OPERATORS = (
    (r">=", (">", "<")),
    (r"<=", ("<", ">")),
    (r"(?<![<>])>(?!=)", (">=", "<")),
    (r"<(?![=>])", ("<=", ">")),
    (r"(?<![<>])=", ("<>",)),
    (r"\bAND\b", ("OR",)),
    (r"\bOR\b", ("AND",)),
    (r" \+ ", (" - ",)),
    (r" - ", (" + ",)),
    (r" \* ", (" / ",)),
    (r" / ", (" * ",)),
    (r"\bgreatest\b", ("least",)),
    (r"\bleast\b", ("greatest",)),
)


def of_sql(sql: str) -> Iterator[str]:
    """The expression with one number, operator or column else."""
    for found in _NUMBER.finditer(sql):
        for other in _numbers(found[0]):
            yield sql[: found.start()] + other + sql[found.end() :]
    for pattern, others in _OPERATORS:
        for found in re.finditer(pattern, sql):
            for other in others:
                yield sql[: found.start()] + other + sql[found.end() :]
    for found in _WORD.finditer(sql):
        yield sql[: found.start()] + "0" + sql[found.end() :]


def _numbers(number: str) -> tuple[str, ...]:
    if number.isdigit():
        return tuple(str(n) for n in (int(number) - 1, int(number) + 1) if n >= 0)
    return str(float(number) / 1.5), str(float(number) * 1.5)


def of_limits(pair: tuple[int, int | None]) -> Iterator[tuple[int, int | None]]:
    """Thresholds one lower and one higher."""
    tn, tx = pair
    yield from ((n, tx) for n in (tn - 1, tn + 1) if n >= 0)
    if tx is not None:
        yield from ((tn, n) for n in (tx - 1, tx + 1, None))


@cache
def of_variable(variable: Variable) -> tuple[tuple[str, Variable], ...]:
    """Changes of a variable that show in judging or in learning, with words that say which."""
    told = [(f"{variable.letter}.sql {sql}", replace(variable, sql=sql)) for sql in of_sql(variable.sql)]
    for name in ("fixed", "initial"):
        if pair := getattr(variable, name):
            told += [(f"{variable.letter}.{name} {one}", replace(variable, **{name: one})) for one in of_limits(pair)]
    learned = () if variable.fixed else ("floor", "ceiling")
    for name in (*learned, "lowest", "highest"):
        value = getattr(variable, name)
        others = [value - 1, value + 1] if value else [1] if name != "ceiling" else [4]
        told += [(f"{variable.letter}.{name} {one}", replace(variable, **{name: one})) for one in others if one >= 0]
    if not variable.fixed:
        told += [
            (f"{variable.letter}.one_in {n}", replace(variable, one_in=n))
            for n in (variable.one_in // 4, variable.one_in * 4)
        ]
    told.append((f"{variable.letter}.extreme", replace(variable, extreme=not variable.extreme)))
    return tuple(told)


def of_detector(detector: Detector) -> Iterator[tuple[str, Detector]]:
    """Changes of all but its variables."""
    for kind in IdentifierKind:
        kinds = tuple(k for k in detector.kinds if k is not kind) if kind in detector.kinds else (*detector.kinds, kind)
        if kinds:
            yield f"kinds {'-' if kind in detector.kinds else '+'}{kind}", replace(detector, kinds=kinds)
    yield "view", replace(detector, view=ELSEWHERE[detector.view])
    yield "span", replace(detector, span=Span.DAY if detector.span is Span.WINDOW else Span.WINDOW)
    for sql in ("true", *of_sql(detector.condition)) if detector.condition != "true" else ():
        yield f"condition {sql}", replace(detector, condition=sql)
    for confirm in (detector.confirm - 1, detector.confirm + 1):
        if confirm:
            yield f"confirm {confirm}", replace(detector, confirm=confirm)
    for name in ("crowd", "habitual", "any_of", "needs_training", "on_by_default", "switchable"):
        if not _is_idle(detector, name):
            yield name, replace(detector, **{name: not getattr(detector, name)})
    yield from _of_habit(detector)
    for n in range(1, len(detector.variables)):
        yield f"without {detector.variables[n].letter}", replace(detector, variables=_but(detector, n))


def _is_idle(detector: Detector, name: str) -> bool:
    """Whether it says nothing of such a detector."""
    if name == "any_of":
        return len(detector.variables) == 1
    return name == "needs_training" and not all(variable.fixed for variable in detector.variables)


def _of_habit(detector: Detector) -> Iterator[tuple[str, Detector]]:
    habit = detector.habit
    if habit:
        yield "habit None", replace(detector, habit=None)
        others = [replace(habit, sql=sql) for sql in of_sql(habit.sql)]
        others += [Habit(habit.sql, n, habit.windows) for n in (habit.over - 1, habit.over + 1) if n >= 0]
        others += [Habit(habit.sql, habit.over, n) for n in (habit.windows - 1, habit.windows + 1)]
        for one in others:
            yield f"habit {one.sql} {one.over} {one.windows}", replace(detector, habit=one)


def _but(detector: Detector, place: int, *instead: Variable) -> tuple[Variable, ...]:
    return (*detector.variables[:place], *instead, *detector.variables[place + 1 :])


def changed(detector: Detector, done: set[Variable]) -> Iterator[tuple[str, Detector]]:
    """All changed detectors; of a variable that is in `done`, as several detectors share it, nothing."""
    yield from of_detector(detector)
    for n, variable in enumerate(detector.variables):
        if variable not in done:
            done.add(variable)
            for words, other in of_variable(variable):
                yield words, replace(detector, variables=_but(detector, n, other))
