"""The quality gate: bad signals are rejected with the reason, good ones and their discharges are not."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.signal.quality import FILE, QualityGate, parse, reasons_of, spread
from models.signal.quality_measures import BLOCK, SHORT
from models.simulate import Simulated, simulate
from models.simulate.bad_signals import BAD_KINDS, BadKind, spoil
from models.simulate.overlay import overlay
from models.simulate.windows import Track, record

RATE_HZ = 128.0
SETTLED = 60
"""Blocks until the filters have settled and 1.5 s are in: 7.5 s."""


@pytest.fixture(scope="module")
def quiet() -> Simulated:
    """Simulate forty seconds of a healthy person awake."""
    return simulate(31, 40.0, plan=[("W", 60.0)], ied_rate_per_min=0.0, illness="none", confounders=False)


def track_of(simulated: Simulated, samples: np.ndarray) -> Track:
    """Condition samples laid on the same electrodes."""
    return record(overlay(samples, simulated.rate_hz, simulated.labels, 0, ied_rate_per_min=0.0), "auto")


def verdicts(track: Track) -> list[str]:
    """Return all groups' reasons once the gate judges, group by group of each block."""
    found = reasons_of(track.samples, track.valid, RATE_HZ)
    return [reason for block in found[SETTLED:] for reason in block]


def test_a_good_signal_passes(quiet: Simulated) -> None:
    """Not one block of any group is rejected."""
    assert set(verdicts(track_of(quiet, quiet.samples))) == {""}


@pytest.mark.parametrize("per_min", [60.0, 150.0])
def test_discharges_pass_however_many_there_are(quiet: Simulated, per_min: float) -> None:
    """A patient with one to two and a half discharges a second must not be taken for a loose electrode."""
    laid = overlay(quiet.samples, quiet.rate_hz, quiet.labels, 11, ied_rate_per_min=per_min)
    assert len(laid.ieds) > 20
    found = verdicts(record(laid, "auto"))
    assert sum(bool(reason) for reason in found) <= 0.02 * len(found)


def test_periodic_discharges_at_three_a_second_pass(quiet: Simulated) -> None:
    """Spike and wave over the left half of the head, for half a minute without a pause."""
    t = np.arange(quiet.samples.shape[1]) / quiet.rate_hz % (1 / 3)
    wave = -120 * np.exp(-(((t - 0.05) / 0.015) ** 2)) + 60 * np.exp(-(((t - 0.18) / 0.05) ** 2))
    field = {"Fp1": 0.5, "F3": 1.0, "C3": 0.7, "F7": 0.6, "T7": 0.4, "P3": 0.3}
    gains = np.array([field.get(label, 0.0) for label in quiet.labels])
    laid = (quiet.samples + gains[:, None] * wave).astype(np.float32)
    assert set(verdicts(track_of(quiet, laid))) == {""}


def test_large_discharges_without_a_pause_are_no_movement() -> None:
    """Three a second, eight times the background: half of a second of theirs is larger than any EEG around it."""
    made = simulate(9106, 60.0, rate_hz=256.0, plan=[("N2", 61.0)], ied_rate_per_min=180.0)
    track = record(made, "auto")
    assert np.median(track.visible.max(axis=0)) > 6
    verdicts = reasons_of(track.samples, track.valid, RATE_HZ)[40:]
    assert np.mean([bool(reason) for reasons in verdicts for reason in reasons]) < 0.02


@pytest.mark.parametrize("kind", ["movement", "loose", "noise", "muscle"])
def test_a_bad_signal_is_rejected(quiet: Simulated, kind: BadKind) -> None:
    """Of the worst of five drawings, most blocks are rejected in the group that suffers most."""
    shares = []
    for seed in range(5):
        spoilt = spoil(kind, quiet.samples, quiet.rate_hz, quiet.labels, seed, throughout=True)
        found = reasons_of((track := track_of(quiet, spoilt)).samples, track.valid, RATE_HZ)[SETTLED:]
        shares.append(np.mean([[bool(reason) for reason in block] for block in found], axis=0).max())
    assert max(shares) > 0.8


