"""The shipped stager: what it calls simulated sleepers, what does not disturb it, and what it says after a gap."""

from collections.abc import Callable
from functools import cache
from itertools import pairwise
from typing import cast

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from scipy.signal import resample_poly

from models.networks.sleep_mlp import SleepMLP
from models.signal.montage import Group, Montage, build
from models.signal.offline import condition
from models.simulate import simulate
from models.simulate.sleeper import sleeper
from models.sleep.features import EPOCH_SEGMENTS, SEGMENT_SAMPLES, RunningFeatures, measure
from models.sleep.forward import ForwardFilter
from models.sleep.stager import RESULT_SAMPLES, Stager, StageResult
from models.sleep_stages import STAGES, Stage
from models.zoo import store
from models.zoo.store import LoadedModel


@cache
def shipped() -> LoadedModel:
    """Load what `auto` means."""
    return store.load(store.for_montage("scalp", "sleep"))


SEEDS = range(900, 905)
HOURS_RESULTS = 2 * 3600 // 5
"""One each 5 s; a day is no different, since nothing older than 34 min counts in the features."""


@cache
def asleep(depth: Stage, seed: int = 900) -> "np.ndarray":
    """Return ten derivations of a sleeper in one stage, 90 s, that differ by gain and noise: (10, n) at 128 Hz."""
    night = sleeper(seed, 3, np.full(3, STAGES.index(depth)))
    rng = np.random.default_rng(seed)
    gains, noise = rng.uniform(0.7, 1.4, (10, 1)), rng.normal(0, 0.5, (10, len(night.samples)))
    return np.asarray(gains * night.samples + noise, np.float32)


def last_stages(depth: Stage, spoil: "Callable[[np.ndarray], np.ndarray]" = np.asarray) -> list[str]:
    """Return what five sleepers in one stage are called after 90 s, their derivations spoilt somehow."""
    return [stage(spoil(asleep(depth, seed)))[-1].stage for seed in SEEDS]


def stage(samples: "np.ndarray", cuts: "list[int] | None" = None, *, microvolts: bool = True) -> list[StageResult]:
    """Stage rows in pieces cut at given places."""
    stager = Stager(shipped(), microvolts=microvolts)
    edges = pairwise([0, *(cuts or []), samples.shape[1]])
    return [r for a, b in edges for r in stager.push(samples[:, a:b], np.ones((len(samples), 1), bool))]


def test_a_result_every_five_seconds_ready_after_thirty() -> None:
    """Unknown until 30 s were seen; probabilities sum to one; nothing ahead is looked at."""
    results = stage(asleep("N3"))
    assert [r.end for r in results] == list(range(RESULT_SAMPLES, 90 * 128 + 1, RESULT_SAMPLES))
    assert [r.ready for r in results][:7] == [False] * 5 + [True] * 2
    assert {r.stage for r in results if not r.ready} == {"unknown"}
    assert all(sum(r.probabilities.values()) == pytest.approx(1, abs=1e-5) for r in results)


@pytest.mark.parametrize("depth", ["W", "N2", "N3", "R"])
def test_sleepers_that_took_no_part_in_the_fit_are_staged(depth: Stage) -> None:
    """At least four of five."""
    assert last_stages(depth).count(depth) >= 4


