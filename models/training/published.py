"""A training on a corpus that the paper used, beside the paper: how much of the corpus there is, and its F1."""

from models.datasets import tuev
from models.training.outcome import Origin


def beside(origin: Origin, f1: float) -> list[str]:
    """Return lines that put a training's test F1 beside iEDeaL's where the windows are the paper's instances.

    Of TUEV a part that lacks rows of Table 1 is called so; other corpora have no lines.
    """
    subset = origin.note.removeprefix("subset ")
    if origin.source != "tuev" or subset not in tuev.TABLE_1:
        return []
    name = f"TUEV{subset}"
    if origin.channels != 1:
        return [f"the paper's instances of {name} are rows of one derivation, at 250 Hz: --view rows"]
    found = _found(origin)
    lines = [f"iEDeaL on {name}, table 2 of the paper: F1 {tuev.PAPER_F1[subset]:.2f}; here {f1:.2f}"]
    partial = [
        f"{part} {found[part][0]:,} of {with_ied:,} with IED and {found[part][1]:,} of {without:,} without"
        for part, (with_ied, without) in tuev.TABLE_1[subset].items()
        if found[part] != (with_ied, without)
    ]
    return [*lines, f"on a part of the corpus: {', '.join(partial)}"] if partial else lines


def _found(origin: Origin) -> dict[str, tuple[int, int]]:
    """Return rows with and without a discharge; validation is taken out of the paper's training rows."""
    counts = dict.fromkeys(("train", "test"), (0, 0))
    for name, part in origin.parts.items():
        key = "test" if name == "test" else "train"
        counts[key] = counts[key][0] + part.positives, counts[key][1] + part.windows - part.positives
    return counts
