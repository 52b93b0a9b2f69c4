"""Named groups of five derivations, made of the electrodes that are there.

One rule for what is missing: a chain is bridged over an absent electrode (Fp1-T7 where F7 is off); a row that has
then no pair of its own is empty, named "" and zero; a group with fewer than 3 live rows is left out, which
`Montage.left_out` says. In a montage of the user's own, where nothing can be bridged, the row is empty at once.
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

ROWS: Final = 5
FEWEST_LIVE: Final = 3

SCALP_CHAINS: Final[dict[str, tuple[str, ...]]] = {
    "left-temporal": ("Fp1 F7 T7 P7 O1",),
    "left-parasagittal": ("Fp1 F3 C3 P3 O1",),
    "midline": ("Fz Cz Pz", "C3 Cz C4"),
    "right-parasagittal": ("Fp2 F4 C4 P4 O2",),
    "right-temporal": ("Fp2 F8 T8 P8 O2",),
}
"""Neighbours along each chain, and the two ends of the first one: the longitudinal ("double banana") montage."""

Spec = str | Mapping[str, Sequence[str]]
"""How a montage is asked for: "scalp", "shaft", or derivations by the name of their group."""

Pair = tuple[str, str]
_NOTHING: Final[Pair] = ("", "")
_TOPIC_ID = re.compile(r"^[a-z0-9][a-z0-9_-]{0,63}$")


@dataclass(frozen=True, slots=True)
class Group:
    """Five derivations that a network sees together. An empty row is named ""."""

    name: str
    derivations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Montage:
    """How derivations are made of a stream's channels.

    `channels` are the stream's channels used, ascending; `matrix` (5 x groups, channels) float64 holds one +1 and one
    -1 in a live row; `left_out` says why a channel, an electrode or a group is not there.
    """

    groups: tuple[Group, ...]
    channels: tuple[int, ...]
    matrix: NDArray[np.float64]
    left_out: dict[str, str]


def build(spec: Spec, labels: Sequence[str], types: Sequence[str] = ()) -> Montage:
    """Make a montage for a stream.

    Parameters
    ----------
    spec
        "scalp": five chains of 10-20 electrodes; "shaft": neighbours along each depth lead, five pairs a group; or
        groups by name, each of five derivations "A-B"
    labels
        the stream's channel labels, as its sender wrote them
    types
        the stream's channel types, where it declares them

    Raises
    ------
    MontageError
        if no group can be made, two channels are the same electrode, or a group of the user's own is not five pairs
    """
    left_out: dict[str, str] = {}
    name_of = contact_or_electrode if spec == "shaft" else electrode
    electrodes = _electrodes(labels, types, name_of, left_out)
    proposed = _proposed(spec, tuple(electrodes))
    groups = {name: pairs for name, pairs in proposed.items() if _live(pairs) >= FEWEST_LIVE}
    used = {name for pairs in groups.values() for pair in pairs for name in pair if name}
    if not groups:
        raise MontageError(_no_group(spec, labels))
    _refuse_duplicates(electrodes, used, labels)
    left_out = _absent(spec, electrodes) | left_out
    left_out |= {labels[i]: "in no group" for name, at in electrodes.items() if name not in used for i in at}
    few = f"group left out: fewer than {FEWEST_LIVE} of its derivations have both electrodes"
    left_out |= {name: few for name in proposed if name not in groups}
    return _assembled(groups, {name: electrodes[name][0] for name in used}, left_out)


def _electrodes(
    labels: Sequence[str], types: Sequence[str], name_of: Callable[[str], str], left_out: dict[str, str]
) -> dict[str, list[int]]:
    """Return the stream's channels by electrode; say in `left_out` which channels are none."""
    electrodes: dict[str, list[int]] = {}
    kinds = types if len(types) == len(labels) else [""] * len(labels)
    for index, (label, kind) in enumerate(zip(labels, kinds, strict=True)):
        reason = why_left_out(label, kind)
        if reason:
            left_out[label or f"channel {index + 1}"] = reason
        else:
            electrodes.setdefault(name_of(label), []).append(index)
    return electrodes


