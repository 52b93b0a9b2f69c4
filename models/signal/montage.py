"""Named groups of derivations, made of the electrodes that are there: five to a group, or as many as a network sees.

One rule for what is missing: a chain is bridged over an absent electrode (Fp1-T7 where F7 is off); a row that has
then no pair of its own is empty, named "" and zero; a group of which half the rows or more are empty is left out,
which `Montage.left_out` reports. In a montage of the user's own nothing can be bridged: the row is empty at once.

Where electrodes do not make a group, derivations of the stream do: a bipolar export has the rows of the chains as they
stand. What it lacks of a chain is empty, and reported.

For a network that sees one derivation at a time, each derivation of a chain or a lead is a group of its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.errors import MontageError
from models.signal import left_out as reasons
from models.signal.caps import renamed
from models.signal.chains import NOTHING, ROWS, Pair, Spec, proposed
from models.signal.channels import Channel, understand
from models.signal.electrodes import contact_or_electrode, electrode
from models.signal.wiring import Terms, Wiring, electrodes_only

__all__ = ["ROWS", "Group", "Montage", "Spec", "build", "check_rows", "of_pairs"]


@dataclass(frozen=True, slots=True)
class Group:
    """Derivations that a network sees together. An empty row is named ""."""

    name: str
    derivations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Montage:
    """How derivations are made of a stream's channels.

    `channels` are the stream's channels used, ascending; `matrix` (rows x groups, channels) float64 holds in a live row
    a +1 or -1 for each channel of which the derivation is the sum: one of each, where channels are electrodes.
    `left_out` says why a channel, an electrode, a derivation or a group is not there.
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


def build(
    spec: Spec,
    labels: Sequence[str],
    types: Sequence[str] = (),
    rows: int = ROWS,
    dead: Mapping[int, str] | None = None,
) -> Montage:
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
    dead
        why channels, by index, hold no signal at all: chains are bridged over them as over absent ones

    Raises
    ------
    MontageError
        if no group can be made, two channels are the same electrode, or groups cannot have so many derivations
    """
    check_rows(spec, rows)
    # "T3" is an electrode of the scalp, and on a lead of depth electrodes its third contact.
    name_of = contact_or_electrode if spec == "shaft" else electrode
    channels = understand(renamed(labels) if spec == "scalp" else labels, types, name_of, dead)
    fewest = rows // 2 + 1  # 3 of 5, the only one of 1
    made = _groups(spec, channels.usable, rows, fewest)
    if not made.live:
        raise MontageError(reasons.no_group(spec, labels, channels, fewest))
    used = made.channels
    twins = _twins(channels.usable, used, labels)
    electrodes, everything = _wirings(channels.usable)
    # An electrode whose channel is left out is in the stream: the channel's reason is its own.
    there = {*everything.electrodes} | {name_of(labels[index]) for index in channels.left_out}
    left_out = reasons.absent(spec, there) | reasons.unmade(made.unmade, channels.usable)
    spare = [one for one in channels.usable if one.index not in used]
    unused = dict(channels.left_out) | {one.index: reasons.unused(one, electrodes.electrodes) for one in spare} | twins
    left_out |= {reasons.key_of(labels, index): reason for index, reason in sorted(unused.items())}
    return _assembled(made.live, left_out | dict.fromkeys(made.few, reasons.group_reason(fewest)))


def of_pairs(pairs: Sequence[Pair], labels: Sequence[str]) -> tuple[Montage, list[Pair]]:
    """Make a montage of one derivation a group, and return with it the pairs of electrodes it can be made of.

    Raises
    ------
    MontageError
        if two channels are the same electrode
    """
    channels = understand(labels)
    made: dict[str, list[_Row]] = {}
    there = []
    for pair in pairs:
        terms = _first(wiring.terms(*pair, wiring.references) for wiring in _wirings(channels.usable))
        if terms:
            made[f"{pair[0]}-{pair[1]}"] = [(pair, terms)]
            there.append(pair)
    groups = _Groups(made, [], [])
    _twins(channels.usable, groups.channels, labels)
    return _assembled(made, {}), there


_Row = tuple[Pair, Terms]
"""A derivation's two electrodes, and the channels of which it is the sum."""


