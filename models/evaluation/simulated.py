"""What a detector finds in simulated patients whom training never drew, through the code that runs live.

Windows, event former and conditioning are those of the live system.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.detection.events import Event
from models.detection.sightings import Sighting, sightings
from models.engines.engine import Engine
from models.engines.verifying import Verifier
from models.evaluation.events import THRESHOLDS, EventCounts, Subject, Timing
from models.evaluation.forming import Scored, events, verification
from models.evaluation.matching import MARKED_RATIO, is_false_alarm, match
from models.signal.conditioning import MODEL_RATE_HZ
from models.signal.quality import reasons_of
from models.signal.quality_measures import BLOCK
from models.signal.window_geometry import WINDOW_SAMPLES
from models.simulate.truth import Layout
from models.simulate.windows import HELD_OUT, Floats, Track, draw_track

HOP_SAMPLES: Final = 16
"""125 ms, the default of a bed."""
CLEAR_RATIO: Final = 6.0
"""Discharges that no reader would overlook."""
BATCH_WINDOWS: Final = 32


def score(
    engine: Engine,
    samples: Floats,
    valid: NDArray[np.bool_],
    names: Sequence[str],
    lowest: float = THRESHOLDS[0],
    hop_samples: int = HOP_SAMPLES,
    verifier: Verifier | None = None,
    *,
    derivations: Sequence[str] = (),
    gated: bool = True,
) -> Scored:
    """Score every window of a conditioned recording.

    Parameters
    ----------
    samples
        (groups, 5, m) at the model's rate.
    valid
        (groups, m).
    names
        The groups'.
    lowest
        The lowest threshold that events will be formed at.
    hop_samples
        From one window's end to the next one's.
    verifier
        Judges candidates; then `lowest` does not matter.
    derivations
        The names of all groups' rows; without them a candidate is not recognised as an eye that moved.
    gated
        Whether the quality gate rejects windows, as it does live.
    """
    lowest = verifier.candidate_threshold if verifier else lowest
    whole = engine.context_samples + WINDOW_SAMPLES
    # At multiples of the hop, as live: windows end where the stream's hops do.
    ends = tuple(range(-(-whole // hop_samples) * hop_samples, samples.shape[2] + 1, hop_samples))
    unfit = np.array(reasons_of(samples, valid, MODEL_RATE_HZ) if gated else [], bool).reshape(-1, len(samples))
    seen: dict[int, list[Sighting]] = {end: [] for end in ends}
    scored = 0
    for group, name in enumerate(names):
        # Live, a window with a bad sample is not scored either.
        poor = {at for at, bad in enumerate(unfit[:, group].tolist(), 1) if bad}
        # The quality verdict at a window's end is that of the last whole block.
        usable = [end for end in ends if valid[group, end - whole : end].all() and end // BLOCK not in poor]
        scored += len(usable)
        for end, found in _seen(engine, samples[group], name, usable, lowest):
            seen[end] += found
    minutes = scored / len(names) * hop_samples / MODEL_RATE_HZ / 60
    shown = samples * _whole_hops(valid, hop_samples)[:, None]
    known = verification(verifier, shown, names, derivations) if verifier else None
    return Scored(seen, ends, minutes, known)


def _seen(
    engine: Engine, samples: Floats, name: str, ends: Sequence[int], lowest: float
) -> Iterator[tuple[int, Iterator[Sighting]]]:
    """Yield what the windows of a group (5, m) that end at `ends` show, some windows at a time."""
    whole = engine.context_samples + WINDOW_SAMPLES
    for at in range(0, len(ends), BATCH_WINDOWS):
        batch = ends[at : at + BATCH_WINDOWS]
        windows = np.stack([samples[:, end - whole : end] for end in batch])
        for end, window, probabilities, peaks in zip(batch, windows, *engine.score(windows), strict=True):
            first, own = end - WINDOW_SAMPLES, window[:, engine.context_samples :]
            spans = zip(probabilities.tolist(), (first + peaks).tolist(), strict=True)
            yield end, sightings(name, first, own, spans, MODEL_RATE_HZ, lowest)


def _whole_hops(valid: NDArray[np.bool_], hop_samples: int) -> NDArray[np.bool_]:
    """Return which samples (groups, m) lie in hops that are valid throughout: live, a verifier is shown those alone."""
    groups, length = valid.shape
    whole = length // hop_samples * hop_samples
    hops = valid[:, :whole].reshape(groups, -1, hop_samples).all(axis=2)
    shown = np.zeros_like(valid)
    shown[:, :whole] = np.repeat(hops, hop_samples, axis=1)
    return shown


def compare(track: Track, scored: Scored, threshold: float) -> tuple[EventCounts, Timing]:
    """Compare a threshold's events with the discharges that were put in."""
    return count(track, scored, events(scored, threshold))


