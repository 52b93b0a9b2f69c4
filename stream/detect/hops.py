"""Hops that fit: whole samples of the model, on the grid of sleep, and short enough for two windows a discharge."""

import math

from models.sleep.stager import RESULT_S
from stream.errors import ConfigError

SEEN_S = 0.11
"""Seconds from a discharge's peak until a window shows it: training has windows that end so soon after it."""
HOP_TOLERANCE = 0.01
"""Samples: 15.6 ms is taken for 15.625."""
HOPS_MS, USUAL_HOP_MS = (15.0, 1000.0), 125.0
"""The range of `frame.hop_ms`, and its default."""


def longest_hop_s(window_s: float) -> float:
    """Return the longest hop at which two windows see every discharge."""
    # A window shows a discharge if it ends at least SEEN_S behind its peak, and less than its own length: two windows
    # must end in that stretch.
    return (window_s - SEEN_S) / 2


def widest(hop_samples: int, window_samples: int, model_rate_hz: float) -> int:
    """Return how many hops may lie between two windows, so that two of them still see every discharge."""
    return max(1, int(longest_hop_s(window_samples / model_rate_hz) * model_rate_hz // hop_samples))


def check_hop(hop_ms: float, window_s: float, name: str) -> None:
    """Check that two windows see every discharge: only then can it become an event (`models.detection.events`)."""
    longest_ms = 1000 * longest_hop_s(window_s)
    if hop_ms > longest_ms:
        raise ConfigError(
            f"frame.hop_ms = {hop_ms:g}: two windows of {1000 * window_s:g} ms must see every discharge, or model "
            f"{name} misses some: use at most {longest_ms:.0f}, such as 62.5, 125 or 250"
        )


def hop_samples(hop_ms: float, model_rate_hz: float) -> int:
    """Turn frame.hop_ms into samples of the model.

    Raises
    ------
    ConfigError
        if it is no whole number of them
    """
    exact = hop_ms * model_rate_hz / 1000
    # Sleep results must end with a hop, or a restart would place them otherwise.
    hop, grid = round(exact), round(RESULT_S * model_rate_hz)
    if abs(exact - hop) > HOP_TOLERANCE or hop < 1 or grid % hop:
        raise ConfigError(
            f"frame.hop_ms = {hop_ms:g}: the model takes {model_rate_hz:g} samples a second and the sleep "
            f"grid is {RESULT_S:g} s; use whole samples that divide it{_fitting_hops(grid)}"
        )
    return hop


def _fitting_hops(grid: int) -> str:
    """Name the three hops nearest to the usual one that fit a grid of so many samples, where there are three."""
    hops_ms = [1000 * RESULT_S * hop / grid for hop in range(1, grid + 1) if grid % hop == 0]
    # A person types them: no more than one digit behind the point.
    short = [ms for ms in hops_ms if round(ms, 1) == ms and HOPS_MS[0] <= ms <= HOPS_MS[1]]
    nearest = sorted(sorted(short, key=lambda ms: abs(math.log(ms / USUAL_HOP_MS)))[:3])
    return ", such as {:g}, {:g} or {:g}".format(*nearest) if len(nearest) == 3 else ""
