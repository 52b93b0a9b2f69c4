"""Tables of `bench.losses` as Markdown: means over seeds, ranks, paired differences."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from scipy.stats import rankdata, t

from bench.machine import ROOT
from bench.marked import committed, markdown, written

PAGE: Final = ROOT / "docs" / "losses.md"
COMMAND: Final = "python -m bench.losses --table"
NAMES: Final = {
    "bbce": "bBCE",
    "bce": "BCE",
    "wbce": "wBCE",
    "ewbce": "ewBCE",
    "focal": "Focal",
    "sf": "SF",
    "regularised_sasu": "SaSu (regularised, the default)",
    "sasu": "SaSu (plain)",
}
REFERENCE: Final = "regularised_sasu"

Row = dict[str, Any]


def write() -> str:
    """Write the committed result's tables into their page, and return them."""
    text = tables(committed("losses"))
    PAGE.write_text(page(text), encoding="utf-8")
    return text


def page(text: str) -> str:
    """Return the page with these tables."""
    return written(PAGE.read_text(encoding="utf-8"), "tables", COMMAND, text)


def tables(result: Row) -> str:
    """Return all tables as Markdown."""
    parts = (loss_table(result), paired_table(result), curriculum_table(result), sampler_table(result))
    return "\n".join(parts)


def loss_table(result: Row) -> str:
    """Return the shape of the paper's table 3."""
    rows = by(result["losses"], "loss", "share")
    shares = sorted({share for _, share in rows}, reverse=True)
    # Ranks as in the paper: they do not let one easy set outweigh the others.
    ranks = average_ranks({loss: _each(rows, loss, shares) for loss in NAMES})
    head = ["loss", "rate"]
    for share in shares:
        head += [f"F1 at {share:.0%}", f"F2 at {share:.0%}", "not converged", "training, s"]
    body = [
        [NAMES[loss], f"{result['rates'][loss]['rate']:g}"]
        + [cell for share in shares for cell in _cells(rows[loss, share])]
        + [f"{ranks[loss]:.2f}"]
        for loss in NAMES
    ]
    return markdown([*head, "average rank of F1"], body)


def _cells(seeds: Sequence[Row]) -> list[str]:
    lost = sum(not seed["converged"] for seed in seeds)
    seconds = f"{np.mean(values(seeds, 'seconds')):.1f}"
    return [spread(values(seeds, "f1")), spread(values(seeds, "f2")), f"{lost} of {len(seeds)}", seconds]


def paired_table(result: Row) -> str:
    """Return the regularised SaSu's F1 less every other loss's, over pairs of one set and one seed."""
    rows = by(result["losses"], "loss", "share")
    shares = sorted({share for _, share in rows})
    # Paired by set and seed: both losses saw the same windows, so the sets' difficulty cancels.
    ours = _each(rows, REFERENCE, shares)
    others = {loss: _each(rows, loss, shares) for loss in NAMES if loss != REFERENCE}
    body = [[NAMES[loss], difference(ours, theirs)] for loss, theirs in others.items()]
    return markdown(["regularised SaSu's F1 less that of", f"mean of {len(ours)} pairs, 95 % interval"], body)


def curriculum_table(result: Row) -> str:
    """Return the shape of the paper's table 4."""
    rows = by(result["curricula"], "variant", "share")
    variants = list(dict.fromkeys(variant for variant, _ in rows))
    shares = sorted({share for _, share in rows}, reverse=True)
    first = _each(rows, variants[0], shares)
    head = ["variant", *(f"{what} at {share:.0%}" for share in shares for what in ("F1", "F2"))]
    body = [
        [name]
        + [spread(values(rows[name, share], what)) for share in shares for what in ("f1", "f2")]
        + ["" if name == variants[0] else difference(_each(rows, name, shares), first)]
        for name in variants
    ]
    return markdown([*head, f"F1 less that of {variants[0]}, paired"], body)


def sampler_table(result: Row) -> str:
    """Return the shape of the paper's table 5."""
    rows = by(result["samplers"], "sampler", "ratio")
    ratios = sorted({ratio for _, ratio in rows})
    names = list(dict.fromkeys(sampler for sampler, _ in rows))
    body = [[f"{ratio:g}", *(spread(values(rows[name, ratio], "f1")) for name in names)] for ratio in ratios]
    pooled = {name: _each(rows, name, ratios) for name in names}
    body.append(["mean", *(f"{np.mean(pooled[name]):.3f}" for name in names)])
    body.append([f"{names[1]} less {names[0]}, paired", "", difference(pooled[names[1]], pooled[names[0]])])
    return markdown(["share of negatives drawn", *(f"F1, {name}" for name in names)], body)


def by(rows: Sequence[Row], *keys: str) -> dict[Any, list[Row]]:
    """Return each row's seeds by the values of two keys."""
    return {tuple(row[key] for key in keys): row["seeds"] for row in rows}


def values(seeds: Sequence[Row], what: str) -> list[float]:
    """Return one figure of every seed."""
    return [float(seed[what]) for seed in seeds]


def _each(rows: dict[Any, list[Row]], name: str, columns: Sequence[float]) -> list[float]:
    return [f1 for column in columns for f1 in values(rows[name, column], "f1")]


def average_ranks(figures: dict[str, list[float]]) -> dict[str, float]:
    """Rank names by figure, the largest first, ties sharing a rank, in every place; return the mean over places."""
    table = np.array(list(figures.values()))
    ranks = np.mean(rankdata(-table, axis=0), axis=1)
    return dict(zip(figures, ranks.tolist(), strict=True))


def spread(figures: Sequence[float]) -> str:
    """Return mean and standard deviation (of a sample)."""
    deviation = f" ± {np.std(figures, ddof=1):.3f}" if len(figures) > 1 else ""
    return f"{np.mean(figures):.3f}{deviation}"


def difference(ours: Sequence[float], theirs: Sequence[float]) -> str:
    """Return the mean of paired differences with its 95 % interval by Student's t; of one pair, without."""
    each = np.subtract(ours, theirs)
    if len(each) < 2:
        return f"{each.mean():+.3f}"
    # Student's t, because pairs are ten at most.
    half = float(t.ppf(0.975, len(each) - 1)) * each.std(ddof=1) / np.sqrt(len(each))
    return f"{each.mean():+.3f} ({each.mean() - half:+.3f} to {each.mean() + half:+.3f})"
