"""Pieces of pictures as SVG text, without any library; the same numbers give the same bytes."""

from collections.abc import Iterable
from html import escape
from typing import Final

INK: Final = "#1c2733"
QUIET: Final = "#5b6875"
GRID: Final = "#d8dfe5"
NEGATIVE: Final = "#0072b2"
POSITIVE: Final = "#d55e00"


def text(x: float, y: float, content: str, anchor: str = "start", *, halo: bool = False) -> str:
    """Return a line of text; with a `halo` it can be read on lines."""
    under = ' stroke="#fff" stroke-width="3" paint-order="stroke"' if halo else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{INK}"{under}>{escape(content)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float) -> str:
    """Return a straight line."""
    places = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {places} stroke="{colour}" stroke-width="{width:.1f}"/>'


def rect(left: float, top: float, right: float, bottom: float, fill: str) -> str:
    """Return a filled rectangle."""
    size = f'width="{max(0.0, right - left):.2f}" height="{max(0.0, bottom - top):.2f}"'
    return f'<rect x="{left:.2f}" y="{top:.2f}" {size} fill="{fill}"/>'


def hatch(name: str) -> str:
    """Return a hatched fill, used as `url(#name)`; the name must be the only one of its page."""
    return (
        f'<defs><pattern id="{name}" width="6" height="6" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect width="6" height="6" fill="#eef1f4"/>'
        f'<line y2="6" stroke="{QUIET}" stroke-width="1.4"/></pattern></defs>'
    )


def picture(title: str, width: float, height: float, parts: Iterable[str]) -> str:
    """Return the <svg> element for a page."""
    # Named as SVG: as a file of its own it would otherwise be drawn by no browser.
    names = f'xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(title)}"'
    style = f'viewBox="0 0 {width:g} {height:g}" font-size="12" font-family="Liberation Sans, Arial, sans-serif"'
    return f"<svg {names} {style}>{''.join(parts)}</svg>"
