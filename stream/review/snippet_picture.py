"""A picture of the raw samples around one event, as far as they are kept."""

from typing import Final

import numpy as np

from stream.logbook.snippets import SIDE_S, Snippet
from stream.review.svg import INK, NEGATIVE, hatch, line, picture, rect, text

WIDTH: Final = 640.0
LEFT: Final = 74.0
TOP: Final = 24.0
STEP: Final = 18.0


def snippet_picture(snippet: Snippet) -> str:
    """Draw every channel as it was sent, negative up, each to its own scale; what is not known is hatched."""
    height, count = TOP + STEP * len(snippet.labels) + 26, snippet.samples.shape[1]
    per_sample = (WIDTH - LEFT - 8) / count
    x = LEFT + per_sample * np.arange(count)
    unknown = np.isnan(snippet.samples).all(axis=0)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], unknown, [False]]).astype(np.int8)))
    bottom = height - 24
    parts = [hatch("unknown")]
    parts += [
        rect(LEFT + per_sample * begin, TOP, LEFT + per_sample * end, bottom, "url(#unknown)")
        for begin, end in edges.reshape(-1, 2)
    ]
    peak_x = LEFT + per_sample * count / 2
    parts.append(line(peak_x, TOP, peak_x, bottom, NEGATIVE, 0.8))
    for row, label in enumerate(snippet.labels):
        middle = TOP + STEP * (row + 0.5)
        parts += [*_course(snippet.samples[row], x, middle), text(LEFT - 8, middle + 4, label, "end")]
    parts += [text(peak_x, height - 10, "peak", "middle"), text(LEFT, height - 10, f"{-SIDE_S:g} s")]
    parts.append(text(LEFT, 12, _said(snippet)))
    return picture("Samples around the event", WIDTH, height, parts)


def _said(snippet: Snippet) -> str:
    missing_s = snippet.missing / snippet.rate_hz
    if snippet.missing == snippet.samples.shape[1]:
        return "no sample was kept: the recording was over, or memory had none any more"
    lacks = f"; {missing_s:.2f} s are missing: a gap" if missing_s else ""
    return f"as sent, unfiltered, negative up, each channel to its own scale{lacks}"


def _course(samples: np.ndarray, x: np.ndarray, middle: float) -> list[str]:
    known = np.isfinite(samples)
    if not known.any():
        return []
    centred = samples - np.median(samples[known])
    y = middle + STEP * centred / (np.abs(centred[known]).max() or 1.0)
    # A line for each stretch without a gap: nothing is drawn across one.
    stretches = np.split(np.flatnonzero(known), np.flatnonzero(np.diff(np.flatnonzero(known)) > 1) + 1)
    lines = [" ".join(f"{x[at]:.1f},{y[at]:.1f}" for at in stretch) for stretch in stretches]
    return [f'<polyline points="{points}" fill="none" stroke="{INK}" stroke-width="0.9"/>' for points in lines]
