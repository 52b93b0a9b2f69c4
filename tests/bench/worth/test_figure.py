"""The figures of curves."""

from pathlib import Path

import pytest

from bench.worth.figure import check, write
from models.errors import ModelsError

pytest.importorskip("matplotlib")


def test_there_is_a_figure_for_what_was_measured(tmp_path: Path) -> None:
    """Each is an SVG file of its own that names its detectors; what nobody measured has none."""
    row = {
        "threshold": 0.5,
        "marked_found": [0.5, 0.4, 0.6],
        "clear_found": [0.8, 0.7, 0.9],
        "false_per_h": [3.0, 1, 5],
    }
    curve = {"rows": [row, {**row, "false_per_h": [30.0, 20, 40]}]}
    write(tmp_path / "figures", {"ours": curve, "theirs": curve})
    assert sorted(path.name for path in (tmp_path / "figures").iterdir()) == ["clear.svg", "marked.svg"]
    text = (tmp_path / "figures" / "marked.svg").read_text()
    assert text.startswith("<svg")
    assert "xmlns" in text
    assert "ours" in text
    assert "theirs" in text


def test_figures_are_refused_before_anything_is_measured_where_they_cannot_be_drawn(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without matplotlib one line names the remedy; who wants no figure needs none."""
    monkeypatch.setattr("bench.worth.figure.is_installed", lambda: False)
    check(None)
    with pytest.raises(ModelsError, match=r"--figures: needs matplotlib: pip install 'spikewatch\[train\]'"):
        check(tmp_path)
