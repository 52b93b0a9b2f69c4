"""Recordings as files."""

from pathlib import Path

import numpy as np


def save(path: Path, samples: np.ndarray, rate_hz: float, labels: tuple[str, ...]) -> Path:
    """Write a recording in microvolts, (channels, samples)."""
    np.savez(path, x=samples, fs=rate_hz, labels=np.array(labels), units=np.array(["microvolts"] * len(labels)))
    return path
