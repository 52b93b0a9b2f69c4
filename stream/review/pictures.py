"""Two pictures of a focus: its averaged waveform in every derivation, and its field over the head or along leads."""

import math
from collections.abc import Mapping
from typing import Final

import numpy as np

from models.detection.shape import BEFORE_S
from models.simulate.electrodes import TEN_TWENTY
from stream.review.averages import Average
from stream.review.svg import GRID, INK, NEGATIVE, POSITIVE, QUIET, line, picture, rect, text

WIDTH: Final = 420.0
TOP: Final = 24.0
BESIDE: Final = 9.0
"""From the middle of a derivation's line to its size: clear of the thickest line."""
NAMED: Final = 0.25
"""On the head, derivations of at least this share of the largest deflection have their size beside them."""


def waveform(average: Average) -> str:
    """Draw the averaged waveform of each derivation, negative up, with its spread as a band."""
    rows = [row for row, name in enumerate(average.names) if name]
    step, left = 20.0, 74.0
    height = TOP + step * len(rows) + 26
    largest = float(np.nanmax(np.abs(average.mean))) or 1.0
    # The largest deflection is two rows high: neighbours may overlap, as on a review station.
    per_uv, per_sample = 2 * step / largest, (WIDTH - left - 8) / (average.mean.shape[1] - 1)
    peak_x = left + per_sample * average.peak
    parts = [line(peak_x, TOP, peak_x, height - 24, NEGATIVE, 0.8)]
    for place, row in enumerate(rows):
        middle = TOP + step * (place + 0.5)
        parts += _course(average, row, left, per_sample, middle, per_uv)
        parts.append(text(left - 8, middle + 4, average.names[row], "end"))
    parts += [text(peak_x, height - 10, "0 ms", "middle"), text(left, height - 10, f"{-1000 * BEFORE_S:.0f} ms")]
    parts.append(line(WIDTH - 4, TOP, WIDTH - 4, TOP + step, INK, 2))
    parts.append(text(WIDTH - 9, TOP + 10, f"{largest / 2:.0f} uV", "end", halo=True))
    parts.append(text(left, 12, f"average of {average.count}, negative up; band: standard deviation"))
    return picture("Averaged waveform", WIDTH, height, parts)


def _course(
    average: Average, row: int, left: float, per_sample: float, middle: float, per_uv: float
) -> tuple[str, str]:
    known = np.flatnonzero(np.isfinite(average.mean[row]))
    x = left + per_sample * known
    y, spread = middle + per_uv * average.mean[row, known], per_uv * average.spread[row, known]
    upper, lower, course = (
        [f"{a:.1f},{b:.1f}" for a, b in zip(x, values, strict=True)] for values in (y - spread, y + spread, y)
    )
    band = f'<polygon points="{" ".join(upper + lower[::-1])}" fill="{GRID}" fill-opacity="0.7"/>'
    return band, f'<polyline points="{" ".join(course)}" fill="none" stroke="{INK}" stroke-width="1.2"/>'


def field(average: Average) -> str:
    """Draw the deflection at the peak over the head; along leads where derivations are none of the 10-20 system."""
    values = {name: float(uv) for name, uv in zip(average.names, average.field_uv, strict=True) if name}
    pairs = [name.split("-") for name in values]
    if all(len(pair) == 2 and set(pair) <= set(TEN_TWENTY) for pair in pairs):
        return _head(values)
    return _leads(values)


def _head(values: Mapping[str, float]) -> str:
    """Draw every derivation as a line between its electrodes: as thick as it is large, with its sign and size."""
    centre, radius = WIDTH / 2, 170.0
    largest = max(abs(uv) for uv in values.values()) or 1.0
    parts = [f'<circle cx="{centre}" cy="{centre}" r="{radius}" fill="none" stroke="{GRID}" stroke-width="1.5"/>']
    parts.append(f'<path d="M{centre - 12},{centre - radius} l12,-14 l12,14" fill="none" stroke="{GRID}"/>')
    places = {name: _place(name, centre, radius) for pair in values for name in pair.split("-")}
    # The largest last, so that no other lies over it.
    for name, uv in sorted(values.items(), key=lambda item: abs(item[1])):
        (x1, y1), (x2, y2) = (places[end] for end in name.split("-"))
        parts.append(line(x1, y1, x2, y2, NEGATIVE if uv < 0 else POSITIVE, 1 + 9 * abs(uv) / largest))
        if abs(uv) >= NAMED * largest:
            parts.append(_size((x1 + x2) / 2, (y1 + y2) / 2, centre, f"{uv:+.0f}"))
    for name, (x, y) in sorted(places.items()):
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{INK}"/>')
        parts.append(text(x, y - 7, name, "middle", halo=True))
    parts.append(text(6, 14, "deflection at the peak, uV, as derived"))
    return picture("Field over the head", WIDTH, 2 * centre, parts)


def _size(x: float, y: float, centre: float, content: str) -> str:
    """Write a size beside the middle of its line, away from the vertex, where fewer electrodes have their names."""
    away = math.hypot(x - centre, y - centre) or 1.0
    beside_x, beside_y = x + BESIDE * (x - centre) / away, y + BESIDE * (y - centre) / away
    return text(beside_x, beside_y + 4, content, "end" if x < centre - 1 else "start", halo=True)


def _place(name: str, centre: float, radius: float) -> tuple[float, float]:
    """Return where an electrode is seen from above, angles from the vertex being distances; the nose is up."""
    x, y, z = TEN_TWENTY[name]
    from_vertex, flat = math.acos(z) / (0.5 * math.pi), math.hypot(x, y) or 1.0
    return centre + radius * from_vertex * x / flat, centre - radius * from_vertex * y / flat


def _leads(values: Mapping[str, float]) -> str:
    """Draw a bar for each derivation, in the order of the montage."""
    step, zero, reach = 18.0, 260.0, 110.0
    largest = max(abs(uv) for uv in values.values()) or 1.0
    parts = [text(6, 14, "deflection at the peak, uV, along the leads")]
    for place, (name, uv) in enumerate(values.items()):
        y, end = TOP + step * place, zero + reach * uv / largest
        parts.append(rect(min(zero, end), y + 3, max(zero, end), y + step - 3, NEGATIVE if uv < 0 else POSITIVE))
        parts += [text(90, y + 13, name, "end"), text(140, y + 13, f"{uv:+.0f}", "end")]
    parts.append(line(zero, TOP, zero, TOP + step * len(values), QUIET, 0.8))
    return picture("Field along the leads", WIDTH, TOP + step * len(values) + 6, parts)
