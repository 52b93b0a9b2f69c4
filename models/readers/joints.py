"""Breaks of a recording whose file has its samples one behind the other, as if nothing were missing between them."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from models.readers.stretches import Stretch

LONGEST_S: Final = 31 * 86_400.0
"""A longer pause is a clock that was set: no recording is taken up again after a month."""
MOST_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Joint:
    """The first sample in the file behind a break, and how long nothing was recorded (s); None where none knows."""

    at: int
    missing_s: float | None


def sample_behind(at_s: float, rate_hz: float) -> int:
    """Return the first sample behind a break that is marked on it, or half a sample before it as EEGLAB does."""
    return math.ceil(at_s * rate_hz - 0.25)


def by_times(starts: Sequence[tuple[int, float | None]], rate_hz: float, tolerance_s: float = 0.0) -> Iterator[Joint]:
    """Yield the breaks between parts whose first samples are known, and of some the times (s).

    Parts that follow upon each other within the tolerance are no break: a clock has its own pace.
    """
    dated = starts[0] if starts else (0, None)
    for (_, before_s), (at, at_s) in pairwise(starts):
        missing_s = None if at_s is None or dated[1] is None else at_s - dated[1] - (at - dated[0]) / rate_hz
        is_break = before_s is None or missing_s is None or abs(missing_s) > max(tolerance_s, 0.5 / rate_hz)
        if is_break:
            yield Joint(at, missing_s if missing_s is not None and 0 < missing_s <= LONGEST_S else None)
        # Behind a part without a time the next one makes up for both, and a drift never adds up to a break.
        dated = dated if at_s is None else (at, at_s)


def placed(
    joints: Iterable[Joint], skipped: Sequence[tuple[int, int]], length: int, rate_hz: float
) -> tuple[list[Stretch], tuple[str, ...]]:
    """Return where the stretches stand in the recording, and remarks on breaks of unknown length.

    Parameters
    ----------
    skipped
        [begin, end) of what stands in the file and was not recorded
    length
        samples in the file, what was skipped included
    """
    missing = {joint.at: _samples(joint, rate_hz) for joint in joints}
    unknown = {joint.at for joint in joints if joint.missing_s is None}
    found: list[Stretch] = []
    doubtful_s: list[float] = []
    later = 0
    for begin, end in _recorded(skipped, length):
        cuts = [begin, *sorted(at for at in missing if begin < at < end), end]
        for first, behind in pairwise(cuts):
            later += missing.get(first, 0) if found else 0
            doubtful_s += [(first + later) / rate_hz] if found and first in unknown else []
            found.append(Stretch(first + later, first, behind - first))
    return found, _remarks(doubtful_s)


def _samples(joint: Joint, rate_hz: float) -> int:
    # One sample where nobody knows: enough that no filter and no window reaches over the break.
    return 1 if joint.missing_s is None else max(1, round(joint.missing_s * rate_hz))


def _recorded(skipped: Sequence[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    edges = [0, *(min(edge, length) for span in skipped for edge in span), length]
    return [(begin, end) for begin, end in zip(edges[::2], edges[1::2], strict=True) if begin < end]


def _remarks(doubtful_s: Sequence[float]) -> tuple[str, ...]:
    if not doubtful_s:
        return ()
    named = ", ".join(f"{at_s:.1f}" for at_s in doubtful_s[:MOST_NAMED])
    more = f" and {len(doubtful_s) - MOST_NAMED} more places" if doubtful_s[MOST_NAMED:] else ""
    return (
        f"was interrupted for an unknown time at {named} s{more}: it is analysed anew from there, "
        "and times after it are too early by what is missing",
    )
