"""What the channels of a stream or file are, read from all labels together: electrodes, derivations, or neither.

One label alone does not say which it is: "Fp1-CPz" is an electrode where CPz stands behind every other one too, and a
derivation in an export of neighbours ("Fp1-F7", "F7-T7").
"""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from models.signal.electrodes import (
    DERIVATION,
    TEN_TWENTY,
    TWO_EARS,
    contacts,
    electrode,
    ends,
    reference,
    reference_word,
    why_left_out,
)

MIN_SHARING: Final = 3
"""So many electrodes must have the same name behind the dash before it is their reference."""
NameOf = Callable[[str], str]
"""Gives an electrode its one name: `electrodes.electrode` or `electrodes.contact_or_electrode`."""


@dataclass(frozen=True, slots=True)
class Channel:
    """What channel `index` measures: electrode `plus` against `minus`.

    `minus` is "" for the reference that all electrodes share and that is itself no electrode. `derivation` is True for
    a channel that somebody computed of two electrodes, as bipolar exports have them.
    """

    index: int
    plus: str
    minus: str
    derivation: bool


@dataclass(frozen=True, slots=True)
class Channels:
    """All channels that can be used, and why (by index) the others cannot."""

    usable: tuple[Channel, ...]
    left_out: Mapping[int, str]


def understand(
    labels: Sequence[str], types: Sequence[str] = (), name_of: NameOf = electrode, dead: Mapping[int, str] | None = None
) -> Channels:
    """Return what the channels of these labels and declared types are.

    Parameters
    ----------
    dead
        why channels, by index, hold no signal at all; they are left out as if they were absent
    """
    # Some senders declare types for other channels than they send; then none of them can be trusted.
    kinds = types if len(types) == len(labels) else [""] * len(labels)
    names = _with_dashes(_without_numbers(_without_counts(labels)))
    reasons = [why_left_out(name, kind) for name, kind in zip(names, kinds, strict=True)]
    # "A1-A2" are two contacts where "A3" is there as well.
    if any(map(_THIRD.search, names)):
        reasons = [DERIVATION if reason == TWO_EARS else reason for reason in reasons]
    left_out = {i: reason for i, reason in enumerate(reasons) if reason not in _POSSIBLE} | dict(dead or {})
    parted = {i: ends(name) for i, name in enumerate(names) if i not in left_out and reasons[i]}
    shared = _references([parts for parts in parted.values() if len(parts) == _TWO])
    usable = []
    for index, name in enumerate(names):
        if index in left_out:
            continue
        parts = parted.get(index, ())
        found = _channel(index, name, parts, name_of, shared)
        if len(parts) > _TWO or found.plus == found.minus:
            left_out[index] = DERIVATION if len(parts) > _TWO else "an electrode against itself"
        else:
            usable.append(found)
    return Channels(_told_apart(usable, names), left_out)


def _told_apart(usable: Sequence[Channel], names: Sequence[str]) -> tuple[Channel, ...]:
    """Return channels with their references by name, where words behind electrodes say that these are several.

    "Fp1-AVG" less "F7-REF" is no Fp1-F7. One word behind all is one reference, as no word behind some of them is.
    """
    words = {one.index: "" if one.minus or one.derivation else reference_word(names[one.index]) for one in usable}
    if len({*words.values()} - {""}) < _TWO:
        return tuple(usable)
    return tuple(replace(one, minus=words[one.index]) if words[one.index] not in {"", "REF"} else one for one in usable)


