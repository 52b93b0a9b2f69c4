"""Labelled windows for training, cut from simulated recordings that went through the live conditioning.

A window is positive where a discharge's peak lies well inside it and stands out of the background in one of the
group's derivations, negative where no discharge is near, and left out in between.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from models.signal.conditioning import MODEL_RATE_HZ, Conditioner
from models.signal.filters import Notch
from models.signal.montage import ROWS, Montage, build
from models.signal.offline import condition
from models.signal.window_geometry import AROUND, EARLIEST, LATEST, SWEEP, WINDOW_SAMPLES
from models.simulate import Simulated, simulate
from models.simulate.truth import Layout

# A discharge's peak over the background's root mean square in the same derivation. Between the two a reader would
# doubt, and a label either way would teach the doubt. Choices of ours; the prototype had 1.5 and 0.4.
POSITIVE_RATIO: Final = 2.5
NEGATIVE_RATIO: Final = 0.5
CLEAR = 8  # samples by which a discharge's peak must be outside a negative window; its slow wave may be inside
SEARCH = 6  # samples around the expected place in which a conditioned discharge's peak is searched: filters shift it
PERIODIC: Final = frozenset({"lpd", "gpd", "bipd"})
# So many a minute are cut around, as of the busiest patients without: at 3 a second, one patient of a few seconds would
# otherwise give more positive windows than ten others.
MOST_PERIODIC_PER_MIN: Final = 30.0
HELD_OUT: Final = 900_000_000  # first simulated patient that only evaluation sees; no set for training reaches it

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Track:
    """A simulated recording after conditioning.

    `samples` (groups, 5, m) at the model's rate; `valid` (groups, m); `names` of the groups; `peaks` (ieds,) where
    each discharge's peak stands at the model's rate; `ratios` (groups, ieds) how far it stands out of its own
    derivation's background; `visible` (groups, ieds) how far it stands out of the group's middle derivation too,
    which is what a reader sees, five derivations being drawn at one gain; `derivations` of all groups in turn.
    """

    samples: Floats
    valid: NDArray[np.bool_]
    names: tuple[str, ...]
    peaks: NDArray[np.int64]
    ratios: NDArray[np.float64]
    visible: NDArray[np.float64]
    simulated: Simulated
    derivations: tuple[str, ...] = ()

    def windows(self, group: int, starts: NDArray[np.int64], context_samples: int = 0) -> Floats:
        """Copy a group's windows that begin at `starts` (n,), and their past: (n, 5, context + WINDOW_SAMPLES)."""
        windows: Floats = self.samples[group][:, starts[:, None] + np.arange(-context_samples, WINDOW_SAMPLES)]
        return windows.transpose(1, 0, 2)


@dataclass(frozen=True, slots=True)
class Amplifier:
    """How a recording is made and conditioned: drawn anew for every simulated patient."""

    rate_hz: float
    notch_hz: Notch

    @classmethod
    def draw(cls, rng: np.random.Generator) -> "Amplifier":
        """Draw a common sampling rate and a mains setting."""
        rate_hz = float(rng.choice((200.0, 250.0, 256.0, 500.0, 512.0)))
        # Half with the default; a wrong or missing notch is a recording that users have as well.
        notches: tuple[Notch, ...] = ("auto", "auto", 50.0, "off")
        return cls(rate_hz, notches[rng.integers(len(notches))])


def record(simulated: Simulated, notch_hz: Notch, montage: Montage | None = None) -> Track:
    """Condition a simulated recording as a live one would be, and locate its discharges; all groups, or `montage`'s."""
    spec = "scalp" if _SCALP_LABELS.intersection(simulated.labels) else "shaft"
    montage = montage or build(spec, list(simulated.labels))
    whole = condition(simulated.samples, simulated.rate_hz, montage, notch_hz=notch_hz)
    # Filters are linear: the difference of the two is the conditioned discharges alone.
    without = condition(simulated.samples - simulated.discharges, simulated.rate_hz, montage, notch_hz=notch_hz)
    groups = len(montage.groups)
    samples = whole.samples.reshape(groups, ROWS, -1)
    background = without.samples.reshape(groups, ROWS, -1)
    valid: NDArray[np.bool_] = np.all(whole.valid.reshape(groups, ROWS, -1), axis=1)
    peaks, ratios, visible = _stand_out(simulated, montage, notch_hz, samples - background, background)
    names, derivations = zip(*((group.name, group.derivations) for group in montage.groups), strict=True)
    return Track(samples, valid, names, peaks, ratios, visible, simulated, tuple(chain.from_iterable(derivations)))


_SCALP_LABELS = frozenset({"Fp1", "FP1"})


