"""Carry a streaming network from hop to hop, so that every sample of every group is computed once.

`StreamState` holds what the network remembers: for each layer the inputs that it looks back on, and for each hop of
the window the maximum of every feature and its place. `Streamer` pushes new samples through the network, each layer
of which sees the carried samples before the new ones (`models.networks.sc_stream.Past`), and pools over hops.
`models.networks.stream_step` is the same as a pure function, hop in and memory in, features' maxima and memory out.

Nothing is accumulated. The running scale is summed afresh from carried samples and the maximum is taken afresh from
carried maxima, so a score equals that of its full window to rounding however long a stream runs, and a burst or a
NaN is forgotten after `warm_up_samples`.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from models.networks.contract import StreamingNetwork
from models.networks.hop_pooling import hops_in_window, pool_spans_by_hops
from models.networks.sc_stream import Remembering


class RollingBuffer:
    """The newest rows of a sequence, kept in one preallocated block so that old and new lie side by side.

    Parameters
    ----------
    start
        (groups, kept, features): the rows before the first that come.
    room
        Most rows that come at once.
    """

    def __init__(self, start: Tensor, room: int) -> None:
        groups, self._kept, features = start.shape
        self._end = self._kept
        # Twice what is kept, and room: when the rows go back to the front, they never overlap themselves.
        self._block = torch.cat((start, start.new_zeros(groups, self._kept + room, features)), dim=1)

    def append(self, new: Tensor) -> Tensor:
        """Append rows and return a view, (groups, kept + new, features), good until the next call."""
        # Once in a block's length what is kept moves to the front; in between nothing is copied but the new rows.
        if self._end + new.shape[1] > self._block.shape[1]:
            self._block[:, : self._kept] = self._block[:, self._end - self._kept : self._end]
            self._end = self._kept
        start, self._end = self._end - self._kept, self._end + new.shape[1]
        self._block[:, self._end - new.shape[1] : self._end] = new
        return self._block[:, start : self._end]


class StreamState:
    """What a batch of groups remembers between hops, preallocated.

    Parameters
    ----------
    network
        Its layers know how far they look back; the state lies on its device, in its precision.
    groups
        Groups carried at once.
    hop_samples
        Samples whose maxima are kept as one.
    """

    def __init__(self, network: StreamingNetwork, groups: int, hop_samples: int) -> None:
        weight = network.head.weight
        window, slots = network.window_samples, network.window_samples // hop_samples
        # A push brings a window at most, so that is the room each layer needs for new rows.
        self._tails = {
            layer: RollingBuffer(weight.new_zeros(groups, layer.context_samples, layer.channels), window)
            for layer in network.modules()
            if isinstance(layer, Remembering)
        }
        maxima = weight.new_zeros(groups, slots, network.head.in_features)
        self._maxima, self._places = RollingBuffer(maxima, slots), RollingBuffer(maxima.long(), slots)
        self._hop_samples, self._slots = hop_samples, slots
        self.seen_samples = torch.zeros(groups, dtype=torch.int64, device=weight.device)

    def recall(self, layer: Remembering, x: Tensor) -> Tensor:
        """Put a layer's carried samples before its new ones, and carry the newest on; a `Past`."""
        return self._tails[layer].append(x)

    def pool(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        """Add feature maps (groups, hops * hop samples, width) and pool the window that ends now.

        Returns
        -------
        tuple[Tensor, Tensor]
            Maxima and their places, samples from the window's start, (groups, SPANS, width) both.
        """
        self.seen_samples += maps.shape[1]
        # A push may bring several hops: each is reduced to its maxima before it is kept.
        hops = maps.reshape(len(maps), -1, self._hop_samples, maps.shape[2])
        maxima, places = hops.max(dim=2)
        maxima, places = self._maxima.append(maxima)[:, -self._slots :], self._places.append(places)[:, -self._slots :]
        return pool_spans_by_hops(maxima, places, self._hop_samples)


class Streamer:
    """Scores a batch of groups hop by hop; equal to the network's own full window once warm.

    Parameters
    ----------
    network
        Put into evaluation mode. Its device and precision are those of the stream.
    groups
        Groups carried at once, independent of each other.
    hop_samples
        Finest hop; it divides the window. Each push brings one hop or several, a window at most.

    Raises
    ------
    ValueError
        When the hop does not divide the window.
    """

    def __init__(self, network: StreamingNetwork, groups: int, hop_samples: int) -> None:
        hops_in_window(network, hop_samples)
        self._network = network.eval()
        self._groups, self._hop_samples = groups, hop_samples
        self._state = StreamState(network, groups, hop_samples)

    @property
    def groups(self) -> int:
        """Groups carried at once."""
        return self._groups

    @property
    def warm_up_samples(self) -> int:
        """Samples after a start or a reset until a window and its whole context are in."""
        return self._network.context_samples + self._network.window_samples

    @property
    def ready(self) -> Tensor:
        """(groups,), bool: whose window and context are wholly in, and so whose scores count."""
        return self._state.seen_samples >= self.warm_up_samples

    @torch.inference_mode()
    def push(self, samples: Tensor) -> tuple[Tensor, Tensor]:
        """Push samples and score the windows that end with them.

        Parameters
        ----------
        samples
            (groups, channels, hops * hop samples), any unit, not modified; a missing derivation is a row of zeros.

        Returns
        -------
        tuple[Tensor, Tensor]
            Logits, NaN for groups that are not `ready`; peaks, int64, samples from the window's
            start.

        Raises
        ------
        ValueError
            When the samples have another shape.
        """
        self._check(samples)
        pooled, where = self._state.pool(self._network.maps(samples, self._state.recall))
        # A group that is not warm has zeros in place of its past: its answer does not count.
        logits = self._network.logits(pooled).masked_fill(~self.ready[:, None], torch.nan)
        return logits, self._network.peaks(pooled, where)

    def reset(self, groups: Sequence[int] | None = None) -> None:
        """Start these groups anew after a gap; None means all of them.

        What they carry may stay: all of it has been replaced by the time they are `ready` again.
        """
        chosen = slice(None) if groups is None else torch.tensor(list(groups), dtype=torch.int64)
        self._state.seen_samples[chosen] = 0

    def _check(self, samples: Tensor) -> None:
        groups, channels, length = samples.shape
        fits = (groups, channels) == (self._groups, self._network.channels)
        if not fits or length % self._hop_samples or not 0 < length <= self._network.window_samples:
            raise ValueError(
                f"samples are {tuple(samples.shape)}; this stream takes ({self._groups}, {self._network.channels}, "
                f"a multiple of {self._hop_samples} up to {self._network.window_samples})"
            )
