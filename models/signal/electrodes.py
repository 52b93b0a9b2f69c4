"""What a channel's label means: an electrode of the 10-20 system, a contact of a lead, or no EEG electrode at all."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from models.signal.other_signals import names_other_signal
from models.signal.spelling import readings

_ROWS = "Fp1 Fp2", "F7 F3 Fz F4 F8", "T7 C3 Cz C4 T8", "P7 P3 Pz P4 P8", "O1 O2", "A1 A2 M1 M2"
TEN_TWENTY: Final = tuple(name for row in _ROWS for name in row.split())
"""Electrodes of the 10-20 system, with ears and mastoids."""

OLD_NAMES: Final = {"T3": "T7", "T4": "T8", "T5": "P7", "T6": "P8"}
"""What four electrodes were called before 1991."""

_SPELLING = {name.upper(): name for name in (*TEN_TWENTY, *OLD_NAMES)}
# "n/a" is BIDS for a field that was not filled in.
_EEG_TYPES = frozenset({"", "n/a", "eeg", "seeg", "ecog", "ieeg", "dbs"})
# What amplifiers put before a name: EDF+ the modality, Nihon Kohden "POL"; some exports both.
_PREFIX = re.compile(r"^(?:(?:EEG|SEEG|IEEG|ECOG|POL)[\s_:.-]+|CH[\s_]+(?=[A-Z]))+", re.IGNORECASE)
_GLUED = re.compile(r"^(?:EEG|CH)(?=[A-Z])", re.IGNORECASE)
# Programs in Python that send the bytes of a name send "b'Fp1'".
_AROUND = re.compile(r"""^b?[\["'(]+([^\[\]()"']*)[\]"')]+$""")
_IN_BRACKETS = re.compile(r"\s*\(\s*(?:REF\w*[.:]?\s+)?(V?REF|AVG|AVERAGE|[AM][12])\s*\)$", re.IGNORECASE)
# BCI2000 fills names up with dots ("Fp1."), others append the unit ("Fp1 [uV]").
_TAIL = re.compile(r"(?:\s*[\[(]\s*[munµμ]?V\s*[\])]|[\s_][munµμ]V|[\s_-]EEG|[\s.\0_-]+)$", re.IGNORECASE)
# What keyboards, word processors and EDF's single bytes make of the apostrophe of "A'1".
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_APOSTROPHES = re.compile("[\u2018\u2019\u2032\u00b4`\x92]|\u00e2\x80\x99")
# "L-Amy1": the side of a lead stands before a dash, or a colon, and no electrode of a derivation.
_SIDE = re.compile(r"(?<![^\W_])(L|R|LT|RT|LEFT|RIGHT)\s*[-:]\s*(?=[A-Z][A-Z'\s_.]*\d)", re.IGNORECASE)
# Both words are electrodes, but neither looks at the brain.
_EARS = re.compile(r"^[AM][12]\s*[-/]\s*[AM][12]$", re.IGNORECASE)
# Words and ears that stand behind an electrode as its reference: "Fp1-REF", "C3 - A2", "Cz-(A1+A2)/2", "O1-A1/A2".
# An ear without a dash stands behind an electrode's whole name: "L A1" and "L A12" are contacts of a lead "L A".
_WORDS_OF_REFERENCE = r"V?REF\w*\.?|LE|RE|AV|AVE|AVE?RAGE|AVG|AR|CAR|COM|COMMON|GND|LM|AA"
_REFERENCE = re.compile(
    rf"(?:[-_:/.~=\s]+(?:VS\.?\s+)?(?:{_WORDS_OF_REFERENCE})"
    r"|(?:\s*-\s*|(?:(?<=[\d)])|(?<=[CFINOP]Z))[-_:/.~=\s]+)(?:VS\.?\s+)?"
    r"(?:[AM]12|\(?([AM][12])([\s+/&,_]*[AM][12])?\)?(?:/2)?))(?:-\d)?$",
    re.IGNORECASE,
)
_SAME_REFERENCE = {
    "AVG": {"AV", "AVE", "AVRAGE", "AVERAGE", "AVG", "AR", "CAR"},
    "LE": {"LE", "LM", "AA", "A", "M"},
    "RE": {"RE"},
}
# "Fp1:F7", "LA1_LA2" and "Fp1 to F7": what others put between the two electrodes of a derivation.
_BETWEEN = re.compile(r"\s*(?:->|[:/_>.,+|~\\=]+|\b(?:VS|TO|MINUS)\b\.?)\s*|\s+", re.IGNORECASE)
_SCALP = {name for name in _SPELLING if not re.fullmatch(r"[AM][12]", name)}
# "C3A2" and "LA1REF": the reference without anything between.
_ELECTRODES = "|".join(sorted(_SCALP, key=len, reverse=True))
_JOINED = re.compile(rf"^(?:EEG)?({_ELECTRODES}|[A-Z]+'?\d+(?=REF))(V?REF|LE|AVG?|[AM][12])$", re.IGNORECASE)
_JOINED_PAIR = re.compile(rf"^(?:EEG)?({_ELECTRODES})({_ELECTRODES})$", re.IGNORECASE)
_LABEL_WORD = re.compile(r"[^\W_]+")
# What says nothing beside an electrode: "Ch 8: T3", "EEG8 T3", "8-T3", "T3 (8)".
_NEUTRAL = re.compile(r"(?:EEG|CH|CHAN|CHANNEL|SIGNAL|POL)?\d*", re.IGNORECASE)
_DASH = re.compile(r"\s*-\s*")
TWO_EARS: Final = "a reference against a reference"
TOGETHER: Final = "of two electrodes together, not one against the common reference"
DERIVATION: Final = "already a derivation, not one electrode against the common reference"
# An apostrophe marks the left side, after Talairach; "LA01", "LA 1", "LA-1" and "L A 1" are the same contact.
_CONTACT = re.compile(r"^((?:[A-Z]+[\s_./]+){0,2}[A-Z]+'?)[\s_.#-]*0*(\d+)$")
_SIDES = frozenset({"L", "R", "LT", "RT", "LEFT", "RIGHT"})
_BETWEEN_WORDS = re.compile(r"[\s_./]+")
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
    bare = _REFERENCE.sub("", _bare(label)).strip()
    name = bare.upper()
    if name in _SPELLING:
        return _SPELLING[name]
    match = _contact(name)
    return f"{match[0]}{match[1]}" if match else bare


def reference(label: str) -> str:
    """Return the ear or mastoid that is an electrode's own reference; "" for one that all electrodes may share.

    "C3-A2" is against one ear. Linked ears, an average and an amplifier's reference are the same for every electrode.
    """
    found = _REFERENCE.search(_bare(label))
    return found[1].upper() if found and found[1] and not found[2] else ""


def reference_word(label: str) -> str:
    """Return which reference stands behind an electrode in words: "AVG", "LE", "RE" or "REF"; "" where none does."""
    found = _REFERENCE.search(_bare(label))
    if not found:
        return ""
    word = re.findall(r"[A-Z]+", found[0].upper())[-1]
    return next((name for name, words in _SAME_REFERENCE.items() if word in words), "REF")


def ends(label: str) -> tuple[str, ...]:
    """Return what stands between the dashes of a label: ("Fp1", "F7"); of "LA1-2" both contacts by their names."""
    parts = [part for part in _DASH.split(_bare(label)) if part]
    first = _contact(parts[0].upper()) if parts else None
    # No contact has the number 0: there it is a reference's name, or counts channels of one name. So is "1" in "F7-1".
    if first and len(parts) > 1 and parts[1].isdecimal() and int(parts[1]) and parts[0].upper() not in _SPELLING:
        parts[1] = f"{first[0]}{int(parts[1])}"
    return _measured(parts)


def _measured(parts: Sequence[str]) -> tuple[str, ...]:
    """Return the parts of a label without the reference that both electrodes had: "Fp1-REF-F7-REF", "Fp1-F7-REF"."""
    if len(parts) == 4 and parts[1] == parts[3]:
        return parts[0], parts[2]
    word_behind = len(parts) > 2 and re.fullmatch(_WORDS_OF_REFERENCE, parts[-1].upper())
    return tuple(parts[:-1] if word_behind else parts)


def _bare(label: str) -> str:
    """Return a label without what stands around the name."""
    plain = _AROUND.sub(r"\1", _DASHES.sub("-", _APOSTROPHES.sub("'", _in_our_letters(label.strip(" \t\0")))))
    sided = _SIDE.sub(r"\1 ", _PREFIX.sub("", plain))
    bare = _one_electrode(_IN_BRACKETS.sub(r"-\1", _TAIL.sub("", sided)).strip())
    glued = _GLUED.sub("", bare)
    # "EEGFp1" is Fp1; a lead may begin so, too.
    if glued != bare and _REFERENCE.sub("", glued).upper() in _SPELLING:
        return glued
    return _dashed(bare)


def _dashed(bare: str) -> str:
    """Return a derivation with a dash between its two electrodes, whatever stands there; all else as it is."""
    plus, between, minus = _two_electrodes(bare)
    return f"{plus}-{minus}" if between and "+" not in between else bare


def _two_electrodes(bare: str) -> tuple[str, str, str]:
    """Return two electrodes and what stands between them; nothing where a label is not of two."""
    for found in _BETWEEN.finditer(bare):
        plus, minus = bare[: found.start()], bare[found.end() :]
        if {plus.upper(), minus.upper()} <= _SCALP or _are_of_one_lead(plus, minus):
            return plus, found[0], minus
    return "", "", ""


def _are_of_one_lead(plus: str, minus: str) -> bool:
    # Of two leads, the first word could as well be a box and its socket: "J1 LA3".
    one, other = _contact(plus.upper()), _contact(minus.upper())
    return bool(one and other and one[0] == other[0] not in _NUMBERED and one[1] != other[1])


def _in_our_letters(label: str) -> str:
    """Return a label with an electrode's name in other letters, or in another code page, in ours."""
    texts = (text for text in readings(label) if text.isascii())
    return next((text for text in texts if _SPELLING.keys() & set(_LABEL_WORD.findall(text.upper()))), label)