def _stand_out(
    simulated: Simulated, montage: Montage, notch_hz: Notch, discharge: Floats, background: Floats
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Find each discharge's conditioned peak, and per group how far it stands out, alone and for a reader."""
    delay_s = Conditioner(montage, simulated.rate_hz, notch_hz=notch_hz).delay_s()
    length = discharge.shape[2]
    peaks = np.zeros(len(simulated.ieds), np.int64)
    ratios, visible = np.zeros((2, len(discharge), len(simulated.ieds)))
    for i, ied in enumerate(simulated.ieds):
        centre = round(((ied.peak - simulated.first) / simulated.rate_hz + delay_s) * MODEL_RATE_HZ)
        low, high = max(0, centre - SEARCH), min(length, centre + SEARCH + 1)
        if high <= low:
            peaks[i] = centre
            continue
        near = np.abs(discharge[:, :, low:high])
        peaks[i] = low + int(near.max(axis=(0, 1)).argmax())
        rms = background[:, :, max(0, centre - AROUND) : centre + AROUND].std(axis=2)
        # The background is at least the group's median: a quieter derivation is no clearer to a reader, since all are
        # drawn at one gain.
        usual = np.maximum(rms, np.median(rms, axis=1, keepdims=True))
        # 1e-6: a derivation that is flat, as between bridged electrodes, has no background to divide by.
        ratios[:, i] = (near.max(axis=2) / np.maximum(rms, 1e-6)).max(axis=1)
        visible[:, i] = (near.max(axis=2) / np.maximum(usual, 1e-6)).max(axis=1)
    return peaks, ratios, visible


def draw_track(seed: int, layout: Layout, *, seconds: float, quiet: bool) -> Track:
    """Simulate one short patient and condition it; `quiet` patients have no discharges."""
    rng = np.random.default_rng([seed, 1])
    amplifier = Amplifier.draw(rng)
    # 8 to 30 a minute: far more than patients have, so that a short recording teaches something.
    rate = 0.0 if quiet else float(rng.uniform(8, 30))
    simulated = simulate(
        seed, seconds, layout=layout, rate_hz=amplifier.rate_hz, ied_rate_per_min=rate, minutes_per_stage=0.5
    )
    return record(simulated, amplifier.notch_hz)


def labels_at(track: Track, group: int, starts: NDArray[np.int64], context_samples: int = 0) -> NDArray[np.float32]:
    """Label windows of a group that start at `starts` (n,): 1, 0, or NaN for those to leave out.

    Left out are windows too near a discharge to be without, and those that are not valid throughout, past included.
    """
    offset = track.peaks[None, :] - starts[:, None]
    ratio = track.ratios[group][None, :]
    positive = ((offset >= EARLIEST) & (offset < LATEST) & (ratio >= POSITIVE_RATIO)).any(axis=1)
    near = ((offset >= -CLEAR) & (offset < WINDOW_SAMPLES + CLEAR) & (ratio > NEGATIVE_RATIO)).any(axis=1)
    labels = np.where(positive, 1.0, np.where(near, np.nan, 0.0)).astype(np.float32)
    usable = [bool(track.valid[group, s - context_samples : s + WINDOW_SAMPLES].all()) for s in starts]
    labels[~np.array(usable, bool)] = np.nan
    return labels


@dataclass(frozen=True, slots=True)
class Piece:
    """Labelled windows of one group: `labels` (n,), `starts` (n,) in the track.

    `windows` (n, 5, context + WINDOW_SAMPLES).
    """

    group: int
    starts: NDArray[np.int64]
    labels: Floats
    windows: Floats


# How many windows of a group are cut at random, or all of them, `SWEEP` samples apart.
PerGroup = int | Literal["all"]


def pieces(
    track: Track,
    rng: np.random.Generator,
    *,
    per_ied: int,
    per_group: PerGroup,
    per_lookalike: int = 0,
    context_samples: int = 0,
) -> Iterator[Piece]:
    """Cut labelled windows of each group: around every discharge, around whatever may pass for one, and anywhere.

    Each has `context_samples` of its past before it.
    """
    for group in range(len(track.samples)):
        around = _around(np.repeat(_taught(track, rng), per_ied), track, rng)
        lookalikes = _around(np.repeat(_lookalikes(track), per_lookalike), track, rng)
        starts = np.concatenate([_anywhere(track, rng, per_group, context_samples), around, lookalikes])
        starts = starts[starts >= context_samples]
        labels = labels_at(track, group, starts, context_samples)
        kept = starts[~np.isnan(labels)]
        yield Piece(group, kept, labels[~np.isnan(labels)], track.windows(group, kept, context_samples))


def _anywhere(track: Track, rng: np.random.Generator, count: PerGroup, first: int = 0) -> NDArray[np.int64]:
    last = track.samples.shape[2] - WINDOW_SAMPLES
    if count == "all":
        return np.arange(first + int(rng.integers(SWEEP)), last, SWEEP)
    return rng.integers(first, last, count)


def _around(peaks: NDArray[np.int64], track: Track, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw starts of windows that hold the peaks (n,) where a positive would; those over the ends are left out."""
    starts = peaks - rng.integers(EARLIEST, LATEST, len(peaks))
    inside = (starts >= 0) & (starts <= track.samples.shape[2] - WINDOW_SAMPLES)
    found: NDArray[np.int64] = starts[inside]
    return found


def _taught(track: Track, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the peaks (n,) to cut around: all, but of periodic ones as many as another patient might have."""
    periodic = np.array([ied.kind in PERIODIC for ied in track.simulated.ieds], bool)
    most = max(1, round(MOST_PERIODIC_PER_MIN * track.samples.shape[2] / MODEL_RATE_HZ / 60))
    if periodic.sum() <= most:
        return track.peaks
    drawn = rng.choice(track.peaks[periodic], most, replace=False)
    return np.sort(np.concatenate([track.peaks[~periodic], drawn]))


def _lookalikes(track: Track) -> NDArray[np.int64]:
    """Return the middle (n,), in the track, of each artefact, benign variant and graphoelement of sleep."""
    simulated = track.simulated
    per_sample = MODEL_RATE_HZ / simulated.rate_hz
    middles = [(found.onset + found.end) / 2 - simulated.first for found in simulated.confounders]
    return np.array([round(middle * per_sample) for middle in middles], np.int64)