def _wirings(channels: Sequence[Channel]) -> tuple[Wiring, Wiring]:
    """Return what electrodes make, and what they and derivations make together."""
    return electrodes_only(channels), Wiring(tuple(channels))


def _first(ways: Iterable[Terms]) -> Terms:
    return next((terms for terms in ways if terms), ())


@dataclass(frozen=True, slots=True)
class _Groups:
    """Groups that are `live`, names of those with too `few` rows, and the pairs of electrodes that nothing makes."""

    live: dict[str, list[_Row]]
    few: list[str]
    unmade: list[Pair]

    @property
    def channels(self) -> frozenset[int]:
        """The channels that the groups are made of."""
        return frozenset(channel for rows in self.live.values() for _, terms in rows for channel, _ in terms)


def _groups(spec: Spec, channels: Sequence[Channel], rows: int, fewest: int) -> _Groups:
    """Make each group of electrodes where these are enough, else of electrodes and derivations."""
    wanted: dict[str, list[Pair]] = {}
    found: dict[str, list[_Row]] = {}
    # Single electrodes first: derivations computed from them do not depend on how another program computed its own.
    for wiring in _wirings(channels):
        for name, pairs in proposed(spec, wiring.electrodes, rows).items():
            if _live(found.get(name, [])) < fewest:
                wanted[name], found[name] = pairs, _wired(pairs, wiring)
    unmade = [pair for name in found for pair, row in zip(wanted[name], found[name], strict=True) if pair != row[0]]
    live = {name: made for name, made in found.items() if _live(made) >= fewest}
    return _Groups(live, [name for name in found if name not in live], unmade)


def _wired(pairs: Sequence[Pair], wiring: Wiring) -> list[_Row]:
    """Return a group's rows; a pair that no channels make is an empty one."""
    # Only through electrodes of the group: a way through another group would depend on channels that nobody expects
    # there.
    through = {name for pair in pairs for name in pair} | wiring.references
    rows = [(pair, wiring.terms(*pair, through) if pair != NOTHING else ()) for pair in pairs]
    return [(pair if terms else NOTHING, terms) for pair, terms in rows]


def _live(rows: Sequence[_Row]) -> int:
    return sum(bool(terms) for _, terms in rows)


def _twins(channels: Sequence[Channel], used: frozenset[int], labels: Sequence[str]) -> dict[int, str]:
    """Return derivations that are there a second time, and why they are left out.

    Raises
    ------
    MontageError
        if two channels are the same electrode: a guess between them would be a guess about a patient
    """
    first: dict[tuple[str, ...], int] = {}
    twins: dict[int, str] = {}
    # Channels in use come first, whatever their order; two equal channels of which nothing is made do no harm.
    for one in sorted(channels, key=lambda one: one.index not in used):
        ends = tuple(sorted((one.plus, one.minus))) if one.derivation else (one.plus, one.minus, "electrode")
        other = first.setdefault(ends, one.index)
        if other == one.index or other not in used:
            continue
        if not one.derivation:
            both = " and ".join(f'"{labels[index]}" (channel {index + 1})' for index in sorted((other, one.index)))
            raise MontageError(f"{both} are both electrode {one.plus}: rename or remove one")
        twins[one.index] = f"the same derivation as channel {other + 1}"
    return twins


def _assembled(groups: Mapping[str, Sequence[_Row]], left_out: dict[str, str]) -> Montage:
    rows = [row for of_group in groups.values() for row in of_group]
    channels = tuple(sorted({channel for _, terms in rows for channel, _ in terms}))
    matrix = np.zeros((len(rows), len(channels)))
    for row, (_, terms) in enumerate(rows):
        for channel, sign in terms:
            matrix[row, channels.index(channel)] = sign
    named = tuple(
        Group(name, tuple("-".join(pair) if terms else "" for pair, terms in of_group))
        for name, of_group in groups.items()
    )
    return Montage(named, channels, matrix, left_out)
