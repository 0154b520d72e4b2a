"""``abslake formats``: what the formats make of the first lines of a file, shown to a person."""

import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from abslake.dev import lakes
from abslake.dev.console import Exit, stop
from abslake.errors import AbslakeError, GrammarError
from abslake.facts import ingest
from abslake.facts.log_object import LogObject
from abslake.formats import Format, formats, grammar
from abslake.formats.detection import SAMPLE, Guess, guesses
from abslake.formats.grammar_document import COLUMNS_BY_FIELD, told
from abslake.records.record import BadLine, NoRequest, Record
from abslake.storage import Lake

_SECRETS = frozenset({"cookies", "authorization", "token", "api_key", "session"})
_OTHERS = 3
_SHOWN = 3


@dataclass(frozen=True)
class Sniffed:
    """What was found out about one file."""

    file: Path
    guesses: Sequence[Guess]
    lines: Sequence[bytes]
    envelope: str | None = None
    fault: str = ""

    @property
    def fits(self) -> bool:
        """Whether any format parses a line."""
        return not self.fault and bool(self.guesses) and self.guesses[0].parsed > 0


def known(folder: Path | None) -> dict[str, Format]:
    """Built-in formats and the grammars of a folder. Raises GrammarError where one is not valid."""
    found = grammar.parse_all(grammar_files(folder)) if folder else grammar.Grammars({})
    if found.rejected:
        raise GrammarError(found.rejected[0])
    return found.known


def grammar_files(folder: Path) -> list[tuple[str, bytes]]:
    """File name and text of each grammar of a folder; a usage error where there is none."""
    paths = sorted(path for kind in ("*.toml", "*.json") for path in folder.glob(kind)) if folder.is_dir() else []
    if not paths:
        stop(Exit.USAGE, f"{folder} holds no grammar", "Give the folder of the grammars, <name>.toml or <name>.json.")
    return [(path.name, path.read_bytes()) for path in paths]


def store(lake: Lake, folder: Path) -> list[str]:
    """Put the valid grammars of `folder` into the lake; gives what was wrong with the others. Raises StorageError."""
    rejected = []
    for name, text in grammar_files(folder):
        try:
            grammar.parse(name, text)
        except GrammarError as error:
            rejected.append(str(error))
        else:
            lake.put(grammar.PREFIX + name, text)
    return rejected


def sniff(file: Path, formats_there_are: Mapping[str, Format]) -> Sniffed:
    """Look at the first lines of a file. Raises SettingsError."""
    try:
        lines, envelope = _head(file)
    except AbslakeError as error:
        return Sniffed(file, (), (), fault=str(error))
    except OSError as error:
        return Sniffed(file, (), (), fault=error.strerror or type(error).__name__)
    return Sniffed(file, guesses(file.name, lines, formats_there_are), lines, envelope)


def _head(file: Path) -> tuple[list[bytes], str | None]:
    settings = lakes.from_environment()
    with tempfile.TemporaryDirectory(prefix="abslake-") as folder:
        return ingest.head(LogObject.from_file(file), Path(folder), settings, SAMPLE)


def show(found: Sniffed, out: Console) -> None:
    """The guess and what supports it, for reading."""
    out.print(f"[bold]{escape(str(found.file))}[/]")
    if found.fault or not found.guesses:
        out.print(f"  cannot be read: {escape(found.fault)}")
        return
    best = found.guesses[0]
    if not best.lines:
        out.print("  has no lines")
        return
    if found.envelope:
        out.print(f"  envelope    {found.envelope}: every record of it counts as a line")
    _show_guess(found, best, out)