_POSSIBLE: Final = ("", DERIVATION)
_TWO: Final = 2
# Each electrode less the mean of its own neighbours: the difference of two is no derivation.
_LAPLACIAN: Final = re.compile(r"LAPL?(ACE|ACIAN)?|CSD|HJORTH")
_PARTED: Final = re.compile(
    r"(.+?)(?:\s*(?:->|[:/_~=>|.,\\\s])\s*|\s+(?:vs|to|ref|minus)\.?:?\s+)([A-Z]+\d{0,2})", re.IGNORECASE
)
_INPUT: Final = re.compile(
    r"(?:EEG|CH|CHAN|CHANNEL|SIGNAL|POL)?\s*\d+[\s_:.)-]+([A-Z].*)|([A-Z].*?)\s*\(\d+\)", re.IGNORECASE
)
# "_" is no end of a word to `re`, but stands between two contacts.
_THIRD: Final = re.compile(r"(?<![^\W_])[AM][\s_]?0?3(?![^\W_])", re.IGNORECASE)


def _without_counts(labels: Sequence[str]) -> list[str]:
    """Return the labels without the "-0" and "-1" that some programs append where two channels have one name."""
    counted = {label.strip() for label in labels}
    # "Fp1-CPz-0" of all: the same channels, numbered before they were told apart.
    alike = {label.rpartition("-")[2] if label.count("-") > 1 else "" for label in counted}

    def plain(label: str) -> str:
        name, dash, count = label.strip().rpartition("-")
        is_count = dash and count.isdigit() and ({f"{name}-0", f"{name}-1"} <= counted or alike == {count})
        return name if is_count else label

    return [plain(label) for label in labels]


def _without_numbers(names: Sequence[str]) -> list[str]:
    """Return names without the number of its input beside each contact: "Ch 8: LA1", "8-LA1", "LA1 (8)"."""
    found = [None if _is_electrode(name) else _INPUT.fullmatch(name.strip()) for name in names]
    inner = [(match[1] or match[2]) if match else "" for match in found]
    there = [electrode(one) for one in inner if one and _is_electrode(one)]
    # One name behind several numbers is a reference: "EEG 1-A2", "EEG 2-A2".
    if len(there) < MIN_SHARING or len(set(there)) < len(there):
        return list(names)
    return [one if one and _is_electrode(one) else name for name, one in zip(names, inner, strict=True)]


def _with_dashes(names: Sequence[str]) -> list[str]:
    """Return names with a dash before what stands alike behind several electrodes: "Fp1/CPz" and "Fp1 vs CPz"."""
    found = [None if _is_electrode(name) else _PARTED.fullmatch(name.strip()) for name in names]
    behind: dict[str, set[str]] = defaultdict(set)
    for match in found:
        if match and _is_electrode(match[1]):
            behind[match[2].upper()].add(match[1].upper())
    return [
        f"{match[1]}-{match[2]}" if match and len(behind[match[2].upper()]) >= MIN_SHARING else name
        for name, match in zip(names, found, strict=True)
    ]


def _is_electrode(name: str) -> bool:
    """Whether a name is an electrode's of the 10-20 system, or a contact's, as it stands."""
    one = electrode(name)
    return one in TEN_TWENTY or bool(contacts([one]))


def _references(pairs: Sequence[tuple[str, ...]]) -> frozenset[str]:
    """Return, in capitals, what is a reference among the names behind the dash.

    It stands behind every electrode, or behind several and itself before none: ears and mastoids have a side each. In
    chains of neighbours the names behind the dash are those before the next one.
    """
    before: dict[str, set[str]] = defaultdict(set)
    for head, tail in pairs:
        before[tail.upper()].add(head.upper())
    firsts = {head for tail, heads in before.items() for head in heads if head != tail}
    return frozenset(
        tail
        for tail, heads in before.items()
        if len(heads) >= MIN_SHARING and (len(before) == 1 or tail not in firsts) and not _LAPLACIAN.fullmatch(tail)
    )


def _channel(index: int, name: str, parts: tuple[str, ...], name_of: NameOf, shared: frozenset[str]) -> Channel:
    if not parts:
        return Channel(index, name_of(name), reference(name), derivation=False)
    head, tail = parts[0], parts[-1]
    return Channel(index, name_of(head), name_of(tail), derivation=tail.upper() not in shared)
