"""The table: bound, measured, ok or miss."""

from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

NOT_RUN = "[yellow]not run[/]"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `ok` is None where there is no bound or it was not run."""

    measure: str
    bound: str
    measured: str
    ok: bool | None = None


@dataclass(slots=True)
class Verdict:
    """The rows, and whether all bounds hold."""

    title: str
    rows: list[Row] = field(default_factory=list)

    def info(self, measure: str, measured: str) -> None:
        """A figure without a bound."""
        self.rows.append(Row(measure, "", measured))

    def at_least(self, measure: str, bound: float, value: float, digits: int = 2, note: str = "") -> None:
        """A figure that must not be smaller; `note` stands beside it."""
        self.rows.append(Row(measure, f">= {bound:.{digits}f}", f"{value:.{digits}f}{note}", value >= bound))

    def at_most(self, measure: str, bound: float, value: float, digits: int = 2, note: str = "") -> None:
        """A figure that must not be larger; `note` stands beside it."""
        self.rows.append(Row(measure, f"<= {bound:.{digits}f}", f"{value:.{digits}f}{note}", value <= bound))

    def not_run(self, measure: str, bound: str, why: str) -> None:
        """A figure that could not be had here: no figure is shown."""
        self.rows.append(Row(measure, bound, f"{NOT_RUN}: {why}"))

    @property
    def missed(self) -> bool:
        """Whether a bound is missed."""
        return any(row.ok is False for row in self.rows)

    def show(self, console: Console) -> None:
        """Prints the table."""
        table = Table("measure", "bound", "measured", "", title=self.title, title_justify="left")
        for row in self.rows:
            mark = {True: "[green]ok[/]", False: "[red]miss[/]", None: ""}[row.ok]
            table.add_row(row.measure, row.bound, row.measured, mark)
        console.print(table)
