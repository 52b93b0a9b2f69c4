"""Detectors of other shapes than the shipped ones."""

import dataclasses
from pathlib import Path

import torch

from models.networks.sc import SC
from models.zoo import store
from stream.config.keys import Acquire, Bed, Condition, Config, Frame, Infer


def save_sc(folder: Path, rows: int, rate_hz: float = 128.0) -> str:
    """Write an untrained detector of so many rows and such a rate."""
    # Four channels wide: it opens fast, and what it finds is no matter here.
    parameters = {"channels": rows, "window_samples": 192, "width": 4}
    shipped = store.load("sc-small").manifest
    # All else is as shipped but for the verifier, so that a refusal can only be about rows or rate.
    manifest = dataclasses.replace(
        shipped, name="odd", channels=rows, rate_hz=rate_hz, parameters=parameters, verification=None
    )
    torch.manual_seed(3)
    store.save(folder / "odd", SC(rows, 192, width=4), manifest, "# odd\n")
    return str(folder / "odd")


def odd_config(
    folder: Path,
    rows: int = 5,
    rate_hz: float = 128.0,
    *,
    montage: str | dict[str, list[str]] = "scalp",
    hop_ms: float = 125.0,
    sleep: str = "auto",
) -> Config:
    """Configure one bed with it."""
    condition = Condition.model_validate({"montage": montage})
    bed = Bed(id="a", acquire=Acquire(unit="uV"), condition=condition)
    infer = Infer(device="cpu", detector=save_sc(folder, rows, rate_hz), sleep=sleep)
    return Config(bed=[bed], frame=Frame(hop_ms=hop_ms), infer=infer)
