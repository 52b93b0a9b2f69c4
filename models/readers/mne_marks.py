"""What MNE's annotations say: remarks, what was not recorded, and where parts were joined."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from models.readers import joints, mne_door, stretches
from models.readers.contract import Annotation

SKIPPED: Final = "BAD_ACQ_SKIP"
"""How MNE marks what was not recorded."""
JOINED: Final = frozenset({"boundary", "EDGE boundary"})
"""How EEGLAB and MNE mark where a part was cut out, or another recording put behind."""


def annotations(raw: Any, recorded: Sequence[stretches.Stretch]) -> tuple[Annotation, ...]:  # noqa: ANN401  (MNE's)
    """Return the remarks, at their places in a recording of these stretches."""
    rate_hz = float(raw.info["sfreq"])
    return tuple(
        Annotation(at_s + stretches.shift(recorded, at_s * rate_hz) / rate_hz, duration_s, text.strip())
        for at_s, duration_s, text in _marks(raw)
        if text != SKIPPED
    )


def skipped(raw: Any) -> list[tuple[int, int]]:  # noqa: ANN401
    """Return what stands in the file and was not recorded: (first sample, one past the last)."""
    rate_hz = float(raw.info["sfreq"])
    # A set, since MNE marks a skip again that its file has marked already.
    spans = {
        (round(at_s * rate_hz), round((at_s + duration_s) * rate_hz))
        for at_s, duration_s, text in _marks(raw)
        if text == SKIPPED
    }
    return sorted(spans)


def breaks(path: Path, raw: Any) -> list[joints.Joint]:  # noqa: ANN401
    """Return where parts were joined."""
    rate_hz = float(raw.info["sfreq"])
    marked = [(at_s, duration_s) for at_s, duration_s, text in _marks(raw) if text in JOINED]
    if path.suffix.lower() == ".set" and marked:
        # On opening MNE shortens whatever is longer than what is left of the recording, as a long break may be.
        found = mne_door.annotations(path)
        whole = zip(found.onset, found.duration, found.description, strict=True)
        marked = [(float(at_s), float(missing_s)) for at_s, missing_s, text in whole if text in JOINED]
    return [joints.Joint(joints.sample_behind(at_s, rate_hz), _stated(missing_s)) for at_s, missing_s in marked]


def _stated(missing_s: float) -> float | None:
    # EEGLAB states none (NaN) where two recordings were joined, MNE zero.
    return missing_s if 0 < missing_s <= joints.LONGEST_S else None


def _marks(raw: Any) -> Iterator[tuple[float, float, str]]:  # noqa: ANN401
    """Yield MNE's annotations: seconds after the first sample in the file, their length, and their text."""
    # Onsets are counted from the file's start where the recording has a date, and from its first sample else.
    first_s = float(raw.first_time) if raw.annotations.orig_time is not None else 0.0
    found = raw.annotations
    for onset_s, duration_s, text in zip(found.onset, found.duration, found.description, strict=True):
        yield float(onset_s) - first_s, float(duration_s), str(text)
