"""The second task of a network that also scores sleep: its targets, and the loss beside that of discharges.

Source: Siamese-ES is trained on both tasks at once (stated); that the losses are added with a weight, and that
windows of unknown stage count for discharges alone, is our reconstruction after vepiset/vEpiSzNet, which adds two
unweighted losses and leaves unknown targets out.
"""

from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from models.datasets.windowset import STAGE_CODES
from models.sleep_stages import STAGES

UNKNOWN: Final = -1


def stage_targets(codes: NDArray[np.uint8], classes: int) -> NDArray[np.int64]:
    """Return the sleep targets (n,) of stage codes (n,), UNKNOWN where a stage is not known well enough.

    Two classes are waking and sleeping; five are the stages, where "asleep" alone is unknown.
    """
    targets = np.full(len(STAGE_CODES), UNKNOWN, np.int64)
    for code, name in enumerate(STAGE_CODES):
        if classes == 2 and name != "unknown":
            targets[code] = int(name != "W")
        elif name in STAGES:
            targets[code] = STAGES.index(name)
    return targets[codes]


def sleep_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the mean cross entropy () of logits (n, classes) over windows with a known target (n,), 0 without any."""
    known = targets != UNKNOWN
    # A sum and not torch's mean, which is NaN over no window: rare stages leave whole batches without any.
    total = functional.cross_entropy(logits, targets, ignore_index=UNKNOWN, reduction="sum")
    return total / known.sum().clamp(min=1)


def classes_of(sleep_logits: Tensor) -> int:
    """Return how many classes sleep logits (n, classes) tell apart."""
    return sleep_logits.shape[1]


def targets_for(sleep_logits: Tensor, stages: Tensor) -> Tensor:
    """Return the targets (n,) of stage codes (n,) for logits (n, classes)."""
    found = stage_targets(stages.cpu().numpy().astype(np.uint8), classes_of(sleep_logits))
    return torch.from_numpy(found).to(sleep_logits.device)
