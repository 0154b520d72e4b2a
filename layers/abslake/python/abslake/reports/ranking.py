"""The one order of every list and map of an answer: falling count, then name."""

from collections.abc import Iterable, Mapping


def ranked(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Names and counts by falling count, ties by name."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def names(counts: Mapping[str, int]) -> list[str]:
    """The names alone, in that order."""
    return [name for name, _ in ranked(counts)]


def first(counts: Mapping[str, int]) -> str:
    """The most frequent name, ``""`` where there is none (reading 13)."""
    return next(iter(names(counts)), "")


def added(many: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """The counts of all, added up by name."""
    total: dict[str, int] = {}
    for counts in many:
        for name, count in counts.items():
            total[name] = total.get(name, 0) + count
    return total
