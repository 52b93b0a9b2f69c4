"""Curves as SVG text, the same bytes for the same numbers; the only file that knows matplotlib.

Colours are Okabe and Ito's (2008), which colour-blind readers tell apart; each curve has a line style of its own for
paper without colour.
"""

import importlib.util
import io
import re
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import ArrayLike

from models.errors import ModelsError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
DASHES: Final[tuple[Any, ...]] = ("-", (0, (5, 2)), (0, (1, 1.4)), (0, (6, 2, 1, 2)))
INK, QUIET, GRID = "#1c2733", "#5b6875", "#e3e8ec"
SIZE_INCH: Final = (5.2, 3.4)
FEW_POINTS: Final = 24
"""A curve of so few points shows each of them."""
STYLE: Final[dict[str, Any]] = {
    # Text stays text, which can be searched and read aloud.
    "svg.fonttype": "none",
    # A "$" in a name is a dollar.
    "text.parse_math": False,
    "font.family": "sans-serif",
    "font.sans-serif": ["Liberation Sans", "Arial", "Helvetica", "DejaVu Sans"],
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": QUIET,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.ymargin": 0.12,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": GRID,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 1.8,
    "lines.markersize": 3.5,
}
_GROUP_ID = re.compile(r'<g id="[^"]*"')

Curve = tuple[ArrayLike, ArrayLike]
"""x (n,) and y (n,); what is not finite is left out."""
Limits = tuple[float | None, float | None]


def is_installed() -> bool:
    """Whether matplotlib is there to draw with."""
    return importlib.util.find_spec("matplotlib") is not None


def lines(
    title: str,
    x_label: str,
    y_label: str,
    series: Mapping[str, Curve],
    *,
    x_log: bool = False,
    x_limits: Limits = (None, None),
    y_limits: Limits = (None, None),
    diagonal: bool = False,
    steps: bool = False,
    marks: Mapping[str, Sequence[float]] | None = None,
    shaded: Mapping[str, tuple[float, float]] | None = None,
) -> str:
    """Draw curves over one pair of axes and return an <svg> element for a page.

    Parameters
    ----------
    series
        Curves by name; one alone needs no legend. Where every x is an integer, so is every tick.
    diagonal
        Whether to draw y = x, dotted: chance of a ROC curve, or perfect calibration.
    steps
        Whether a curve has its value all the way from the x before, as average precision counts it.
    marks
        Single points (x, y), such as an operating point, by the name that the legend gives them.
    shaded
        Stretches of the x axis (from, to), by the name written at their top.

    Raises
    ------
    ModelsError
        when matplotlib is missing
    """
    library = _matplotlib()
    # Ids of clip paths come from this salt: by default they are random, and no two runs would be the same bytes.
    with library.rc_context({**STYLE, "svg.hashsalt": title}):
        figure = _figure()
        axes = figure.add_subplot(title=title, xlabel=x_label, ylabel=y_label)
        if x_log:
            _make_x_log(axes)
        _whole_ticks(axes, series)
        _draw_shaded(axes, shaded or {})
        _draw_curves(axes, series, steps=steps)
        _draw_marks(axes, marks or {})
        if diagonal:
            axes.axline((0, 0), slope=1, color=QUIET, linewidth=1, linestyle=":")
        axes.set(xlim=x_limits, ylim=y_limits)
        if len(series) + len(marks or {}) > 1:
            axes.legend()
        return _svg(figure, title)


def _matplotlib() -> ModuleType:
    try:
        import matplotlib as mpl  # noqa: PLC0415  (an extra)
    except ImportError:
        raise ModelsError("plots need matplotlib: pip install 'spikewatch[train]'") from None
    return mpl


def _figure() -> "Figure":
    """Return an empty figure that no window system knows of."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415  (an extra)
    from matplotlib.figure import Figure  # noqa: PLC0415

    # Not through pyplot, which keeps every figure in memory and may ask for a display.
    figure = Figure(figsize=SIZE_INCH, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _make_x_log(axes: "Axes") -> None:
    """Make the x axis logarithmic, with ticks at 1, 2 and 5 written out."""
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter  # noqa: PLC0415

    axes.set_xscale("log")
    # By default only powers of ten are written out, of which one decade has a single one.
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _whole_ticks(axes: "Axes", series: Mapping[str, Curve]) -> None:
    """Tick whole numbers alone where every x is one, such as an epoch."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    # Epoch 2.5 does not exist.
    kinds = {np.asarray(x).dtype.kind for x, _ in series.values()}
    if kinds and kinds <= set("iu") and axes.get_xscale() == "linear":
        axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True))


def _draw_curves(axes: "Axes", series: Mapping[str, Curve], *, steps: bool) -> None:
    for number, (name, curve) in enumerate(series.items()):
        x, y = (np.asarray(values, np.float64) for values in curve)
        # A gap would break the line in two; what could not be measured is simply not there.
        shown = np.isfinite(x) & np.isfinite(y)
        axes.plot(
            x[shown],
            y[shown],
            label=name,
            color=COLOURS[number % len(COLOURS)],
            linestyle=DASHES[number % len(DASHES)],
            drawstyle="steps-pre" if steps else "default",
            marker="o" if shown.sum() <= FEW_POINTS and not steps else "",
        )


def _draw_marks(axes: "Axes", marks: Mapping[str, Sequence[float]]) -> None:
    for number, (name, (x, y)) in enumerate(marks.items()):
        shape = "sDv^"[number % 4]
        axes.plot([x], [y], label=name, color=INK, marker=shape, markersize=6, linestyle="", clip_on=False, zorder=5)


def _draw_shaded(axes: "Axes", shaded: Mapping[str, tuple[float, float]]) -> None:
    for name, (start, end) in shaded.items():
        axes.axvspan(start, end, color=GRID, alpha=0.6, linewidth=0)
        # x in data, y in the height of the axes: the name stays at the top whatever the curves reach.
        above = axes.get_xaxis_transform()
        axes.text((start + end) / 2, 0.985, name, transform=above, ha="center", va="top", fontsize=8, color=QUIET)


def _svg(figure: "Figure", title: str) -> str:
    """Return the <svg> element alone: no prologue, no date, no group ids that two figures of a page would share."""
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")), transparent=True)
    element = _GROUP_ID.sub("<g", text.getvalue()[text.getvalue().index("<svg") :])
    # For screen readers, to which the curves are one picture.
    label = title.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return element.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1).strip()
