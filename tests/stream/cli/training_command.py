"""How tests call `spikewatch train`: settings small enough for a test, and the types of the functions that call it."""

from collections.abc import Callable

SMALL = ("parameters.width=8", "parameters.blocks=2", "pre_bce_epochs=1", "batch_windows=32")
TINY = (*(word for setting in SMALL for word in ("--set", setting)), "--device", "cpu")
Train = Callable[..., tuple[int, str, str]]
Refused = Callable[..., tuple[int, str]]
