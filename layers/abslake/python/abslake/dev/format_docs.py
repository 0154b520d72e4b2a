"""The pages of docs/formats/, made from the format modules: ``python -m abslake.dev.format_docs docs/formats``.

A test compares the pages with what this makes, and parses every example line.
"""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from abslake.formats import About, Format, formats
from abslake.formats.detection import guesses
from abslake.formats.grammar_document import COLUMNS_BY_FIELD
from abslake.formats.readers.base import Reader
from abslake.formats.readers.delimited import Delimited
from abslake.formats.readers.layout import Layout

_MADE = "<!-- Made by python -m abslake.dev.format_docs docs/formats from formats/{name}.py. -->"
_FIELDS = {column: name for name, column in COLUMNS_BY_FIELD.items()}
_IDENTIFIERS = {"token": "token", "api_key": "API key", "username": "user name", "session": "session"}

_README = """\
<!-- Made by python -m abslake.dev.format_docs docs/formats from the modules of formats/. -->
# Log formats

| format | log | identifiers that the gateway names |
| --- | --- | --- |
{rows}

The format of a log object is the one that parses most of its first 200 lines; of those that parse equally many the one that
finds more in them; the file name decides last. Gzip, [envelopes](envelopes.md) (CloudWatch, Firehose, JSON arrays, container
prefixes) and Parquet are undone before. An object of which no format parses a single line is refused (retry, then dead-letter
queue), unless its name is one that only one writer gives ({deciding}); then its lines are
quarantined one by one. Header lines count as blank.

`abslake formats sniff FILE` shows the guess, how sure it is, and what would be read. A format is forced by key prefix with
`ABSLAKE_FORMATS="elb/=alb,www/=combined"`, on the command line with `--format`.

Your gateway is not here, or writes a layout of its own? Describe it: [grammars](grammars.md).

A line whose client is no address is refused, but for web servers that log host names.

Identifiers that a gateway does not name itself (a token in a header, a session cookie) are taken where the
[API definition](../api-definitions.md) says, as far as the log holds that header. The client's address is the connection's other
end; forwarded addresses count with the setting `trusted_proxies` (ASE's logs are read as documented).

Adding a format to abslake is adding a module with a `FORMAT` (see `formats/__init__.py`): readers and fields, an example, words.
"""


def pages() -> dict[str, str]:
    """File name -> text, for every built-in format and the index."""
    made = {f"{name}.md": page(entry) for name, entry in formats().items()}
    entries = [entry for _, entry in sorted(formats().items())]
    rows = "\n".join(map(_row, entries))
    deciding = ", ".join(entry.name for entry in entries if entry.name_decides)
    return made | {"README.md": _README.format(rows=rows, deciding=deciding)}


def _row(entry: Format) -> str:
    named = [words for column, words in _IDENTIFIERS.items() if column in _columns(entry)]
    title = entry.about.title if entry.about else entry.name
    return f"| [{entry.name}]({entry.name}.md) | {title} | {', '.join(named) or '-'} |"


def _columns(entry: Format) -> set[str]:
    return {column for reader in entry.readers for field in reader.fields for column in field.gives}


def _lacks(entry: Format, about: About) -> list[str]:
    """The fields that no line of the format tells."""
    if not entry.readers:
        return []
    examples = [line.encode() for line in about.examples]
    (guess,) = guesses("", examples, {entry.name: entry})  # a host may be told by the URL
    return [name for column, name in _FIELDS.items() if column not in _columns(entry) and not guess.found[column]]


def page(entry: Format) -> str:
    """One format's page. Raises ValueError where the module says nothing about itself."""
    about = entry.about
    if about is None:
        raise ValueError(f"the format {entry.name} has no About")
    lacks = _lacks(entry, about)
    parts = [
        _MADE.format(name=entry.name.replace("-", "_")),
        f"# {about.title} (`{entry.name}`)",
        "```\n" + "\n".join(about.examples) + "\n```",
        about.notes,
        _table(entry.readers) if entry.readers else "",
        *(f"{head}\n\n```\n{body}\n```" for head, body in _shapes(entry.readers)),
        f"**Switch it on.** {about.switch_on}",
        f"**What it cannot tell.** {about.cannot_tell}"
        + (f" Fields that it lacks: {', '.join(lacks)}." if lacks else ""),
        "Sources: " + ", ".join(about.sources) if about.sources else "",
    ]
    return "\n\n".join(part.strip() for part in parts if part) + "\n"


def _table(readers: Iterable[Reader]) -> str:
    """Field of a request -> where it stands in the log, over all readers."""
    places: dict[str, dict[str, None]] = {}
    for reader in readers:
        for field in reader.fields:
            names = ", ".join(" or ".join(f"`{_cell(name)}`" for name in alias) for alias in field.takes if alias)
            words = f"{names} ({field.says})" if field.says else names
            for column in field.gives:
                places.setdefault(_FIELDS.get(column, column), {})[words] = None
    order = [name for name in _FIELDS.values() if name in places]
    rows = [f"| {name} | {'; else '.join(places[name])} |" for name in order]
    return "\n".join(["| field | in the log |", "| --- | --- |", *rows])


def _cell(name: str) -> str:
    return name.replace("|", "\\|")


def _shapes(readers: Iterable[Reader]) -> list[tuple[str, str]]:
    """Layouts and columns, as far as readers have such."""
    found = list(readers)
    layouts = [reader.template for reader in found if isinstance(reader, Layout)]
    columns = [" ".join(reader.columns) for reader in found if isinstance(reader, Delimited)]
    named: Mapping[str, list[str]] = {"Layouts that are known:": layouts, "Columns, in this order:": columns}
    return [(head, "\n".join(lines)) for head, lines in named.items() if lines]


def main() -> None:
    """Write the pages into the folder that is given."""
    folder = Path(sys.argv[1])
    for name, text in pages().items():
        (folder / name).write_text(text)


if __name__ == "__main__":
    main()
