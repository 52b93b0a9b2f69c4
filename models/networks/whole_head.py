"""WholeHead: looks at one candidate of a detector, with all groups of the recording and the seconds before it.

A detector sees one group for a second and a half. What it takes for a discharge in people without any is often excluded
by what it is not shown: nothing in the neighbouring chains, a rhythm of the same shape just before, chaos right after.
This network sees those. It runs on candidates alone, a few a minute, so it may be as slow as the detector itself.

Ours, from no paper. A trunk of convolutions is shared by all groups; what it finds in the suspected group is set beside
the mean and the largest of what it finds in the others, so that any number of groups will do, in any order.
"""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu

from models.networks.candidate_window import BEFORE, ROWS, WINDOW
from models.networks.likeness import Likeness, shapes

QUIET: Final = 13
"""Samples just before the peak that do not count as its background: the discharge has begun by then."""
VIEWS: Final = 15
"""Five of a group, of the suspected one and of the mean and the largest of the others."""
STRIDE: Final = 4
NEAR: Final = 3
"""So many samples of the last layer, on either side of the peak, are near it."""
LARGEST: Final = 6.0
"""Of asinh(deflection / background): two hundred times the background, beyond which size says nothing more."""
MEASURES: Final = 7
_MAD: Final = 1.4826  # from the median absolute deviation to the standard deviation of a normal distribution


class WholeHead(nn.Module):
    """Judges a candidate by all groups of a recording.

    Parameters
    ----------
    channels
        Rows of all groups together, five a group: the suspected group's first.
    window_samples
        `WINDOW`; the candidate's peak is at sample `BEFORE`.
    width
        Features of the trunk.
    hidden
        Units of the two layers that judge.
    dropout
        In those layers.
    examples
        Of one patient, judged, by whose likeness candidates are judged too (`models.training.adaptation`). Then
        `channels` is that of the patient's montage.
    members
        Networks of `width` and `hidden` each, of which this one may be the mean (`models.networks.mean_verifier`):
        their trunks share nothing.

    Raises
    ------
    ValueError
        for rows that make no groups, or windows of another length
    """

    def __init__(
        self,
        channels: int = 25,
        window_samples: int = WINDOW,
        width: int = 40,
        hidden: int = 96,
        dropout: float = 0.3,
        examples: int = 0,
        members: int = 1,
    ) -> None:
        super().__init__()
        if channels < ROWS or channels % ROWS or window_samples != WINDOW:
            raise ValueError(f"takes groups of {ROWS} rows and {WINDOW} samples, not {channels} and {window_samples}")
        self.channels, self.window_samples = channels, window_samples
        self.trunk: nn.Module = Trunk(width, members)
        self.judge = nn.Sequential(
            nn.Linear(VIEWS * width * members + MEASURES, hidden * members),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(hidden * members, hidden * members),
            nn.GELU(),
            nn.Dropout(dropout),
        )
        self.head = nn.Linear(hidden * members, 1)
        self.own = Likeness(examples, channels) if examples else None

    def forward(self, windows: Tensor) -> Tensor:
        """Judge candidates.

        Parameters
        ----------
        windows
            (n, rows of all groups, WINDOW) in any unit; the suspected group's rows first. Samples that have not come
            yet are zero at the end; rows and groups that are not there are zero throughout.

        Returns
        -------
        Tensor
            (n,) logits of a discharge.
        """
        return self.judged(self.features(windows), shapes(windows))

    def judged(self, features: Tensor, candidates: Tensor) -> Tensor:
        """Return the logits (n,) of candidates of which features and shapes are known."""
        logits: Tensor = self.head(features)[:, 0]
        return logits if self.own is None else logits + self.own(candidates)

    def features(self, windows: Tensor) -> Tensor:
        """Return what the last layer judges by (n, hidden); windows as `forward` takes them."""
        scaled, scale, come = _scaled(windows)
        groups = scaled.reshape(len(windows), -1, ROWS, WINDOW)
        there = groups.abs().amax(dim=(2, 3)) > 0
        views = self.trunk(groups.flatten(0, 1)).reshape(*groups.shape[:2], -1)
        others = there.clone()
        others[:, 0] = False
        judged: Tensor = self.judge(
            torch.cat([views[:, 0], *_pooled(views, others), _measures(groups, scale, come)], dim=1)
        )
        return judged


