"""Windows scored on a GPU by CUDA graphs: each batch size captured once.

A graph that cannot be captured is run operation by operation on the same device; a device that fails is left for the
CPU. Both are reported by an `EngineWarning` and by the engine's name.
"""

import copy
from collections.abc import Callable
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from models.engines.cuda_device import CUDA, CudaDevice
from models.engines.engine import Answers, Engine, Floats, Precision, first_line, warn
from models.engines.readout import Readout
from models.engines.static_batches import Capture, StaticBatches
from models.networks.contract import LocatingNetwork


class CudaWindows:
    """Scores windows.

    Parameters
    ----------
    network
        Copied to the device.
    readout
        What is computed there, and how it is read out here.
    precision
        Of products and convolutions.
    open_cpu
        Opens the engine that takes over when the device fails.
    device, capture
        Another device and what stands in for CUDA graphs there: for tests.
    """

    def __init__(
        self,
        network: LocatingNetwork,
        readout: Readout,
        precision: Precision,
        open_cpu: Callable[[], Engine],
        device: torch.device = CUDA,
        capture: Capture | None = None,
    ) -> None:
        self._open_cpu = open_cpu
        self._cpu: Engine | None = None
        self._place, self._readout = CudaDevice(precision, device, capture), readout
        # A copy: in bf16 its weights are changed, and the caller goes on comparing with the original.
        self._network = copy.deepcopy(network)
        self._place.place(cast("nn.Module", self._network))
        self.context_samples = network.context_samples
        shape = (network.channels, network.context_samples + network.window_samples)
        self._batches = StaticBatches(self._work, shape, readout.found, device, self._place.capture)

    @property
    def name(self) -> str:
        """What answers now."""
        return self._place.name if self._cpu is None else f"{self._cpu.name} since {self._place.name} failed"

    def score(self, windows: Floats) -> Answers:
        """Score conditioned windows; see Engine."""
        if self._cpu is None:
            try:
                return self._on_device(windows)
            except RuntimeError as problem:
                warn(f"{self.name} failed ({first_line(problem)}): the CPU takes over")
                # For good: an error on a device may leave its context broken until the process ends.
                self._cpu = self._open_cpu()
        return self._cpu.score(windows)

    def _on_device(self, windows: Floats) -> Answers:
        # On the host, where the check costs no kernel launch. Windows that are not finite are set to zero, so that no
        # norm meets infinity.
        finite = np.asarray(np.isfinite(windows).all(axis=(1, 2)))
        whole = windows if finite.all() else np.where(finite[:, None, None], windows, np.float32(0))
        with self._place.on_stream():
            # Windows carry nothing, so all of them may use the padding's slot.
            values, places = self._batches.run(whole, np.zeros(len(windows), np.int64))
        probabilities, peaks = self._readout.answers(values, places)
        probabilities[~finite] = np.nan
        return probabilities, peaks

    def _work(self, samples: Tensor, _slots: Tensor) -> tuple[Tensor, Tensor]:
        with self._place.arithmetic():
            return self._readout.compute(self._network, samples)
