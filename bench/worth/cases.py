"""Recordings with what is known of them: background bare and with discharges on it, and what experts marked."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np

from bench.worth.contract import Seconds, Shown
from bench.worth.truth import LaidOn, Marked, Truth, joined, laid_on
from models.datasets import edf
from models.datasets.annotations import Choice, Labelled, Mark, Skipped
from models.datasets.background import background, stretches
from models.datasets.formats import WINDOWS, recognise
from models.datasets.mark_alignment import traces
from models.datasets.vocabulary import CHOICES
from models.datasets.windowset import Header
from models.errors import DataError, ModelsError
from models.evaluation.matching import MATCH_S
from models.signal.conditioning import MODEL_RATE_HZ, Conditioner
from models.signal.montage import ROWS, build
from models.signal.units import microvolts
from models.signal.window_geometry import WINDOW_SAMPLES
from models.simulate.overlay import overlay
from models.simulate.truth import Simulated
from models.simulate.windows import record

STRETCH_S: Final = 60.0  # EEGMAT's shorter recordings have 62 s, and a longer stretch would leave them out
COPIES: Final = 2
IEDS_PER_MIN: Final = 8.0  # apart enough that one rarely hides the next
SEED: Final = 4_000_000  # any; fixed, so that every detector meets the same discharges
SHORTEST_S: Final = 10.0  # of labelled recordings: filters settle, and the longest memory of a network is 5.5 s
LIVE: Final = Header("worth", ROWS, WINDOW_SAMPLES, MODEL_RATE_HZ)
"""How labelled recordings are conditioned: as a bed does by default, in whatever unit."""

Part = Literal["bare", "hybrid", "labelled"]


@dataclass(frozen=True, slots=True)
class Case:
    """A recording of one subject, and what is known of it."""

    subject: str
    part: Part
    shown: Shown
    truth: Truth


def hybrid(paths: Sequence[Path], stretch_s: float = STRETCH_S) -> Iterator[Case]:
    """Yield every stretch of background, bare and with discharges, which are those of one patient in a stretch."""
    for number, path in enumerate(sorted(paths, key=lambda path: path.name)):
        yield from of_recording(number, path, stretch_s)


def of_recording(number: int, path: Path, stretch_s: float = STRETCH_S) -> Iterator[Case]:
    """Yield the stretches of one recording; its `number` draws its patients."""
    for at, stretch in enumerate(stretches(background(path), stretch_s)):
        common = (stretch.samples, stretch.rate_hz, stretch.labels)
        yield _of_simulated(stretch.subject, "bare", overlay(*common, 0, ied_rate_per_min=0.0))
        for copy in range(COPIES):
            # A seed for each stretch and copy, so that no two have the same foci.
            seed = SEED + 10_000 * number + 10 * at + copy
            yield _of_simulated(stretch.subject, "hybrid", overlay(*common, seed, ied_rate_per_min=IEDS_PER_MIN))


def _of_simulated(subject: str, part: Part, made: Simulated) -> Case:
    track = record(made, "auto")
    montage = build("scalp", list(made.labels))
    delay_s = Conditioner(montage, made.rate_hz, notch_hz="auto").delay_s()
    shown = Shown(
        made.samples,
        made.rate_hz,
        made.labels,
        track.samples,
        track.valid,
        track.names,
        tuple(group.derivations for group in montage.groups),
        delay_s,
    )
    truth: LaidOn = laid_on(track, delay_s)
    return Case(subject, part, shown, truth)


def labelled(paths: Sequence[Path], montage: str, skipped: Callable[[str], None]) -> Iterator[Case]:
    """Yield recordings that experts marked.

    `paths` are folders of any format that `spikewatch data check` knows, or EDF and BDF files; `skipped` is called with
    a line on each recording that cannot be used.

    Raises
    ------
    DataError
        if a folder holds no known data set, or windows and no recordings
    """
    for path in paths:
        found, choice = _read(path)
        for one in found:
            if isinstance(one, Skipped):
                skipped(f"{one.path}: {one.reason}")
                continue
            if one.opened.duration_s < SHORTEST_S:
                skipped(f"{one.name}: has {one.opened.duration_s:.1f} s; detectors need {SHORTEST_S:g} s to settle")
                continue
            try:
                yield Case(one.subject, "labelled", _shown(one, montage), _marked(one, choice))
            except ModelsError as problem:
                # One bad recording of a corpus must not cost the others.
                skipped(f"{one.name}: {problem}")


def _read(path: Path) -> tuple[Iterator[Labelled | Skipped], Choice]:
    if path.is_file():
        if path.suffix.lower() not in edf.SUFFIXES:
            raise DataError(f"{path}: marks are read of .edf and .bdf files, or of folders; name one of those")
        return edf.read_files([path]), CHOICES["ied"]
    form = recognise(path)
    choice = form.choice("")
    if choice == WINDOWS:
        raise DataError(f"{path}: holds windows, and events are found in recordings; name a folder of recordings")
    return _recordings(form.read(path)), choice


def _recordings(found: Iterator[object]) -> Iterator[Labelled | Skipped]:
    yield from (one for one in found if isinstance(one, Labelled | Skipped))


def _shown(one: Labelled, spec: str) -> Shown:
    recording = one.recording
    montage = build(spec, recording.labels, recording.types)
    trace = traces(one.opened, montage, LIVE)
    groups = len(montage.groups)
    # Programs are given microvolts where the file says what its unit is, else its own numbers.
    scale = np.array([microvolts(unit) or 1.0 for unit in recording.units], np.float32)
    used = list(montage.channels)
    return Shown(
        recording.samples[used] * scale[used, None],
        recording.rate_hz,
        tuple(recording.labels[channel] for channel in used),
        trace.samples.reshape(groups, ROWS, -1),
        np.all(trace.valid.reshape(groups, ROWS, -1), axis=1),
        tuple(group.name for group in montage.groups),
        tuple(group.derivations for group in montage.groups),
        trace.delay_s,
    )


def _marked(one: Labelled, choice: Choice) -> Marked:
    positive = [mark for mark in one.marks if mark.label in choice.positive]
    negative = [mark for mark in one.marks if mark.label in choice.negative]
    whole = np.array([[0.0, one.opened.duration_s]])
    judged = whole if one.complete else joined(_spans([*positive, *negative]), 0.0)
    return Marked(joined(_spans(positive), MATCH_S), judged)


def _spans(marks: Sequence[Mark]) -> Seconds:
    return np.array([(mark.onset_s, mark.onset_s + mark.duration_s) for mark in marks], np.float64).reshape(-1, 2)
