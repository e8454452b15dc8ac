"""Define the figure of a benchmark with its budget, and print figures."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured figure; less is better. ``budget``: its maximum. ``baseline``: the same done by a bare program."""

    name: str
    value: float
    unit: str
    budget: float | None = None
    baseline: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """The figure as a multiple of its baseline."""
        return self.value / self.baseline if self.baseline else None

    @property
    def kept(self) -> bool | None:
        """Whether the budget is kept; None where there is none."""
        return None if self.budget is None else self.value <= self.budget


def as_json(figures: Sequence[Figure]) -> str:
    """Return the figures as JSON."""
    rows = [asdict(figure) | {"ratio": figure.ratio, "kept": figure.kept} for figure in figures]
    return json.dumps([{key: _finite(value) for key, value in row.items()} for row in rows], indent=2)


def show(figures: Sequence[Figure], console: Console) -> None:
    """Print the figures as a table."""
    table = Table(
        "what", "value", "baseline", "ratio", "budget", "", title="Belonging Bot, measured here and now"
    )
    for column in table.columns[1:5]:
        column.justify = "right"
    for figure in figures:
        verdict = {None: "", True: "[green]kept[/]", False: "[bold red]over[/]"}[figure.kept]
        table.add_row(
            figure.name + (f"\n[dim]{figure.note}[/]" if figure.note else ""),
            f"{_short(figure.value)} {figure.unit}",
            _short(figure.baseline),
            f"{figure.ratio:.2f}" if figure.ratio else "",
            _short(figure.budget),
            verdict,
        )
    console.print(table)


def _finite(value: Any) -> Any:
    """Replace infinity and NaN, which JSON does not have."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _short(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}".rstrip("0").rstrip(".")
