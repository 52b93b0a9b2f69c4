"""The kinds of files that MNE-Python reads, and what is known of each that MNE does not look at."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from models.readers import brainvision, cnt, eeglab, nihon_kohden, persyst
from models.readers.header_copies import Copies
from models.readers.joints import Joint


def _none(_path: Path) -> None:
    return None


def _sound(_path: Path) -> tuple[str, ...]:
    return ()


def _unknown(_path: Path) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of files.

    `reader` returns the name of MNE's reader; `breaks`, given the rate too, where parts begin, if the format states it
    beside MNE's annotations; `copies` texts for those over which MNE stumbles; `odd_length` remarks, since MNE reads
    what is there, however little that is; `why_refused` why MNE cannot open a file; and `kind` a channel's kind, given
    its label and MNE's.
    """

    reader: Callable[[Path], str]
    breaks: Callable[[Path, float], list[Joint]] | None = None
    copies: Callable[[Path], Copies | None] = _none
    odd_length: Callable[[Path], tuple[str, ...]] = _sound
    why_refused: Callable[[Path], str] = _unknown
    kind: Callable[[str, str], str] = lambda _label, kind: kind
    all_in_volts: bool = False
    knows_zone: bool = False


FORMATS: Final[dict[str, Format]] = {
    ".vhdr": Format(
        lambda _: "read_raw_brainvision",
        breaks=brainvision.breaks,
        copies=brainvision.copies,
        odd_length=brainvision.odd_length,
    ),
    ".set": Format(lambda _: "read_raw_eeglab", why_refused=eeglab.why_refused),
    ".fif": Format(lambda _: "read_raw_fif", knows_zone=True),
    ".eeg": Format(
        lambda _: "read_raw_nihon",
        breaks=nihon_kohden.breaks,
        why_refused=nihon_kohden.why_refused,
        kind=nihon_kohden.kind,
        all_in_volts=True,
    ),
    ".lay": Format(
        lambda _: "read_raw_persyst", breaks=persyst.breaks, copies=persyst.copies, odd_length=persyst.odd_length
    ),
    ".cnt": Format(cnt.reader, why_refused=cnt.why_refused),
    ".cdt": Format(lambda _: "read_raw_curry"),
}
"""BrainVision, EEGLAB, FIF, Nihon Kohden, Persyst, Neuroscan (or ANT, by its first bytes) and Curry."""