@pytest.mark.parametrize("kind", ["noise", "muscle"])
def test_the_reason_is_the_kind_or_the_one_like_it(quiet: Simulated, kind: BadKind) -> None:
    """Muscle is broadband noise as well; nothing else is named."""
    spoilt = spoil(kind, quiet.samples, quiet.rate_hz, quiet.labels, 0, throughout=True)
    named = set(verdicts(track_of(quiet, spoilt))) - {""}
    assert named
    assert named <= {"noise", "muscle"}


def noisy(samples: int) -> tuple[np.ndarray, np.ndarray]:
    """Return two groups of five rows, the second of them noise, and the rows that are live."""
    rng = np.random.default_rng(2)
    t = np.arange(samples) / RATE_HZ
    rows = 20 * np.sin(2 * np.pi * 9 * t + np.arange(10)[:, None]) + rng.standard_normal((10, samples)).cumsum(axis=1)
    rows[5:] += 300 * rng.standard_normal((5, samples))
    return rows.astype(np.float32), np.ones((2, 5), bool)


# Each example has some forty chunks, and each chunk a verdict: so many cross every border of blocks and windows.
@settings(max_examples=40)
@given(st.lists(st.integers(0, 70), min_size=20, max_size=60), st.integers(0, 40))
def test_any_chunking_gives_the_same_verdicts(lengths: list[int], first: int) -> None:
    """After every chunk the verdicts are those of the same samples block by block."""
    samples, live = noisy(sum(lengths))
    valid = np.ones(samples.shape, bool)
    chunked, whole = QualityGate(live, RATE_HZ), QualityGate(live, RATE_HZ)
    chunked.restart(first)
    whole.restart(first)
    at = done = 0
    for n in lengths:
        chunked.push(samples[:, at : at + n], valid[:, at : at + n])
        at += n
        # The other gate is shown up to the last whole block of absolute indices.
        upto = (first + at) // BLOCK * BLOCK - first
        if upto > done:
            whole.push(samples[:, done:upto], valid[:, done:upto])
            done = upto
        assert chunked.reasons == whole.reasons


def test_only_the_bad_group_is_rejected_once_a_window_is_in() -> None:
    """Before 1.5 s there is no verdict."""
    samples, live = noisy(40 * BLOCK)
    gate, found = QualityGate(live, RATE_HZ), []
    for at in range(40):
        gate.push(samples[:, at * BLOCK : (at + 1) * BLOCK], np.ones((10, BLOCK), bool))
        found.append(gate.reasons)
    assert {tuple(reasons) for reasons in found[: SHORT - 1]} == {("", "")}
    assert {reasons[0] for reasons in found} == {""}
    assert found[-1][1] in BAD_KINDS


def test_a_gap_clears_the_verdict() -> None:
    """What came before it says nothing about what comes after it."""
    samples, live = noisy(40 * BLOCK)
    gate = QualityGate(live, RATE_HZ)
    gate.push(samples, np.ones(samples.shape, bool))
    assert gate.reasons[1]
    gate.restart(50 * BLOCK + 3)
    assert gate.reasons == ["", ""]


def test_samples_that_may_not_be_analysed_are_not_judged() -> None:
    """A group without a valid sample has no reason of its own: it is rejected as `signal` elsewhere."""
    samples, live = noisy(40 * BLOCK)
    valid = np.ones(samples.shape, bool)
    valid[5:] = False
    gate = QualityGate(live, RATE_HZ)
    gate.push(samples, valid)
    assert gate.reasons == ["", ""]


def test_units_fitted_on_other_measures_are_refused() -> None:
    """The message says what to do."""
    content = json.loads(FILE.read_text(encoding="utf-8"))
    content["measures"][0] = "size"
    with pytest.raises(ValueError, match="fit it again"):
        parse(content)


@pytest.mark.parametrize(
    ("own", "all_groups"),
    [
        (["movement", "", "dry", "movement", ""], ["movement", "movement", "dry", "movement", "movement"]),
        (["movement", "", "", "", ""], ["movement", "", "", "", ""]),
        (["loose", "loose", "movement", "", ""], ["loose", "loose", "movement", "", ""]),
        (["noise", ""], ["noise", ""]),
        (["", ""], ["", ""]),
    ],
)
def test_what_is_bad_in_many_groups_is_bad_everywhere(own: list[str], all_groups: list[str]) -> None:
    """From two of five groups on; one group alone, and loose electrodes, take no other with them."""
    assert spread(own) == all_groups