def _one_electrode(bare: str) -> str:
    """Return the electrode and its reference, where a label holds beside them only what says nothing."""
    if joined := _JOINED.match(bare) or _JOINED_PAIR.match(bare):
        return f"{joined[1]}-{joined[2]}"
    found = _REFERENCE.search(bare)
    name, behind = (bare[: found.start()], bare[found.start() :]) if found else (bare, "")
    words = _LABEL_WORD.findall(name)
    # What stands behind a dash is what the electrode before it is measured against.
    named = [word for word in _LABEL_WORD.findall(_DASH.split(name)[-1]) if word.upper() in _SPELLING]
    neutral = [word for word in words if _NEUTRAL.fullmatch(word)]
    # "T3(T7)" is one electrode by both its names.
    one = len({OLD_NAMES.get(_SPELLING[word.upper()], _SPELLING[word.upper()]) for word in named}) == 1
    return named[0] + behind if one and len(named) + len(neutral) == len(words) else bare


def _contact(name: str) -> tuple[str, str] | None:
    """Return the lead and the number of a name in capitals, None where it is no contact."""
    match = _CONTACT.match(name)
    if not match:
        return None
    *before, last = _BETWEEN_WORDS.split(match[1])
    name = f"{last}{match[2]}"
    # "Cz-0" is Cz against a reference that is called 0, and "E_Fp1" whatever its sender means by it. But "L F3" is on
    # a lead "L F", and "Amy A1" on a lead "Amy A", since nobody writes such a word before an ear.
    if match[1] in _SPELLING or (before and name in _SCALP and before[0] not in _SIDES):
        return None
    # "Fz X1" is Fz against an X1.
    if _SCALP & set(before):
        return None
    return "".join((*before, last)), match[2]


