"""Where a mark lies in conditioned samples: which groups it speaks of, and from which sample to which."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.datasets.annotations import Mark
from models.datasets.scratch import Scratch
from models.datasets.window_labels import Interval
from models.datasets.windowset import Header
from models.errors import DataError, MontageError
from models.readers.contract import Opened
from models.signal.artifacts import POP_UV
from models.signal.conditioning import MODEL_RATE_HZ, Conditioner
from models.signal.electrodes import TEN_TWENTY, contact_or_electrode, electrode
from models.signal.filters import Notch
from models.signal.montage import ROWS, Group, Montage, Spec, of_pairs
from models.signal.units import microvolts, undeclared
from models.signal.window_geometry import AROUND

CLOSE_S: Final = 0.1
"""How far from a mark its deflection's peak may be: experts do not click on the exact sample."""

AROUND_S: Final = AROUND / MODEL_RATE_HZ
"""On either side of a mark, over which a derivation's own rms is measured."""

STANDS_OUT: Final = 0.5
"""Share of the best group's ratio from which on another group shows the discharge too."""


@dataclass(frozen=True, slots=True)
class Traces:
    """A recording after the conditioning that streams.

    `samples` (rows, n) float32 and `valid` (rows, n) at `rate_hz`; `delay_s` is how much later a deflection stands in
    them than in the recording. They lie in files, of which `rest` gives back the memory that was looked at.
    """

    samples: NDArray[np.float32]
    valid: NDArray[np.bool_]
    rate_hz: float
    delay_s: float
    rest: Callable[[], None] = lambda: None

    def span(self, mark: Mark) -> Interval:
        """Return a mark's first sample and the one after its last; twice the same for an instant."""
        begin_s = mark.onset_s + self.delay_s
        return round(begin_s * self.rate_hz), round((begin_s + mark.duration_s) * self.rate_hz)


def traces(opened: Opened, montage: Montage, header: Header) -> Traces:
    """Condition a recording, piece by piece, at the rate, in the band and with the notch of a window set.

    Raises
    ------
    DataError
        if the set is in microvolts and a channel used declares no voltage
    RecordingError
        if the recording's rate is out of range
    """
    used, head = list(montage.channels), opened.head
    labels, units = ([of[channel] for channel in used] for of in (head.labels, head.units))
    scale_to_uv, pop_uv = _scale(labels, units, header.unit)
    conditioner = Conditioner(
        montage,
        head.rate_hz,
        scale_to_uv=scale_to_uv,
        bandpass_hz=header.bandpass_hz,
        notch_hz=_notch(header.notch),
        model_rate_hz=header.rate_hz,
        pop_uv=pop_uv,
    )
    room = len(montage.matrix), math.ceil(opened.duration_s * header.rate_hz) + 1
    samples, valid = Scratch(room, np.float32), Scratch(room, np.bool_)
    end = 0
    for first, piece in opened.filled():
        block = conditioner.push(first, piece[used], np.ones((len(used), piece.shape[1]), bool))
        begin, end = end, end + block.samples.shape[1]
        samples.array[:, begin:end], valid.array[:, begin:end] = block.samples, block.valid
        samples.rest()
        valid.rest()

    def rest() -> None:
        samples.rest()
        valid.rest()

    return Traces(samples.array[:, :end], valid.array[:, :end], header.rate_hz, conditioner.delay_s(), rest)


def speaks_of(mark: Mark, groups: Sequence[Group], name_of: Callable[[str], str]) -> NDArray[np.bool_]:
    """Return of which groups a mark speaks: (groups,), all of them where it names no place.

    A derivation speaks of groups that have it, either way round; an electrode of those that use it. "C3-REF" is an
    electrode, "T4-A2" a derivation: the discharge may be the ear's. `name_of` gives electrodes the names that the
    groups use.
    """
    if not mark.derivation:
        return np.ones(len(groups), bool)
    named = {name_of(part) for part in mark.derivation.split("-") if not _is_reference(part)}
    # Both electrodes of a derivation, or the one that is named.
    enough = min(len(named), 2)
    return np.array([any(len(named & set(text.split("-"))) == enough for text in g.derivations) for g in groups])


def _is_reference(part: str) -> bool:
    """Whether this, behind an electrode, is a reference's word and no place on the head."""
    return electrode(f"Cz-{part}") == "Cz" and electrode(part) not in TEN_TWENTY


