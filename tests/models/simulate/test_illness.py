"""Who is ill, and that all others are as they are without illness."""

from itertools import pairwise

import numpy as np
import pytest

from models.simulate import IllnessName, Layout, Patient, simulate
from models.simulate.illness import DISORDERS, ILL, draw

NAMES = [disorder.name for disorder in DISORDERS]


def shares(layout: Layout, count: int = 4000) -> dict[str, float]:
    """Return which part of many patients has which illness."""
    drawn = [draw("drawn", layout, np.random.default_rng(seed)) for seed in range(count)]
    return {name: drawn.count(name) / count for name in {*drawn}}


@pytest.mark.parametrize("layout", ["scalp", "depth"])
def test_patients_are_ill_as_often_as_the_table_says(layout: Layout) -> None:
    """Each within four standard errors of 4,000 draws."""
    found = shares(layout)
    weights = {d.name: d.scalp if layout == "scalp" else d.depth for d in DISORDERS}
    for name, weight in weights.items():
        expected = ILL * weight / sum(weights.values())
        assert found.get(name, 0.0) == pytest.approx(expected, abs=4 * np.sqrt(expected / 4000) + 1e-9)


def test_a_twentieth_has_periodic_discharges_and_none_in_depth() -> None:
    """More would make most positive windows of a training set periodic ones."""
    kinds = {"lpd", "gpd", "bipd"}
    assert 0.035 < sum(share for name, share in shares("scalp").items() if name in kinds) < 0.06
    assert not kinds & shares("depth").keys()


def test_an_illness_changes_nothing_of_who_is_well() -> None:
    """Patients drawn well are those that the same seeds give without illness, and their truth names nothing."""
    well = 0
    for seed in range(12):
        drawn, none = (simulate(seed, 8.0, illness=illness) for illness in ("drawn", "none"))
        assert none.abnormalities == ()
        if not drawn.abnormalities:
            assert np.array_equal(drawn.samples, none.samples)
            assert [ied.peak for ied in drawn.ieds] == [ied.peak for ied in none.ieds]
            assert drawn.confounders == none.confounders
            well += 1
    assert 4 < well < 12


def test_without_confounders_nobody_is_ill_unless_asked_for() -> None:
    """A clean recording of seeds of which a quarter would be ill."""
    assert not any(simulate(seed, 1.0, confounders=False).abnormalities for seed in range(20))
    assert simulate(0, 1.0, confounders=False, illness="grda").abnormalities[-1].kind == "grda"


@pytest.mark.parametrize("name", NAMES)
def test_any_cut_of_an_ill_patient_gives_the_same_recording(name: IllnessName) -> None:
    """Pieces joined equal the whole, in samples, discharges and truth."""
    whole, parts = (Patient(3, rate_hz=128.0, minutes_per_stage=0.3, illness=name) for _ in "ab")
    expected = whole.next(30)
    pieces = [parts.next(seconds) for seconds in (0.5, 7, 0, 13.5, 9)]
    assert np.array_equal(np.concatenate([p.samples for p in pieces], axis=1), expected.samples)
    assert np.array_equal(np.concatenate([p.discharges for p in pieces], axis=1), expected.discharges)
    assert [i.peak for p in pieces for i in p.ieds] == [i.peak for i in expected.ieds]
    assert [c for p in pieces for c in p.confounders] == list(expected.confounders)


def test_runs_and_pauses_alternate() -> None:
    """Rhythmic runs of a patient do not overlap."""
    recording = simulate(4, 120.0, illness="firda")
    runs = [c for c in recording.confounders if c.kind == "firda"]
    assert len(runs) > 1
    assert all(a.end <= b.onset for a, b in pairwise(runs))
