"""A verifier, which judges single candidates: its trunk on OpenVINO where that is installed, the rest on plain torch.

Candidates are few a minute as a rule, but two or three a hop where a bed is full of discharges or artefacts.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from models.detection.odds import log_odds, with_log_odds
from models.engines import parity
from models.engines.engine import warn
from models.errors import ModelError
from models.networks import registry
from models.networks.candidate_window import ROWS, WINDOW
from models.networks.whole_head import Trunk, WholeHead
from models.zoo import store
from models.zoo.manifest import Manifest

Floats = NDArray[np.float32]

CLOSE: Final = 1e-3
"""How far a view of OpenVINO's may lie from plain torch's: a choice of ours. Rounding alone makes some 2e-6."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """Judges what a detector finds; `candidate_threshold` is the detector's probability from which it is asked.

    The log odds of the network, `weight` times, are added to the detector's: two opinions on the same candidate, of
    which one saw a group and the other the whole head. `recurrence`: see `models.detection.recurrence`.
    """

    logit: Callable[[Floats], float]
    candidate_threshold: float
    weight: float
    name: str
    sha256: str
    recurrence: float = 0.0

    def verify(self, surroundings: Floats, probability: float) -> float:
        """Return the probability of a discharge.

        Parameters
        ----------
        surroundings
            (rows of all groups, samples) float32: see `models.detection.surroundings`
        probability
            what the detector gives the candidate

        Raises
        ------
        ModelError
            if the network answers no number
        """
        return self.combined(self.logit(surroundings), probability)

    def combined(self, logit: float, probability: float) -> float:
        """Return the probability of a discharge, given the network's log odds and the detector's probability.

        Raises
        ------
        ModelError
            if the log odds are not a number
        """
        # A NaN never reaches the threshold, so the bed would report nothing from then on.
        if not math.isfinite(logit):
            raise ModelError(f"model {self.name}: its answer is not a number; restart, or fetch the model again")
        return with_log_odds(log_odds(probability) + self.weight * logit)


class Logit:
    """Runs a verifier's network on one candidate at a time."""

    def __init__(self, network: nn.Module) -> None:
        self._network = network.eval()

    def __call__(self, surroundings: Floats) -> float:
        """Return the log odds of a discharge."""
        with torch.inference_mode():
            return float(self._network(torch.from_numpy(surroundings)[None])[0])


def open_verifier(manifest: Manifest) -> Verifier | None:
    """Make ready what a detector's manifest names, None where it names nothing.

    Raises
    ------
    ModelError
        if that model cannot be loaded, or is no verifier
    """
    asked = manifest.verification
    if asked is None:
        return None
    loaded = store.load(asked.model)
    if registry.RECORDS[loaded.manifest.architecture].task != "verify":
        raise ModelError(f"model {loaded.manifest.name} does {loaded.manifest.task}: it cannot verify {manifest.name}")
    if (manifest.channels, manifest.rate_hz) != (ROWS, loaded.manifest.rate_hz):
        raise ModelError(
            f"model {loaded.manifest.name} judges groups of {ROWS} rows at {loaded.manifest.rate_hz:g} Hz: it cannot "
            f"verify {manifest.name}, which takes {manifest.channels} at {manifest.rate_hz:g} Hz"
        )
    logit = Logit(quick(cast("WholeHead", loaded.network)))
    name, sha256 = loaded.manifest.name, loaded.manifest.sha256
    return Verifier(logit, asked.candidate_threshold, asked.weight, name, sha256, asked.recurrence)


def quick(network: WholeHead) -> WholeHead:
    """Return the network with its trunk on OpenVINO, or as it is where that cannot be had."""
    # Not installed: `models.engines.opening` says so once, for the detector.
    if find_spec("openvino") is None:
        return network
    from models.engines.openvino_trunk import OpenVinoTrunk  # noqa: PLC0415  (hosts that only train need not have it)

    trunk = OpenVinoTrunk(cast("Trunk", network.trunk))
    groups = torch.from_numpy(parity.eeg_like(parity.GROUPS, ROWS, WINDOW))
    # On the scale that the trunk is shown: some standard deviations.
    groups = torch.asinh(groups / groups.std())
    with torch.inference_mode():
        apart = float((trunk(groups) - network.trunk(groups)).abs().max())
    if apart <= CLOSE:
        network.trunk = trunk
    else:
        warn(f"the verifier's trunk on OpenVINO is not used: it lies {apart:.2g} from plain torch's")
    return network
