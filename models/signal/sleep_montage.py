"""Derivations to stage sleep from: the EEG channels of a polysomnography as they stand, at most a few.

A sleep recording has one to three channels of EEG and no chain of electrodes. Each is a derivation of its own: what was
recorded against an ear or mastoid, a pair ("Fpz-Cz"), or an electrode, which is taken against the mastoid of the other
side where that is recorded too, as the AASM manual has it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from models.errors import MontageError
from models.signal import left_out as reasons
from models.signal.channels import Channel, understand
from models.signal.montage import Group, Montage
from models.signal.wiring import Terms

MOST: Final = 6
"""Derivations that are looked at: the AASM manual's three with their three on the other side."""
PREFERRED: Final = ("C3", "C4", "F3", "F4", "O1", "O2", "Cz", "Fz", "Fpz", "Pz", "Oz")
"""Which electrodes come first where there are more: those of the AASM manual, then the midline."""
EARS: Final = ("A1", "A2", "M1", "M2")
NOT_NEEDED: Final = f"not needed to stage sleep, which {MOST} derivations are enough for"
NOT_KNOWN: Final = "not known as an electrode on the scalp"
REFERENCE: Final = "a reference"
# 10-10 names; T3 to T6, which the 10-20 system had before 1991, fit too.
_ON_SCALP: Final = re.compile(r"(?:FP|AF|F|FC|FT|C|T|CP|TP|P|PO|O|I)(?:Z|[1-9]|10)", re.IGNORECASE)
# Devices of one or two channels call them nothing else: "EEG", "EEG 2", and "EEG(sec)" of the Sleep Heart Health Study.
_EEG_ALONE: Final = re.compile(r"EEG[\s_]*(?:\d|\(?sec\)?)?", re.IGNORECASE)


@dataclass(slots=True)
class _Rows:
    """Derivations by name, each with its channels, and why other channels make none."""

    made: dict[str, Terms] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    _taken: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, key: str, plus: str, minus: str, terms: Terms) -> None:
        """Add a derivation, unless it is there already, whichever way round."""
        ends = (min(plus, minus), max(plus, minus))
        first = self._taken.setdefault(ends, terms[0][0])
        if first == terms[0][0]:
            self.made[f"{plus}-{minus}" if minus else plus] = terms
        else:
            self.left_out[key] = f"the same derivation as channel {first + 1}"


def build_for_sleep(labels: Sequence[str], types: Sequence[str] = (), dead: Mapping[int, str] | None = None) -> Montage:
    """Make a montage of single derivations, a group each.

    Parameters
    ----------
    labels, types
        the stream's, as its sender wrote them
    dead
        why channels, by index, hold no signal at all

    Raises
    ------
    MontageError
        if no channel is an EEG electrode by its label, or two are the same electrode against the same reference
    """
    channels = understand(labels, types, dead=dead)
    rows = _Rows({}, {reasons.key_of(labels, at): why for at, why in sorted(channels.left_out.items())})
    usable = [one for one in channels.usable if _on_scalp(one, labels, rows)]
    _check_apart(usable, labels)
    ears = {one.plus: one.index for one in usable if one.plus in EARS}
    # Recorded against a reference of their own first: what is computed here of the same electrodes is the same signal.
    for one in sorted(usable, key=lambda one: (not one.minus, one.index)):
        key = reasons.key_of(labels, one.index)
        if one.plus in EARS:
            rows.left_out[key] = REFERENCE
        elif one.minus:
            rows.add(key, one.plus, one.minus, ((one.index, 1.0),))
        else:
            ear = next((name for name in _other_side(one.plus) if name in ears), "")
            rows.add(key, one.plus, ear, ((one.index, 1.0), *(((ears[ear], -1.0),) if ear else ())))
    if not rows.made:
        raise MontageError(_none(labels, rows.left_out))
    return _assembled(rows)


def _on_scalp(channel: Channel, labels: Sequence[str], rows: _Rows) -> bool:
    """Report whether a channel is EEG of the scalp by its label; keep the reason where it is not."""
    label = labels[channel.index].strip()
    ends = (channel.plus, channel.minus) if channel.derivation else (channel.plus,)
    known = all(_ON_SCALP.fullmatch(end) or end in EARS for end in ends) or _EEG_ALONE.fullmatch(label)
    if not known:
        rows.left_out[reasons.key_of(labels, channel.index)] = NOT_KNOWN
    return bool(known)


def _check_apart(channels: Sequence[Channel], labels: Sequence[str]) -> None:
    """Check that no two channels are one electrode: "C3" and "C3-M2" are not, two called "C3" are."""
    first: dict[str, int] = {}
    for one in channels:
        if one.minus:
            continue
        other = first.setdefault(one.plus, one.index)
        if other != one.index:
            both = f'"{labels[other]}" (channel {other + 1}) and "{labels[one.index]}" (channel {one.index + 1})'
            raise MontageError(f"{both} are both electrode {one.plus}: rename or remove one")


def _other_side(electrode: str) -> tuple[str, ...]:
    """Return the ears and mastoids that an electrode is taken against, the usual one first."""
    # Even numbers are on the right; the midline is taken against either.
    return ("M1", "A1") if electrode[-1:] in {"2", "4", "6", "8"} else ("M2", "A2")


def _none(labels: Sequence[str], left_out: Mapping[str, str]) -> str:
    shown = ", ".join(label or '""' for label in labels[: reasons.MOST_NAMED]) or "(none)"
    why = reasons.counted(left_out)
    return f"no EEG channel to stage sleep from among {shown} ({why}); name one by its electrode, such as C4-M1"


def _assembled(rows: _Rows) -> Montage:
    rank = {name: place for place, name in enumerate(PREFERRED)}
    wanted = sorted(rows.made, key=lambda name: rank.get(name.partition("-")[0], len(rank)))[:MOST]
    names = [name for name in rows.made if name in wanted]
    rows.left_out |= {name: NOT_NEEDED for name in rows.made if name not in wanted}
    used = tuple(sorted({channel for name in names for channel, _ in rows.made[name]}))
    matrix = np.zeros((len(names), len(used)))
    for row, name in enumerate(names):
        for channel, sign in rows.made[name]:
            matrix[row, used.index(channel)] = sign
    return Montage(tuple(Group(_group_name(name), (name,)) for name in names), used, matrix, rows.left_out)


def _group_name(derivation: str) -> str:
    """Return a derivation's name as it may stand in a topic."""
    return re.sub(r"[^a-z0-9]+", "-", derivation.lower()).strip("-")
