"""Simulated EEG: the same from the same seed, however it is cut, and its truth is true."""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from scipy.signal import welch

from models.errors import MontageError
from models.simulate import KINDS, Layout, Patient, Simulated, Stage, simulate


@cache
def _patients(layout: Layout) -> tuple[Simulated, ...]:
    return tuple(simulate(seed, 100, layout=layout, ied_rate_per_min=12) for seed in range(8))


@pytest.mark.parametrize("layout", ["scalp", "depth"])
def test_same_seed_gives_the_same_recording(layout: Layout) -> None:
    """Two draws from one seed are bit-equal, from two seeds they are not."""
    one, two, other = (simulate(seed, 9.3, layout=layout) for seed in (5, 5, 6))
    assert np.array_equal(one.samples, two.samples)
    assert not np.array_equal(one.samples, other.samples)


@pytest.mark.parametrize(("layout", "rate_hz"), [("scalp", 256.0), ("depth", 500.0), ("scalp", 100.0)])
def test_any_cut_gives_the_same_recording(layout: Layout, rate_hz: float) -> None:
    """Pieces joined equal the whole, in samples, discharges, events and stages."""
    whole, parts = (Patient(3, layout=layout, rate_hz=rate_hz, minutes_per_stage=0.3) for _ in "ab")
    expected = whole.next(60)
    # Shorter and longer than a segment of 4 s, none at all, and in the middle of one.
    pieces = [parts.next(seconds) for seconds in (0.5, 7, 0, 13.5, 4, 35)]
    assert np.array_equal(np.concatenate([p.samples for p in pieces], axis=1), expected.samples)
    assert np.array_equal(np.concatenate([p.discharges for p in pieces], axis=1), expected.discharges)
    assert [i.peak for p in pieces for i in p.ieds] == [i.peak for i in expected.ieds]
    assert [c for p in pieces for c in p.confounders] == list(expected.confounders)
    assert [p.first for p in pieces] == np.cumsum([0, *(p.samples.shape[1] for p in pieces[:-1])]).tolist()
    named = [s.stage for p in pieces for s in p.stages for _ in range(s.first, s.end)]
    assert named == [s.stage for s in expected.stages for _ in range(s.first, s.end)]


@pytest.mark.parametrize("layout", ["scalp", "depth"])
def test_discharges_peak_where_and_as_high_as_the_truth_says(layout: Layout) -> None:
    """Single discharges have their extreme within a sample of the truth, in the electrode named."""
    checked = 0
    for recording in _patients(layout):
        peaks = [ied.peak for ied in recording.ieds]
        # Only discharges that stand alone: where two overlap, the sum has its peak elsewhere.
        far = [min((abs(p - q) for q in peaks if q != p), default=10**6) > 1.5 * recording.rate_hz for p in peaks]
        for ied in (i for i, alone in zip(recording.ieds, far, strict=True) if alone and i.peak > 10):
            row = recording.discharges[recording.labels.index(ied.electrode)] * np.sign(ied.amplitude_uv)
            around = row[ied.peak - 5 : ied.peak + 6]
            assert abs(int(around.argmax()) - 5) <= 1
            assert row[ied.peak] == pytest.approx(abs(ied.amplitude_uv), rel=1e-3)
            column = recording.discharges[:, ied.peak] / ied.amplitude_uv
            assert column == pytest.approx(ied.footprint, abs=1e-3)
            assert ied.onset < ied.peak < ied.end
            checked += 1
    # Else the loop may have found nothing to check.
    assert checked > 20


def test_discharges_keep_their_distance() -> None:
    """No two peaks lie closer than 0.3 s."""
    for recording in (*_patients("scalp"), *_patients("depth")):
        gaps = [b.peak - a.peak for a, b in pairwise(recording.ieds)]
        assert min(gaps, default=10**6) >= 0.3 * recording.rate_hz


def test_without_discharges_nothing_else_changes() -> None:
    """Taking the discharges away leaves the recording that the same seed makes at rate 0."""
    with_ieds = simulate(2, 60, ied_rate_per_min=10)
    without = simulate(2, 60, ied_rate_per_min=0)
    assert with_ieds.ieds
    assert not without.ieds
    assert not without.discharges.any()
    # 0.01 uV: float32 sums of hundreds of microvolts, in another order.
    assert with_ieds.samples - with_ieds.discharges == pytest.approx(without.samples, abs=0.01)


@cache
def _of_stage(stage: Stage) -> tuple[Simulated, ...]:
    """Return patients of one stage, without artefacts."""
    plan = ((stage, 60),)
    return tuple(simulate(seed, 24, plan=plan, confounders=False, ied_rate_per_min=0) for seed in range(6))


