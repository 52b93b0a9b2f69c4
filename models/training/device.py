"""The device that a training runs on, and its precision."""

import os
from typing import Final

import torch

from models.errors import TrainingError
from models.training.recipe_values import Precision

MOST_THREADS: Final = 1024  # a slip of the keyboard is refused


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


def use_threads(count: int) -> None:
    """Set torch's threads for the whole process; 0 for OMP_NUM_THREADS, or else as many as processors are idle.

    Raises
    ------
    TrainingError
        if the number makes no sense
    """
    if not 0 <= count <= MOST_THREADS:
        raise TrainingError(f"--threads {count}: give 1 to {MOST_THREADS}, or 0 for as many as processors are idle")
    if count or "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(count or idle_processors())


def idle_processors() -> int:
    """Return how many of this process's processors had nothing to do in the last minute, at least 1."""
    # Threads that wait for a processor hold up all others of a convolution: more of them make it slower.
    return max(1, len(os.sched_getaffinity(0)) - round(os.getloadavg()[0]))


def autocast(device: torch.device, precision: Precision) -> torch.autocast:
    """Return the context that a forward pass runs in; "bf16" leaves weights and sums in float32."""
    # bfloat16 has float32's range, so that no loss scaling is needed, as it would be with float16.
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16")
