"""From a recording with marks to labelled windows, conditioned by the code that streams.

Rules of `cut_groups`, and why:

- A mark lies where the conditioning's delay puts it, so that what a network is taught is what it will see live.
- An instant makes a window positive that holds it well inside: 125 ms after its beginning and 110 ms before its end
  (as in simulated examples), since of a discharge at the edge there is too little to see.
- A mark with a duration, up to a window's: its discharge is anywhere in it, so a window must hold all of it.
- A longer mark (runs of periodic discharges): a window wholly inside is positive.
- A mark that names a derivation or an electrode speaks of the groups that have it. One that names none speaks of the
  groups where the deflection stands out most. Elsewhere the discharge may be seen too, or not: left out.
- Windows within 250 ms of a discharge that do not hold it as above are left out: they show parts of it.
- What is clear of all discharges is negative where experts read all of a recording, whatever else was marked. Where
  they did not, only what marks with a negative label cover, and no mark of a label in neither set touches.
- A window that holds a discharge is positive whatever else was marked in it.
- A window with an invalid sample is never written, since streaming would not analyse it. Nor is one whose past, where
  the set brings it, is not wholly in the recording and valid: a network carried along would not be warm there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.datasets.annotations import Choice, Labelled, Mark
from models.datasets.mark_alignment import Placed, Traces, named, place, traces
from models.datasets.window_labels import Interval, WindowLabel, between, has_past, label_windows, starts_holding
from models.datasets.windowset import Header, Indices
from models.datasets.windowset_writer import Writer
from models.datasets.writing import Cut, Into, write
from models.errors import DataError
from models.signal.conditioning import MODEL_RATE_HZ
from models.signal.dead import dead_channels
from models.signal.montage import ROWS, Group, Spec, build
from models.signal.units import other_quantities
from models.signal.window_geometry import EARLIEST, LATEST, WINDOW_SAMPLES

BEFORE_S: Final = EARLIEST / MODEL_RATE_HZ
AFTER_S: Final = (WINDOW_SAMPLES - LATEST) / MODEL_RATE_HZ
"""What a positive window holds before and after an instant, at the least."""

NEAR_S: Final = 0.25
"""A window nearer than this to a discharge is not without it."""


def cut_groups(labelled: Labelled, choice: Choice, writer: Writer, *, montage: Spec, hop_s: float = 0.5) -> Cut:
    """Cut windows of groups of five derivations by the rules of this module; they end at multiples of the hop.

    Parameters
    ----------
    montage
        as for `models.signal.montage.build`
    hop_s
        from one window to the next

    Raises
    ------
    DataError
        if the set's windows are not of five derivations, or a hop is no whole number of samples
    MontageError, RecordingError
        if the recording has no group, or a rate out of range
    """
    header = writer.header
    if header.channels != ROWS:
        raise DataError(f"windows of {header.channels} channels cannot hold groups of {ROWS} derivations")
    head = labelled.opened.head
    # As `spikewatch score` bridges them: a network is to learn from the rows that it will see.
    dead = dead_channels((samples for _, samples in labelled.opened.pieces(0)), head.rate_hz)
    made = build(montage, head.labels, head.types, dead=other_quantities(head.units) | dead)
    trace = traces(labelled.opened, made, header)
    grid = _grid(trace, header, hop_s)
    marks = _placed(labelled, choice, trace, made.groups, montage)
    total, found = np.zeros(len(WindowLabel), np.int64), np.zeros(len(marks.discharges), bool)
    for g, group in enumerate(made.groups):
        labels = _labels(g, grid, trace, marks, header.context_samples)
        found |= _found(g, grid, labels, marks)
        total += np.bincount(labels, minlength=len(WindowLabel))
        chosen = np.flatnonzero(labels <= WindowLabel.NEGATIVE)
        into = Into(writer, labelled, group.name, montage if isinstance(montage, str) else "own")
        samples = trace.samples[ROWS * g : ROWS * (g + 1)]
        write(into, samples, grid.starts[chosen], labels[chosen] == WindowLabel.POSITIVE)
        trace.rest()
    return Cut.of(total) + Cut(marks_lost=int(np.count_nonzero(~found)))


@dataclass(frozen=True, slots=True)
class _Grid:
    """Where windows begin: `starts` (m,), a hop apart."""

    starts: Indices
    window_samples: int
    before: int
    after: int
    near: int

    def holding(self, mark: Interval) -> Interval:
        return starts_holding(mark, self.window_samples, self.before, self.after)


@dataclass(frozen=True, slots=True)
class _Marks:
    """Marks by what they mean; `cleared` is None where unmarked time is without discharges."""

    discharges: list[Placed]
    other: list[Placed]
    cleared: list[Placed] | None


def _grid(trace: Traces, header: Header, hop_s: float) -> _Grid:
    hop = hop_s * header.rate_hz
    # A grid of rounded steps would drift off the hops that streaming has.
    if hop <= 0 or not hop.is_integer():
        raise DataError(f"a hop of {hop_s:g} s is no whole number of samples at {header.rate_hz:g} Hz")
    # Counted from the recording's first sample, as the stream counts its hops.
    ends = np.arange(0, trace.samples.shape[1] + 1, int(hop))
    ends = ends[ends >= header.window_samples]
    margins = (round(seconds * header.rate_hz) for seconds in (BEFORE_S, AFTER_S, NEAR_S))
    return _Grid(ends - header.window_samples, header.window_samples, *margins)


def _placed(labelled: Labelled, choice: Choice, trace: Traces, groups: Sequence[Group], spec: Spec) -> _Marks:
    kinds: dict[str, list[Mark]] = {"positive": [], "negative": [], "other": []}
    for mark in labelled.marks:
        kind = "positive" if mark.label in choice.positive else "negative" if mark.label in choice.negative else "other"
        kinds[kind].append(mark)
    # Only discharges are located on the waveform; other marks need not stand out.
    discharges = place(kinds["positive"], trace, groups, spec, seek=True)
    # What an expert read in full is without discharges wherever none is marked.
    if labelled.complete:
        return _Marks(discharges, [], None)
    other, cleared = (place(kinds[kind], trace, groups, spec, seek=False) for kind in ("other", "negative"))
    return _Marks(discharges, other, cleared)


def _labels(g: int, grid: _Grid, trace: Traces, marks: _Marks, context_samples: int) -> NDArray[np.int64]:
    """Return what the windows of group `g` are."""
    cleared = None if marks.cleared is None else [mark.span for mark in marks.cleared if mark.groups[g]]
    return label_windows(
        grid.starts,
        grid.window_samples,
        np.all(trace.valid[ROWS * g : ROWS * (g + 1)], axis=0),
        holding=[grid.holding(mark.span) for mark in marks.discharges if mark.groups[g]],
        # Discharges of all groups: they may be seen in other groups too.
        near=[(mark.span[0] - grid.near, mark.span[1] + grid.near) for mark in marks.discharges],
        other=[mark.span for mark in marks.other if mark.groups[g]],
        cleared=cleared,
        context_samples=context_samples,
    )


def _found(g: int, grid: _Grid, labels: NDArray[np.int64], marks: _Marks) -> NDArray[np.bool_]:
    """Return of which discharges a window of group `g` came: (discharges,)."""
    positive = labels == WindowLabel.POSITIVE
    slices = [between(grid.starts, grid.holding(mark.span)) for mark in marks.discharges]
    found = [bool(m.groups[g]) and bool(positive[s].any()) for m, s in zip(marks.discharges, slices, strict=True)]
    return np.array(found, bool)


def cut_rows(labelled: Labelled, choice: Choice, writer: Writer) -> Cut:
    """Cut one window of one channel for every mark that names a derivation, as iEDeaL's instances of TUEV are.

    The derivation is computed as electrode minus electrode and conditioned as in streaming. The window has the set's
    length and the mark in its middle: a set of 1 s windows gives TUEV's rows, a longer one gives them context.

    Returns
    -------
    Cut
        `marks_lost` counts chosen marks whose window does not fit into the recording, or whose derivation the
        recording has not; `other` those of a label in neither set

    Raises
    ------
    DataError
        if the set's windows are not of one channel, or two channels are the same electrode
    RecordingError
        if the recording's rate is out of range
    """
    if writer.header.channels != 1:
        raise DataError(f"windows of {writer.header.channels} channels cannot hold one derivation")
    wanted = [mark for mark in labelled.marks if mark.label in choice.positive | choice.negative]
    total = Cut(other=len(labelled.marks) - len(wanted))
    made, rows_of = named(wanted, labelled.opened.head.labels)
    if not rows_of:
        return total + Cut(marks_lost=len(wanted))
    trace = traces(labelled.opened, made, writer.header)
    for row, group in enumerate(made.groups):
        marks = [mark for mark in wanted if rows_of.get(mark.derivation) == row]
        total += _cut_row(marks, choice, trace, row, Into(writer, labelled, group.name, "named"))
    return total + Cut(marks_lost=sum(mark.derivation not in rows_of for mark in wanted))


def _cut_row(marks: Sequence[Mark], choice: Choice, trace: Traces, row: int, into: Into) -> Cut:
    """Cut the windows of one derivation."""
    window = into.writer.header.window_samples
    # The conditioning's delay, so that the window shows the row as streaming will.
    middles_s = np.array([mark.onset_s + mark.duration_s / 2 for mark in marks])
    starts = np.rint((middles_s + trace.delay_s) * trace.rate_hz - window / 2).astype(np.int64)
    positive = np.array([mark.label in choice.positive for mark in marks])
    # At the edges a row would be cut off, and there is nothing to fill it with.
    fits = (starts >= 0) & (starts + window <= trace.samples.shape[1])
    starts, positive = starts[fits], positive[fits]
    whole = np.array([bool(trace.valid[row, start : start + window].all()) for start in starts], bool)
    kept = whole & has_past(starts, into.writer.header.context_samples, trace.valid[row])
    write(into, trace.samples[row : row + 1], starts[kept], positive[kept])
    positives, written = int(np.count_nonzero(positive[kept])), int(np.count_nonzero(kept))
    lost = {"invalid": int(np.count_nonzero(~whole)), "marks_lost": int(np.count_nonzero(~fits))}
    return Cut(positives, written - positives, **lost, past=int(np.count_nonzero(whole)) - written)