def test_patients_with_all_electrodes_are_staged_and_confidence_is_honest() -> None:
    """The demo's kind: two of them, two minutes in each of four stages; most are right, and so is the doubt."""
    plan: tuple[tuple[Stage, float], ...] = (("W", 120.0), ("N2", 120.0), ("N3", 120.0), ("R", 120.0))
    sure, right = [], []
    for seed in (70_000_011, 70_000_012):
        night = simulate(seed, 480, rate_hz=200.0, plan=plan, illness="none")
        made = condition(night.samples, night.rate_hz, build("scalp", list(night.labels)))
        told = [r for r in Stager(shipped()).push(made.samples, made.valid) if r.ready]
        # The middle of the last 30 s lies in the stage that began a multiple of two minutes before.
        right += [r.stage == plan[int((r.end / 128 - 15) // 120)][0] for r in told]
        sure += [max(r.probabilities.values()) for r in told]
    assert np.mean(right) > 0.6
    assert abs(np.mean(right) - np.mean(sure)) < 0.2


def test_a_waking_is_told_within_twenty_seconds() -> None:
    """Of at least 10 of 20 sleepers who wake after 6 min of N2: evidence of 20 s outweighs the belief in sleep."""
    stages = np.repeat([STAGES.index("N2"), STAGES.index("W")], [12, 2])
    waking = 12 * 30 * 128
    told = 0
    for seed in range(900, 920):
        results = stage(sleeper(seed, len(stages), stages).samples[None])
        told += any(r.stage == "W" for r in results if waking < r.end <= waking + 20 * 128)
    assert told >= 10


def test_cutting_and_the_future_do_not_matter() -> None:
    """Any chunks, the same results; other samples after 60 s leave all before as they were."""
    samples = asleep("N2")
    assert stage(samples, [5, 700, 701, 4000]) == stage(samples)
    other = samples.copy()
    other[:, 60 * 128 :] *= -7
    assert stage(other)[:12] == stage(samples)[:12]


def test_the_unit_does_not_matter_where_it_is_unknown() -> None:
    """A thousand times the signal, the same stages."""
    samples = asleep("N3")
    one, louder = stage(samples, microvolts=False), stage(samples * np.float32(1000), microvolts=False)
    assert [r.stage for r in one] == [r.stage for r in louder]
    assert one[-1].probabilities == pytest.approx(louder[-1].probabilities, abs=1e-3)


def test_one_derivation_is_enough() -> None:
    """As of ten."""
    assert last_stages("N3", lambda rows: rows[7:8]).count("N3") >= 4


def test_bad_derivations_are_left_out() -> None:
    """Two of ten flat, two noise of a millivolt."""

    def spoilt(rows: "np.ndarray") -> "np.ndarray":
        noise = np.random.default_rng(0).normal(0, 1000, (2, rows.shape[1]))
        return np.concatenate([np.zeros_like(rows[:2]), noise.astype(np.float32), rows[4:]])

    assert last_stages("N3", spoilt).count("N3") >= 4


def spiky(samples: "np.ndarray", rows: int) -> "np.ndarray":
    """Put a spike of 150 uV with its slow wave on some rows each second."""
    t = np.arange(64) / 128
    wave = -150 * np.exp(-0.5 * ((t - 0.08) / 0.02) ** 2) + 60 * np.exp(-0.5 * ((t - 0.3) / 0.07) ** 2)
    spoilt = samples.copy()
    for first in range(0, samples.shape[1] - 64, 128):
        spoilt[:rows, first : first + 64] += wave.astype(np.float32)
    return spoilt


@pytest.mark.parametrize("rows", [4, 10])
def test_a_spike_every_second_does_not_turn_sleep_into_waking(rows: int) -> None:
    """On four of ten derivations N2 stays N2; on all of them it is not called waking."""
    found = last_stages("N2", lambda samples: spiky(samples, rows))
    assert found.count("W") == 0
    assert rows == 10 or found.count("N2") >= 4


def test_artefacts_do_not_turn_sleep_into_waking() -> None:
    """Muscle on all derivations for 8 of the last 30 s."""

    def spoilt(rows: "np.ndarray") -> "np.ndarray":
        made = rows.copy()
        noise = np.random.default_rng(1).normal(0, 60, (len(rows), 8 * 128))
        made[:, 70 * 128 : 78 * 128] += noise.astype(np.float32)
        return made

    assert last_stages("N2", spoilt).count("N2") >= 4


def test_after_a_gap_nothing_old_is_told() -> None:
    """Not ready until a new epoch is there, though the person's past is remembered."""
    stager, samples = Stager(shipped()), asleep("N3")
    valid = np.ones((len(samples), 1), bool)
    assert stager.push(samples, valid)[-1].ready
    stager.reset()
    later = stager.push(samples, valid)
    assert [r.ready for r in later][:7] == [False] * 5 + [True] * 2
    assert {r.stage for r in later[:5]} == {"unknown"}


def test_bad_signal_lets_the_belief_fade() -> None:
    """An hour without a usable row: unknown, and what is believed is what anyone does at any time."""
    stager, samples = Stager(shipped()), asleep("N3")
    sure = stager.push(samples, np.ones((len(samples), 1), bool))[-1]
    hour = np.zeros((1, 60 * 128), np.float32)
    results = [r for _ in range(60) for r in stager.push(np.repeat(hour, len(samples), 0), np.zeros((1, 1), bool))]
    assert (results[-1].ready, results[-1].stage) == (False, "unknown")
    assert results[-1].probabilities["N3"] < 0.5 * sure.probabilities["N3"]


def test_who_is_awake_for_hours_is_called_awake_to_the_end() -> None:
    """What is usual for the person is waking then, and nothing in it becomes sleep by that; then they fall asleep."""
    running, forward = RunningFeatures(), ForwardFilter(cast("SleepMLP", shipped().network))
    awake, deep = (measures_of(asleep(depth, 902)[0]) for depth in ("W", "N3"))
    belief, called = forward.prior, []
    for at in range(HOURS_RESULTS + 24):
        rows = awake if at < HOURS_RESULTS else deep
        # Epochs of 29 segments that differ: each begins elsewhere in the 90 s.
        belief = forward.step(belief, running.next(np.roll(rows, -5 * at, axis=0)[:EPOCH_SEGMENTS]))
        called.append(STAGES[int(belief.argmax())])
    assert set(called[:HOURS_RESULTS]) == {"W"}
    # Two minutes later at the latest, for the features compare with 7.5 min and a filter does not jump.
    assert called[-1] in {"N2", "N3"}


def measures_of(row: "np.ndarray") -> "np.ndarray":
    """Return one measure a second of a derivation (samples,)."""
    return measure(sliding_window_view(row, SEGMENT_SAMPLES)[::128].copy()).astype(np.float64)


@pytest.mark.parametrize("rate_hz", [100.0, 500.0, 16_000.0])
def test_any_rate_from_100_hz_on(rate_hz: float) -> None:
    """Deep sleep of one derivation, recorded at another rate and conditioned as live."""
    there = resample_poly(asleep("N3", 901)[:1], round(rate_hz / 4), 32, axis=1).astype(np.float32)
    matrix = np.array([[1.0], *[[0.0]] * 4])
    montage = Montage((Group("sleep", ("C3", "", "", "", "")),), (0,), matrix, {})
    assert stage(condition(there, rate_hz, montage).samples[:1])[-1].stage == "N3"
