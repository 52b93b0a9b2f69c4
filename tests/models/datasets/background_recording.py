"""A recording of a person without discharges, for the tests of hybrid sets."""

from pathlib import Path

import numpy as np

from models.simulate import simulate

RATE_HZ = 256.0


def a_recording(path: Path, seed: int, seconds: float = 26.0, unit: str = "uV") -> Path:
    """Write a quiet person's EEG with an ECG beside it, electrodes named as a hospital names them."""
    quiet = simulate(seed, seconds, rate_hz=RATE_HZ, plan=[("W", 100.0)], ied_rate_per_min=0.0)
    labels = [*(f"EEG {name}-REF" for name in quiet.labels), "ECG"]
    samples = np.concatenate([quiet.samples, np.full_like(quiet.samples[:1], 500.0)])
    np.savez(path, x=samples, fs=RATE_HZ, labels=np.array(labels), units=np.array([unit] * len(labels)))
    return path
