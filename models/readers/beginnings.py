"""What a file is by how it begins, whatever it is called: a wrong name, an archive, a download that went wrong."""

from pathlib import Path
from typing import Final

from models.errors import RecordingError

LONGEST: Final = 64
"""Bytes that are looked at."""
FORMATS: Final = {b"0       ": ".edf", b"\xffBIOSEMI": ".bdf", b"XDF:": ".xdf", b"MATLAB 5.0": ".mat"}
"""How files begin that are read without another library, by the ending that they should have."""
_ALIKE: Final = {".edf": {".bdf"}, ".bdf": {".edf"}, ".mat": {".set"}}
"""Endings under which a format is read as it is: EEGLAB's files are MATLAB's, and EDF's reader tells its two apart."""
_WITH_HEADER: Final = frozenset({*FORMATS.values(), ".npz"})
_UNPACK: Final = "unpack it, and name the recording inside"
_DOWNLOAD: Final = "download the recording itself"
_PACKED: Final = b"PK\x03\x04"
_FOREIGN: Final = {
    _PACKED: f"is a zip archive; {_UNPACK}",
    b"\x1f\x8b": f"is packed with gzip; {_UNPACK}",
    b"7z\xbc\xaf": f"is a 7-Zip archive; {_UNPACK}",
    b"Rar!": f"is a RAR archive; {_UNPACK}",
    b"BZh": f"is packed with bzip2; {_UNPACK}",
    b"\xfd7zXZ": f"is packed with xz; {_UNPACK}",
    b"\x89HDF": "is an HDF5 file; export it as EDF",
    b"GDF ": "is a GDF file; export it as EDF",
    b"* MICROMED": "is a Micromed file; export it as EDF",
    b"%PDF": "is a PDF document, a report perhaps; name the recording",
    b"<!DOCTYPE": f"is a web page, as a download without a login leaves it; {_DOWNLOAD}",
    b"<html": f"is a web page, as a download without a login leaves it; {_DOWNLOAD}",
    b"version https://git-lfs": 'is a pointer of Git LFS and not the recording; fetch it with "git lfs pull"',
    b"/annex/objects": 'is a pointer of git-annex and not the recording; fetch it with "git annex get"',
}
_ZEROS: Final = "holds zeros where its header should be: a copy or a disk failed; copy it again"


def kind_of(path: Path) -> str:
    """Return the ending of what a file is: by how it begins, or else its own.

    Raises
    ------
    RecordingError
        if it begins as something that is no recording
    """
    called = path.suffix.lower()
    with path.open("rb") as file:
        begin = file.read(LONGEST)
    for mark, what in _FOREIGN.items():
        # numpy's own files are zip archives.
        if begin.startswith(mark) and (mark, called) != (_PACKED, ".npz"):
            raise RecordingError(what)
    # Other formats may begin with samples.
    if called in _WITH_HEADER and begin == b"\0" * LONGEST:
        raise RecordingError(_ZEROS)
    found = next((kind for mark, kind in FORMATS.items() if begin.startswith(mark)), called)
    return called if called in _ALIKE.get(found, ()) else found
