"""Which derivations a montage wants of the electrodes that are there: chains, leads, groups of one's own."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from models.errors import MontageError
from models.signal.electrodes import Contact, contacts, electrode

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

LONGEST_SHAFT: Final = 18
"""No depth electrode has more contacts: a lead that has is a grid."""
ROW_OF_GRID: Final = 8
GRID_COLUMNS: Final = {19: 5, 20: 5, 29: 6, 30: 6, 35: 6, 36: 6}
"""Grids (last number) whose rows have another length than 8: of 4 x 5, 5 x 6 and 6 x 6, whole or without the last."""

Spec = str | Mapping[str, Sequence[str]]
"""What a montage is made from: "scalp", "shaft", or derivations by the name of their group."""

Pair = tuple[str, str]
NOTHING: Final[Pair] = ("", "")
"""An empty row."""
# A group's name is part of messages and stands in reports: as narrow as ids in topics are.
_TOPIC_ID = re.compile(r"^[a-z0-9][a-z0-9_-]{0,63}$")


def proposed(spec: Spec, present: tuple[str, ...], rows: int) -> dict[str, list[Pair]]:
    """Return the pairs of electrodes of each group, `NOTHING` for an empty row.

    Raises
    ------
    MontageError
        if the montage is unknown, or a group of the user's own is not named and written as it must be
    """
    if not isinstance(spec, str):
        return {name: _own(name, pairs, present) for name, pairs in spec.items()}
    if spec == "scalp":
        groups = {name: _bridged(chains, present) for name, chains in SCALP_CHAINS.items()}
    elif spec == "shaft":
        groups = {name: pairs for lead in contacts(present) for row in rows_of(lead) for name, pairs in _along(row)}
    else:
        raise MontageError(f'montage "{spec}" is unknown: give "scalp", "shaft" or a table of groups')
    return _apart(groups) if rows == 1 else groups


def named(spec: Spec) -> list[str]:
    """Return the electrodes that a montage names, in its order; none for "shaft", which takes what is there."""
    if isinstance(spec, str):
        chains = [chain for chains in SCALP_CHAINS.values() for chain in chains] if spec == "scalp" else []
        return [name for chain in chains for name in chain.split()]
    return [one for name, texts in spec.items() for text in texts for one in _split(name, text)]


def _apart(groups: Mapping[str, list[Pair]]) -> dict[str, list[Pair]]:
    """Make each derivation a group of its own, named for it."""
    pairs = [pair for of_group in groups.values() for pair in of_group if pair != NOTHING]
    # By name: a pair that two groups share (Fp1-O1 of both left chains) would else be scored twice.
    return {_topic_id(f"{plus}-{minus}"): [(plus, minus)] for plus, minus in pairs}


def _topic_id(name: str) -> str:
    """Return a name as it may stand in a topic."""
    return name.lower().replace("'", "_prime")


def _bridged(chains: tuple[str, ...], present: tuple[str, ...]) -> list[Pair]:
    """Return neighbours among the electrodes present, empty rows, and last the first chain's ends."""
    there = [[name for name in chain.split() if name in present] for chain in chains]
    neighbours = [pair for chain in there for pair in pairwise(chain)]
    ends = (there[0][0], there[0][-1]) if len(there[0]) > 2 else NOTHING
    # Empty rows before the ends: a network meets the ends in the last row, whatever is missing.
    return [*neighbours, *[NOTHING] * (ROWS - 1 - len(neighbours)), ends]


def rows_of(lead: tuple[Contact, ...]) -> list[tuple[Contact, ...]]:
    """Return the rows of a grid, each as a lead; a lead as it is.

    Grids are numbered row by row. A pair across the end of a row would join electrodes centimetres apart.
    """
    last = lead[-1].number
    if last <= LONGEST_SHAFT:
        return [lead]
    # The last contact often is the reference, or not recorded: its row still ends where it ends.
    columns = GRID_COLUMNS.get(last, ROW_OF_GRID)
    rows: dict[int, list[Contact]] = {}
    for contact in lead:
        rows.setdefault((contact.number - 1) // columns, []).append(contact)
    return [tuple(row) for row in rows.values()]


def _along(lead: tuple[Contact, ...]) -> Iterator[tuple[str, list[Pair]]]:
    """Yield groups of five neighbouring pairs along a lead, the last one aligned to the lead's end."""
    pairs = list(pairwise(lead))
    # The last group overlaps the one before it rather than being filled with empty rows.
    for start in [*range(0, len(pairs) - ROWS, ROWS), max(0, len(pairs) - ROWS)]:
        five = pairs[start : start + ROWS]
        if five:
            first, last = five[0][0], five[-1][1]
            name = _topic_id(f"{first.lead}{first.number}-{last.number}")
            wanted = [(one.name, other.name) for one, other in five]
            yield name, [*wanted, *[NOTHING] * (ROWS - len(wanted))]


def _own(name: str, derivations: Sequence[str], present: tuple[str, ...]) -> list[Pair]:
    """Return a group of the user's own, empty where an electrode is absent."""
    if not _TOPIC_ID.match(name):
        raise MontageError(f'montage group "{name}": name it with a-z, 0-9, "-" and "_" only')
    pairs = [_split(name, text) for text in derivations]
    return [pair if pair[0] in present and pair[1] in present else NOTHING for pair in pairs]


def _split(name: str, text: str) -> Pair:
    parts = [electrode(part) for part in text.split("-")]
    if len(parts) != len(NOTHING) or not all(parts) or parts[0] == parts[1]:
        raise MontageError(f'montage group "{name}": "{text}" is not two electrodes; write it like "Fp1-F7"')
    return parts[0], parts[1]
