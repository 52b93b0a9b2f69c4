"""Named groups of derivations, made of the electrodes that are there: five to a group, or as many as a network sees.

One rule for what is missing: a chain is bridged over an absent electrode (Fp1-T7 where F7 is off); a row that has
then no pair of its own is empty, named "" and zero; a group of which half the rows or more are empty is left out,
which `Montage.left_out` reports. In a montage of the user's own nothing can be bridged: the row is empty at once.

For a network that sees one derivation at a time, each derivation of a chain or a lead is a group of its own.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.errors import MontageError
from models.signal.electrodes import Contact, contact_or_electrode, contacts, electrode, why_left_out

# Derivations of a group on a chain or a lead: what SC looks at at a time, as in its paper (iEDeaL, section 4.1).
ROWS: Final = 5

# Neighbours along each chain, and the two ends of the first one: the longitudinal ("double banana") montage.
SCALP_CHAINS: Final[dict[str, tuple[str, ...]]] = {
    "left-temporal": ("Fp1 F7 T7 P7 O1",),
    "left-parasagittal": ("Fp1 F3 C3 P3 O1",),
    "midline": ("Fz Cz Pz", "C3 Cz C4"),
    "right-parasagittal": ("Fp2 F4 C4 P4 O2",),
    "right-temporal": ("Fp2 F8 T8 P8 O2",),
}

Spec = str | Mapping[str, Sequence[str]]
"""What a montage is made from: "scalp", "shaft", or derivations by the name of their group."""

Pair = tuple[str, str]
_NOTHING: Final[Pair] = ("", "")
# A group's name is part of messages and stands in reports: as narrow as ids in topics are.
_TOPIC_ID = re.compile(r"^[a-z0-9][a-z0-9_-]{0,63}$")


@dataclass(frozen=True, slots=True)
class Group:
    """Derivations that a network sees together. An empty row is named ""."""

    name: str
    derivations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Montage:
    """How derivations are made of a stream's channels.

    `channels` are the stream's channels used, ascending; `matrix` (rows x groups, channels) float64 holds one +1 and
    one -1 in a live row; `left_out` says why a channel, an electrode or a group is not there.
    """

    groups: tuple[Group, ...]
    channels: tuple[int, ...]
    matrix: NDArray[np.float64]
    left_out: dict[str, str]


def check_rows(spec: Spec, rows: int) -> None:
    """Check that the groups of a montage can have so many derivations, as far as the stream need not be known.

    Raises
    ------
    MontageError
        if they cannot
    """
    if isinstance(spec, str):
        if rows not in {1, ROWS}:
            raise MontageError(
                f'montage "{spec}" makes groups of {ROWS} derivations or of 1, not of {rows}: name groups of {rows} '
                "derivations of your own"
            )
        return
    for name, derivations in spec.items():
        if len(derivations) != rows:
            raise MontageError(f'montage group "{name}" has {len(derivations)} derivations: give exactly {rows}')


def build(spec: Spec, labels: Sequence[str], types: Sequence[str] = (), rows: int = ROWS) -> Montage:
    """Make a montage for a stream.

    Parameters
    ----------
    spec
        "scalp": five chains of 10-20 electrodes; "shaft": neighbours along each depth lead, five pairs a group; or
        groups by name, each of as many derivations "A-B" as there are rows
    labels
        the stream's channel labels, as its sender wrote them
    types
        the stream's channel types, where it declares them
    rows
        derivations of each group

    Raises
    ------
    MontageError
        if no group can be made, two channels are the same electrode, or groups cannot have so many derivations
    """
    check_rows(spec, rows)
    left_out: dict[str, str] = {}
    # "T3" is an electrode of the scalp, and on a lead of depth electrodes its third contact.
    name_of = contact_or_electrode if spec == "shaft" else electrode
    electrodes = _electrodes(labels, types, name_of, left_out)
    proposed, fewest = _proposed(spec, tuple(electrodes), rows), _fewest_live(rows)
    groups = {name: pairs for name, pairs in proposed.items() if _live(pairs) >= fewest}
    used = {name for pairs in groups.values() for pair in pairs for name in pair if name}
    if not groups:
        raise MontageError(_no_group(spec, labels, fewest))
    # Only those in use: two reference channels of one name harm nobody.
    _refuse_duplicates(electrodes, used, labels)
    left_out = _absent(spec, electrodes) | left_out
    left_out |= {labels[i]: "in no group" for name, at in electrodes.items() if name not in used for i in at}
    few = f"group left out: fewer than {fewest} of its derivations have both electrodes"
    left_out |= {name: few for name in proposed if name not in groups}
    return _assembled(groups, {name: electrodes[name][0] for name in used}, left_out)


def _electrodes(
    labels: Sequence[str], types: Sequence[str], name_of: Callable[[str], str], left_out: dict[str, str]
) -> dict[str, list[int]]:
    """Return the stream's channels by electrode; write into `left_out` which channels are none."""
    electrodes: dict[str, list[int]] = {}
    # Some senders declare types for other channels than they send; then none of them can be trusted.
    kinds = types if len(types) == len(labels) else [""] * len(labels)
    for index, (label, kind) in enumerate(zip(labels, kinds, strict=True)):
        reason = why_left_out(label, kind)
        if reason:
            left_out[label or f"channel {index + 1}"] = reason
        else:
            electrodes.setdefault(name_of(label), []).append(index)
    return electrodes


def _fewest_live(rows: int) -> int:
    """Return how many derivations of a group must be there: 3 of 5, the only one of 1."""
    return rows // 2 + 1


