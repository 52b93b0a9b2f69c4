"""Caps whose amplifiers number their electrodes: which of them is which electrode of the 10-20 system.

A cap is recognised by its complete set of numbers, and by nothing less: "A1" to "A8" may be a depth lead. Electrodes
between those of the 10-20 system keep their numbers, and are in no group.
"""

import re
from collections.abc import Sequence
from typing import Final

from models.signal.electrodes import contact_or_electrode

# BioSemi's own order of its caps (biosemi.com, "headcap").
_BIOSEMI_32 = (
    "Fp1 AF3 F7 F3 FC1 FC5 T7 C3 CP1 CP5 P7 P3 Pz PO3 O1 Oz O2 PO4 P4 P8 CP6 CP2 C4 T8 FC6 FC2 F4 F8 AF4 Fp2 Fz Cz"
)
_BIOSEMI_64 = (
    "Fp1 AF7 AF3 F1 F3 F5 F7 FT7 FC5 FC3 FC1 C1 C3 C5 T7 TP7 CP5 CP3 CP1 P1 P3 P5 P7 P9 PO7 PO3 O1 Iz Oz POz Pz CPz "
    "Fpz Fp2 AF8 AF4 AFz Fz F2 F4 F6 F8 FT8 FC6 FC4 FC2 FCz Cz C2 C4 C6 T8 TP8 CP6 CP4 CP2 P2 P4 P6 P8 P10 PO8 PO4 O2"
)
# Of EGI's HydroCel nets: the electrode nearest to each of the 10-20 system (Luu and Ferree, EGI 2005).
_EGI_128 = {
    22: "Fp1", 9: "Fp2", 33: "F7", 24: "F3", 11: "Fz", 124: "F4", 122: "F8", 45: "T7", 36: "C3", 104: "C4", 108: "T8",
    58: "P7", 52: "P3", 62: "Pz", 92: "P4", 96: "P8", 70: "O1", 83: "O2", 129: "Cz",
}  # fmt: skip
_EGI_256 = {
    37: "Fp1", 18: "Fp2", 47: "F7", 36: "F3", 21: "Fz", 224: "F4", 2: "F8", 69: "T7", 59: "C3", 183: "C4", 202: "T8",
    96: "P7", 87: "P3", 101: "Pz", 153: "P4", 170: "P8", 116: "O1", 150: "O2", 257: "Cz",
}  # fmt: skip


_VERTICES: Final = ("E129", "E257")


def _lettered(names: str) -> dict[str, str]:
    """Return the names of electrodes by BioSemi's: A1 to A32, B1 to B32."""
    return {f"{'AB'[k // 32]}{k % 32 + 1}": name for k, name in enumerate(names.split())}


def _numbered(names: dict[int, str]) -> dict[str, str]:
    return {f"E{number}": name for number, name in names.items()}


_CAPS: Final = (
    (frozenset(_lettered(_BIOSEMI_64)), _lettered(_BIOSEMI_64)),
    (frozenset(_lettered(_BIOSEMI_32)), _lettered(_BIOSEMI_32)),
    (frozenset(f"E{k}" for k in range(1, 257)), _numbered(_EGI_256)),
    (frozenset(f"E{k}" for k in range(1, 129)), _numbered(_EGI_128)),
)
"""The numbers that a cap has, and the electrodes they are; larger caps first, since they hold the smaller ones'."""


def renamed(labels: Sequence[str]) -> list[str]:
    """Return the labels of a scalp recording with a known cap's numbers as electrodes of the 10-20 system."""
    # BioSemi's own program counts its channels, too: "33-B1".
    names = [contact_or_electrode(_COUNT.sub("", label)) for label in labels]
    there = set(names)
    # Labels beyond them mean a larger cap, whose first numbers lie elsewhere: BioSemi's of 128 goes on with C1 to D32.
    lettered = {name for name in there if name[:1] in set("CDEFGH") and name[1:].isdecimal() and int(name[1:]) > LAST}
    for numbers, electrodes in _CAPS:
        if numbers <= there and not (lettered and "A1" in numbers):
            # The reference of EGI's nets is at the vertex; files that hold it call it so.
            vertex = {"VREF": "Cz"} if "E1" in numbers and not {"Cz", *_VERTICES} & there else {}
            return [(electrodes | vertex).get(name, label) for name, label in zip(names, labels, strict=True)]
    return list(labels)


_COUNT: Final = re.compile(r"^\d+-(?=[A-H]\d)")
LAST: Final = 10
"""The 10-10 system's electrodes end with numbers up to this one (P10)."""