def contacts(names: Sequence[str]) -> list[tuple[Contact, ...]]:
    """Return the leads among canonical names, each as its contacts in order of their numbers.

    Channel numbers ("CH1") are no contacts, nor is a lead of which every contact is a 10-20 electrode (F3, F4, F7, F8).
    """
    leads: dict[str, list[Contact]] = {}
    for name in names:
        match = _contact(name.upper())
        if match and match[0] not in _NUMBERED:
            leads.setdefault(match[0], []).append(Contact(name, match[0], int(match[1])))
    # F3, F4, F7 and F8 look like a lead "F" of four contacts.
    depth = [lead for lead in leads.values() if not all(contact.name.upper() in _SPELLING for contact in lead)]
    return [tuple(sorted(lead, key=lambda contact: contact.number)) for lead in depth]


def may_be_eeg(label: str, kind: str) -> bool:
    """Whether a channel of this label and declared type may hold EEG: an electrode's, or a derivation of two."""
    return why_left_out(label, kind) in {"", DERIVATION}


def why_left_out(label: str, kind: str) -> str:
    """Return why a channel of this label and declared type cannot be an electrode, or nothing if it can."""
    bare = _bare(label)
    if kind.strip().lower() not in _EEG_TYPES:
        return f"of type {kind.strip()}, not EEG"
    if not bare.strip("-"):
        return "has no label"
    if pair := _useless_pair(bare):
        return pair
    # Checked without its reference, which may hold such a word itself.
    name = _REFERENCE.sub("", bare)
    if names_other_signal(name):
        return "not EEG by its label"
    if "-" in name:
        return "" if _contact(name.upper()) else DERIVATION
    return ""


def _useless_pair(bare: str) -> str:
    """Return why a label of two electrodes is no use, or nothing if it may be."""
    # As "A1+A2" is the mean of both ears: nothing says that the difference of two others is meant.
    if "+" in _two_electrodes(bare)[1]:
        return TOGETHER
    return TWO_EARS if _EARS.match(bare) else ""
