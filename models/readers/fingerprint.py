"""What tells a recording on disk from what it was before: its files, with their sizes and times of change."""

from pathlib import Path
from typing import Final

DATA_OF: Final[dict[str, tuple[str, ...]]] = {
    ".vhdr": (".eeg", ".dat", ".vmrk"),
    ".set": (".fdt",),
    ".eeg": (".pnt", ".21e", ".log"),
    ".lay": (".dat",),
    ".cdt": (".dpa", ".dpo", ".cdt.dpa", ".cdt.dpo"),
}
"""Endings of files beside a header, or beside the samples, that the recording is made of, too."""

State = list[tuple[str, int, int]]


def fingerprint(path: Path) -> State:
    """Return (name, bytes, time of change in ns) of every file of a recording: of a folder all that lie in it.

    One that is not there has none: who reads it says so.
    """
    if path.is_dir():
        files = sorted(one for one in path.rglob("*") if one.is_file())
    else:
        files = [path, *(path.with_suffix(ending) for ending in DATA_OF.get(path.suffix.lower(), ()))]
    found = [(str(one), one.stat()) for one in files if one.is_file()]
    return [(name, about.st_size, about.st_mtime_ns) for name, about in found]
