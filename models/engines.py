"""Engines: a network made ready to score batches of windows on one device.

Eager torch on the CPU (`tune_process` first) or on CUDA.
"""

from typing import Literal, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from models.errors import ModelError
from models.sc import SC
from models.store import LoadedModel

Device = Literal["auto", "cuda", "cpu"]
WARM_UP_BATCHES = 3


class Engine(Protocol):
    """What scores windows, wherever it runs."""

    @property
    def name(self) -> str:
        """Kind, precision and device, such as "eager-fp32-cpu"."""
        ...

    def score(self, windows: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Score conditioned windows.

        Parameters
        ----------
        windows
            (n, channels, samples), microvolts or any unit; not modified.

        Returns
        -------
        tuple[NDArray[np.float32], NDArray[np.int64]]
            Probabilities (n,), NaN where the window or the network's answer was not finite: the caller rejects
            those. Peaks (n,): samples from the window's start.
        """
        ...


class Eager:
    """Plain torch in inference mode; what every other engine is compared with."""

    def __init__(self, network: SC, device: torch.device) -> None:
        self._network = network.to(device).eval()
        self._device = device
        self.name = f"eager-fp32-{device.type}"

    @torch.inference_mode()
    def score(self, windows: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Score conditioned windows; see Engine."""
        if len(windows) == 0:
            return np.empty(0, np.float32), np.empty(0, np.int64)
        batch = torch.from_numpy(np.ascontiguousarray(windows, np.float32)).to(self._device)
        logits, peaks = self._network.evidence(batch)
        finite = torch.isfinite(batch).all(dim=(1, 2)) & torch.isfinite(logits)
        probabilities = torch.where(finite, torch.sigmoid(logits), torch.nan)
        return probabilities.cpu().numpy(), peaks.cpu().numpy()


def tune_process() -> None:
    """Set what torch keeps for a whole process: one thread, no denormals. For a program's start, not for a library.

    On two threads maxima are ten times the median as soon as anything else wants a core; a network fed with long
    zeros slows down several times on denormal numbers.
    """
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)


def open_engine(loaded: LoadedModel, device: Device = "auto") -> Engine:
    """Make a detector ready to score, warm-up included.

    Raises
    ------
    ModelError
        When the model is no detector, or CUDA was asked for and there is none.
    """
    if not isinstance(loaded.network, SC):
        raise ModelError(f"model {loaded.manifest.name} does {loaded.manifest.task}, not IED detection")
    if device == "cuda" and not torch.cuda.is_available():
        raise ModelError('infer.device = "cuda": this host has no CUDA device; set it to "auto" or "cpu"')
    chosen = "cuda" if device != "cpu" and torch.cuda.is_available() else "cpu"
    engine = Eager(loaded.network, torch.device(chosen))
    warm_up = np.zeros((5, loaded.network.channels, loaded.network.window_samples), np.float32)
    for _ in range(WARM_UP_BATCHES):
        engine.score(warm_up)
    return engine