def _band_share(stage: Stage, low_hz: float, high_hz: float, electrode: str) -> float:
    """Return the mean share of 1 to 30 Hz power in a band, over patients."""
    shares = []
    for recording in _of_stage(stage):
        row = recording.samples[recording.labels.index(electrode)]
        f, power = welch(row, recording.rate_hz, nperseg=1024)
        band = power[(f >= low_hz) & (f <= high_hz)].sum() / power[(f >= 1) & (f <= 30)].sum()
        shares.append(float(band))
    return float(np.mean(shares))


def test_stages_have_their_rhythms() -> None:
    """Delta is deep sleep's, alpha the waking occiput's, sigma that of N2."""
    assert _band_share("N3", 0.5, 4, "Fz") > 1.5 * _band_share("W", 0.5, 4, "Fz")
    assert _band_share("W", 8, 12.5, "O1") > 1.5 * _band_share("N2", 8, 12.5, "O1")
    assert _band_share("N2", 11.5, 15, "Cz") > 1.1 * _band_share("N3", 11.5, 15, "Cz")


def test_depth_discharges_stay_on_their_lead_and_fall_off_along_it() -> None:
    """Two contacts away from the strongest one, most depth discharges have lost half; on other leads more."""
    beside, elsewhere = [], []
    for recording in _patients("depth"):
        for ied in recording.ieds:
            at = recording.labels.index(ied.electrode)
            same = [i for i, name in enumerate(recording.labels) if name[:2] == ied.electrode[:2]]
            beside += [abs(float(ied.footprint[i])) for i in same if abs(i - at) == 2]
            elsewhere += [abs(float(ied.footprint[i])) for i in range(24) if i not in same]
    assert np.median(elsewhere) < 0.5 * np.median(beside) < 0.35


def test_scalp_discharges_are_mostly_negative() -> None:
    """Over many patients most foci point their negative end at the scalp."""
    negative = [simulate(s, 10, ied_rate_per_min=30, confounders=False) for s in range(100, 130)]
    signs = [float(np.mean([i.amplitude_uv < 0 for i in r.ieds])) for r in negative if r.ieds]
    assert 0.65 < np.mean(signs) < 0.98


def test_confounders_are_named_and_can_be_left_out() -> None:
    """Every kind in the truth is a known one; without confounders only sleep's own remain."""
    awake = [simulate(seed, 60, plan=(("W", 60),)) for seed in range(4)]
    kinds = {c.kind for r in (*awake, *_patients("depth")) for c in r.confounders}
    assert kinds <= set(KINDS)
    assert {"blink", "muscle", "burst"} <= kinds
    bare = simulate(1, 100, plan=(("N2", 100),), confounders=False)
    assert {c.kind for c in bare.confounders} <= {"vertex-wave", "k-complex", "spindle"}


def test_plan_is_followed() -> None:
    """Stages come as the plan says and are reported with their exact samples."""
    recording = simulate(0, 40, plan=(("W", 8), ("N2", 16)))
    assert [(s.stage, s.first, s.end) for s in recording.stages] == [
        ("W", 0, 2048),
        ("N2", 2048, 6144),
        ("W", 6144, 8192),
        ("N2", 8192, 10240),
    ]


def test_gain_scales_everything() -> None:
    """A recording in another unit is the same recording."""
    one, thousand = simulate(4, 5), simulate(4, 5, gain=1000)
    assert thousand.samples == pytest.approx(1000 * one.samples, rel=1e-3, abs=1)


def test_unknown_names_are_refused() -> None:
    """A scalp label outside the 10-20 system, a contact without number, a lone electrode and an empty plan."""
    with pytest.raises(MontageError, match="'Q9' is not in the 10-20"):
        simulate(0, 1, labels=("Q9",))
    with pytest.raises(MontageError, match="'LA' has no number"):
        simulate(0, 1, layout="depth", labels=("LA",))
    with pytest.raises(MontageError, match="'Cz' alone cannot be simulated"):
        simulate(0, 1, labels=("Cz",))
    with pytest.raises(ValueError, match="plan"):
        simulate(0, 1, plan=())
    with pytest.raises(ValueError, match="100 Hz"):
        simulate(0, 1, rate_hz=50)


def test_night_begins_awake_and_mixed_does_not_mind() -> None:
    """A night falls asleep by N1 and N2 into N3; mixed plans begin in any stage, most often awake."""
    night = Patient(0, minutes_per_stage=0.5).next(180)
    assert [s.stage for s in night.stages[:4]] == ["W", "N1", "N2", "N3"]
    begins = [simulate(seed, 1).stages[0].stage for seed in range(30)]
    # 30 draws: the rarest stage has a tenth, and is missed by all of them in 4 % of seeds; these are fixed.
    assert len(set(begins)) == 5
    assert max(set(begins), key=begins.count) == "W"
