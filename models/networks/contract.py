"""What a network offers: the record that describes it in data, and the protocols of code that runs one.

A network is a file of this folder and a `NetworkRecord` in `models.networks.registry`; nothing else names its class.
Everything that differs between networks is read off the record: what a manifest may say, what a recipe may ask for,
and which engines can run it.

The least that a network must offer is `Network`: `forward` from windows to logits, and the two numbers that its windows
are cut by. Its class takes `channels` and `window_samples` as keyword arguments, and what it is saved with is its
`state_dict`. One that offers no more is wrapped by `models.networks.whole_window` for engines.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, Protocol, Self

import torch
from torch import Tensor, nn

Task = Literal["ied", "verify", "sleep"]
Unit = Literal["any", "uV"]
Span = Literal["whole", "newest_third"]
Evidence = Literal["own", "deflection"]
Capability = Literal["pooled", "tiles", "stream_graph"]

# Rows or samples; above, a manifest is damaged rather than a network large.
ANY: Final = range(1, 1_000_001)
PER_WINDOW: Final = "inside the network: row means off, one standard deviation per window and group"


class Network(Protocol):
    """Scores windows of one group of derivations."""

    channels: int
    window_samples: int

    def __call__(self, windows: Tensor) -> Tensor:
        """(n, channels, context + window samples) to logits (n,)."""
        ...


class LocatingNetwork(Protocol):
    """Scores windows and finds where in each the evidence lies: what engines run."""

    channels: int
    window_samples: int

    @property
    def context_samples(self) -> int:
        """Samples before a window on which its score depends."""
        ...

    @property
    def spans(self) -> int:
        """Parts of a window that are scored, the whole of it first: as many as its record names."""
        ...

    def evidence(self, windows: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits and peaks, int64, samples from the scored window's start; (n, spans) both."""
        ...

    def to(self, device: torch.device) -> Self:
        """Move the weights."""
        ...

    def eval(self) -> Self:
        """Leave training mode."""
        ...


class PooledNetwork(LocatingNetwork, Protocol):
    """Ends in one linear unit over features' maxima, so that an engine may pool and another part of it read out."""

    head: nn.Linear

    @property
    def gain(self) -> float:
        """What features' maxima are multiplied by in use, before the head."""
        ...

    def features(self, windows: Tensor) -> Tensor:
        """Return feature maps (n, width, window samples)."""
        ...


class TwoTaskNetwork(Network, Protocol):
    """Scores windows for discharges and for sleep."""

    sleep_classes: int

    def both(self, windows: Tensor) -> tuple[Tensor, Tensor]:
        """(n, channels, samples) to logits of a discharge (n,) and of sleep (n, classes): 2 or the five stages."""
        ...


class StreamingNetwork(PooledNetwork, Protocol):
    """Can be carried along hop by hop (`models.networks.stream_state`).

    Its layers that look back on samples before their input are `models.networks.sc_stream.Remembering`.
    """

    def modules(self) -> Iterator[nn.Module]:
        """Return all layers, in an order that stays."""
        ...

    def maps(self, x: Tensor, past: Callable[..., Tensor]) -> Tensor:
        """Return feature maps (n, samples, width), each layer's past put before its input by `past`."""
        ...

    def logits(self, pooled: Tensor) -> Tensor:
        """Return logits (n, spans) of features' maxima (n, spans, width)."""
        ...

    def peaks(self, pooled: Tensor, where: Tensor) -> Tensor:
        """Return where the evidence lies, (n, spans), int64, of maxima and their places (n, spans, width)."""
        ...


@dataclass(frozen=True, slots=True)
class NetworkRecord:
    """All that the rest of the house knows of a network.

    Attributes
    ----------
    name
        `architecture` in manifests and recipes.
    network
        Its class; the keyword arguments are `parameters` in manifests and recipes.
    task
        "ied" networks score windows, "verify" networks judge what those found; both are trained by `models.training`.
        A "sleep" network has a fit of its own.
    scale_free
        Whether it takes the unit off its input by itself, so that any unit will do.
    normalisation
        How, in words for the manifest and the card.
    streaming
        Whether it is carried hop by hop and never sees a sample twice (`StreamingNetwork`).
    evidence
        "own": its method `evidence` finds where in the window the evidence lies. "deflection": it has none, and the
        largest deflection of the window stands for it (`models.networks.whole_window`).
    spans
        Parts of a window that it scores.
    rows, window_samples, rate_hz
        Derivations of a group, lengths of a window and rates (lowest, highest) that it can be made for.
    linear_head
        Whether it ends in `head`, one linear unit: a bias that `live_prevalence` can move, and weights that a
        temperature can be folded into.
    two_task
        Whether it also scores windows for sleep (`TwoTaskNetwork`), which a recipe's `sleep_weight` trains.
    features
        Whether it has `features`, maps (n, width, time) that samplers can cluster windows by.
    capabilities
        What engines may make of it beyond calling it: "pooled" (`PooledNetwork`), "tiles" (SC's layers, of which
        OpenVINO graphs are built by hand, wide ones in Winograd tiles), "stream_graph" (streaming SC's layers).
    """

    name: str
    network: type[nn.Module]
    # From here on, what a record may leave out: the defaults are those of a detector that only has `forward`.
    task: Task = "ied"
    scale_free: bool = True
    normalisation: str = PER_WINDOW
    streaming: bool = False
    evidence: Evidence = "deflection"
    spans: tuple[Span, ...] = ("whole",)
    rows: range = ANY
    window_samples: range = ANY
    rate_hz: tuple[float, float] = (1.0, 1e6)
    linear_head: bool = False
    features: bool = False
    two_task: bool = False
    capabilities: frozenset[Capability] = frozenset()


def context_samples(network: nn.Module) -> int:
    """Return how many samples before a window a network looks back on; most see the window alone."""
    # Not part of `Network`: most networks would only state 0.
    samples: int = getattr(network, "context_samples", 0)
    return samples
