"""The peer's task, and how it scores; apart from its process, because the comparing process must not load MNE-LSL."""

import json
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

TOPIC: Final = "peer/decision"


@dataclass(frozen=True, slots=True)
class Task:
    """One bed's work.

    `plus` and `minus`: channels of each derivation, five a group.
    what is left above 50 Hz is too little to matter at 128 Hz.
    """

    stream: str
    port: int
    model: str
    hop_s: float
    window_s: float
    plus: list[int]
    minus: list[int]
    step: int = 1

    def argument(self) -> str:
        """Write it as the process's argument."""
        return json.dumps(asdict(self))


@torch.no_grad()
def probabilities(network: nn.Module, windows: NDArray[np.float32]) -> list[float]:
    """Score windows (n, 5, samples) as eager PyTorch does."""
    scored: list[float] = torch.sigmoid(network(torch.from_numpy(windows))).tolist()
    return scored
