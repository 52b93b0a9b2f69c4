"""Where a training computes, and in which precision."""

import torch

from models.errors import TrainingError
from models.training.recipe import Precision


def choose(name: str) -> torch.device:
    """Return the device: "auto" takes a CUDA one where there is one, else the CPU."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        raise TrainingError(f"device {name!r}: give auto, cpu or cuda") from None
    if device.type == "cuda" and not torch.cuda.is_available():
        raise TrainingError(f"device {name!r}: torch sees no CUDA device; give cpu or auto")
    return device


def autocast(device: torch.device, precision: Precision) -> torch.autocast:
    """Return the context that a forward pass runs in; "bf16" leaves weights and sums in float32."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16")
