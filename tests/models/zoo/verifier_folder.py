"""A folder with a small verifier."""

import dataclasses
from pathlib import Path
from typing import Any

import torch

from models.networks.candidate_window import WINDOW
from models.networks.whole_head import WholeHead
from models.zoo import store
from models.zoo.manifest import Manifest


def save(folder: Path, seed: int, changes: dict[str, Any] | None = None) -> Path:
    """Write a small verifier drawn at random, its manifest that of the zoo's but for its size."""
    torch.manual_seed(seed)
    manifest = store.load("whole-head").manifest
    parameters = {"channels": 25, "window_samples": WINDOW, "width": 8, "hidden": 16, "dropout": 0.3}
    own: Manifest = dataclasses.replace(
        manifest, name=folder.name, parameters=parameters, figures={"validation_f1": seed / 10}, **(changes or {})
    )
    store.save(folder, WholeHead(width=8, hidden=16), own, "")
    return folder
