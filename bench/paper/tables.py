"""The papers' tables from cells: columns are data sets, the best bold, the second underlined, a dash for none."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import stats

from bench.losses_tables import average_ranks
from bench.paper.plans import Table

Row = dict[str, Any]
Cells = Mapping[tuple[str, str], Sequence[Row]]


def markdown(table: Table, cells: Cells, names: Sequence[str]) -> str:
    """Return a table in Markdown: of each row and set the mean over seeds, its interval, and the paper's figure."""
    rows = list(table.rows)
    means = {row: [_mean(table, cells.get((row, name), ())) for name in names] for row in rows}
    ranks = average_ranks(means)
    lines = [f"### {table.title}", "", _line(["", *names, "average rank"]), _line(["---"] * (len(names) + 2))]
    for row in rows:
        marked = [_marked(table, cells.get((row, name), ()), means, row, place) for place, name in enumerate(names)]
        shown = [text + _paper(table, row, name) for text, name in zip(marked, names, strict=True)]
        lines.append(_line([row, *shown, f"{ranks[row]:.2f}"]))
    return "\n".join([*lines, "", *_notes(cells), ""])


def interval(figures: Sequence[float]) -> tuple[float, float]:
    """Return the 95 % interval of the mean, by Student's t; a single figure has none and is both ends."""
    mean = float(np.mean(figures))
    if len(figures) < 2:
        return mean, mean
    half = float(stats.t.ppf(0.975, len(figures) - 1) * np.std(figures, ddof=1) / np.sqrt(len(figures)))
    return mean - half, mean + half


def _mean(table: Table, seeds: Sequence[Row]) -> float:
    # What did not converge ranks last: it found nothing.
    found = [seed[table.figure] for seed in seeds if seed["converged"]]
    return float(np.mean(found)) if found else 0.0


def _marked(table: Table, seeds: Sequence[Row], means: Mapping[str, list[float]], row: str, place: int) -> str:
    found = [seed[table.figure] for seed in seeds if seed["converged"]]
    if not found:
        return "-" if seeds else "- (not run)"
    low, high = interval(found)
    # To the digits that are shown: equal figures are equally good.
    order = sorted({round(column[place], 2) for column in means.values()}, reverse=True)
    text = f"{np.mean(found):.2f}"
    if round(means[row][place], 2) == order[0]:
        text = f"**{text}**"
    elif len(order) > 1 and round(means[row][place], 2) == order[1]:
        text = f"<u>{text}</u>"
    lost = f", {len(seeds) - len(found)} of {len(seeds)} lost" if len(found) < len(seeds) else ""
    return f"{text} ({low:.2f} to {high:.2f}{lost})" if len(found) > 1 or lost else text


def _paper(table: Table, row: str, name: str) -> str:
    figure = table.paper.get(row, {}).get(name)
    return f"; paper {figure:.2f}" if figure is not None else ""


def _notes(cells: Cells) -> list[str]:
    reasons = {row: seed["reason"] for (row, _), seeds in cells.items() for seed in seeds if "reason" in seed}
    return [f"- {row}: {reason}" for row, reason in reasons.items()]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
