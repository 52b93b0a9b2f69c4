"""When samples were taken, by their time stamps: the true rate, pauses, and where the stamping clock jumped.

A stamp is late by jitter, by a burst after a stall, or because a sender stamps whole chunks; the earliest of two
seconds shows where time stands. What lies further apart than a pause may be is a clock that was set, as happens to
LSL senders (sccn/labstreaminglayer#102): the samples are then counted on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.readers import lost_packets

RATE_TOLERANCE: Final = 0.005
"""Crystals are a hundred times better: a rate that is off by more was declared wrongly, or samples are being lost."""
JUMP_S: Final = 1.0
"""Less than this, forwards or back, is jitter, or packets that were lost."""
LONGEST_PAUSE_S: Final = 3600.0
"""A step ahead of more than this is no pause but a clock that was set: a hole of days would fill the memory."""
MOST_APART_S: Final = 1.0
"""And a rate that is off by less is still not believed where it would date the end of a recording this much wrongly."""
_LEVEL_S: Final = 2.0
_BASELINE_S: Final = 10.0

Stamps = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Jump:
    """Between samples `index` - 1 and `index` the stamps move by `seconds` more than one sample."""

    index: int
    seconds: float

    @property
    def is_pause(self) -> bool:
        """Whether samples may be missing here; else the clock was set."""
        return 0 < self.seconds <= LONGEST_PAUSE_S


@dataclass(frozen=True, slots=True)
class Timeline:
    """The rate of a stream, its parts (first sample, one past the last, place in time as a sample), and remarks."""

    rate_hz: float
    parts: tuple[tuple[int, int, int], ...]
    remarks: tuple[str, ...]


def timeline(stamps_s: Stamps, declared_hz: float) -> Timeline:
    """Work out the rate and where each part stands.

    Parameters
    ----------
    stamps_s
        (n,) float64 of n >= 1 samples, in seconds of one clock
    declared_hz
        the rate that the sender declares, 0 where it declares none: then the stamps say it
    """
    rough_hz = rough_rate_hz(stamps_s, declared_hz or average_hz(stamps_s))
    found = jumps(stamps_s, rough_hz)
    whole = pairwise((0, *(jump.index for jump in found), len(stamps_s)))
    lost = lost_packets.losses(stamps_s, list(whole), rough_hz)
    joined = lost_packets.too_often(lost, len(stamps_s), rough_hz)
    steps = found if joined else sorted((*found, *(Jump(*loss) for loss in lost)), key=lambda jump: jump.index)
    edges = [0, *(step.index for step in steps), len(stamps_s)]
    rate_hz, remarks = _rate_hz(stamps_s, edges, declared_hz, rough_hz)
    parts = _parts(edges, steps, rate_hz)
    began_s = {first: at / rate_hz for first, _, at in parts}
    remarks += [_described(jump, began_s[jump.index]) for jump in found]
    if joined:
        remarks.append(f"{lost_packets.remark(lost)}: too often for gaps, so the samples are joined at {rate_hz:g} Hz")
    elif lost:
        first_s = began_s[lost[0][0]]
        remarks.append(f"{lost_packets.remark(lost)}, the first before {first_s:.1f} s; these are gaps")
    return Timeline(rate_hz, parts, tuple(remarks))


def _parts(edges: Sequence[int], steps: Sequence[Jump], rate_hz: float) -> tuple[tuple[int, int, int], ...]:
    parts, paused_s = [], 0.0
    for (first, end), step in zip(pairwise(edges), (Jump(0, 0.0), *steps), strict=True):
        # From one part to the next and not from the first: a clock that was set must not move what comes after it.
        paused_s += step.seconds if step.is_pause else 0.0
        # Rounded once: many losses would move what follows by half a sample each.
        parts.append((first, end, first + round(paused_s * rate_hz)))
    return tuple(parts)


def average_hz(stamps_s: Stamps) -> float:
    """Return the samples a second from the first stamp to the last, 0 where these do not advance."""
    span_s = float(stamps_s[-1] - stamps_s[0]) if len(stamps_s) else 0.0
    return (len(stamps_s) - 1) / span_s if span_s > 0 else 0.0


def rough_rate_hz(stamps_s: Stamps, declared_hz: float) -> float:
    """Return the rate by the median of many baselines, which a few jumps do not move."""
    if len(stamps_s) < 2:
        return declared_hz
    # Short enough that most of them lie between two jumps.
    lag = max(1, min(len(stamps_s) // 16, round(_BASELINE_S * declared_hz)))
    baseline_s = float(np.median(stamps_s[lag:] - stamps_s[:-lag]))
    return lag / baseline_s if baseline_s > 0 else declared_hz


def jumps(stamps_s: Stamps, rate_hz: float) -> list[Jump]:
    """Find where the stamps move by JUMP_S more or less than the samples do, and stay there."""
    # How far each stamp is from a clock that ticks with the samples.
    lead_s = stamps_s - np.arange(len(stamps_s)) / rate_hz
    near = max(1, round(_LEVEL_S * rate_hz))
    found: list[Jump] = []
    for index in (np.flatnonzero(np.abs(np.diff(lead_s)) > JUMP_S) + 1).tolist():
        begin = max(found[-1].index if found else 0, index - near)
        # Delay only adds: of some seconds the earliest shows where time stands, and a burst after a stall is no jump.
        before_s, after_s = lead_s[begin:index].min(), lead_s[index : index + near]
        # Anything lower belongs to the next jump, which goes back to before this one.
        seconds = float(after_s[after_s > min(before_s, after_s[0]) - JUMP_S].min() - before_s)
        if abs(seconds) > JUMP_S:
            found.append(Jump(index, seconds))
    return found


def strays(stamps_s: Stamps, declared_hz: float) -> NDArray[np.bool_]:
    """Return which stamps (n,) leave the others for less than `_LEVEL_S` and come back: one that is 0, or garbled."""
    out = np.zeros(len(stamps_s), np.bool_)
    rate_hz = rough_rate_hz(stamps_s, declared_hz or average_hz(stamps_s))
    if rate_hz <= 0:
        return out
    lead_s = stamps_s - np.arange(len(stamps_s)) / rate_hz
    edges = (np.flatnonzero(np.abs(np.diff(lead_s)) > JUMP_S) + 1).tolist()
    while len(edges) > 1:
        first, end = edges[:2]
        back = end - first <= _LEVEL_S * rate_hz and abs(lead_s[end] - lead_s[first - 1]) <= JUMP_S
        out[first:end] = back
        # A stretch between two strays is no stretch.
        edges = edges[2 if back else 1 :]
    return out


def _rate_hz(stamps_s: Stamps, edges: Sequence[int], declared_hz: float, rough_hz: float) -> tuple[float, list[str]]:
    """Return the declared rate, or where the stamps contradict it the one that they show, with a remark.

    `rough_hz` is believed where no rate is declared and the stamps are in disorder.
    """
    products = squares = spread_s = 0.0
    for first, end in pairwise(edges):
        # Centred, part by part: what lies between two parts says nothing about the rate.
        index = np.arange(end - first) - (end - first - 1) / 2
        centred_s = stamps_s[first:end] - stamps_s[first:end].mean()
        products, squares = products + float(index @ centred_s), squares + float(index @ index)
        spread_s = max(spread_s, float(np.ptp(centred_s - index * (products / squares)))) if squares else spread_s
    if products <= 0:
        # Of one sample nothing is known; of many that are stamped alike, this much.
        what = "do not advance" if average_hz(stamps_s) <= 0 else "contradict each other"
        remark = f"has time stamps that {what}; the declared rate is believed"
        return declared_hz or rough_hz, [remark] if squares else []
    rate_hz = squares / products
    if not declared_hz:
        return _rounded(rate_hz), [f"declares no rate, its time stamps show {rate_hz:.2f} Hz"]
    apart = abs(rate_hz / declared_hz - 1)
    # In a short recording jitter alone makes a slope: the clocks must come apart by more than the stamps scatter.
    apart_s = apart * edges[-1] / rate_hz
    if apart_s <= max(2 * spread_s, MOST_APART_S if apart <= RATE_TOLERANCE else 0.0):
        return declared_hz, []
    digits = 2 if apart > RATE_TOLERANCE else 4
    remark = f"declares {declared_hz:g} Hz, its time stamps show {rate_hz:.{digits}f} Hz; the latter is used"
    return _rounded(rate_hz), [remark]


def _rounded(rate_hz: float) -> float:
    # Of stamps in a unit that nobody knows hardly anything is left; nothing at all could be divided by.
    return round(rate_hz, 3) or rate_hz


def _described(jump: Jump, at_s: float) -> str:
    if jump.is_pause:
        return f"pauses for {jump.seconds:.1f} s until {at_s:.1f} s"
    way = "ahead" if jump.seconds > 0 else "back"
    return (
        f"has time stamps that jump {way} by {abs(jump.seconds):.1f} s at {at_s:.1f} s; "
        "times after that go on as if nothing were missing there"
    )
