"""Packets that were lost on the way, by the time stamps of the samples that came: each a pause of less than a second.

Stamps tell them where they are honest: where those of half a second apart show one rate. A step ahead after
which the stamps stay late is then a loss. One that shorter steps make up for is a stall; nothing was lost there.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

LOST_S: Final = 0.04
"""Less is jitter. Live, 50 ms are; a file may be looked at twice, and headsets send packets of 12 samples at 256 Hz."""
BASELINE_S: Final = 0.5
"""Long against the chunks that a sender stamps at once, short against the time from one loss to the next."""
FEWEST_WHOLE: Final = 1 / 3
"""Share of the baselines that must lie between two losses."""
HONEST_S: Final = 0.012
"""By how much half of the baselines may differ from the rate: beyond that a loss is not known from jitter."""
LEVEL_S: Final = 2.0
"""Of so many seconds before and behind a step the earliest stamp shows where time stands, since delay only adds."""
STAYING_S: Final = 10.0
SETTLED_S: Final = 0.025
"""A backlog that is worked off at 1.01 times real time comes back by more, within those ten seconds."""
FEWEST_BEHIND_S: Final = 1.0
"""What comes late at the very end may be a stall as well."""
MOST_REGULAR: Final = 0.15
"""Where more is lost, and always as much after as long, chunks are stamped by a rate that the sender does not have."""
BEHIND_S: Final = 3.0
"""So long filters remember a gap: what lies behind one for less is not analysed."""
LEAST_LEFT: Final = 0.2
"""Where gaps would leave less of a recording, the samples are joined and come at the rate that is left."""
_ALIKE: Final = 0.1

Stamps = NDArray[np.float64]
Loss = tuple[int, float]
"""The first sample behind a loss, and how many seconds are missing before it."""


def honest_hz(stamps_s: Stamps, rough_hz: float) -> float:
    """Return the rate between losses, 0 where the stamps (n,) scatter too much to tell; `rough_hz` counts losses in."""
    lag = max(1, round(BASELINE_S * rough_hz))
    if len(stamps_s) < 4 * lag:
        return 0.0
    steps = np.concatenate(([0], np.cumsum(np.diff(stamps_s) > LOST_S + 1 / rough_hz)))
    whole = steps[lag:] == steps[:-lag]
    baselines_s = (stamps_s[lag:] - stamps_s[:-lag])[whole]
    # Of a sender that stamps chunks by a wrong rate hardly any is without a step.
    if len(baselines_s) < FEWEST_WHOLE * len(whole):
        return 0.0
    usual_s = float(np.median(baselines_s))
    if usual_s <= 0 or float(np.median(np.abs(baselines_s - usual_s))) > HONEST_S:
        return 0.0
    # Of stamps in whole milliseconds the median is one, too.
    usual_s = float(np.mean(baselines_s[np.abs(baselines_s - usual_s) <= HONEST_S]))
    # Slower than losses and all is no rate, but stamps that stand still for a while, such as whole seconds.
    return lag / usual_s if lag / usual_s >= 0.99 * rough_hz else 0.0


def losses(stamps_s: Stamps, parts: Sequence[tuple[int, int]], rough_hz: float) -> list[Loss]:
    """Find the losses in stamps (n,).

    Parameters
    ----------
    parts
        first sample and one past the last, each without a jump of the clock in it
    rough_hz
        the samples a second by many baselines, losses counted in
    """
    rate_hz = honest_hz(stamps_s, rough_hz)
    if not rate_hz:
        return []
    found = [loss for first, end in parts for loss in _of_part(stamps_s[first:end], first, rate_hz)]
    return [] if _is_a_rate(found, len(stamps_s), rate_hz) else found


def _of_part(stamps_s: Stamps, first: int, rate_hz: float) -> list[Loss]:
    lead_s = stamps_s - np.arange(len(stamps_s)) / rate_hz
    near, far, fewest = (round(seconds * rate_hz) for seconds in (LEVEL_S, STAYING_S, FEWEST_BEHIND_S))
    found: list[Loss] = []
    edge = 0
    for index in (np.flatnonzero(np.diff(lead_s) > LOST_S) + 1).tolist():
        before_s = float(lead_s[max(edge, index - near) : index].min())
        after_s = float(lead_s[index : index + near].min())
        stays = after_s - float(lead_s[index : index + far].min()) <= SETTLED_S
        if after_s - before_s > LOST_S and stays and len(lead_s) - index >= fewest:
            found.append((first + index, after_s - before_s))
            edge = index
    # Where chunks are stamped now early, now late, steps back are as large.
    back_s = np.sort(-np.diff(lead_s))
    return [loss for loss in found if len(back_s) - np.searchsorted(back_s, loss[1] / 2) <= len(found)]


def _is_a_rate(found: Sequence[Loss], length: int, rate_hz: float) -> bool:
    """Whether as much is missing after as many samples, everywhere, and a good deal of them."""
    if len(found) < 3:
        return False
    indices, missing_s = (np.array(column, np.float64) for column in zip(*found, strict=True))
    share = float(missing_s.sum()) / (float(missing_s.sum()) + length / rate_hz)
    between = np.diff(indices)
    return share > MOST_REGULAR and all(_alike(column) for column in (between, missing_s))


def _alike(values: NDArray[np.float64]) -> bool:
    usual = float(np.median(values))
    return float(np.mean(np.abs(values - usual) <= _ALIKE * usual)) >= 1 - _ALIKE


def too_often(found: Sequence[Loss], length: int, rate_hz: float) -> bool:
    """Whether gaps at these losses among `length` samples would leave hardly anything: a steady trickle, as live."""
    stretches_s = np.diff([0, *(index for index, _ in found), length]) / rate_hz
    return bool(found) and float(np.maximum(stretches_s - BEHIND_S, 0).sum()) < LEAST_LEFT * length / rate_hz


def remark(found: Sequence[Loss]) -> str:
    """Return how much is missing where."""
    places = "1 place" if len(found) == 1 else f"{len(found)} places"
    return f"lacks samples at {places}, {sum(seconds for _, seconds in found):.2f} s in all"
