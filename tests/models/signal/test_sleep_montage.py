"""Derivations to stage sleep from, of the labels that polysomnographies have."""

import numpy as np
import pytest

from models.errors import MontageError
from models.signal.sleep_montage import MOST, build_for_sleep


@pytest.mark.parametrize(
    ("labels", "derivations"),
    [
        (["EEG Fpz-Cz"], ["Fpz-Cz"]),
        (["EEG Fpz-Cz", "EEG Pz-Oz", "EOG horizontal", "EMG submental", "Resp oro-nasal"], ["Fpz-Cz", "Pz-Oz"]),
        (["C3-M2"], ["C3-M2"]),
        (["EEG C4-A1"], ["C4-A1"]),
        (["CZ-A1", "FP1-A1", "O1-A1"], ["Cz-A1", "Fp1-A1", "O1-A1"]),
        (["C3"], ["C3"]),
        # Two signals of one electrode, and not one electrode twice.
        (["C3", "C3-M2"], ["C3", "C3-M2"]),
        (["C3", "C4", "M1", "M2"], ["C3-M2", "C4-M1"]),
        # What was recorded so is not computed once more.
        (["C3-M2", "C3", "M2"], ["C3-M2"]),
        (["EEG", "EEG(sec)", "ECG", "EMG"], ["EEG", "EEG(sec)"]),
        (["E1-M2", "E2-M2", "Chin1-Chin2", "Leg/L", "F4-M1", "Light", "SpO2"], ["F4-M1"]),
    ],
)
def test_each_channel_of_eeg_is_a_derivation(labels: list[str], derivations: list[str]) -> None:
    """As it stands, or against the mastoid of the other side; eyes, chin, legs and breath are none."""
    montage = build_for_sleep(labels)
    assert sorted(group.derivations[0] for group in montage.groups) == sorted(derivations)
    assert all(len(group.derivations) == 1 for group in montage.groups)


def test_an_electrode_is_taken_less_its_mastoid() -> None:
    """Plus one of the electrode, minus one of the mastoid; a pair of the stream is taken as it is."""
    montage = build_for_sleep(["M2", "C3", "EEG Fpz-Cz"])
    rows = {group.name: montage.matrix[at].tolist() for at, group in enumerate(montage.groups)}
    assert montage.channels == (0, 1, 2)
    assert rows == {"c3-m2": [-1, 1, 0], "fpz-cz": [0, 0, 1]}
    assert montage.left_out == {"M2": "a reference"}


def test_of_a_whole_head_the_manuals_electrodes_are_taken() -> None:
    """Six derivations, and the others are named with the reason."""
    labels = ["Fp1", "Fp2", "F7", "F3", "Fz", "F4", "F8", "T3", "C3", "Cz", "C4", "T4", "T5", "P3", "Pz", "P4", "T6"]
    montage = build_for_sleep([*labels, "O1", "O2"])
    assert {group.derivations[0] for group in montage.groups} == {"F3", "F4", "C3", "C4", "O1", "O2"}
    assert len(montage.groups) == MOST
    assert "not needed to stage sleep" in montage.left_out["Fz"]


def test_the_same_derivation_twice_is_used_once() -> None:
    """Whichever way round it was recorded."""
    montage = build_for_sleep(["Fpz-Cz", "Cz-Fpz"])
    assert montage.left_out == {"Cz-Fpz": "the same derivation as channel 1"}
    assert np.array_equal(montage.matrix, [[1.0]])


@pytest.mark.parametrize(
    ("labels", "line"),
    [
        (["ECG", "EMG chin", "M1"], r"no EEG channel to stage sleep from among ECG, EMG chin, M1 .*such as C4-M1"),
        ([], r"among \(none\)"),
        (["C3", "EEG C3"], r'"C3" \(channel 1\) and "EEG C3" \(channel 2\) are both electrode C3'),
    ],
)
def test_what_cannot_be_used_is_refused_in_a_line(labels: list[str], line: str) -> None:
    """With the labels, the reasons and what to do."""
    with pytest.raises(MontageError, match=line):
        build_for_sleep(labels)


def test_a_dead_channel_is_left_out() -> None:
    """It holds no signal, and the other one is used."""
    montage = build_for_sleep(["C3-M2", "C4-M1"], dead={0: "flat throughout"})
    assert [group.derivations for group in montage.groups] == [("C4-M1",)]
    assert montage.left_out["C3-M2"] == "flat throughout"
