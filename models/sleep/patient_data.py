"""Features with stages of simulated patients: many derivations, discharges, and stays in a stage of any length.

`models.simulate.Patient` is what the demo shows and what detectors are trained on; beside `models.simulate.sleeper`
it is the second of the two worlds that a stager has to read.
"""

from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.signal import butter, lfilter, sosfilt

from models.signal.montage import build
from models.signal.offline import condition
from models.simulate import Layout, Plan, Simulated, simulate
from models.sleep.context_data import UNIT_UNKNOWN_EVERY, Labelled, follow
from models.sleep.features import RATE_HZ, SEGMENT_SAMPLES, measure
from models.sleep_stages import STAGES, Stage

Float32 = NDArray[np.float32]

# Choices of ours, all of them.
SECONDS: Final = 800.0
"""Of each patient: many of them, rather than much of one."""
STAY_S: Final = (40.0, 400.0)
"""From a demo's stays towards a night's, drawn log-uniform."""
DEPTH_EVERY: Final = 6
"""Of so many patients one has depth leads."""
SETTLED_S: Final = 5
HALF_EPOCH_S: Final = 15.0


def patients(first: int, count: int, *, strange: bool = False) -> list[Labelled]:
    """Draw simulated patients, each through all derivations, through some and through one; stages as of the middle.

    `strange`: recorded by amplifiers and electrodes such as none in the fit, by gain, slope of the spectrum and noise.
    """
    drawn = []
    for number in range(count):
        rng = np.random.default_rng(first + number)
        depth = number % DEPTH_EVERY == DEPTH_EVERY - 1
        night = _night(first + number, "depth" if depth else "scalp", rng)
        rows = _rows(night)
        rows = _estranged(rows, rng) if strange else rows
        microvolts = not depth and number % UNIT_UNKNOWN_EVERY != UNIT_UNKNOWN_EVERY - 1
        drawn += _labelled(night, rows, rng, microvolts=microvolts)
    return drawn


def _night(seed: int, layout: Layout, rng: np.random.Generator) -> Simulated:
    # Two rates, so that no measure hangs on one resampling; without discharges, with some, and one every two seconds.
    rate_hz, ied_rate = float(rng.choice((200.0, 256.0))), float(rng.choice((0.0, 6.0, 30.0)))
    plan = _plan(rng)
    # Some of the ill do not sleep, so that their stages are so in name only.
    return simulate(seed, SECONDS, layout=layout, rate_hz=rate_hz, plan=plan, ied_rate_per_min=ied_rate, illness="none")


def _plan(rng: np.random.Generator) -> Plan:
    """Draw stages in any order, so that what a stager learns of one is not where in a night it stands."""
    plan: list[tuple[Stage, float]] = []
    while sum(stay for _, stay in plan) < SECONDS:
        plan += [(STAGES[at], float(np.exp(rng.uniform(*np.log(STAY_S))))) for at in rng.permutation(len(STAGES))]
    return plan


def _rows(night: Simulated) -> Float32:
    """Return all derivations (rows, samples), conditioned as live."""
    layout = "scalp" if night.labels[0] == "Fp1" else "shaft"
    made = condition(night.samples, night.rate_hz, build(layout, list(night.labels)))
    return np.asarray(made.samples[:, SETTLED_S * RATE_HZ :])


def _estranged(rows: Float32, rng: np.random.Generator) -> Float32:
    loud = rows * np.exp(rng.normal(0, 0.5))
    # One pole and one zero tilt the whole spectrum, to either side.
    tilt = rng.uniform(-0.45, 0.45)
    tilted = lfilter([1.0, tilt], [1.0, -tilt], loud, axis=1) * (1 - tilt) / (1 + tilt)
    if rng.random() < 0.5:
        tilted = sosfilt(butter(2, float(rng.uniform(26, 45)), fs=RATE_HZ, output="sos"), tilted, axis=1)
    noise_uv = np.exp(rng.uniform(np.log(0.2), np.log(3.0)))
    return np.asarray(tilted + rng.normal(0, noise_uv, rows.shape), np.float32)


def _labelled(night: Simulated, rows: Float32, rng: np.random.Generator, *, microvolts: bool) -> list[Labelled]:
    segments = sliding_window_view(rows, SEGMENT_SAMPLES, axis=1)[:, ::RATE_HZ]
    measures = np.stack([measure(np.ascontiguousarray(row)) for row in segments])
    order, some = rng.permutation(len(rows)), int(rng.integers(2, len(rows)))
    return [_followed(night, measures[seen], microvolts=microvolts) for seen in (order, order[:some], order[:1])]


def _followed(night: Simulated, measures: Float32, *, microvolts: bool) -> Labelled:
    # Of all rows the median of each measure, as `models.sleep.readers.ContextReader` takes it.
    features, ends = follow(np.median(measures, axis=0).astype(np.float64), microvolts=microvolts)
    middles = (ends + SETTLED_S - HALF_EPOCH_S) * night.rate_hz
    span_ends = np.array([span.end for span in night.stages])
    stages = np.array([STAGES.index(span.stage) for span in night.stages])
    return Labelled(features, stages[np.searchsorted(span_ends, middles, side="right")])