def _proposed(spec: Spec, present: tuple[str, ...]) -> dict[str, list[Pair]]:
    if spec == "scalp":
        return {name: _bridged(chains, present) for name, chains in SCALP_CHAINS.items()}
    if spec == "shaft":
        return {name: pairs for lead in contacts(present) for name, pairs in _along(lead)}
    if isinstance(spec, str):
        raise MontageError(f'montage "{spec}" is unknown: give "scalp", "shaft" or a table of groups')
    return {name: _own(name, pairs, present) for name, pairs in spec.items()}


def _bridged(chains: tuple[str, ...], present: tuple[str, ...]) -> list[Pair]:
    """Return neighbours among the electrodes present, empty rows, and last the first chain's ends."""
    there = [[name for name in chain.split() if name in present] for chain in chains]
    neighbours = [pair for chain in there for pair in pairwise(chain)]
    ends = (there[0][0], there[0][-1]) if len(there[0]) > 2 else _NOTHING
    return [*neighbours, *[_NOTHING] * (ROWS - 1 - len(neighbours)), ends]


def _along(lead: tuple[Contact, ...]) -> Iterator[tuple[str, list[Pair]]]:
    """Yield groups of five neighbouring pairs along a lead, the last one aligned to the lead's end."""
    pairs = list(pairwise(lead))
    for start in [*range(0, len(pairs) - ROWS, ROWS), max(0, len(pairs) - ROWS)]:
        five = pairs[start : start + ROWS]
        if five:
            first, last = five[0][0], five[-1][1]
            name = f"{first.lead}{first.number}-{last.number}".lower().replace("'", "_prime")
            named = [(one.name, other.name) for one, other in five]
            yield name, [*named, *[_NOTHING] * (ROWS - len(named))]


def _own(name: str, derivations: Sequence[str], present: tuple[str, ...]) -> list[Pair]:
    """Return a group of the user's own, empty where an electrode is absent."""
    if not _TOPIC_ID.match(name):
        raise MontageError(f'montage group "{name}": name it with a-z, 0-9, "-" and "_" only')
    if len(derivations) != ROWS:
        raise MontageError(f'montage group "{name}" has {len(derivations)} derivations: give exactly {ROWS}')
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
    """Say which electrodes the montage names and the stream has not."""
    named: list[str] = []
    if spec == "scalp":
        named = [name for chains in SCALP_CHAINS.values() for chain in chains for name in chain.split()]
    elif not isinstance(spec, str):
        named = [one for name, texts in spec.items() for text in texts for one in _split(name, text)]
    return {name: "not in the stream" for name in named if name not in electrodes}


def _no_group(spec: Spec, labels: Sequence[str]) -> str:
    shown = ", ".join(label or '""' for label in labels[:12]) + (", ..." if len(labels) > 12 else "")
    kind = f'"{spec}"' if isinstance(spec, str) else "of your own"
    return (
        f"montage {kind}: no group has {FEWEST_LIVE} derivations among the channels {shown or '(none)'}; "
        'choose "scalp" for 10-20 electrodes, "shaft" for leads such as LA1 to LA6, or name groups of your own'
    )


def _refuse_duplicates(electrodes: Mapping[str, list[int]], used: set[str], labels: Sequence[str]) -> None:
    for name, at in electrodes.items():
        if name in used and len(at) > 1:
            both = " and ".join(f'"{labels[index]}" (channel {index + 1})' for index in at)
            raise MontageError(f"{both} are both electrode {name}: rename or remove one")


def _assembled(groups: Mapping[str, list[Pair]], column_of: Mapping[str, int], left_out: dict[str, str]) -> Montage:
    channels = tuple(sorted(column_of.values()))
    matrix = np.zeros((ROWS * len(groups), len(channels)))
    rows = [pair for pairs in groups.values() for pair in pairs]
    for row, (plus, minus) in enumerate(rows):
        if plus:
            matrix[row, channels.index(column_of[plus])] = 1.0
            matrix[row, channels.index(column_of[minus])] = -1.0
    named = tuple(
        Group(name, tuple(f"{plus}-{minus}" if plus else "" for plus, minus in pairs)) for name, pairs in groups.items()
    )
    return Montage(named, channels, matrix, left_out)
