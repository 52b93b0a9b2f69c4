"""How alike a candidate is to ones that somebody judged: by its field over all derivations and its course at the peak.

A patient's discharges come from a few places and look much the same each time, and so do the artefacts that are taken
for them. What a network learned of thousands of patients says little of that; a few judged examples do.

Ours. The two halves of a shape are those by which a bed's events are clustered for review (`models.detection.shape`).
"""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from models.networks.candidate_window import BEFORE, ROWS

COURSE_BEFORE, COURSE_AFTER = 19, 8
"""Samples before the peak and from it on: 150 and 62.5 ms at 128 Hz, all of which has come when a candidate is judged
first."""
COURSE: Final = COURSE_BEFORE + COURSE_AFTER
SPREAD: Final = 0.3
"""At this distance, 1 less the cosine, an example counts 1 / e of what it counts for itself. 0.2 and 0.5 were as good,
on the half of `bench.adaptation`'s patients on which it was chosen."""


def shapes(windows: Tensor) -> Tensor:
    """Return what candidates look like (n, rows + COURSE): field and course, each of length 1.

    Parameters
    ----------
    windows
        (n, rows, WINDOW) as `models.networks.whole_head` takes them, the suspected group's rows first
    """
    field = normalize(windows[:, :, BEFORE], dim=1)
    near = windows[:, :, BEFORE - COURSE_BEFORE : BEFORE + COURSE_AFTER]
    # Seen through the field, a course is the same whichever of two equal derivations was the larger one.
    course = normalize(torch.einsum("nr,nrt->nt", field, near), dim=1)
    return torch.cat([field, course], dim=1)


def placed(shapes_first: Tensor, places: Tensor) -> Tensor:
    """Return shapes (n, rows + COURSE) with the suspected group, which came first, at its place (n,) in the montage."""
    field, course = shapes_first[:, :-COURSE], shapes_first[:, -COURSE:]
    everywhere = _everywhere(field)
    return torch.cat([everywhere[torch.arange(len(field)), places], course], dim=1)


def alike(ones: Tensor, others: Tensor) -> Tensor:
    """Return how much shapes (n, rows + COURSE) and others (m, rows + COURSE) are alike (n, m): 1 for the same."""
    cosine = ones @ others.T / 2
    return torch.exp((cosine - 1) / SPREAD)


def _everywhere(field: Tensor) -> Tensor:
    """Return fields (n, rows) with the group that came first at every place of the montage: (n, groups, rows)."""
    groups = field.shape[1] // ROWS
    orders = [[*range(1, place + 1), 0, *range(place + 1, groups)] for place in range(groups)]
    return field.reshape(-1, groups, ROWS)[:, orders].flatten(2)


class Likeness(nn.Module):
    """Judged examples, and what each says of a candidate that is like it.

    Parameters
    ----------
    examples
        How many.
    rows
        Derivations of the montage in which they were judged.
    """

    examples: Tensor
    weights: Tensor

    def __init__(self, examples: int, rows: int) -> None:
        super().__init__()
        self.register_buffer("examples", torch.zeros(examples, rows + COURSE))
        self.register_buffer("weights", torch.zeros(examples))

    def forward(self, shapes_first: Tensor) -> Tensor:
        """Return the log odds (n,) that the examples add to candidates' (n, rows + COURSE), suspected group first.

        In another montage than that of the examples they say nothing: 0.
        """
        if shapes_first.shape[1] != self.examples.shape[1]:
            return shapes_first.new_zeros(len(shapes_first))
        field, course = shapes_first[:, :-COURSE], shapes_first[:, -COURSE:]
        # A verifier is not told which group came first: of all places the one counts at which a candidate fits best.
        by_place = _everywhere(field) @ self.examples[:, :-COURSE].T
        cosine = (by_place.amax(dim=1) + course @ self.examples[:, -COURSE:].T) / 2
        added: Tensor = torch.exp((cosine - 1) / SPREAD) @ self.weights
        return added
