"""Files called `.cnt`, by how they begin: of Neuroscan, of ANT, or of someone else."""

from pathlib import Path
from typing import Final

ANT_BEGINS: Final = (b"RIFF", b"RF64")
NEUROSCAN_BEGINS: Final = b"Version"


def reader(path: Path) -> str:
    """Return the name of MNE's reader for a file."""
    return "read_raw_ant" if _begin(path).startswith(ANT_BEGINS) else "read_raw_cnt"


def why_refused(path: Path) -> str:
    """Return why a file cannot be opened and what to do, "" where it is of a known kind."""
    known = _begin(path).startswith((*ANT_BEGINS, NEUROSCAN_BEGINS))
    return "" if known else "is no recording of Neuroscan or ANT; export it as EDF"


def _begin(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(len(NEUROSCAN_BEGINS))
