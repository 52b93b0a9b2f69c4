"""One hop of a streaming network as a pure function, for engines that keep the memory themselves.

What `models.networks.stream_state` carries in buffers of its own is here an argument and a result, so that it can lie
in the memory of a captured graph.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from models.networks.contract import StreamingNetwork
from models.networks.hop_pooling import hops_in_window, pool_spans_by_hops
from models.networks.sc_stream import Remembering


class StreamStep:
    """One hop of a streaming network as a function of its samples and of what is carried; it keeps nothing itself.

    Parameters
    ----------
    network
        Put into evaluation mode.
    hop_samples
        Samples of every hop; it divides the window.

    Raises
    ------
    ValueError
        When the hop does not divide the window.
    """

    def __init__(self, network: StreamingNetwork, hop_samples: int) -> None:
        self.network = network.eval()
        self.hop_samples, self._hops = hop_samples, hops_in_window(network, hop_samples)
        self._layers = [layer for layer in network.modules() if isinstance(layer, Remembering)]

    def start(self, groups: int) -> list[Tensor]:
        """Return what is carried before the first hop, all zeros, (groups, samples or hops, features) each."""
        weight, width = self.network.head.weight, self.network.head.in_features
        lengths = [(layer.context_samples, layer.channels) for layer in self._layers]
        # One hop less than the window has: the new one joins them at every step.
        carried = [weight.new_zeros(groups, *shape) for shape in (*lengths, (self._hops - 1, width))]
        return [*carried, torch.zeros_like(carried[-1], dtype=torch.int64)]

    def __call__(self, samples: Tensor, carried: Sequence[Tensor]) -> tuple[Tensor, Tensor, list[Tensor]]:
        """Compute one hop.

        Parameters
        ----------
        samples
            (groups, channels, hop samples), any unit, not modified.
        carried
            What `start` or the last hop returned; not modified.

        Returns
        -------
        tuple[Tensor, Tensor, list[Tensor]]
            Features' maxima over both spans of the window that ends with the hop, and their places, samples from its
            start, (groups, SPANS, width) both, for the network's `logits` and `peaks`; and what is carried on.
        """
        # Shorter than what is carried: the last two are maxima and places, which no layer looks back on.
        before = dict(zip(self._layers, carried, strict=False))
        after: dict[Remembering, Tensor] = {}

        def recall(layer: Remembering, x: Tensor) -> Tensor:
            # A new tensor, so that what was handed in stays as it was and the step can be captured.
            both = torch.cat((before[layer], x), dim=1)
            after[layer] = both[:, -layer.context_samples :]
            return both

        maxima, places = self.network.maps(samples, recall).max(dim=1, keepdim=True)
        maxima, places = torch.cat((carried[-2], maxima), dim=1), torch.cat((carried[-1], places), dim=1)
        pooled, where = pool_spans_by_hops(maxima, places, self.hop_samples)
        return pooled, where, [*(after[layer] for layer in self._layers), maxima[:, 1:], places[:, 1:]]
