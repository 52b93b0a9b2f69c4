"""Which windows of a set are for training, which for validation and which for testing.

By subject unless the set or the caller says otherwise: windows of one person are alike, and a network that is tested
on people it was trained on looks better than it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from models.datasets.counts import Counts
from models.datasets.windowset import SPLITS, Indices, WindowSet
from models.errors import DataError

By = Literal["subject", "row"]
Shares = Mapping[str, float] | Sequence[float]
"""How large each part shall be, relative to the others, by name; or in the order train, validation, test."""

NAMES: Final = ("train", "validation", "test")
FOUR_ONE_ONE: Final[dict[str, float]] = {"train": 4.0, "validation": 1.0, "test": 1.0}
# Without a validation part there is nothing to choose the best epoch on but the test windows.
VALIDATION_SHARE: Final = 0.2
"""Of the training windows, where a set prescribes its test windows and no more: iEDeaL's 4:1 for TUEV."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some windows of a set: `indices` (m,) int64, ascending."""

    windowset: WindowSet
    indices: Indices

    @property
    def labels(self) -> NDArray[np.uint8]:
        """(m,) 1 with a discharge, 0 without."""
        return np.asarray(self.windowset.label[self.indices])

    def __len__(self) -> int:
        return len(self.indices)

    def counts(self) -> Counts:
        """Count positives and negatives; raises ModelsError where one of them is missing."""
        positives = int(np.count_nonzero(self.labels))
        return Counts(positives, len(self) - positives)


def parts(ws: WindowSet, *, seed: int, by: By = "subject") -> dict[str, Part]:
    """Split as the set prescribes, and where it prescribes nothing 4:1:1.

    Raises
    ------
    DataError
        if some part would have no positives or no negatives
    """
    if np.any(ws.split):
        return prescribed(ws, seed, by=by)
    return by_subject(ws, FOUR_ONE_ONE, seed) if by == "subject" else by_row(ws, FOUR_ONE_ONE, seed)


def by_subject(ws: WindowSet, shares: Shares, seed: int) -> dict[str, Part]:
    """Split so that no person is on two sides, and windows and positives are near the shares.

    Raises
    ------
    DataError
        if there are too few people
    """
    return _checked(_by_subject(ws, np.arange(len(ws)), _named(shares), seed), "subject")


def by_row(ws: WindowSet, shares: Shares, seed: int) -> dict[str, Part]:
    """Split at random over windows, as iEDeaL did (section 5.1): one person's windows are on every side.

    Raises
    ------
    DataError
        if some part would have no positives or no negatives
    """
    return _checked(_by_row(ws, np.arange(len(ws)), _named(shares), seed), "row")


def prescribed(ws: WindowSet, seed: int, *, by: By = "subject") -> dict[str, Part]:
    """Split as column `split` says; validation is taken out of the training windows where the set names none.

    Only the parts that the set has: one that is for testing alone gives "test" alone.

    Raises
    ------
    DataError
        if some windows have no split, or some part would have no positives or no negatives
    """
    # Windows without a part would have to be assigned, and might belong to people whom the set keeps for testing.
    missing = int(np.count_nonzero(ws.split == 0))
    if missing:
        raise DataError(f"{ws.folder}: {missing} windows have no split though others have; prepare the set again")
    chosen = {name: np.flatnonzero(ws.split == SPLITS.index(name)) for name in NAMES}
    found = {name: Part(ws, indices) for name, indices in chosen.items() if len(indices)}
    if "train" in found and "validation" not in found:
        split = _by_subject if by == "subject" else _by_row
        shares = {"train": 1.0 - VALIDATION_SHARE, "validation": VALIDATION_SHARE}
        found |= split(ws, chosen["train"], shares, seed)
    return _checked({name: found[name] for name in NAMES if name in found}, by)


