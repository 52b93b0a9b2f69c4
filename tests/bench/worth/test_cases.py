"""Recordings and what is known of them: stretches of background, and what experts marked."""

from pathlib import Path

import edfio
import numpy as np
import pytest

from bench.worth.cases import COPIES, Case, hybrid, labelled
from bench.worth.contract import Scored
from bench.worth.networks import Network
from bench.worth.truth import Marked
from models.evaluation.simulated import compare, score
from models.simulate import simulate
from models.simulate.overlay import overlay
from models.simulate.windows import record

NOTHING = Scored(np.zeros(0), np.zeros(0), 0.0, 60.0, 1.0)


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a recording without discharges of 62 s: one stretch of 60 and a rest that is not used."""
    made = simulate(3, 62.0, plan=[("W", 100.0)], ied_rate_per_min=0.0)
    path = tmp_path_factory.mktemp("worth") / "ann_1.npz"
    units = np.array(["uV"] * len(made.labels))
    np.savez(path, x=made.samples, fs=made.rate_hz, labels=np.array(made.labels), units=units)
    return path


@pytest.fixture(scope="module")
def cases(quiet: Path) -> list[Case]:
    """Return what is made of it."""
    return list(hybrid([quiet]))


def test_every_stretch_is_shown_bare_and_with_discharges(cases: list[Case]) -> None:
    """Bare stretches hold nothing to find, the others what was laid on; both are the same person's."""
    assert [case.part for case in cases] == ["bare"] + ["hybrid"] * COPIES
    assert {case.subject for case in cases} == {"ann"}
    marked = [case.truth.counts(NOTHING, 0.5).marked for case in cases]
    assert marked[0] == 0
    assert min(marked[1:]) > 0


def test_longer_stretches_hold_more_of_one_patient(quiet: Path) -> None:
    """Twice 28 s, or one stretch of 56; of a recording of 62 s none is longer."""
    shorter, longer = (list(hybrid([quiet], seconds)) for seconds in (28.0, 56.0))
    assert len(shorter) == 2 * len(longer) == 2 * (1 + COPIES)
    assert longer[0].shown.samples.shape[1] == 2 * shorter[0].shown.samples.shape[1]
    assert not list(hybrid([quiet], 63.0))


def test_a_network_is_counted_as_evaluate_counts_it(cases: list[Case]) -> None:
    """Through seconds of the recording instead of samples of the traces, at three thresholds."""
    network = Network("sc-small")
    hybrid_case = cases[1]
    made = simulate(3, 62.0, plan=[("W", 100.0)], ied_rate_per_min=0.0)
    track = record(
        overlay(
            made.samples[:, : round(60 * made.rate_hz)], made.rate_hz, made.labels, 4_000_000, ied_rate_per_min=8.0
        ),
        "auto",
    )
    slow = score(network._engine, track.samples, track.valid, track.names, verifier=network._verifier)
    found = network.detect(hybrid_case.shown)
    for threshold in (0.2, 0.5, 0.9):
        expected, _ = compare(track, slow, threshold)
        assert hybrid_case.truth.counts(found, threshold) == expected


def write_edf(path: Path, seconds: int, marks: list[tuple[float, float, str]]) -> None:
    """Write two chains of noise with annotations (onset_s, duration_s, text)."""
    noise = np.random.default_rng(0)
    labels = ["Fp1", "F7", "T3", "T5", "O1", "F3", "C3", "P3"]
    signals = [
        edfio.EdfSignal(noise.normal(scale=20, size=256 * seconds), 256, label=f"EEG {label}", physical_dimension="uV")
        for label in labels
    ]
    notes = [edfio.EdfAnnotation(onset_s, duration_s, text) for onset_s, duration_s, text in marks]
    edfio.Edf(signals, annotations=notes).write(path)


def test_marks_of_an_expert_are_joined_and_the_whole_recording_is_judged(tmp_path: Path) -> None:
    """Marks 50 ms apart are one discharge; a recording too short for filters is skipped with the reason."""
    write_edf(tmp_path / "bob_1.edf", 20, [(5.0, 0.1, "IED"), (5.15, 0.1, "IED"), (12.0, 0.1, "IED")])
    write_edf(tmp_path / "eve_1.edf", 8, [(5.0, 0.1, "IED")])
    skipped: list[str] = []
    (case,) = labelled([tmp_path / "bob_1.edf", tmp_path / "eve_1.edf"], "scalp", skipped.append)
    assert (case.subject, case.part) == ("bob", "labelled")
    assert isinstance(case.truth, Marked)
    assert case.truth.spans_s == pytest.approx(np.array([[5.0, 5.25], [12.0, 12.1]]))
    assert case.truth.judged_s.tolist() == [[0.0, 20.0]]
    assert case.shown.samples.shape == (8, 20 * 256)
    assert len(skipped) == 1
    assert "has 8.0 s" in skipped[0]
