"""Whether the peer and Spikewatch agree: on the same windows, and on the same times of the live stream."""

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bench.peer.networks import SETTLED_S, conditioned, cut
from bench.peer.runs import Run
from bench.peer.sent_signal import RATE_HZ
from bench.peer.task import probabilities
from models.engines.opening import open_engine
from models.zoo import store

SAME_WINDOWS: Final = 40
LIVE_DECISIONS: Final = 64


def same_windows(model: Path, groups: int) -> dict[str, Any]:
    """Score windows that Spikewatch has conditioned with its engine and as the peer does: the largest difference."""
    loaded = store.load(model)
    rate_hz, length = loaded.manifest.rate_hz, loaded.manifest.window_samples
    samples, engine = conditioned(groups, rate_hz), open_engine(loaded, "cpu")
    windows = cut(samples, np.linspace(SETTLED_S * rate_hz, samples.shape[1], SAME_WINDOWS).astype(np.int64), length)
    ours, theirs = engine.score(windows)[0][:, 0], np.array(probabilities(store.load(model).network, windows))
    largest = float(np.abs(ours - theirs).max())
    return {"windows": len(windows), "engine": engine.name, "largest_difference": float(f"{largest:.2g}")}


def live_correlation(model: Path, groups: int, run: Run) -> dict[str, Any]:
    """Correlate the peer's live probabilities with Spikewatch's of windows that end with the same sample.

    Filters differ: MNE-LSL's band-pass of order 4 has no notch. Live, Spikewatch publishes events only; what it gives
    for a window is the same offline for any chunks, so its side is scored here from the sent signal.
    """
    loaded, chosen = store.load(model), run.decisions[:LIVE_DECISIONS]
    newest = [round((decision.newest_s - run.t0_s) * RATE_HZ) for decision in chosen]
    step = round(RATE_HZ / loaded.manifest.rate_hz)
    samples = conditioned(groups, loaded.manifest.rate_hz, minutes=2)  # in the second no filter remembers the start
    minute = samples.shape[1] // 2
    # The peer takes every `step`-th sample of a window from the first on: the last is `step - 1` before its end.
    ends: NDArray[np.int64] = minute + ((np.array(newest) - step + 1) // step) % minute + 1
    ours = open_engine(loaded, "cpu").score(cut(samples, ends, loaded.manifest.window_samples))[0][:, 0]
    theirs = np.concatenate([decision.probabilities for decision in chosen])
    return {"windows": len(ours), "correlation": round(float(np.corrcoef(ours, theirs)[0, 1]), 3)}
