"""Streaming SC: the network of `models.networks.sc` rebuilt so that no sample is ever computed twice.

First convolution, full-preactivation residual blocks (kernel 3, dilation 2**depth), norm + ReLU, maximum over the
window, one linear unit: depth, width and receptive field are those of SC's paper variant. Three things differ, so
that what is computed at one instant never depends on where a window starts:

- features are normalised by batch statistics, which are constants once trained, not over each window's time;
- convolutions are causal and without padding: each shortens its input by twice its dilation and the shortcut is
  cropped to match, so a window is scored from the samples before it, `context_samples`, and from its own;
- the scale is a root mean square over the group's present derivations and the trailing `scale_samples`, in place
  of one standard deviation per window. Row means stay: conditioned input is band-passed from 1 Hz.

All memory is finite, hence a stream carried along in hops (`models.networks.stream_state`) and the same samples cut
into windows give the same scores. Layers ask a `Past` for the samples before their input: whole windows bring them
along (`no_past`), a stream keeps them between hops. Inside, samples come before channels, as matrix products want.

Source: iEDeaL, section 4.1 and figure 4, for what SC shares with this network. Differs from the paper: all of the
above; weights of one do not fit the other.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.networks.sc import KERNEL, SPANS, STD_FLOOR, blocks_for, pool_spans, vote_peak

# Above, torch's convolution is faster than the product of taps side by side: 1.45 times in training.
MANY_SAMPLES = 64


class RunningScale(nn.Module):
    """Makes a group free of scale: divides by the root mean square of its trailing samples.

    Parameters
    ----------
    channels
        Derivations in a group.
    samples
        Length of the boxcar. The sum is taken afresh at every step: nothing accumulates, so nothing drifts and a
        burst or a NaN is forgotten once it has left the boxcar.
    """

    def __init__(self, channels: int, samples: int) -> None:
        super().__init__()
        self.channels, self.samples = channels, samples

    @property
    def context_samples(self) -> int:
        """Samples by which the output is shorter than the input."""
        return self.samples - 1

    def forward(self, x: Tensor) -> Tensor:
        """(n, context + samples, channels), any unit, to (n, samples, channels).

        A row that is zero throughout the boxcar (a missing derivation) is not counted; a flat group stays zero.
        """
        # Not a running sum: that would drift, and one NaN would stay in it until a restart.
        power = x.square().unfold(1, self.samples, 1).sum(dim=3)
        rows = (power > 0).sum(dim=2).clamp(min=1)
        # Missing rows are left out of the mean, as in `models.networks.sc.normalise`.
        rms = (power.sum(dim=2) / (rows * self.samples)).sqrt()
        return x[:, self.context_samples :] / rms.clamp(min=STD_FLOOR)[..., None]


class CausalConvolution(nn.Linear):
    """Dilated convolution of the past only: no padding, the output is `context_samples` shorter.

    Its three taps lie side by side, (width, 3 * channels), oldest first: one matrix product takes a third of the
    time of torch's dilated convolution on the few samples of a hop, which is faster on whole windows.
    """

    def __init__(self, channels: int, width: int, dilation: int) -> None:
        super().__init__(KERNEL * channels, width, bias=False)
        self.channels, self.dilation = channels, dilation

    @property
    def context_samples(self) -> int:
        """Samples by which the output is shorter than the input."""
        return (KERNEL - 1) * self.dilation

    def forward(self, x: Tensor) -> Tensor:
        """(n, context + samples, channels) to (n, samples, width)."""
        samples = x.shape[1] - self.context_samples
        # Both ways are the same sum in another order: equal to rounding, not to the bit.
        if samples > MANY_SAMPLES:
            weight = self.weight.unflatten(1, (KERNEL, self.channels)).transpose(1, 2)  # type: ignore[no-untyped-call]
            return functional.conv1d(x.transpose(1, 2), weight, dilation=self.dilation).transpose(1, 2)
        taps = [x[:, tap * self.dilation : tap * self.dilation + samples] for tap in range(KERNEL)]
        return super().forward(torch.cat(taps, dim=2))


Remembering = RunningScale | CausalConvolution
"""Layers whose output is shorter than their input by `context_samples`."""
Past = Callable[[Remembering, Tensor], Tensor]
"""Puts before a layer's input the samples that the layer looks back on, (n, samples, channels)."""


def no_past(_layer: Remembering, x: Tensor) -> Tensor:
    """Leave a layer's input as it is: whole windows bring their own past along."""
    return x


class FeatureNorm(nn.BatchNorm1d):
    """Normalises every feature by its mean and variance over a batch's windows and time; in use those are constants.

    A norm over the features of each instant would be as streamable, and takes away how large a deflection is: trained
    alike, its AUPRC on validation people was 0.874 after an epoch, against 0.901.
    """

    def forward(self, x: Tensor) -> Tensor:
        """(n, samples, features) to the same."""
        # Flattened, since torch's norm takes features second.
        return super().forward(x.flatten(0, 1)).view_as(x)

    def constants(self) -> tuple[Tensor, Tensor]:
        """Return scale and shift, (features,) both, that the norm comes to in use."""
        assert self.running_mean is not None and self.running_var is not None  # noqa: S101, PT018 - always kept
        scale = self.weight / (self.running_var + self.eps).sqrt()
        return scale, self.bias - self.running_mean * scale