def standing_out(
    samples: NDArray[np.float32], valid: NDArray[np.bool_], span: Interval, rate_hz: float
) -> NDArray[np.bool_]:
    """Return in which groups the deflection at a mark stands out most.

    Its largest peak over the same derivation's rms around it; groups that reach half of the best one's ratio.

    Parameters
    ----------
    samples, valid
        (groups, derivations, n)
    span
        first sample of the mark and the one after its last
    rate_hz
        rate of the samples

    Returns
    -------
    NDArray[np.bool_]
        (groups,); none where the mark lies outside the samples or on invalid ones alone
    """
    close, around = round(CLOSE_S * rate_hz), round(AROUND_S * rate_hz)
    low, high = max(0, span[0] - close), max(0, span[1] + close + 1)
    here = samples[:, :, low:high]
    if not here.shape[2]:
        return np.zeros(len(samples), bool)
    wide = samples[:, :, max(0, span[0] - around) : span[1] + around + 1].astype(np.float64)
    # In float64: squares of float32 microvolts lose what is small beside a pop.
    rms = np.sqrt((wide**2).mean(axis=2))
    # A flat row has no background to stand out of, and no peak: infinity makes its ratio 0.
    ratios = np.abs(here).max(axis=2) / np.where(rms > 0, rms, np.inf)
    best = np.where(valid[:, :, low:high].all(axis=(1, 2)), ratios.max(axis=1), 0.0)
    shown: NDArray[np.bool_] = (best > 0) & (best >= STANDS_OUT * best.max())
    return shown


@dataclass(frozen=True, slots=True)
class Placed:
    """A mark in samples: its first and the one after its last (the same for an instant), and (groups,) it speaks of."""

    span: Interval
    groups: NDArray[np.bool_]


def place(marks: Iterable[Mark], trace: Traces, groups: Sequence[Group], spec: Spec, *, seek: bool) -> list[Placed]:
    """Place marks; with `seek`, those that name no place where their deflection stands out most."""
    # On a lead "T", T3 to T6 are contacts and not the old names of four scalp electrodes.
    name_of = contact_or_electrode if spec == "shaft" else electrode
    samples = trace.samples.reshape(len(groups), ROWS, -1)
    valid = trace.valid.reshape(samples.shape)
    placed = []
    for mark in marks:
        span = trace.span(mark)
        if seek and not mark.derivation:
            shown = standing_out(samples, valid, span, trace.rate_hz)
        else:
            shown = speaks_of(mark, groups, name_of)
        placed.append(Placed(span, shown))
    return placed


def named(marks: Iterable[Mark], labels: Sequence[str]) -> tuple[Montage, dict[str, int]]:
    """Make a montage of the derivations that marks name, one row each.

    Returns
    -------
    Montage
        groups of one derivation; none where no mark names two electrodes that are there
    dict[str, int]
        the row of each derivation, as marks write it

    Raises
    ------
    DataError
        if two channels are the same electrode
    """
    pairs: dict[tuple[str, str], list[str]] = {}
    # Sorted, so that rows do not depend on the order of a set.
    for text in sorted({mark.derivation for mark in marks}):
        plus, _, minus = (electrode(part) for part in text.partition("-"))
        if plus and minus and plus != minus:
            pairs.setdefault((plus, minus), []).append(text)
    try:
        made, there = of_pairs(list(pairs), labels)
    except MontageError as problem:
        raise DataError(str(problem)) from None
    return made, {text: row for row, pair in enumerate(there) for text in pairs[pair]}


def _notch(text: str) -> Notch:
    if text == "auto":
        return "auto"
    return "off" if text == "off" else float(text)


def _scale(labels: Sequence[str], units: Sequence[str], wanted: str) -> tuple[NDArray[np.float64], float]:
    """Return microvolts per unit of each channel, and the jump that is a pop: none is where a unit is unknown."""
    scales = [microvolts(unit) for unit in units]
    known = np.array([scale for scale in scales if scale is not None])
    if len(known) == len(units):
        return known, POP_UV
    # Channels without a unit may share the one unit that is declared; with two declared units they cannot share both.
    if wanted == "any" and len(set(known)) <= 1:
        return np.ones(len(units)), float("inf")
    remedy = 'prepare the set with unit "any"' if len(set(known)) <= 1 else "export the recording with all units"
    raise DataError(f"{undeclared(labels, units)}; {remedy}")
