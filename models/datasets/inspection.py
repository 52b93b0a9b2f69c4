"""What a folder of recordings, or a prepared window set, holds: counted, and compared with what is published."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from models.datasets import arrays, tuev, vepiset, windowset
from models.datasets.annotations import Labelled, Skipped
from models.datasets.formats import Format, recognise
from models.errors import DataError

Counts = dict[str, int]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A count beside the published one, as (with a discharge, without)."""

    what: str
    found: tuple[int, int]
    published: tuple[int, int]

    @property
    def verdict(self) -> str:
        """Return "exact", or by how many it differs."""
        more, less = (found - published for found, published in zip(self.found, self.published, strict=True))
        return "exact" if more == less == 0 else f"differs by {more:+,} with and {less:+,} without"


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a folder holds.

    `labels` counts marks (of a window set: windows) by part ("train", "test", "" where none is prescribed) and label;
    `rates_hz` and `stages` count recordings and stage spans (of a window set: windows); `unknown` counts labels that
    no subset uses; `notes` are remarks in words.
    """

    folder: Path
    format: str
    recordings: int
    subjects: int
    hours: float
    rates_hz: Counts
    labels: dict[str, Counts]
    stages: Counts
    unknown: Counts
    comparisons: tuple[Comparison, ...] = ()
    notes: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether there is anything that a set can be made of."""
        return self.recordings > 0 and any(sum(counts.values()) for counts in self.labels.values())


def inspect(
    folder: Path,
    *,
    format: str = "",  # noqa: A002  (what the command line calls it)
    words: Sequence[str] = (),
    watch: Callable[[str], None] = lambda _name: None,
) -> Inspection:
    """Read all of a folder and count it.

    `words` mean a discharge beside those that are known; `watch` is called with the name of each file.

    Raises
    ------
    DataError
        if its format is not known, or a window set cannot be read
    """
    if windowset.is_windowset(folder):
        return _of_windows(windowset.load(folder))
    form = recognise(folder, format, words)
    # Counted one by one: a corpus at once does not fit into memory.
    tally = _LabelCounts()
    for found in form.read(folder):
        watch(found.path.name if isinstance(found, Skipped) else found.name)
        tally.add(found)
    return _of_recordings(folder, form, tally)


@dataclass(slots=True)
class _LabelCounts:
    """Counts recordings as they come."""

    recordings: int = 0
    seconds: float = 0.0
    without_electrodes: int = 0
    subjects: set[str] = field(default_factory=set)
    rates: Counter[str] = field(default_factory=Counter)
    stages: Counter[str] = field(default_factory=Counter)
    labels: dict[str, Counter[str]] = field(default_factory=dict)
    epochs: Counter[int] = field(default_factory=Counter)
    skipped: list[Skipped] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    remarks: Counter[str] = field(default_factory=Counter)

    def add(self, found: Labelled | arrays.Windows | Skipped) -> None:
        """Count one recording, and let its samples go."""
        if isinstance(found, Skipped):
            self.skipped.append(found)
        elif isinstance(found, arrays.Windows):
            self._add_windows(found)
        else:
            self._add_recording(found)

    def _add_windows(self, found: arrays.Windows) -> None:
        self.recordings += 1
        self.seconds += found.windows.shape[0] * found.windows.shape[2] / found.rate_hz
        # Counted by name: one person may have several files.
        self.subjects.update(found.subjects)
        self.rates[f"{found.rate_hz:g}"] += 1
        self.stages.update(windowset.STAGE_CODES[code] for code in found.stages)
        for code, label in zip(found.splits, found.labels, strict=True):
            counts = self.labels.setdefault(windowset.SPLITS[code], Counter())
            counts["with" if label else "without"] += 1

    def _add_recording(self, found: Labelled) -> None:
        self.recordings += 1
        recording = found.opened.head
        self.seconds += found.opened.duration_s
        self.subjects.add(found.subject)
        self.rates[f"{recording.rate_hz:g}"] += 1
        self.left_out[recording.left_out_text()] += 1
        self.remarks.update(recording.remarks)
        self.stages.update(span.stage for span in found.stages)
        self.labels.setdefault(found.split, Counter()).update(mark.label for mark in found.marks)
        lacking = tuev.lacking(recording)
        # A TUEV mark names a derivation, of which a recording with fewer electrodes has nothing to show.
        self.without_electrodes += sum(mark.derivation in lacking for mark in found.marks)
        self.epochs.update(vepiset.epoch_labels(found).tolist())