def count(track: Track, scored: Scored, settled: Sequence[Event]) -> tuple[EventCounts, Timing]:
    """Compare events with the discharges that were put in: how many were found, how far off and how late."""
    peaks_s = np.array([event.best.peak for event in settled]) / MODEL_RATE_HZ
    marked, clear = _stand_out(track, scored)
    # Only marked discharges are matched: a faint one nearby must not take the event of one that a reader would mark.
    places = np.flatnonzero(marked)
    found, by = match(track.peaks[places] / MODEL_RATE_HZ, peaks_s)
    counts = EventCounts(
        found=len(found),
        marked=len(places),
        clear_found=int(clear[places[found]].sum()),
        clear=int(clear.sum()),
        alarms=int(is_false_alarm(track.peaks / MODEL_RATE_HZ, peaks_s).sum()),
        minutes=scored.minutes,
    )
    return counts, _timing(track, [(int(places[at]), settled[event]) for at, event in zip(found, by, strict=True)])


def _timing(track: Track, found: Sequence[tuple[int, Event]]) -> Timing:
    """Measure each pair of a discharge (index) and the event that found it."""
    first, rate_hz = track.simulated.first, track.simulated.rate_hz
    errors_ms, latencies_ms = [], []
    for index, event in found:
        # Latency counts from the peak in the raw signal, so that the filters' delay is in it.
        peak_s = (track.simulated.ieds[index].peak - first) / rate_hz
        errors_ms.append(1000 * (event.best.peak - int(track.peaks[index])) / MODEL_RATE_HZ)
        latencies_ms.append(1000 * (event.decided / MODEL_RATE_HZ - peak_s))
    return Timing(tuple(errors_ms), tuple(latencies_ms))


def _stand_out(track: Track, scored: Scored) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which discharges (ieds,) can be scored and marked, and which of those are clear."""
    best = track.visible.max(axis=0) if track.visible.size else np.zeros(0)
    shown = np.array([_shown(track, int(peak), scored) for peak in track.peaks], bool)
    return shown & (best >= MARKED_RATIO), shown & (best >= CLEAR_RATIO)


def _shown(track: Track, peak: int, scored: Scored) -> bool:
    """Return whether some window that can be scored holds the peak well inside."""
    low, high = peak - WINDOW_SAMPLES // 2, peak + WINDOW_SAMPLES // 2
    # A discharge that no whole window shows is not counted as missed.
    inside = low >= scored.ends[0] - WINDOW_SAMPLES and high <= scored.ends[-1]
    return inside and bool(track.valid[:, low:high].all())


def held_out(
    engine: Engine,
    layout: Layout,
    *,
    patients: int,
    seconds: float,
    thresholds: Sequence[float] = THRESHOLDS,
    hop_samples: int = HOP_SAMPLES,
    verifier: Verifier | None = None,
) -> Iterator[Subject]:
    """Simulate, condition and score held-out patients one by one, a third of them without discharges."""
    for seed in range(HELD_OUT, HELD_OUT + patients):
        track = draw_track(seed, layout, seconds=seconds, quiet=(seed - HELD_OUT) % 3 == 0)
        scored = score(
            engine,
            track.samples,
            track.valid,
            track.names,
            min(thresholds),
            hop_samples,
            verifier,
            derivations=track.derivations,
        )
        compared = {threshold: compare(track, scored, threshold) for threshold in thresholds}
        yield Subject(
            f"simulated {seed}",
            {threshold: counts for threshold, (counts, _) in compared.items()},
            {threshold: timing for threshold, (_, timing) in compared.items()},
        )