def _proposed(spec: Spec, present: tuple[str, ...], rows: int) -> dict[str, list[Pair]]:
    if not isinstance(spec, str):
        return {name: _own(name, pairs, present) for name, pairs in spec.items()}
    if spec == "scalp":
        groups = {name: _bridged(chains, present) for name, chains in SCALP_CHAINS.items()}
    elif spec == "shaft":
        groups = {name: pairs for lead in contacts(present) for name, pairs in _along(lead)}
    else:
        raise MontageError(f'montage "{spec}" is unknown: give "scalp", "shaft" or a table of groups')
    return _apart(groups) if rows == 1 else groups


def _apart(groups: Mapping[str, list[Pair]]) -> dict[str, list[Pair]]:
    """Make each derivation a group of its own, named for it."""
    pairs = [pair for of_group in groups.values() for pair in of_group if pair != _NOTHING]
    # By name: a pair that two groups share (Fp1-O1 of both left chains) would else be scored twice.
    return {_topic_id(f"{plus}-{minus}"): [(plus, minus)] for plus, minus in pairs}


def _topic_id(name: str) -> str:
    """Return a name as it may stand in a topic."""
    return name.lower().replace("'", "_prime")


def _bridged(chains: tuple[str, ...], present: tuple[str, ...]) -> list[Pair]:
    """Return neighbours among the electrodes present, empty rows, and last the first chain's ends."""
    there = [[name for name in chain.split() if name in present] for chain in chains]
    neighbours = [pair for chain in there for pair in pairwise(chain)]
    ends = (there[0][0], there[0][-1]) if len(there[0]) > 2 else _NOTHING
    # Empty rows before the ends: a network meets the ends in the last row, whatever is missing.
    return [*neighbours, *[_NOTHING] * (ROWS - 1 - len(neighbours)), ends]


def _along(lead: tuple[Contact, ...]) -> Iterator[tuple[str, list[Pair]]]:
    """Yield groups of five neighbouring pairs along a lead, the last one aligned to the lead's end."""
    pairs = list(pairwise(lead))
    # The last group overlaps the one before it rather than being filled with empty rows.
    for start in [*range(0, len(pairs) - ROWS, ROWS), max(0, len(pairs) - ROWS)]:
        five = pairs[start : start + ROWS]
        if five:
            first, last = five[0][0], five[-1][1]
            name = _topic_id(f"{first.lead}{first.number}-{last.number}")
            named = [(one.name, other.name) for one, other in five]
            yield name, [*named, *[_NOTHING] * (ROWS - len(named))]


def _own(name: str, derivations: Sequence[str], present: tuple[str, ...]) -> list[Pair]:
    """Return a group of the user's own, empty where an electrode is absent."""
    if not _TOPIC_ID.match(name):
        raise MontageError(f'montage group "{name}": name it with a-z, 0-9, "-" and "_" only')
    pairs = [_split(name, text) for text in derivations]
    return [pair if pair[0] in present and pair[1] in present else _NOTHING for pair in pairs]


def _split(name: str, text: str) -> Pair:
    electrodes = [electrode(part) for part in text.split("-")]
    if len(electrodes) != len(_NOTHING) or not all(electrodes) or electrodes[0] == electrodes[1]:
        raise MontageError(f'montage group "{name}": "{text}" is not two electrodes; write it like "Fp1-F7"')
    return electrodes[0], electrodes[1]


def _live(pairs: list[Pair]) -> int:
    return sum(pair != _NOTHING for pair in pairs)


def _absent(spec: Spec, electrodes: Mapping[str, list[int]]) -> dict[str, str]:
    """Return the electrodes that the montage names and the stream has not, with the reason."""
    named: list[str] = []
    if spec == "scalp":
        named = [name for chains in SCALP_CHAINS.values() for chain in chains for name in chain.split()]
    elif not isinstance(spec, str):
        named = [one for name, texts in spec.items() for text in texts for one in _split(name, text)]
    return {name: "not in the stream" for name in named if name not in electrodes}


def _no_group(spec: Spec, labels: Sequence[str], fewest: int) -> str:
    shown = ", ".join(label or '""' for label in labels[:12]) + (", ..." if len(labels) > 12 else "")
    kind = f'"{spec}"' if isinstance(spec, str) else "of your own"
    few = f"{fewest} derivations" if fewest > 1 else "a derivation"
    return (
        f"montage {kind}: no group has {few} among the channels {shown or '(none)'}; "
        'choose "scalp" for 10-20 electrodes, "shaft" for leads such as LA1 to LA6, or name groups of your own'
    )


def _refuse_duplicates(electrodes: Mapping[str, list[int]], used: set[str], labels: Sequence[str]) -> None:
    for name, at in electrodes.items():
        if name in used and len(at) > 1:
            both = " and ".join(f'"{labels[index]}" (channel {index + 1})' for index in at)
            raise MontageError(f"{both} are both electrode {name}: rename or remove one")


def _assembled(groups: Mapping[str, list[Pair]], column_of: Mapping[str, int], left_out: dict[str, str]) -> Montage:
    channels = tuple(sorted(column_of.values()))
    rows = [pair for pairs in groups.values() for pair in pairs]
    matrix = np.zeros((len(rows), len(channels)))
    for row, (plus, minus) in enumerate(rows):
        if plus:
            matrix[row, channels.index(column_of[plus])] = 1.0
            matrix[row, channels.index(column_of[minus])] = -1.0
    named = tuple(
        Group(name, tuple(f"{plus}-{minus}" if plus else "" for plus, minus in pairs)) for name, pairs in groups.items()
    )
    return Montage(named, channels, matrix, left_out)