class CausalBlock(nn.Module):
    """Full-preactivation residual block: {norm, ReLU, causal convolution} twice, plus the input."""

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.norm1 = FeatureNorm(width)
        self.conv1 = CausalConvolution(width, width, dilation)
        self.norm2 = FeatureNorm(width)
        self.conv2 = CausalConvolution(width, width, dilation)

    def forward(self, x: Tensor, past: Past = no_past) -> Tensor:
        """(n, samples, width) to (n, samples less what both convolutions lack of their past, width)."""
        y: Tensor = self.conv1(past(self.conv1, functional.relu(self.norm1(x))))
        y = self.conv2(past(self.conv2, functional.relu(self.norm2(y))))
        # The newest samples are left: the shortcut is cut at its old end as well.
        return y + x[:, x.shape[1] - y.shape[1] :]


class StreamSC(nn.Module):
    """Scores windows of one group of derivations from the windows and the samples before them.

    Parameters
    ----------
    channels
        Derivations in a group.
    window_samples
        Length of the window that is scored; no weight depends on it.
    width
        Channels inside the network.
    blocks
        Residual blocks; 0 takes SC's rule, the fewest whose receptive field covers the window.
    dropout
        Probability of dropping a pooled feature in training.
    scale_samples
        Trailing samples over which the running scale is taken.
    """

    spans = SPANS
    gain = 1.0

    def __init__(
        self,
        channels: int = 5,
        window_samples: int = 768,
        width: int = 256,
        blocks: int = 0,
        dropout: float = 0.5,
        scale_samples: int = 256,
    ) -> None:
        super().__init__()
        self.channels, self.window_samples = channels, window_samples
        self.scale = RunningScale(channels, scale_samples)
        self.first = CausalConvolution(channels, width, 1)
        count = blocks or blocks_for(window_samples)
        self.blocks = nn.ModuleList(CausalBlock(width, 2**depth) for depth in range(count))
        self.last = FeatureNorm(width)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(width, 1)

    @property
    def receptive_field(self) -> int:
        """Samples that one point of the last feature map sees through the convolutions."""
        return KERNEL + 4 * ((1 << len(self.blocks)) - 1)

    @property
    def context_samples(self) -> int:
        """Samples before a window on which its score depends."""
        return self.receptive_field - 1 + self.scale.context_samples

    def maps(self, x: Tensor, past: Past) -> Tensor:
        """(n, channels, samples) in any unit to feature maps (n, samples less the past that is lacking, width)."""
        x = self.scale(past(self.scale, x.transpose(1, 2)))
        x = self.first(past(self.first, x))
        for block in self.blocks:
            x = block(x, past)
        return functional.relu(self.last(x))

    def features(self, windows: Tensor) -> Tensor:
        """(n, channels, context + window samples) in any unit to feature maps (n, width, window samples).

        Raises
        ------
        ValueError
            When the windows have another shape.
        """
        expected = (self.channels, self.context_samples + self.window_samples)
        if tuple(windows.shape[1:]) != expected:
            raise ValueError(
                f"windows are {tuple(windows.shape)}; this network takes (n, {expected[0]}, {expected[1]})"
            )
        return self.maps(windows, no_past).transpose(1, 2)

    def forward(self, windows: Tensor) -> Tensor:
        """(n, channels, context + window samples) to logits (n,)."""
        return self.logits(self.features(windows).amax(dim=2))

    def evidence(self, windows: Tensor) -> tuple[Tensor, Tensor]:
        """Score windows and find where in time the evidence came from.

        Returns
        -------
        tuple[Tensor, Tensor]
            Logits and peaks, int64, samples from the scored window's start (not its context's): (n, SPANS) both.
        """
        pooled, where = pool_spans(self.features(windows))
        return self.logits(pooled), self.peaks(pooled, where)

    def logits(self, pooled: Tensor) -> Tensor:
        """Features' maxima (n, width), or of spans (n, SPANS, width), to logits (n,) or (n, SPANS)."""
        logits: Tensor = self.head(self.dropout(pooled))
        return logits[..., 0]

    def peaks(self, pooled: Tensor, where: Tensor) -> Tensor:
        """Find where the features' votes are densest, each cast where that feature has its maximum; as SC does.

        Parameters
        ----------
        pooled, where
            Features' maxima and their places, samples from the window's start: (n, SPANS, width) both.

        Returns
        -------
        Tensor
            (n, SPANS), int64, samples from the window's start.
        """
        votes = functional.relu(pooled * self.head.weight[0])
        return vote_peak(votes, where, self.window_samples)
