"""The networks that the comparison with a peer runs, of seeded random weights: time does not depend on them.

The last layer looks along the direction in which the features of the sent signal vary most, scaled so that logits have
mean 0 and a standard deviation of 1.5: probabilities use their range, and events come regularly.
"""

from pathlib import Path
from typing import Final, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bench.peer.sent_signal import LABELS, RATE_HZ, loop, montage
from models.networks.sc import SC
from models.networks.sc_stream import StreamSC
from models.signal.montage import ROWS, build
from models.signal.offline import condition
from models.zoo import store
from models.zoo.manifest import Manifest, OperatingPoint, Preprocessing

Architecture = Literal["sc", "sc_stream"]

# SC of the paper: 1.5 s at 512 Hz, 256 channels wide.
WINDOW_SAMPLES: Final = 768
WIDTH: Final = 256
SEED: Final = 7
EXAMPLES: Final = 48  # windows by which the last layer is set
SETTLED_S: Final = 10.0  # from here on no filter remembers the beginning
LOGIT_STD: Final = 1.5  # probabilities between 0.05 and 0.95 for 95 % of windows


def conditioned(groups: int, model_rate_hz: float = RATE_HZ, minutes: int = 1) -> NDArray[np.float32]:
    """Return the first minutes of the sent signal as Spikewatch conditions them, (5 x groups, samples)."""
    sent = np.tile(loop(), minutes)
    return condition(sent, RATE_HZ, build(montage(groups), LABELS), model_rate_hz=model_rate_hz).samples


def cut(samples: NDArray[np.float32], ends: NDArray[np.int64], length: int) -> NDArray[np.float32]:
    """Cut every group's window of `length` samples before each of `ends`: (ends x groups, 5, length)."""
    pieces = [samples[:, end - length : end].reshape(-1, ROWS, length) for end in ends.tolist()]
    return np.concatenate(pieces)


def save(folder: Path, architecture: Architecture, width: int = WIDTH) -> Path:
    """Write a model folder and return its path."""
    torch.manual_seed(SEED)
    kind = {"sc": SC, "sc_stream": StreamSC}[architecture]
    network = kind(ROWS, WINDOW_SAMPLES, width=width).eval()
    _look_at_what_varies(network)
    path = folder / f"{architecture}-random"
    card = "Random weights, for measuring time.\n"
    store.save(path, network, _manifest(path.name, architecture, width), card)
    return path


@torch.inference_mode()
def _look_at_what_varies(network: SC | StreamSC) -> None:
    samples, length = conditioned(1), network.context_samples + network.window_samples
    ends = np.linspace(SETTLED_S * RATE_HZ, samples.shape[1], EXAMPLES).astype(np.int64)
    windows = torch.from_numpy(cut(samples, ends, length))
    # Four at a time: the features of all windows of the paper's size would take gigabytes.
    pooled = torch.cat([network.features(window).amax(dim=2) for window in torch.split(windows, 4)])
    direction = _widest(pooled)
    scale = LOGIT_STD / (pooled @ direction).std()
    network.head.weight.copy_(scale * direction[None])
    network.head.bias.copy_(-scale * (pooled @ direction).mean())


def _widest(features: Tensor) -> Tensor:
    """Return the first principal direction (width,) of features (n, width)."""
    centred = features - features.mean(dim=0)
    direction: Tensor = torch.linalg.svd(centred, full_matrices=False).Vh[0]
    return direction


def _manifest(name: str, architecture: Architecture, width: int) -> Manifest:
    return Manifest(
        name=name,
        task="ied",
        architecture=architecture,
        parameters={"channels": ROWS, "window_samples": WINDOW_SAMPLES, "width": width},
        channels=ROWS,
        rate_hz=RATE_HZ,
        window_samples=WINDOW_SAMPLES,
        unit="any",
        normalisation="inside the network",
        preprocessing=Preprocessing((1.0, 50.0), "auto", RATE_HZ),
        montages=(),
        operating_points={"default": OperatingPoint(0.5, "half of the windows")},
        training_data="none: random weights",
        date="2026-11-21",
        seed=SEED,
        command="python -m bench.peer",
    )
