"""Epochs of two tasks hold the 19 electrodes, and a recording that lacks one is refused."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from models.datasets import epochs
from models.datasets.annotations import Labelled, StageSpan
from models.datasets.windowset_writer import Writer
from models.errors import DataError
from models.readers.contract import in_memory
from models.readers.recording import Recording
from models.readers.vepiset_mat import CHANNELS


def labelled(rate_hz: float = 500.0, unit: str = "uV", names: tuple[str, ...] = CHANNELS[:19]) -> Labelled:
    """Return a recording of 9 s: each electrode shows its own number."""
    samples = np.repeat(np.arange(len(names), dtype=np.float32)[:, None], round(9 * rate_hz), axis=1)
    recording = Recording(samples, rate_hz, names, (unit,) * len(names), ("EEG",) * len(names))
    return Labelled(in_memory(recording), "name", "subject", (), (StageSpan(0, 3, "W"), StageSpan(4, 5, "N2")))


def test_rows_are_electrodes_and_then_the_same_against_their_average() -> None:
    """By hand: electrode i shows i, their average is 9."""
    rows = epochs.stack(labelled().recording.samples)
    assert rows[:, 0].tolist() == [*range(19), *range(-9, 10)]


def test_the_full_stack_is_the_published_one() -> None:
    """By hand, channel i shows i * i: 23 as recorded, ECG and two EMG a tenth, average, ears of the side, rings."""
    rows = epochs.full_stack(np.arange(29, dtype=np.float32)[:, None] ** 2)[:, 0]
    assert rows[:23].tolist() == [i * i for i in range(23)]
    assert rows[23:26] == pytest.approx([-4.7, -5.1, -5.5])
    assert rows[26:45] == pytest.approx([i * i - 111 for i in range(19)])
    # Fp1 (0) and F7 (10) against A1 (21); Fp2 (1) against A2 (22).
    assert (rows[45], rows[52], rows[53]) == (-441, 100 - 441, 1 - 484)
    # Fp1-F3 (2) begins the left ring, F7-Fp1 closes it; the right one closes with F8 (11)-Fp2.
    assert (rows[61], rows[68], rows[76]) == (-4, 100, 121 - 1)
    assert len(rows) == 77


def test_what_is_left_at_the_end_is_not_used() -> None:
    """9 s are two epochs; the first begins with the first sample."""
    samples = np.arange(19 * 4500, dtype=np.float32).reshape(19, 4500)
    cut = epochs.epochs_of(epochs.stack(samples))
    assert cut.shape == (2, 38, 2000)
    assert (cut[1, 3, 0], cut[1, 3, -1]) == (samples[3, 2000], samples[3, 3999])


def test_a_stage_is_that_of_the_epochs_middle() -> None:
    """2 s is waking, 3.5 s is in no stage, 6 s is N2."""
    assert epochs.stages_at(labelled(), np.array([2.0, 3.5, 6.0])).tolist() == [1, 0, 3]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (labelled(rate_hz=250.0), "has 250 Hz"),
        (labelled(unit="C"), "electrode Fp1 declares no voltage unit"),
        (dataclasses.replace(labelled(names=CHANNELS[1:19]), name="x"), "electrode Fp1 is missing"),
    ],
)
def test_what_has_no_such_epochs_is_refused(tmp_path: Path, wrong: Labelled, words: str) -> None:
    """With the recording's name and the reason."""
    with Writer(tmp_path / "set", epochs.header("test", "")) as writer, pytest.raises(DataError, match=words):
        epochs.write(writer, wrong)
