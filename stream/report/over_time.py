"""Two pictures over the same time: events an hour, and the stages of sleep; what was not analysed is hatched."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from stream.findings import Findings, StageSpan, Stretch
from stream.rates import Bar, merged, rates
from stream.review.svg import INK, NEGATIVE, QUIET, hatch, line, picture, rect, text

WIDTH, LEFT, RIGHT, TOP = 960.0, 56.0, 10.0, 16.0
UNDER: Final = 26.0
ROWS: Final = ("W", "R", "N1", "N2", "N3")
"""Of a hypnogram, from the top."""
TICKS_S: Final = (60, 300, 600, 1800, 3600, 7200, 14400, 28800, 86400, 604800, 2592000)
MOST_TICKS: Final = 12
TOUCHING: Final = 0.5


def timeline(began: datetime, found: Findings) -> str:
    """Draw events an hour."""
    height = 190.0
    bottom, bars = height - UNDER, _rates(found)
    highest = max([rate for _, _, rate in bars if math.isfinite(rate)], default=0.0) or 1.0
    parts = [hatch("lost-1"), *_lost(found.stretches, found.seconds, bottom, "lost-1")]
    for begin, end, rate in bars:
        if math.isfinite(rate) and rate > 0:
            tall = (bottom - TOP) * rate / highest
            left, right = _x(begin, found.seconds), _x(end, found.seconds)
            parts.append(rect(left, bottom - tall, right - 0.7, bottom, NEGATIVE))
    parts += [text(LEFT - 6, TOP + 9, f"{highest:.3g}", "end"), text(LEFT - 6, bottom, "0", "end")]
    parts += [text(LEFT, 10, "events an analysed hour; hatched: not analysed"), *_clock(began, found.seconds, bottom)]
    return picture("Events an hour over time", WIDTH, height, parts)


def hypnogram(began: datetime, found: Findings) -> str:
    """Draw the stages of sleep; where there is no line no stage is known."""
    height = 170.0
    bottom = height - UNDER
    step = (bottom - TOP) / len(ROWS)
    parts = [hatch("lost-2"), *_lost(found.stretches, found.seconds, bottom, "lost-2")]
    parts += [text(LEFT - 6, TOP + step * (at + 0.5) + 4, name, "end") for at, name in enumerate(ROWS)]
    parts += _stages(found.stages, found.seconds, step)
    parts += [text(LEFT, 10, "stage of sleep; R is thick"), *_clock(began, found.seconds, bottom)]
    return picture("Stages of sleep over time", WIDTH, height, parts)


def _stages(stages: Sequence[StageSpan], seconds: float, step: float) -> list[str]:
    parts, before = list[str](), (-math.inf, 0.0)
    for span in stages:
        y = TOP + step * (ROWS.index(span.stage) + 0.5)
        left, right = _x(span.onset_s, seconds), _x(span.onset_s + span.duration_s, seconds)
        if abs(before[0] - left) < 0.5:
            parts.append(line(left, before[1], left, y, QUIET, 0.8))
        parts.append(line(left, y, right, y, INK, 3.0 if span.stage == "R" else 1.6))
        before = right, y
    return parts


def _rates(found: Findings) -> list[Bar]:
    lost = [(one.onset_s, one.onset_s + one.duration_s) for one in found.stretches]
    return rates([event["time_s"] for event in found.events], lost, found.seconds)


def _lost(lost: Sequence[Stretch], seconds: float, bottom: float, fill: str) -> list[str]:
    spans = [(_x(one.onset_s, seconds), _x(one.onset_s + one.duration_s, seconds)) for one in lost]
    # Gaps that touch on paper are drawn as one, because thousands of short gaps would make the page large. Each gap is
    # wide enough to be seen.
    return [rect(a, TOP, max(b, a + TOUCHING), bottom, f"url(#{fill})") for a, b in merged(spans, TOUCHING)]


def _clock(began: datetime, seconds: float, bottom: float) -> list[str]:
    """Draw the frame, and times of day under it."""
    step_s = next((step for step in TICKS_S if seconds / step <= MOST_TICKS), TICKS_S[-1])
    parts = [f'<path d="M{LEFT},{TOP} V{bottom} H{WIDTH - RIGHT}" fill="none" stroke="{QUIET}"/>']
    for at_s in np.arange(-began.timestamp() % step_s, seconds, step_s):
        x, shown = _x(float(at_s), seconds), began + timedelta(seconds=float(at_s))
        label = f"{shown:%H:%M}" if step_s < 86400 else f"{shown:%m-%d}"
        parts += [line(x, bottom, x, bottom + 4, QUIET, 1), text(x, bottom + 17, label, "middle")]
    return parts


def _x(at_s: float, seconds: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * at_s / seconds
