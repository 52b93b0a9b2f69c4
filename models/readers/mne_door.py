"""MNE-Python (extra `files`), and nothing of it on stdout. The only code of `models` that imports it."""

import io
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any, Final

from models.errors import RecordingError

MISSING: Final = 'is read by MNE-Python, which is not installed; pip install "spikewatch[files]", or export it as EDF'

_JOINED: Final = "The data contains 'boundary' events"
"""What it says on opening EEGLAB's files; whoever reads these treats each of them as a break."""


def opened(path: Path, reader: str) -> Any:  # noqa: ANN401  (MNE has no types)
    """Open a file with the reader of MNE that has this name, without its samples.

    Raises
    ------
    RecordingError
        if MNE is not installed, or lacks a library for this kind of file
    """
    mne = _mne()
    try:
        with quiet(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=_JOINED)
            return getattr(mne.io, reader)(path, preload=False, verbose="warning")
    except ImportError as missing:
        raise RecordingError(f'needs more than MNE-Python ({missing}); pip install "spikewatch[files]"') from None


def annotations(path: Path) -> Any:  # noqa: ANN401
    """Read the annotations of a file alone, as it states them.

    Raises
    ------
    RecordingError
        if MNE is not installed
    """
    mne = _mne()
    with quiet():
        return mne.read_annotations(path)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep off stdout, which may be a table of events, what MNE logs and prints there.

    What it warns of in its log it raises as a warning, too, which becomes a remark. What it prints is about the
    patient's date of birth, which is none of ours.
    """
    log = logging.getLogger("mne")
    log.addFilter(_nothing)
    try:
        with redirect_stdout(io.StringIO()):
            yield
    finally:
        log.removeFilter(_nothing)


def _nothing(_record: logging.LogRecord) -> bool:
    return False


def _mne() -> Any:  # noqa: ANN401
    try:
        # Imported here: it takes a second, and few files need it.
        import mne  # noqa: PLC0415
    except ImportError:
        raise RecordingError(MISSING) from None
    return mne
