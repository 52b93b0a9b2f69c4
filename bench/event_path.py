"""Question: how soon after its peak may a discharge be told, at equal false events?

Method: the patient of `spikewatch demo`, held-out simulated patients of both montages, and recordings without
discharges with and without simulated ones laid on; each is scored once, then made into events by every rule at the
model's own threshold. "waiting" is the rule of a second window for every event and of 125 ms behind the peak; numbers
are values of `strong_odds` (`models.detection.events`), the log odds above the threshold from which one window is
enough. Latency from the peak to the last sample that the event needed, filters' delay included; computing is not.
Intervals are over patients, people or pieces of 5 min of the demo's patient, drawn again, at 95 %.
Command: python -m bench.event_path [BACKGROUND...] [--model sc-small] [--hop-ms 125] [--patients 24] [--json FILE]
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from bench.command_line import command_line
from bench.machine import publish
from models.datasets.background import background, stretches
from models.detection.events import Candidate, EventFormer, EventRules
from models.detection.sightings import Sighting, sightings
from models.engines.opening import is_streaming, open_engine, open_stream_engine, tune_process
from models.evaluation.bootstrap import Estimate
from models.evaluation.events import ALARMS, Subject, estimates, merged
from models.evaluation.forming import Scored, form
from models.evaluation.simulated import count, score
from models.signal.conditioning import MODEL_RATE_HZ
from models.signal.window_geometry import WINDOW_SAMPLES
from models.simulate.overlay import overlay
from models.simulate.truth import LAYOUTS
from models.simulate.windows import HELD_OUT, Track, draw_track, record
from models.zoo import store
from models.zoo.store import LoadedModel
from stream.demo.patient import SEED, patient

STRONG_ODDS: Final = (0.0, 0.25, 0.5, 1.0)
PIECES: Final = 9  # of the demo's patient: 45 minutes, in which more than 200 discharges are found
PIECE_S: Final = 300.0
PATIENT_S: Final = 90.0
STRETCH_S: Final = 60.0
IEDS_PER_MIN: Final = 8.0
OVERLAY_SEED: Final = 5_000_000  # any; fixed, so that every run meets the same discharges

Scorer = Callable[[Track], Scored]
Case = tuple[str, str, Track]
"""Kind of recording, whose it is, and the recording."""


class WaitingFormer(EventFormer):
    """Waits for a second window of one group, whatever the evidence."""

    def is_evident(self, candidate: Candidate) -> bool:
        """Return whether two windows of a group have seen it."""
        return candidate.agreement() >= self._agreement


def formers(threshold: float) -> dict[str, EventFormer]:
    """Make a fresh event former for each rule."""
    waiting = WaitingFormer(EventRules(threshold, settle_s=0.125), MODEL_RATE_HZ, WINDOW_SAMPLES)
    rules = {f"{odds:g}": EventRules(threshold, strong_odds=odds) for odds in STRONG_ODDS}
    return {"waiting": waiting} | {name: EventFormer(of, MODEL_RATE_HZ, WINDOW_SAMPLES) for name, of in rules.items()}


def cases(paths: Sequence[Path], patients: int) -> Iterator[Case]:
    """Yield every recording, one kind after the other."""
    night = patient(SEED)
    for number in range(PIECES):
        yield "demo", f"piece {number}", record(night.next(PIECE_S), "auto")
    for montage, layout in LAYOUTS.items():
        for seed in range(HELD_OUT, HELD_OUT + patients):
            yield montage, f"{seed}", draw_track(seed, layout, seconds=PATIENT_S, quiet=seed % 3 == 0)
    for kind, rate in (("background", 0.0), ("hybrid", IEDS_PER_MIN)):
        for number, path in enumerate(sorted(paths, key=lambda path: path.name)):
            for at, stretch in enumerate(stretches(background(path), STRETCH_S)):
                seed = OVERLAY_SEED + 10_000 * number + 10 * at
                laid = overlay(stretch.samples, stretch.rate_hz, stretch.labels, seed, ied_rate_per_min=rate)
                yield kind, stretch.subject, record(laid, "auto")


def scorer(loaded: LoadedModel, hop_samples: int) -> Scorer:
    """Return what scores a recording with a model."""
    threshold = loaded.manifest.threshold
    if is_streaming(loaded):
        return lambda track: carried(loaded, track, threshold, hop_samples)
    engine = open_engine(loaded)
    return lambda track: score(engine, track.samples, track.valid, track.names, threshold, hop_samples)


def carried(loaded: LoadedModel, track: Track, threshold: float, hop_samples: int) -> Scored:
    """Score a recording with a network that is carried along from hop to hop, as it is live."""
    engine = open_stream_engine(loaded, hop_samples)
    past = engine.context_samples + WINDOW_SAMPLES
    seen: dict[int, list[Sighting]] = {}
    scored = 0
    for end in range(hop_samples, track.samples.shape[2] + 1, hop_samples):
        hop = np.ascontiguousarray(track.samples[:, :, end - hop_samples : end])
        probabilities, peaks = engine.push({"bed": hop})["bed"]
        if end < past:
            continue
        first, seen[end] = end - WINDOW_SAMPLES, []
        for group in np.flatnonzero(track.valid[:, end - past : end].all(axis=1)).tolist():
            spans = zip(probabilities[group].tolist(), (first + peaks[group]).tolist(), strict=True)
            own, name = track.samples[group, :, first:end], track.names[group]
            seen[end] += sightings(name, first, own, spans, MODEL_RATE_HZ, threshold)
            scored += 1
    return Scored(seen, tuple(seen), scored / len(track.names) * hop_samples / MODEL_RATE_HZ / 60)


def compared(of: Sequence[Case], scoring: Scorer, threshold: float) -> list[dict[str, Any]]:
    """Return a row for each rule, over the recordings of one kind."""
    found: dict[str, list[Subject]] = {name: [] for name in formers(threshold)}
    for _, whose, track in of:
        scored = scoring(track)
        for name, former in formers(threshold).items():
            counts, timing = count(track, scored, form(scored, former))
            found[name].append(Subject(whose, {threshold: counts}, {threshold: timing}))
    return [{"rule": name, **_figures(subjects, threshold)} for name, subjects in found.items()]


def _figures(subjects: Sequence[Subject], threshold: float) -> dict[str, Any]:
    ordered = sorted(subjects, key=lambda one: one.name)
    people = [merged(name, list(theirs)) for name, theirs in groupby(ordered, key=lambda one: one.name)]
    whole = merged("all", people)
    counts, timing = whole.counts[threshold], whole.timings[threshold]
    known = estimates(people, threshold)
    return {
        "marked": counts.marked,
        "found": counts.found,
        "sensitivity": _interval(known["sensitivity"]),
        "false": counts.alarms,
        "false_per_h": _interval(known[ALARMS]),
        "latency_ms": _quantiles(timing.latencies_ms),
        "error_ms": _quantiles(np.abs(timing.errors_ms)),
    }


def _interval(estimate: Estimate) -> list[float]:
    """Return a figure and its interval; nothing where nothing was there to be counted, for JSON has no NaN."""
    known = not np.isnan(estimate.value)
    return [round(value, 3) for value in (estimate.value, estimate.low, estimate.high)] if known else []


def _quantiles(values: ArrayLike) -> list[float]:
    """Return the median and the value that 95 % lie below; of none, nothing."""
    return [round(float(value), 1) for value in np.quantile(np.asarray(values), (0.5, 0.95))] if np.size(values) else []


def main() -> None:
    """Compare the rules on every kind of recording."""
    parser = command_line("bench.event_path", __doc__)
    parser.add_argument("recordings", nargs="*", type=Path, metavar="BACKGROUND")
    parser.add_argument("--model", default="sc-small")
    parser.add_argument("--hop-ms", type=float, default=125.0)
    parser.add_argument("--patients", type=int, default=24)
    given = parser.parse_args()
    tune_process()
    loaded = store.load(given.model)
    threshold = loaded.manifest.threshold
    scoring = scorer(loaded, round(given.hop_ms * MODEL_RATE_HZ / 1000))
    kinds = groupby(cases(given.recordings, given.patients), key=lambda case: case[0])
    rows = {kind: compared(list(of), scoring, threshold) for kind, of in kinds}
    model = {"model": loaded.manifest.name, "sha256": loaded.manifest.sha256, "threshold": threshold}
    publish("event_path", {**model, "hop_ms": given.hop_ms, "rows": rows}, given.json)


if __name__ == "__main__":
    main()
