"""The engine's SQL that several readers write alike."""

from collections.abc import Sequence
from pathlib import Path


def literal(text: str) -> str:
    """A text as SQL takes it."""
    return "'" + text.replace("'", "''") + "'"


def first_text(expressions: Sequence[str], nothing: Sequence[str] = ()) -> str:
    """The first of the texts that is there: ``-``, empty and the texts of `nothing` are none."""
    none = ", ".join(map(literal, ("", "-", *nothing)))
    found = [f"CASE WHEN {at} NOT IN ({none}) THEN {at} END" for at in expressions]
    return f"coalesce({', '.join(found)})" if len(found) > 1 else (found or ["NULL::VARCHAR"])[0]


def rows_sql(path: Path) -> str:
    """A FROM item with one column ``line``: the rows of the file, whatever is in them."""
    return (
        f"read_csv('{path}', columns = {{'line': 'VARCHAR'}}, delim = '\x01\x02\x03\x04', quote = '', escape = '', "
        "comment = '', header = false, auto_detect = false, new_line = '\\n', max_line_size = 4194304)"
    )
