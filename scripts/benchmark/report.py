"""Figures as rows: reference, ours, ratio, spread and target; as a table for people and as JSON for programs."""

import json
import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """`met` is None where there is no target, only a figure to know."""

    name: str
    ours: str
    reference: str
    ratio: float | None
    spread: str
    target: str
    met: bool | None


@dataclass(frozen=True)
class Series:
    """One figure of several rounds. The median counts."""

    values: Sequence[float]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def spread(self) -> str:
        if len(self.values) < 2 or not self.median:
            return "–"
        return f"{min(self.values) / self.median:.2f}–{max(self.values) / self.median:.2f}"


def ratio(ours: Series, reference: Series) -> float:
    """The median of the rounds' own ratios: what slowed a round down slowed both."""
    pairs = zip(ours.values, reference.values, strict=True)
    return statistics.median(mine / other for mine, other in pairs)


def faster(name: str, ours: Series, reference: Series, *, at_least: float, what: str, unit: str = "/s") -> Row:
    found = ratio(ours, reference)
    return Row(
        name,
        f"{ours.median:,.0f}{unit}",
        f"{what} {reference.median:,.0f}{unit}",
        round(found, 3),
        ours.spread,
        f"≥ {at_least:g} ×",
        found >= at_least,
    )


def longer(name: str, ours: Series, reference: Series, *, at_most: float, what: str, unit: str = "ms") -> Row:
    found = ratio(ours, reference)
    return Row(
        name,
        f"{ours.median:.2f} {unit}",
        f"{what} {reference.median:.2f} {unit}",
        round(found, 2),
        ours.spread,
        f"≤ {at_most:g} ×",
        found <= at_most,
    )


def beside(name: str, ours: Series, reference: Series, *, what: str, unit: str = "/s") -> Row:
    """A figure to know, without a target."""
    found = round(ratio(ours, reference), 3)
    shown = f"{ours.median:,.0f}{unit}", f"{what} {reference.median:,.0f}{unit}"
    return Row(name, *shown, found, ours.spread, "–", None)


def below(name: str, ours: Series, limit: float, unit: str) -> Row:
    return Row(name, f"{ours.median:,.1f} {unit}", "–", None, ours.spread, f"≤ {limit:g} {unit}", ours.median <= limit)


def above(name: str, ours: Series, limit: float, unit: str) -> Row:
    return Row(name, f"{ours.median:,.0f} {unit}", "–", None, ours.spread, f"≥ {limit:,g} {unit}", ours.median >= limit)


def show(rows: Sequence[Row]) -> None:
    cells = [["what", "ours", "reference", "ratio", "spread", "target", ""]]
    cells += [
        [
            row.name,
            row.ours,
            row.reference,
            "–" if row.ratio is None else f"{row.ratio:g}",
            row.spread,
            row.target,
            {True: "met", False: "SHORT", None: ""}[row.met],
        ]
        for row in rows
    ]
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    for line in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    sys.stdout.flush()


def write_json(rows: Sequence[Row], file: Path) -> None:
    file.write_text(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=1) + "\n")
