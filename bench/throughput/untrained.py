"""Networks for measuring time: weights as drawn, which takes as long as trained ones."""

from dataclasses import dataclass
from typing import Final, Literal

import torch

from models.networks.sc import SC
from models.networks.sc_stream import StreamSC
from models.signal.montage import ROWS
from models.zoo.manifest import Manifest, OperatingPoint, Preprocessing
from models.zoo.store import LoadedModel

Kind = Literal["sc", "sc_stream"]

HOP_S: Final = 0.125
SEED: Final = 7
QUIET: Final = -8.0
"""Bias of the last unit, so that next to nothing is a detection, as in a night's EEG."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large a network is and how fast its samples come."""

    name: str
    width: int
    window_samples: int
    rate_hz: float

    @property
    def hop_samples(self) -> int:
        """Samples of 125 ms."""
        return round(HOP_S * self.rate_hz)


SMALL: Final = Size("small", 48, 192, 128.0)
FULL: Final = Size("full", 256, 192, 128.0)
PAPER: Final = Size("full at 512 Hz, as in the paper", 256, 768, 512.0)
SIZES: Final = {size.name: size for size in (SMALL, FULL, PAPER)}


def untrained(kind: Kind, size: Size) -> LoadedModel:
    """Make a detector of seeded random weights."""
    # The same weights in every process, so that processes side by side do the same work.
    torch.manual_seed(SEED)
    made = {"sc": SC, "sc_stream": StreamSC}[kind](ROWS, size.window_samples, width=size.width)
    torch.nn.init.constant_(made.head.bias, QUIET)
    return LoadedModel(made.eval(), _manifest(kind, size))


def _manifest(kind: Kind, size: Size) -> Manifest:
    return Manifest(
        name=f"{kind}-{size.width}x{size.window_samples}-untrained",
        task="ied",
        architecture=kind,
        parameters={"channels": ROWS, "window_samples": size.window_samples, "width": size.width},
        channels=ROWS,
        rate_hz=size.rate_hz,
        window_samples=size.window_samples,
        unit="any",
        normalisation="inside the network",
        preprocessing=Preprocessing((1.0, 50.0), "auto", size.rate_hz),
        montages=(),
        operating_points={"default": OperatingPoint(0.5, "of random weights")},
        training_data="none: random weights",
        date="2026-11-21",
        seed=SEED,
        command="python -m bench.throughput",
    )
