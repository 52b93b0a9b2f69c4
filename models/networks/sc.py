"""SC, the SEAnet classifier of iEDeaL: a dilated residual network over one group of derivations.

Windows (n, 5, L) go through one convolution, full-preactivation residual blocks (kernel 3, dilation
2**depth, latent length = input length), a maximum over time and one linear unit. Source: iEDeaL, section 4.1
and figure 4; repository qtwang/iEDeaL (MIT), `model/resnet.py`, `model/commons.py`, `util/conf.py`; SEAnet
encoder of the same author.

`variant="paper"` is figure 4. `variant="official"` is the published code, quirks included:

- no first convolution and no last layer norm + ReLU; the first block has a 1x1 convolution as its shortcut;
- 7 blocks by default, which see 509 of 768 samples;
- inference multiplies the pooled features by the dropout probability although training never drops any: the code's
  initialisation leaves the network in evaluation mode, where dropout does nothing;
- every row of a window is divided by its own standard deviation, not by that of the group;
- LSUV never rescales the first convolution (`models.networks.initialisation`).

Live, two spans of a window are scored (`pool_spans`): features' maxima are taken over all of it, as published, and over
its newest third. Windows overlap, and over all of one a strong discharge hides those that follow it until it has left.

Differs from the paper: the number of blocks follows the receptive field, 1 + 4 (2**n - 1) >= L, capped so
that 2**(n + 1) <= L + 1 as the official code asserts; input is made scale-free by `normalise` (the paper does
not say how).

Checked against: the parameter counts and receptive fields of both variants (tests/models/networks/test_sc.py).
"""

from typing import Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional

Variant = Literal["paper", "official"]

KERNEL = 3
OFFICIAL_BLOCKS = 7
# Samples: features whose maxima lie this close together count as evidence of the same deflection.
EVIDENCE_HALF_WIDTH = 3
# Below this standard deviation a window counts as flat and stays zero.
STD_FLOOR = 1e-12


def normalise(windows: Tensor, *, per_row: bool = False) -> Tensor:
    """Make windows free of scale: each row's mean taken off, one standard deviation for the whole group.

    Parameters
    ----------
    windows
        (n, channels, samples), any unit. A row that is zero throughout (a missing derivation) stays zero and
        does not count towards the standard deviation.
    per_row
        Divide each row by its own standard deviation instead (z-score), as the official code does.

    Returns
    -------
    Tensor
        (n, channels, samples); relative amplitudes within a group survive unless `per_row`, the unit does not.
    """
    centred = windows - windows.mean(dim=2, keepdim=True)
    if per_row:
        return centred / centred.square().mean(dim=2, keepdim=True).sqrt().clamp(min=STD_FLOOR)
    # Counted in, a row of zeros would make the others look larger than they are.
    present = (windows != 0).any(dim=2, keepdim=True)
    # At least one: a window without any row comes out as zeros instead of NaN.
    rows = present.sum(dim=1, keepdim=True).clamp(min=1)
    variance = (centred.square().mean(dim=2, keepdim=True) * present).sum(dim=1, keepdim=True) / rows
    return centred * present / variance.sqrt().clamp(min=STD_FLOOR)


def blocks_for(window_samples: int) -> int:
    """Fewest blocks whose receptive field covers the window, capped at 2**(n + 1) <= L + 1."""
    blocks = 1
    # With the cap, an assertion of the official code, no tap reaches further than a quarter of the window.
    while 1 + 4 * (2**blocks - 1) < window_samples and 2 ** (blocks + 2) <= window_samples + 1:
        blocks += 1
    return blocks


# Parts of a window that are scored: all of it, and its newest third.
SPANS = 2