def _of_recordings(folder: Path, form: Format, tally: _LabelCounts) -> Inspection:
    total = Counter[str]()
    for counts in tally.labels.values():
        total.update(counts)
    # A label of no subset is most often a discharge in other words: the user should see it.
    known = {label for choice in form.choices.values() for label in choice.positive | choice.negative}
    return Inspection(
        folder,
        form.name,
        tally.recordings,
        len(tally.subjects),
        tally.seconds / 3600,
        dict(tally.rates.most_common()),
        {split: dict(counts.most_common()) for split, counts in sorted(tally.labels.items())},
        dict(tally.stages.most_common()),
        {label: count for label, count in total.most_common() if label not in known},
        _comparisons(form.name, tally),
        _notes(form.name, folder, tally),
        tuple(tally.skipped),
    )


def _comparisons(name: str, tally: _LabelCounts) -> tuple[Comparison, ...]:
    if name == "vepiset":
        found = tally.epochs[1], tally.epochs[0]
        return (Comparison("epochs of 4 s", found, vepiset.PUBLISHED_EPOCHS),)
    if name != "tuev":
        return ()
    return tuple(
        Comparison(f"Table 1, subset {subset}, {split}", _of_subset(subset, tally.labels.get(split, {})), published)
        for subset, parts in tuev.TABLE_1.items()
        for split, published in parts.items()
    )


def _of_subset(subset: str, counts: Mapping[str, int]) -> tuple[int, int]:
    choice = tuev.SUBSETS[subset]
    positive, negative = (sum(counts.get(label, 0) for label in set_) for set_ in (choice.positive, choice.negative))
    return positive, negative


def _notes(name: str, folder: Path, tally: _LabelCounts) -> tuple[str, ...]:
    notes = list(_notes_on_tuev(folder, tally)) if name == "tuev" else []
    # Most frequent first; `--json` has all of them.
    notes += [f"left out of {n:,} recordings: {text}" for text, n in tally.left_out.most_common() if text]
    notes += [f"{n:,} recordings: {text}" for text, n in tally.remarks.most_common()]
    return tuple(notes)


def _notes_on_tuev(folder: Path, tally: _LabelCounts) -> Iterator[str]:
    if tally.without_electrodes:
        yield f"{tally.without_electrodes:,} marks are of derivations whose electrodes their recording lacks"
    # Read apart from the recordings, since of these only the .rec is kept.
    against = _contradicted(folder)
    if against:
        yield f"{against:,} rows of .rec are contradicted by .lab; the .rec is followed"


def _contradicted(folder: Path) -> int:
    """Count the rows that .lab contradicts, in files that can be read."""
    total = 0
    for path in tuev.recordings_of(folder):
        try:
            total += tuev.contradicted(path)
        except (DataError, OSError):
            continue  # listed among the skipped, if its .rec is the one at fault
    return total


def _of_windows(ws: windowset.WindowSet) -> Inspection:
    header = ws.header
    stages = np.bincount(ws.stage, minlength=len(windowset.STAGE_CODES))
    labels = {}
    for code in np.unique(ws.split):
        chosen = ws.label[ws.split == code]
        positive = int(np.count_nonzero(chosen))
        labels[windowset.SPLITS[code]] = {"with": positive, "without": len(chosen) - positive}
    return Inspection(
        ws.folder,
        f"window set ({header.source})",
        len(header.recordings),
        len(header.subjects),
        len(ws) * header.window_samples / header.rate_hz / 3600,
        {f"{header.rate_hz:g}": len(ws)},
        labels,
        {name: int(count) for name, count in zip(windowset.STAGE_CODES, stages, strict=True) if count},
        {},
        notes=tuple(text for text in (header.note,) if text),
    )
