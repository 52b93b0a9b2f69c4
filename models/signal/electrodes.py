"""What a channel's label means: an electrode of the 10-20 system, a contact of a lead, or no EEG electrode at all."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_ROWS = "Fp1 Fp2", "F7 F3 Fz F4 F8", "T7 C3 Cz C4 T8", "P7 P3 Pz P4 P8", "O1 O2", "A1 A2 M1 M2"
TEN_TWENTY: Final = tuple(name for row in _ROWS for name in row.split())
"""Electrodes of the 10-20 system, with ears and mastoids."""

OLD_NAMES: Final = {"T3": "T7", "T4": "T8", "T5": "P7", "T6": "P8"}
"""What four electrodes were called before 1991."""

_SPELLING = {name.upper(): name for name in (*TEN_TWENTY, *OLD_NAMES)}
_EEG_TYPES = frozenset({"", "eeg", "seeg", "ecog", "ieeg"})
# What amplifiers put before a name: EDF+ the modality, Nihon Kohden "POL".
_PREFIX = re.compile(r"^(?:EEG|SEEG|IEEG|ECOG|POL)[\s_:-]+", re.IGNORECASE)
# Both words are electrodes, but neither looks at the brain.
_EARS = re.compile(r"^[AM][12]\s*-\s*[AM][12]$", re.IGNORECASE)
# Words and ears that stand behind an electrode as its reference: "Fp1-REF", "C3 - A2", "Cz-(A1+A2)/2".
_REFERENCE = re.compile(
    r"[-_:\s]+(?:REF\w*|LE|RE|AVG?|AR|CAR|GND|\(?[AM][12](?:[\s+]*[AM][12])?\)?(?:/2)?)$", re.IGNORECASE
)
_NOT_EEG = re.compile(
    r"ECG|EKG|EOG|EMG|RESP|STATUS|TRIG|^STI\s?0|EVENT|MARKER|ANNOT|PHOTIC|PULSE|S[AP]O2|OSAT|FLOW|CHEST|ABDO|THOR|CHIN"
    r"|SNOR|^BURSTS|^SUPPR|^IBI|^[LR]OC$|^HR$|^DC\s?\d+$|^AUX|COUNTER|TIMESTAMP",
    re.IGNORECASE,
)
_DERIVATION: Final = "already a derivation, not one electrode against the common reference"
# An apostrophe marks the left side, after Talairach; "LA01" and "LA 1" are the same contact.
_CONTACT = re.compile(r"^([A-Z]+'?)[\s_]*0*(\d+)$")
# Amplifiers number their channels so where nobody named them: these are no contacts of a lead "CH".
_NUMBERED = frozenset({"EEG", "CH", "CHAN", "CHANNEL", "SIGNAL"})


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact of a depth lead or strip: "LA1" is number 1 of lead "LA"."""

    name: str
    lead: str
    number: int


def electrode(label: str) -> str:
    """Return an electrode's one name: "EEG FP1-REF" is "Fp1", "T3" is "T7", "EEG LA01" is "LA1".

    The modality before the name and the reference behind it go; a label that names no known electrode keeps its text.
    """
    name = contact_or_electrode(label)
    return OLD_NAMES.get(name, name)


def contact_or_electrode(label: str) -> str:
    """Return the same, but keep T3 to T6, which on a lead "T" are contacts."""
    bare = _REFERENCE.sub("", _PREFIX.sub("", label.strip())).strip()
    name = bare.upper().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    match = _CONTACT.match(name)
    if name in _SPELLING:
        return _SPELLING[name]
    return f"{match[1]}{match[2]}" if match else bare


def contacts(names: Sequence[str]) -> list[tuple[Contact, ...]]:
    """Return the leads among canonical names, each as its contacts in order of their numbers.

    Channel numbers ("CH1") are no contacts, nor is a lead of which every contact is a 10-20 electrode (F3, F4, F7, F8).
    """
    leads: dict[str, list[Contact]] = {}
    for name in names:
        match = _CONTACT.match(name.upper())
        if match and match[1] not in _NUMBERED:
            leads.setdefault(match[1], []).append(Contact(name, match[1], int(match[2])))
    # F3, F4, F7 and F8 look like a lead "F" of four contacts.
    depth = [lead for lead in leads.values() if not all(contact.name.upper() in _SPELLING for contact in lead)]
    return [tuple(sorted(lead, key=lambda contact: contact.number)) for lead in depth]


def may_be_eeg(label: str, kind: str) -> bool:
    """Whether a channel of this label and declared type may hold EEG: an electrode's, or a derivation of two."""
    return why_left_out(label, kind) in {"", _DERIVATION}


def why_left_out(label: str, kind: str) -> str:
    """Return why a channel of this label and declared type cannot be an electrode, or nothing if it can."""
    bare = _PREFIX.sub("", label.strip())
    if kind.strip().lower() not in _EEG_TYPES:
        return f"of type {kind}, not EEG"
    if not bare:
        return "has no label"
    if _EARS.match(bare):
        return "a reference against a reference"
    # Without its reference, which may hold such a word itself.
    name = _REFERENCE.sub("", bare)
    if _NOT_EEG.search(name):
        return "not EEG by its label"
    if "-" in name:
        return _DERIVATION
    return ""
