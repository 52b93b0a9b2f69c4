"""The device that a training runs on, and its precision."""

import torch

from models.errors import TrainingError
from models.training.recipe_values import Precision


def choose(name: str) -> torch.device:
    """Return the device: "auto" is CUDA where it is available, else the CPU.

    Raises
    ------
    TrainingError
        if there is no such device
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        raise TrainingError(f"device {name!r}: give auto, cpu or cuda") from None
    # Checked here: torch itself would complain only when the first tensor moves, after the windows were read.
    if device.type == "cuda" and not torch.cuda.is_available():
        raise TrainingError(f"device {name!r}: torch sees no CUDA device; give cpu or auto")
    return device


def autocast(device: torch.device, precision: Precision) -> torch.autocast:
    """Return the context that a forward pass runs in; "bf16" leaves weights and sums in float32."""
    # bfloat16 has float32's range, so that no loss scaling is needed, as it would be with float16.
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16")