def _show_guess(found: Sniffed, best: Guess, out: Console) -> None:
    if not found.fits:
        out.print("  format      [bold red]none[/]: no format parses any of the first lines")
        reasons = Table.grid(padding=(0, 2))
        for reason, formats_that_say_so in _why_not(found.guesses):
            reasons.add_row("  ", ", ".join(formats_that_say_so), reason)
        out.print(reasons)
        out.print("  Describe it as a grammar (docs/formats/grammars.md) and check that with abslake formats check.")
        return
    colour = "green" if best.confidence >= 0.95 else "yellow"
    header = f", {best.no_request} header lines" if best.no_request else ""
    out.print(
        f"  format      [bold {colour}]{best.entry.name}[/], confidence {best.confidence:.0%} "
        f"({best.parsed} of {best.lines} lines{header})"
    )
    others = [guess for guess in found.guesses[1:] if guess.parsed][:_OTHERS]
    if others:
        names = ", ".join(f"{guess.entry.name} {guess.confidence:.0%}" for guess in others)
        out.print(f"  also fits   {names}")
    for reason, count in best.reasons.most_common(_OTHERS):
        out.print(f"  not parsed  {count} {'line' if count == 1 else 'lines'}: {reason}")
    counts = _told(best)
    grid = Table.grid(padding=(0, 2))
    grid.add_row("  tells     ", ", ".join(name for name, count in counts.items() if count))
    grid.add_row("  lacks     ", ", ".join(name for name, count in counts.items() if not count) or "nothing")
    out.print(grid)
    out.print(_table_of_lines(list(_records(best.entry, found.lines))))


def _why_not(guesses_made: Sequence[Guess]) -> list[tuple[str, list[str]]]:
    """The usual reasons and the formats that gave them, those of few formats first: they came closest."""
    formats_by_reason: dict[str, list[str]] = defaultdict(list)
    for guess in guesses_made:
        for reason, _ in guess.reasons.most_common(1):
            formats_by_reason[reason].append(guess.entry.name)
    return sorted(formats_by_reason.items(), key=lambda item: len(item[1]))


def _table_of_lines(lines: Sequence[tuple[int, Record]]) -> Table:
    """The lines beside each other, a field a row; secrets by their length."""
    table = Table(box=None, padding=(0, 2), header_style="bold")
    table.add_column("", no_wrap=True)
    for number, _ in lines:
        table.add_column(f"line {number}", overflow="fold")
    by_line = [told(record) for _, record in lines]
    for name in COLUMNS_BY_FIELD:
        if any(line[name] is not None for line in by_line):
            table.add_row(f"  {name}", *(escape(_shown(name, line[name])) for line in by_line))
    return table


def _told(guess: Guess) -> dict[str, int]:
    """By field of a grammar: in how many lines it has a value."""
    return {name: guess.found[column] for name, column in COLUMNS_BY_FIELD.items()}


def _records(entry: Format, lines: Sequence[bytes]) -> Iterator[tuple[int, Record]]:
    shown = 0
    for number, line in enumerate(lines, 1):
        if shown == _SHOWN:
            return
        try:
            yield number, entry.parse(line, ())
        except (BadLine, NoRequest):
            continue
        shown += 1


def _shown(name: str, value: object) -> str:
    text = "-" if value is None else str(value)
    if value is not None and name in _SECRETS:
        return f"({len(text)} characters)"
    return "".join(c if c.isprintable() else "�" for c in text[:100]) + ("…" if len(text) > 100 else "")


def verdicts(paths: Sequence[Path], log: Path | None) -> Iterator[tuple[str, str, bool]]:
    """For each grammar: its file's name, what is to be said of it, whether it is valid. Raises UnreadableLog, OSError."""
    lines = _head(log)[0] if log else []
    for path in paths:
        files = grammar_files(path) if path.is_dir() else [_file(path)]
        for name, text in files:
            try:
                entry = grammar.parse(name, text)
            except GrammarError as error:
                yield name, f"rejected: {str(error).removeprefix(f'{grammar.PREFIX}{name}: ')}", False
                continue
            yield name, f"ok{_share(entry, lines) if log else ''}", True


def _file(path: Path) -> tuple[str, bytes]:
    if not path.is_file():
        stop(Exit.USAGE, f"there is no file {path}", "Give a grammar, <name>.toml or <name>.json, or a folder of them.")
    return path.name, path.read_bytes()


def _share(entry: Format, lines: Sequence[bytes]) -> str:
    guess = guesses("", lines, {entry.name: entry})[0]
    reasons = "; ".join(f"{count}: {reason}" for reason, count in guess.reasons.most_common(3))
    return f", reads {guess.parsed} of {guess.lines} lines" + (f" ({reasons})" if reasons else "")


def table_of(known_formats: Mapping[str, Format]) -> Table:
    """The formats with their titles, and how each is known."""
    table = Table("format", "log", "kind", box=None, header_style="bold")
    for name, entry in sorted(known_formats.items()):
        title = entry.about.title if entry.about else ""
        table.add_row(name, title, "built in" if name in formats() else "grammar")
    return table
