"""The shipped models on recordings from people: none of them was seen in training or in choosing thresholds."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from bench.sleep.excerpts import DREAMS_STAGES
from models.engines.engine import Engine
from models.engines.opening import open_engine
from models.evaluation.forming import Scored, events
from models.evaluation.simulated import score
from models.readers.recording import read
from models.signal.conditioning import Conditioner
from models.signal.montage import Group, Montage, build
from models.signal.offline import condition
from models.sleep.stager import Stager
from models.zoo import store

DATA = Path(__file__).parents[3] / "../shared/data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="no recordings beside the repository (../shared/data)")


def preceded(samples: NDArray[np.float32], quiet: int, pad: int) -> NDArray[np.float32]:
    """Put `pad` samples of mirrored quiet signal in front, so that filters settle."""
    forwards = samples[:, :quiet]
    backwards = forwards[:, ::-1]
    pieces = [forwards if k % 2 else backwards for k in range(-(-pad // quiet))]
    return np.concatenate([np.concatenate(pieces[::-1], axis=1)[:, -pad:], samples], axis=1)


@needs_data
def test_both_depth_discharges_are_found_and_nothing_else() -> None:
    """The intracranial recording gives exactly its two discharges, in place to 60 ms, with a margin."""
    loaded = store.load(store.for_montage("shaft"))
    recording = read(DATA / "kleen_ll/sampledatacopy.mat")
    rate_hz, pad_s = recording.rate_hz, 8
    # Six contacts, of which the montage makes one group of five pairs.
    montage = build("shaft", [f"LA{contact}" for contact in range(1, 7)])
    samples = preceded(recording.samples, round(2 * rate_hz), round(pad_s * rate_hz))
    conditioned = condition(samples, rate_hz, montage, pop_uv=np.inf)
    shape = (len(montage.groups), 5, -1)
    scored = score(
        open_engine(loaded, "cpu"),
        conditioned.samples.reshape(shape),
        np.all(conditioned.valid.reshape(shape), axis=1),
        [group.name for group in montage.groups],
    )
    delay_s = Conditioner(montage, rate_hz).delay_s()
    # Also a quarter below the threshold: two discharges and nothing else, with room to spare.
    for threshold in (0.75 * loaded.manifest.threshold, loaded.manifest.threshold):
        found = events(scored, threshold)
        times_s = [event.best.peak / 128 - delay_s - pad_s for event in found]
        assert times_s == pytest.approx([2.63, 8.14], abs=0.06)


def score_scalp(engine: Engine, path: Path) -> Scored:
    """Score a scalp recording as it would be live."""
    recording = read(path)
    montage = build("scalp", list(recording.labels), list(recording.types))
    conditioned = condition(recording.samples, recording.rate_hz, montage)
    shape = (len(montage.groups), 5, -1)
    valid = np.all(conditioned.valid.reshape(shape), axis=1)
    return score(engine, conditioned.samples.reshape(shape), valid, [group.name for group in montage.groups])


@needs_data
def test_a_healthy_persons_recording_is_nearly_silent() -> None:
    """Two recordings of one healthy adult, four minutes: at most one false alarm a minute."""
    loaded = store.load(store.for_montage("scalp"))
    engine = open_engine(loaded, "cpu")
    scored = [score_scalp(engine, DATA / f"eegmat/Subject00_{part}.edf") for part in (1, 2)]
    alarms = sum(len(events(one, loaded.manifest.threshold)) for one in scored)
    assert alarms <= sum(one.minutes for one in scored)


@needs_data
def test_sleep_stages_are_better_than_chance() -> None:
    """Half an hour of one sleep channel: three quarters of the 5-s stages agree with the scorer."""
    samples = np.loadtxt(DATA / "dreams/excerpt2.txt", skiprows=1, dtype=np.float32)
    # Scored in steps of 5 s, 640 samples at the model's rate.
    scored = np.loadtxt(DATA / "dreams/Hypnogram_excerpt2.txt", skiprows=1).astype(int)
    montage = Montage(
        (Group("sleep", ("CZ-A1", "", "", "", "")),), (0, 1), np.array([[1.0, -1.0], *[[0.0, 0.0]] * 4]), {}
    )
    conditioned = condition(np.stack([samples, np.zeros_like(samples)]), 200.0, montage)
    torch.set_num_threads(1)
    row = conditioned.samples[:1]
    results = Stager(store.load("sleep-context")).push(row, np.ones(row.shape, bool))
    pairs = [(r.stage, DREAMS_STAGES.get(scored[r.end // 640 - 1])) for r in results if r.ready]
    agreed = [stage == truth for stage, truth in pairs if truth]
    assert np.mean(agreed) > 0.75
