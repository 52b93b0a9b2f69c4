"""Periodic discharges: their truth is true, they keep their pace and their side, and training takes them."""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from models.simulate import Illness, Simulated, simulate
from models.simulate.periodic import PACE_HZ
from models.simulate.windows import MOST_PERIODIC_PER_MIN, draw_track, labels_at, pieces, record

KINDS: tuple[Illness, ...] = ("lpd", "gpd", "bipd")
RATE_HZ = 256.0
SEEDS = range(5)


@cache
def patient(illness: Illness, seed: int) -> Simulated:
    """Return a minute and a half of a patient with periodic discharges and no artefacts."""
    return simulate(seed, 90.0, plan=(("W", 400),), confounders=False, illness=illness)


@pytest.mark.parametrize("illness", KINDS)
def test_each_focus_keeps_the_pace_that_the_truth_says(illness: Illness) -> None:
    """The median interval is that of the stated frequency, and neighbouring ones differ by less than a half."""
    checked = 0
    for seed in SEEDS:
        recording = patient(illness, seed)
        named = [a for a in recording.abnormalities if a.kind.startswith(illness)]
        assert len(named) == (2 if illness == "bipd" else 1)
        for focus, abnormality in enumerate(named):
            assert PACE_HZ[0] <= abnormality.frequency_hz <= PACE_HZ[1]
            peaks = np.array([i.peak for i in recording.ieds if i.focus == focus]) / RATE_HZ
            # Longer ones are pauses between runs.
            steps = np.diff(peaks)
            steps = steps[steps < 1.8 / abnormality.frequency_hz]
            if len(steps) < 20:
                continue
            assert np.median(steps) == pytest.approx(1 / abnormality.frequency_hz, rel=0.06)
            changes = np.abs(np.diff(steps)) / steps[:-1]
            assert (changes < 0.5).mean() > 0.95
            assert min(steps) >= 0.29
            checked += 1
    assert checked >= 3


@pytest.mark.parametrize("illness", KINDS)
def test_discharges_peak_where_and_as_high_as_the_truth_says(illness: Illness) -> None:
    """In the electrode named, the painted discharge of a slow run has its value at the stated sample."""
    checked = 0
    for seed in SEEDS:
        recording = patient(illness, seed)
        for before, ied, after in zip(recording.ieds, recording.ieds[1:], recording.ieds[2:], strict=False):
            assert ied.kind == illness
            assert ied.run
            if min(ied.peak - before.peak, after.peak - ied.peak) < 1.2 * RATE_HZ:
                continue
            row = recording.discharges[recording.labels.index(ied.electrode)] * np.sign(ied.amplitude_uv)
            assert abs(int(row[ied.peak - 5 : ied.peak + 6].argmax()) - 5) <= 1
            assert row[ied.peak] == pytest.approx(abs(ied.amplitude_uv), rel=0.02)
            assert ied.onset < ied.peak < ied.end
            checked += 1
    assert checked > 10 or illness == "bipd"


def test_lateralised_ones_are_on_one_side_and_bilateral_ones_on_both() -> None:
    """A focus is largest on one side of the head; the two of a bilateral patient mostly on opposite ones."""
    opposite = 0
    for seed in SEEDS:
        lateral, both = patient("lpd", seed), patient("bipd", seed)
        assert len({_side(ied.electrode) for ied in lateral.ieds} - {"middle"}) <= 1
        sides = [
            max(["left", "right", "middle"], key=[_side(i.electrode) for i in both.ieds if i.focus == focus].count)
            for focus in (0, 1)
        ]
        opposite += sides[0] != sides[1]
    # A sulcal source may be largest across the midline, as in patients.
    assert opposite >= 4


def _side(electrode: str) -> str:
    if not electrode[-1].isdigit():
        return "middle"
    return "left" if int(electrode[-1]) % 2 else "right"


def test_generalised_ones_are_seen_everywhere() -> None:
    """Of a generalised discharge a median electrode sees more of the peak than of a lateralised one."""
    generalised, lateral = (
        np.median([np.median(np.abs(i.footprint)) for seed in SEEDS for i in patient(kind, seed).ieds])
        for kind in ("gpd", "lpd")
    )
    assert generalised > 1.3 * lateral


def test_plus_forms_leave_the_discharges_as_they_are() -> None:
    """What rides on them is no part of the discharges, and without plus nothing does: rate 0 gives the rest."""
    plain, plus = 0, 0
    for seed in range(5):
        recording = simulate(seed, 40.0, illness="lpd", confounders=False)
        quiet = simulate(seed, 40.0, illness="lpd", confounders=False, ied_rate_per_min=0)
        assert not quiet.ieds
        assert not quiet.discharges.any()
        rest = recording.samples - recording.discharges - quiet.samples
        if not recording.ieds:
            continue
        if "+" in recording.abnormalities[-1].kind:
            assert np.abs(rest).max() > 1
            plus += 1
        else:
            # 0.01 uV: float32 sums of hundreds of microvolts, in another order.
            assert np.abs(rest).max() < 0.01
            plain += 1
    assert plain
    assert plus


def test_windows_about_periodic_discharges_are_positive_but_not_too_many() -> None:
    """A window well around a clear one is a positive; 34 s are cut around as often as of another busy patient."""
    track = record(simulate(2, 34.0, illness="gpd"), "auto")
    assert len(track.peaks) > 60
    group = int(track.ratios.max(axis=1).argmax())
    clear = track.peaks[(track.ratios[group] > 3) & (track.peaks > 300) & (track.peaks < track.samples.shape[2] - 300)]
    labels = labels_at(track, group, clear - 96)
    assert (labels[~np.isnan(labels)] == 1).all()
    cuts = list(pieces(track, np.random.default_rng(0), per_ied=3, per_group=0))
    most = 3 * round(MOST_PERIODIC_PER_MIN * 34 / 60)
    assert max(len(piece.starts) for piece in cuts) <= most


def test_quiet_patients_of_the_training_set_have_none() -> None:
    """Who is drawn without discharges has no periodic ones either."""
    for seed in range(10):
        assert not draw_track(seed, "scalp", seconds=4.0, quiet=True).peaks.size


def test_no_two_discharges_of_a_focus_are_closer_than_readers_tell_apart() -> None:
    """Three tenths of a second, a few samples of scatter in the shape aside."""
    for kind in KINDS:
        for seed in SEEDS:
            for focus in (0, 1):
                peaks = [i.peak for i in patient(kind, seed).ieds if i.focus == focus]
                assert min((b - a for a, b in pairwise(peaks)), default=1000) >= 0.29 * RATE_HZ
