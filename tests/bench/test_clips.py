"""The ranking of clips by how often they are called."""

import pytest

from bench.clips import Clip, chosen, rows


def test_clips_are_sorted_by_what_their_caption_names() -> None:
    """Seizures and burst suppression are left out, unless periodic discharges stand beside them."""
    captions = {
        "a": "Normal",
        "b": "Diffuse delta (2), LPD (2)",
        "c": "NCSE (20)",
        "d": "GPD (4), Unreactive (20), Burst suppression (20)",
        "e": "Burst suppression (20)",
        "f": "GRDA (1), Diffuse theta (1)",
    }
    assert chosen(captions) == {"a": False, "b": True, "d": True, "f": False}


def test_rates_and_area_are_those_of_the_clips() -> None:
    """Two clips with discharges and two without, by hand."""
    clips = [Clip(True, {0.5: 40.0}), Clip(True, {0.5: 2.0}), Clip(False, {0.5: 0.0}), Clip(False, {0.5: 4.0})]
    [row] = rows(clips, [0.5])
    assert (row["with_per_min"][0], row["without_per_min"][0]) == (21.0, 2.0)
    # Of four pairs of a clip with and one without, three have the right order.
    assert row["area"][0] == pytest.approx(0.75)


def test_clips_that_are_called_alike_rank_by_chance() -> None:
    """A detector that never calls tells nobody apart."""
    clips = [Clip(True, {0.5: 0.0}), Clip(False, {0.5: 0.0}), Clip(False, {0.5: 0.0})]
    assert rows(clips, [0.5])[0]["area"][0] == 0.5


def test_an_interval_holds_its_value() -> None:
    """Clips are drawn again, those with and those without."""
    clips = [Clip(at % 2 == 0, {0.5: float(at)}) for at in range(12)]
    [row] = rows(clips, [0.5])
    for name in ("with_per_min", "without_per_min", "area"):
        value, low, high = row[name]
        assert low <= value <= high