def _named(shares: Shares) -> dict[str, float]:
    """Return the shares by name."""
    named = dict(shares) if isinstance(shares, Mapping) else dict(zip(NAMES, shares, strict=False))
    if not named or not all(name in NAMES and share > 0 for name, share in named.items()):
        raise DataError(f"shares {named}: give numbers above 0 for {', '.join(NAMES)}")
    return named


def _by_row(ws: WindowSet, indices: Indices, shares: Mapping[str, float], seed: int) -> dict[str, Part]:
    shuffled = np.random.default_rng(seed).permutation(indices)
    ends = np.cumsum(list(shares.values())) / sum(shares.values()) * len(indices)
    pieces = np.split(shuffled, np.rint(ends[:-1]).astype(np.int64))
    return {name: Part(ws, np.sort(piece)) for name, piece in zip(shares, pieces, strict=True)}


def _by_subject(ws: WindowSet, indices: Indices, shares: Mapping[str, float], seed: int) -> dict[str, Part]:
    subjects, number = np.unique(ws.subject[indices], return_inverse=True)
    positives = np.bincount(number[ws.label[indices] == 1], minlength=len(subjects)).astype(np.float64)
    _refuse_few(ws, positives, len(shares))
    sizes = np.stack([np.bincount(number) / len(indices), positives / positives.sum()], axis=1)
    targets = np.array(list(shares.values())) / sum(shares.values())
    side = _dealt(sizes, targets, np.random.default_rng(seed))[number]
    return {name: Part(ws, indices[side == place]) for place, name in enumerate(shares)}


def _refuse_few(ws: WindowSet, positives: NDArray[np.float64], wanted: int) -> None:
    having = int(np.count_nonzero(positives))
    if having < wanted:
        raise DataError(
            f"{ws.folder}: {having} of {len(positives)} subjects have discharges, too few for {wanted} parts "
            'without a person in common; use more subjects, or split by="row"'
        )


def _dealt(sizes: NDArray[np.float64], targets: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Deal subjects to parts: to whom they bring nearest to what each part should have.

    Those with discharges come first, and of those the large ones, in random order among those of about one size. As
    soon as they get scarce, they go to parts that have none.

    Parameters
    ----------
    sizes
        (subjects, 2): each one's part of all windows and of all positives
    targets
        (parts,): what a part should have of either

    Returns
    -------
    NDArray[np.int64]
        (subjects,) the part of each
    """
    # The large first: the small ones then even out what is missing. Sizes within a factor of two count as equal,
    # so that another seed gives another split.
    shuffled = rng.permutation(len(sizes))
    classes = np.floor(np.log2(sizes.sum(axis=1)))
    order = shuffled[np.lexsort((-classes[shuffled], sizes[shuffled, 1] == 0))]
    left = int(np.count_nonzero(sizes[:, 1]))
    side = np.zeros(len(sizes), np.int64)
    held = np.zeros((len(targets), 2))
    for subject in order:
        lacking = held[:, 1] == 0
        # As many subjects with discharges left as parts without any: from here on each must go to one of those.
        open_ = lacking if 0 < left <= np.count_nonzero(lacking) else np.ones(len(targets), bool)
        # By how much the squared distance from the targets grows, relative to the target.
        change = sizes[subject] * (2 * (held - targets[:, None]) + sizes[subject]) / targets[:, None]
        side[subject] = np.argmin(np.where(open_, change.sum(axis=1), np.inf))
        held[side[subject]] += sizes[subject]
        left -= int(sizes[subject, 1] > 0)
    return side


def _checked(found: dict[str, Part], by: By) -> dict[str, Part]:
    """Refuse parts that are of no use: every one needs positives and negatives."""
    for name, part in found.items():
        positives = int(np.count_nonzero(part.labels))
        if positives in {0, len(part)}:
            kind = "positives" if positives == 0 else "negatives"
            remedy = 'use more subjects, or split by="row"' if by == "subject" else "use a larger set"
            raise DataError(f"{part.windowset.folder}: no {kind} among the {len(part)} windows for {name}; {remedy}")
    return found
