"""Why MNE cannot open a file of EEGLAB that scipy can: it holds epochs, or one event states no place."""

from collections.abc import Mapping, Sequence
from numbers import Real
from pathlib import Path
from typing import Any, Final

import scipy.io

MEND: Final = "mend or delete it in EEGLAB (Edit > Event values) and save the file again"
CONTINUOUS: Final = "save the continuous data from which they were cut"
MOST_QUOTED: Final = 40


def why_refused(path: Path) -> str:
    """Return why a file cannot be opened and what to do, "" where nothing of that kind is wrong with it."""
    try:
        found = scipy.io.loadmat(path, simplify_cells=True)
    except (NotImplementedError, ValueError, OSError, TypeError):
        return ""  # MATLAB 7.3, or damaged
    # EEGLAB saves one structure, or its fields.
    eeg = found.get("EEG", found)
    if not isinstance(eeg, Mapping):
        return ""
    trials = eeg.get("trials", 1)
    if isinstance(trials, int) and trials > 1:
        return f"holds {trials} epochs and no recording; {CONTINUOUS}"
    return _odd_event(eeg.get("event", ()))


def _odd_event(events: Mapping[str, Any] | Sequence[Any]) -> str:
    for number, event in enumerate([events] if isinstance(events, Mapping) else events, 1):
        place = event.get("latency") if isinstance(event, Mapping) else 0
        if not isinstance(place, Real):
            return f'its event {number} states the place "{str(place)[:MOST_QUOTED]}", which is no number; {MEND}'
    return ""
