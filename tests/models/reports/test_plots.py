"""Figures are SVG that a page can hold: deterministic, escaped, true to the numbers."""

import re
import subprocess
import sys
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from models.errors import ModelsError
from models.reports import plots

CURVES = {"validation": ([0.0, 0.5, 1.0], [1.0, 0.8, 0.0]), "test": ([0.0, 0.5, 1.0], [0.9, 0.7, 0.1])}
DRAW = "from models.reports import plots; print(plots.lines('Loss', 'epoch', 'loss', {'a': ([1, 2], [3, 4])}))"


def texts(svg: str) -> list[str]:
    """Every text that a figure shows."""
    return ["".join(found.itertext()).strip() for found in ET.fromstring(svg).iter() if found.tag.endswith("text")]


def test_a_figure_names_its_curves_axes_and_title() -> None:
    """What the legend, the axes and the title say is text, not outlines."""
    shown = texts(plots.lines("PR", "recall", "precision", CURVES, marks={"threshold 0.5": (0.5, 0.8)}))
    assert {"PR", "recall", "precision", "validation", "test", "threshold 0.5"} <= set(shown)


def test_one_curve_alone_has_no_legend() -> None:
    """Its axis already says what it is."""
    assert "only" not in texts(plots.lines("Loss", "epoch", "loss", {"only": ([1, 2], [3, 4])}))


def test_two_processes_draw_the_same_bytes() -> None:
    """No date, no random id: a report can be compared and committed."""
    # Two processes, since within one a random salt would be the same.
    first, second = (subprocess.run([sys.executable, "-c", DRAW], capture_output=True, check=True) for _ in range(2))
    assert first.stdout == second.stdout
    assert first.stdout.startswith(b"<svg")


def test_names_are_shown_as_they_are() -> None:
    """Neither markup nor mathematics is read into a name."""
    name = 'a <b> & "c" $x_1$'
    svg = plots.lines(name, "x", "y", {name: ([1, 2], [1, 2]), "b": ([1, 2], [2, 1])})
    assert texts(svg).count(name) == 2
    assert ET.fromstring(svg).attrib["aria-label"] == name


def test_a_curve_is_drawn_where_its_numbers_say() -> None:
    """On fixed axes, equal steps of y are equal steps on paper."""
    svg = plots.lines("t", "x", "y", {"a": ([0, 1, 2], [0, 1, 2])}, x_limits=(0, 2), y_limits=(0, 2))
    stroke = re.search(r'<path d="M ([^"]+)"[^>]*stroke: #0072b2', svg)
    assert stroke
    x, y = np.array(re.findall(r"[\d.]+", stroke[1]), float).reshape(-1, 2).T
    np.testing.assert_allclose(np.diff(x), np.diff(x)[0], rtol=1e-5)
    np.testing.assert_allclose(np.diff(y), np.diff(y)[0], rtol=1e-5)
    # SVG counts y downwards.
    assert np.diff(y)[0] < 0 < np.diff(x)[0]


def test_what_is_not_finite_is_left_out() -> None:
    """A loss that became NaN ends its curve instead of the report."""
    svg = plots.lines("t", "x", "y", {"a": ([1, 2, 3], [1, 2, float("nan")])})
    assert svg == plots.lines("t", "x", "y", {"a": ([1, 2], [1, 2])})


def test_a_logarithmic_axis_has_plain_numbers() -> None:
    """A reader sees 0.01, not a power in markup."""
    svg = plots.lines("t", "x", "y", {"a": ([0.01, 1], [1, 2])}, x_log=True)
    assert {"0.01", "0.1", "1"} <= set(texts(svg))


def test_epochs_have_ticks_at_whole_numbers() -> None:
    """No training ends within one."""
    y = [10, 20, 30]
    assert "0.25" not in texts(plots.lines("t", "epoch", "y", {"a": ([0, 1, 2], y)}))
    assert "0.25" in texts(plots.lines("t", "x", "y", {"a": ([0.0, 1.0, 2.0], y)}))


def test_shades_steps_and_the_diagonal_are_drawn() -> None:
    """Each adds something to the figure, and a shade its name."""
    plain = plots.lines("t", "x", "y", CURVES)
    shaded = plots.lines("t", "x", "y", CURVES, shaded={"PreBCE": (0.0, 0.2)})
    diagonal = plots.lines("t", "x", "y", CURVES, diagonal=True)
    steps = plots.lines("t", "x", "y", CURVES, steps=True)
    assert len({plain, shaded, diagonal, steps}) == 4
    assert "PreBCE" in texts(shaded)
    assert len(diagonal) > len(plain)


def test_without_matplotlib_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plots are an extra."""
    # None makes the import fail, as if it were not installed.
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ModelsError, match=r"pip install 'spikewatch\[train\]'"):
        plots.lines("t", "x", "y", CURVES)