def newest_hops(window_samples: int, hop_samples: int) -> int:
    """Return how many hops cover the newest third of a window."""
    # Rounded up: less than a third would cut short discharges that the whole window has room for.
    return -(-window_samples // (3 * hop_samples))


def pool_spans(maps: Tensor) -> tuple[Tensor, Tensor]:
    """Return features' maxima over both spans of maps (n, width, samples) and their places: (n, SPANS, width) both."""
    newest = newest_hops(maps.shape[2], 1)
    both = maps.max(dim=2), maps[:, :, -newest:].max(dim=2)
    first = maps.new_tensor([0, maps.shape[2] - newest], dtype=torch.int64)
    where = torch.stack([span.indices for span in both], dim=1) + first[:, None]
    return torch.stack([span.values for span in both], dim=1), where


def vote_peak(votes: Tensor, where: Tensor, window_samples: int) -> Tensor:
    """Return the samples (n, SPANS), int64, at which votes (n, SPANS, width) cast at `where` are densest."""
    spans = votes.shape[:2]
    votes, where = votes.flatten(0, 1), where.flatten(0, 1)
    # Several features may have their maximum at one sample, so votes are added rather than written.
    density = votes.new_zeros(len(votes), window_samples).scatter_add_(1, where, votes)
    steps = torch.arange(-EVIDENCE_HALF_WIDTH, EVIDENCE_HALF_WIDTH + 1, device=votes.device)
    # A triangle, not a box: a plateau of equal sums would leave the choice to rounding.
    triangle = (1 - steps.abs() / (EVIDENCE_HALF_WIDTH + 1)).to(votes.dtype)[None, None]
    return functional.conv1d(density[:, None], triangle, padding=EVIDENCE_HALF_WIDTH)[:, 0].argmax(dim=1).view(spans)


class Block(nn.Module):
    """Full-preactivation residual block: {norm over time, ReLU, convolution} twice, plus a shortcut."""

    def __init__(self, channels: int, width: int, window_samples: int, dilation: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(window_samples)
        self.conv1 = _convolution(channels, width, dilation)
        self.norm2 = nn.LayerNorm(window_samples)
        self.conv2 = _convolution(width, width, dilation)
        # Only the official variant's first block changes the width: it has no convolution before it.
        same = channels == width
        self.shortcut = nn.Identity() if same else nn.Conv1d(channels, width, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(n, channels, samples) to (n, width, samples)."""
        y: Tensor = self.conv1(functional.relu(self.norm1(x)))
        y = self.conv2(functional.relu(self.norm2(y)))
        shortcut: Tensor = self.shortcut(x)
        return shortcut + y


def _convolution(channels: int, width: int, dilation: int) -> nn.Conv1d:
    # Without bias, as published: the norm over time that follows would take a constant off.
    return nn.Conv1d(channels, width, KERNEL, padding=dilation, dilation=dilation, bias=False)


class SC(nn.Module):
    """Scores windows of one group of derivations; of what was before a window it needs nothing, `context_samples`.

    Parameters
    ----------
    channels
        Derivations in a group.
    window_samples
        Window length; the layer norms have one weight per time step, so it is fixed.
    width
        Channels inside the network.
    blocks
        Residual blocks; 0 takes the rule (paper) or 7 (official).
    variant
        "paper" or "official"; see the module's text.
    dropout
        Probability of dropping a pooled feature in training; official: the factor of the features in use, 0 for none.
    """

    context_samples = 0
    spans = SPANS

    def __init__(
        self,
        channels: int = 5,
        window_samples: int = 768,
        width: int = 256,
        blocks: int = 0,
        variant: Variant = "paper",
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        if variant not in get_args(Variant):
            raise ValueError(f"variant {variant!r} is not one of {get_args(Variant)}")
        self.channels, self.window_samples, self.variant = channels, window_samples, variant
        paper = variant == "paper"
        self.lsuv_as_published = not paper
        count = blocks or (blocks_for(window_samples) if paper else OFFICIAL_BLOCKS)
        self.first = _convolution(channels, width, 1) if paper else nn.Identity()
        entering = [width if paper or depth else channels for depth in range(count)]
        self.blocks = nn.Sequential(
            *(Block(entering[depth], width, window_samples, 2**depth) for depth in range(count))
        )
        self.last = nn.LayerNorm(window_samples) if paper else nn.Identity()
        self.gain = 1.0 if paper else dropout or 1.0
        # Official: its training runs in evaluation mode from LSUV on, so nothing is ever dropped.
        self.dropout = nn.Dropout(dropout) if paper else nn.Identity()
        self.head = nn.Linear(width, 1)

    @property
    def receptive_field(self) -> int:
        """Samples that one point of the last feature map sees through the convolutions."""
        # Two convolutions a block, each adding twice its dilation; the dilations sum up to 2**blocks - 1.
        before = KERNEL if self.variant == "paper" else 1
        return before + 4 * ((1 << len(self.blocks)) - 1)

    def features(self, windows: Tensor) -> Tensor:
        """(n, channels, samples) in any unit to feature maps (n, width, samples)."""
        scaled = normalise(windows, per_row=self.variant == "official")
        x: Tensor = self.last(self.blocks(self.first(scaled)))
        return functional.relu(x) if self.variant == "paper" else x

    def forward(self, windows: Tensor) -> Tensor:
        """(n, channels, samples) to logits (n,)."""
        return self._logits(self.features(windows).amax(dim=2))

    def evidence(self, windows: Tensor) -> tuple[Tensor, Tensor]:
        """Score windows and find where in time the evidence came from.

        Each feature votes at the time of its maximum, with the part of the logit that it adds; the peak is
        where the votes are densest.

        Returns
        -------
        tuple[Tensor, Tensor]
            Logits and peaks, int64, samples from the window's start; of both spans, (n, SPANS) each.
        """
        pooled, where = pool_spans(self.features(windows))
        # Evidence against a discharge has no place in time that anybody wants to know.
        votes = functional.relu(pooled * self.head.weight[0])
        return self._logits(pooled), vote_peak(votes, where, self.window_samples)

    def _logits(self, pooled: Tensor) -> Tensor:
        if self.gain != 1 and not self.training:
            pooled = pooled * self.gain
        logits: Tensor = self.head(self.dropout(pooled))
        return logits[..., 0]
