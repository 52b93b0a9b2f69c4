"""Figure 5b counts spectrograms as the paper defines its lower bounds, and is drawn."""

from pathlib import Path

import pytest

from bench.paper.figure5b import markdown, measured, plot, totals_s
from models.datasets.windowset import load
from tests.bench.paper.test_aied import spiky_parts

STEPS = {"SC": 1.0, "TST": 3.0, "ResNet-18": 0.5, "template": 0.1, "figure": 20.0, "read": 4.0, "image network": 6.0}


def test_seconds_by_hand() -> None:
    """100 windows of 5 channels, 10 of them positive, 2 candidates a window; an image costs 30."""
    found = totals_s(STEPS, 100, 10, 5, 2.0)
    assert found == pytest.approx(
        {"SC": 100, "TST": 300, "ResNet-18": 50, "AiED": 6050, "AiED-opt": 300, "HDL, lower bound": 2000}
    )


def test_a_set_is_measured_and_drawn(tmp_path: Path) -> None:
    """Its own windows, positives and candidates; the paper's figure stands beside."""
    spiky_parts(tmp_path / "set")
    (row,) = rows = measured({"mine": load(tmp_path / "set")}, 1, 4)
    assert (row["windows"], row["positives"]) == (36, 18)
    assert 0.4 < row["candidates_a_window"] < 3
    assert row["times_sc"]["SC"] == 1
    assert all(seconds > 0 for seconds in row["steps_ms"].values())
    assert "| AiED-opt | " in markdown(rows)
    assert markdown(rows).count("above 100") == 3
    pytest.importorskip("matplotlib")
    plot(rows, tmp_path / "figure.svg")
    # Text is drawn as shapes; four systems and a legend make some thousands of bytes, an empty figure few.
    assert (tmp_path / "figure.svg").stat().st_size > 5000
