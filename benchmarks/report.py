"""How a benchmark says what it found: one table for people, one JSON file for programs.

A figure stands beside a baseline of the same run, alternating with it; the ratio is the result.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Literal

OUT = Path(__file__).parent / "out"


@dataclass(frozen=True)
class Row:
    """One figure. `target` bounds the ratio, or `ours` itself where there is no baseline.

    `better` says which way is good: a rate should be at least the target, a time at most.
    """

    case: str
    unit: str
    ours: float
    baseline: float | None = None
    target: float | None = None
    better: Literal["higher", "lower"] = "higher"

    @property
    def ratio(self) -> float | None:
        return self.ours / self.baseline if self.baseline else None

    @property
    def met(self) -> bool | None:
        """Whether the target was met; None where there is none."""
        if self.target is None:
            return None
        figure = self.ours if self.ratio is None else self.ratio
        return figure >= self.target if self.better == "higher" else figure <= self.target


def report(name: str, rows: Sequence[Row]) -> bool:
    """Print the table, write `out/<name>.json`, and return whether every target was met."""
    OUT.mkdir(exist_ok=True)
    document = {
        "name": name,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "rows": [{**asdict(row), "ratio": row.ratio, "met": row.met} for row in rows],
    }
    (OUT / f"{name}.json").write_text(json.dumps(document, indent=2) + "\n")
    print(_table(name, rows), flush=True)
    return all(row.met is not False for row in rows)


def p50(values: Sequence[float]) -> float:
    """The median."""
    return median(values)


def p99(values: Sequence[float]) -> float:
    """The 99th percentile; of few values, the largest."""
    return quantiles(values, n=100)[98] if len(values) >= 100 else max(values)


def _table(name: str, rows: Sequence[Row]) -> str:
    heading = (name, "unit", "ours", "baseline", "ratio", "target", "met")
    lines = [heading, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heading))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _cells(row: Row) -> tuple[str, ...]:
    sign = "≥" if row.better == "higher" else "≤"
    return (
        row.case,
        row.unit,
        _number(row.ours),
        _number(row.baseline),
        _number(row.ratio, "×"),
        "" if row.target is None else f"{sign} {_number(row.target)}",
        {None: "", True: "yes", False: "NO"}[row.met],
    )


def _number(value: float | None, unit: str = "") -> str:
    if value is None:
        return ""
    return f"{value:,.0f}{unit}" if abs(value) >= 100 else f"{value:.3g}{unit}"
