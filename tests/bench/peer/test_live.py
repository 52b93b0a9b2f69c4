"""The peer and Spikewatch each run for a second, on a network small enough for any machine."""

import importlib.util
from pathlib import Path

import pytest

from bench.latency.place import MOSQUITTO
from bench.peer import networks, probabilities, runs
from bench.peer.runs import Run, Setting

pytestmark = [
    pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed"),
    pytest.mark.skipif(importlib.util.find_spec("mne_lsl") is None, reason="mne-lsl is not installed: extra `bench`"),
    pytest.mark.skipif(importlib.util.find_spec("paho") is None, reason="paho-mqtt is not installed: extra `bench`"),
]
SECONDS = 1.0
GROUPS = 2
SETTING = Setting("tiny", GROUPS, 125.0)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of an SC of the paper's depth and length, 4 channels wide."""
    return networks.save(tmp_path_factory.mktemp("model"), "sc", width=4)


def was_measured(run: Run) -> bool:
    """Check that a run has every figure, each within reason."""
    assert SECONDS <= run.span_s < 3 * SECONDS
    assert 0 < run.hops <= run.due + 1
    assert len(run.decided_ms) == run.hops
    assert all(0 < figure < 5000 for figure in [*run.decided_ms, *run.received_ms])
    return run.cpu_s > 0


def test_the_peer_decides_about_the_very_samples_that_were_sent(model: Path) -> None:
    """Each decision reaches the subscriber after it was made; its newest sample is one that was sent."""
    run = runs.peer(SETTING, model, SECONDS)
    assert was_measured(run)
    assert all(received > decided for received, decided in zip(run.received_ms, run.decided_ms, strict=True))
    assert all(len(decision.probabilities) == GROUPS for decision in run.decisions)
    # LSL times are those of the sender, so that the newest sample is a whole number.
    samples = [(decision.newest_s - run.t0_s) * 512 for decision in run.decisions]
    assert samples == pytest.approx([round(sample) for sample in samples], abs=1e-3)
    assert probabilities.live_correlation(model, GROUPS, run)["windows"] == GROUPS * run.hops


def test_spikewatch_is_measured_by_its_own_reports(model: Path) -> None:
    """Every window done, by the processes of `spikewatch run`, one of which may have had too little to do to count."""
    run = runs.spikewatch(SETTING, model, SECONDS)
    assert was_measured(run)
    assert run.hops == run.due
    assert "detect" in run.cpu_by_process_s.keys() <= {"reported", "detect", "acquire"}


def test_both_score_the_same_windows_alike(model: Path) -> None:
    """The engine that Spikewatch would take, and eager PyTorch as the peer uses it."""
    assert probabilities.same_windows(model, GROUPS)["largest_difference"] < 1e-4
