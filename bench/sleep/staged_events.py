"""Events counted by the stage that was published at their time, at every threshold, with and without a prior."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.stage_prior import LOG_ODDS, Counts, Tally
from models.evaluation.forming import Scored, events
from models.evaluation.matching import is_false_alarm, match
from models.evaluation.simulated import HOP_SAMPLES
from models.signal.conditioning import MODEL_RATE_HZ
from models.signal.montage import ROWS
from models.simulate.windows import Track
from models.sleep.stager import RESULT_S, Stager, StageResult
from models.sleep_stages import STAGES
from models.zoo.store import LoadedModel

Places = NDArray[np.int64]
Floats = NDArray[np.float32]

WAVES: Final = ("vertex-wave", "k-complex", "spindle", "posts", "wicket", "14-and-6", "small-sharp-spike")
"""Waveforms of sleep that may pass for a discharge."""
AROUND_S: Final = 0.2
"""Filters shift a waveform by less than this."""
DRAWS: Final = 1000


class Point(NamedTuple):
    """Marked discharges, those found, false events, and the minutes these came in."""

    marked: float
    found: float
    false: float
    minutes: float


def published(samples: Floats, valid: NDArray[np.bool_], loaded: LoadedModel) -> list[StageResult]:
    """Return the stages that are published live, of samples (groups, rows, m) that are valid (groups, m)."""
    rows, valid = samples.reshape(-1, samples.shape[2]), np.repeat(valid, ROWS, axis=0)
    live = rows.any(axis=1)
    return [one for one in Stager(loaded).push(rows[live], valid[live]) if one.ready]


def stage_at(results: Sequence[StageResult], samples: Places) -> Places:
    """Return the place in STAGES (n,) of the newest stage at each sample (n,), -1 before the first."""
    ends = np.array([one.end for one in results], np.int64)
    stages = np.array([-1, *(STAGES.index(one.stage) for one in results)])
    return np.asarray(stages[np.searchsorted(ends, samples, side="right")])


def counted(scored: Scored, results: Sequence[StageResult], discharges: Places, marked: NDArray[np.bool_]) -> Tally:
    """Count what is found of discharges that peak at samples (n,), and false events, from the first stage on."""
    counts = Tally.none()
    at = stage_at(results, discharges)
    wanted = np.flatnonzero(marked & (at >= 0))
    np.add.at(counts.marked, at[wanted], 1)
    discharges_s = discharges / MODEL_RATE_HZ
    for column, log_odds in enumerate(LOG_ODDS):
        peaks = peaks_of(scored, float(log_odds))
        which, _ = match(discharges_s[wanted], peaks / MODEL_RATE_HZ)
        np.add.at(counts.found[:, column], at[wanted[which]], 1)
        false = peaks[is_false_alarm(discharges_s, peaks / MODEL_RATE_HZ)]
        stages = stage_at(results, false)
        np.add.at(counts.false[:, column], stages[stages >= 0], 1)
    counts.minutes[:] = _minutes(scored, results)
    return counts


def peaks_of(scored: Scored, log_odds: float) -> Places:
    """Return the peaks (n,) of the events at a threshold, as the live system forms them."""
    found = events(scored, float(1 / (1 + np.exp(-log_odds))))
    return np.array([event.best.peak for event in found], np.int64)


def _minutes(scored: Scored, results: Sequence[StageResult]) -> Counts:
    """Return the minutes (stages,) that were scored under each stage."""
    staged = np.bincount([STAGES.index(one.stage) for one in results], minlength=len(STAGES)) * RESULT_S / 60
    whole = len(scored.ends) * HOP_SAMPLES / MODEL_RATE_HZ / 60
    return np.asarray(staged * scored.minutes / whole)


def point(tallies: Sequence[Tally], log_odds: float, offsets: Counts) -> Point:
    """Return what recordings together have at a threshold that is lowered by `offsets` (stages,)."""
    columns = np.abs(LOG_ODDS[None] - (log_odds - offsets)[:, None]).argmin(axis=1)
    rows = np.arange(len(STAGES))
    parts = [
        (t.marked.sum(), t.found[rows, columns].sum(), t.false[rows, columns].sum(), t.minutes.sum()) for t in tallies
    ]
    return Point(*np.sum(parts, axis=0).tolist())


def intervals(tallies: Sequence[Tally], log_odds: float, prior: Counts, seed: int = 0) -> dict[str, list[float]]:
    """Return intervals of 95 % of what is found without and with a prior, and of the ratio of false events.

    Recordings are drawn with replacement.
    """
    rng, plain = np.random.default_rng(seed), np.zeros(len(STAGES))
    drawn = []
    for _ in range(DRAWS):
        some = [tallies[at] for at in rng.integers(len(tallies), size=len(tallies))]
        one, other = point(some, log_odds, plain), point(some, log_odds, prior)
        drawn.append((one.found / one.marked, other.found / other.marked, other.false / max(one.false, 1)))
    names = ("found", "found_with_prior", "ratio_of_false_events")
    return dict(zip(names, np.percentile(drawn, [2.5, 97.5], axis=0).T.round(3).tolist(), strict=True))


def on_waves(track: Track, peaks: Places) -> NDArray[np.bool_]:
    """Return which events (n,) lie on a waveform of sleep."""
    rate_hz, first = track.simulated.rate_hz, track.simulated.first
    spans = [(one.onset - first, one.end - first) for one in track.simulated.confounders if one.kind in WAVES]
    begins_s, ends_s = (np.array(spans, np.float64).reshape(-1, 2) / rate_hz + (-AROUND_S, AROUND_S)).T
    times_s = peaks[:, None] / MODEL_RATE_HZ
    return np.asarray(((times_s >= begins_s) & (times_s <= ends_s)).any(axis=1))