class Trunk(nn.Module):
    """Convolutions over one group, rows (n, 5, WINDOW), to five views (n, 5 * width * members) around the peak.

    A view has the features of the first member, then those of the next.
    """

    def __init__(self, width: int, members: int = 1) -> None:
        super().__init__()
        features = width * members

        def conv(taps: int, padding: int, *, stride: int = 1, dilation: int = 1) -> nn.Conv1d:
            return nn.Conv1d(features, features, taps, stride, padding, dilation, groups=members)

        self.first = nn.Conv1d(ROWS, features, 9, padding=4)
        self.down = nn.ModuleList([conv(7, 3, stride=2) for _ in range(2)])
        self.deep = nn.ModuleList([conv(5, 2 * d, dilation=d) for d in (1, 2)])
        # Group norm and not batch norm: a live candidate comes alone.
        self.norms = nn.ModuleList([nn.GroupNorm(4 * members, features) for _ in range(4)])
        self.peak = BEFORE // STRIDE
        """Where the candidate's peak is among the samples of the last layer."""

    def forward(self, rows: Tensor) -> Tensor:
        """Return the views."""
        x = gelu(self.first(rows))
        for layer, norm in zip(self.down, self.norms[:2], strict=True):
            x = gelu(norm(layer(x)))
        for layer, norm in zip(self.deep, self.norms[2:], strict=True):
            x = x + gelu(norm(layer(x)))
        before, near, after = (x[:, :, part] for part in self.parts(x.shape[2]))
        views = (x[:, :, self.peak], near.amax(dim=2), before.amax(dim=2), before.mean(dim=2), after.mean(dim=2))
        return torch.cat(views, dim=1)

    def parts(self, samples: int) -> tuple[slice, slice, slice]:
        """Return what of so many samples of the last layer lies before the peak, around it and behind it."""
        return (
            slice(0, self.peak - NEAR),
            slice(self.peak - NEAR, self.peak + NEAR + 1),
            slice(self.peak + NEAR + 1, samples),
        )


def _scaled(windows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return windows on the scale of their background, that scale of each row (n, rows), and which samples have come.

    The background is what lies before the peak; its median over rows makes one scale for the whole head, so that what
    one group has over another stays visible.
    """
    # From the newest sample back: the first one that is not zero in every row has come, and so has all before it.
    come = (windows != 0).any(dim=1).flip(1).cumsum(1).flip(1) > 0
    past = windows[:, :, : BEFORE - QUIET]
    base = past.median(dim=2, keepdim=True).values
    spread = _MAD * (past - base).abs().median(dim=2).values
    live = windows.abs().amax(dim=2) > 0
    whole = _median_of(spread, live).clamp(min=1e-12)
    scaled = torch.asinh((windows - base) / whole[:, None, None]).clamp(-LARGEST, LARGEST)
    return scaled * (come[:, None] & live[:, :, None]), spread / whole[:, None], come


def _median_of(values: Tensor, chosen: Tensor) -> Tensor:
    """Return the median (n,) over the chosen of (n, rows), 0 where none is."""
    return values.masked_fill(~chosen, torch.nan).nanmedian(dim=1).values.nan_to_num()


def _pooled(views: Tensor, chosen: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean and the largest (n, views) over the chosen groups, 0 where there is none."""
    some = chosen.any(dim=1, keepdim=True)
    mean = (views * chosen[:, :, None]).sum(dim=1) / chosen.sum(dim=1, keepdim=True).clamp(min=1)
    largest = views.masked_fill(~chosen[:, :, None], -torch.inf).amax(dim=1)
    return mean, torch.where(some, largest, 0.0)


def _measures(groups: Tensor, scale: Tensor, come: Tensor) -> Tensor:
    """Return MEASURES numbers (n, MEASURES) of the candidate, which a reader would name too.

    Backgrounds are those of the suspected group against the whole head's; sizes are on the asinh scale.
    """
    own = scale[:, :ROWS].clamp(min=1e-2).log()
    size = groups[:, :, :, BEFORE - 2 : BEFORE + 3].abs().amax(dim=3)
    by_group = size.amax(dim=2)
    others = by_group[:, 1:].amax(dim=1) if groups.shape[1] > 1 else torch.zeros_like(by_group[:, 0])
    before = groups[:, 0, :, : BEFORE - QUIET].abs().amax(dim=2)
    measures = (
        own.mean(dim=1),
        own.amax(dim=1),
        by_group[:, 0],
        others - by_group[:, 0],
        size.sum(dim=(1, 2)) / (size > 0).sum(dim=(1, 2)).clamp(min=1),
        by_group[:, 0] - before.amax(dim=1),
        come[:, BEFORE:].float().mean(dim=1),
    )
    return torch.stack(measures, dim=1)
