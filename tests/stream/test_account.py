"""The account of a file: every sample of every group, and words for what was not analysed."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from models.signal import quality
from stream.account import WORDS, Account
from stream.pipeline import Outcome
from stream.score import score
from tests.stream.patient import RATE_HZ, config_in, patient_eeg


def scored(folder: Path, samples: np.ndarray, labels: tuple[str, ...]) -> Account:
    """Score a recording and return its account."""
    np.savez(folder / "a.npz", x=samples, fs=RATE_HZ, labels=np.array(labels), units=np.array(["uV"] * len(labels)))
    account = Account()
    score(config_in(folder), folder / "a.npz", 512, "bed-1", account=account)
    return account


@pytest.fixture
def eeg() -> tuple[np.ndarray, tuple[str, ...]]:
    """Return 20 s of a patient and the labels."""
    samples, labels = patient_eeg()
    return samples[:, : round(20 * RATE_HZ) + 13].copy(), tuple(labels)


def test_a_file_shorter_than_a_window_says_so(tmp_path: Path, eeg: tuple[np.ndarray, tuple[str, ...]]) -> None:
    """Nothing was analysed, and why."""
    account = scored(tmp_path, eeg[0][:, :200], eeg[1])
    assert "nothing analysed of" in account.lines()[0]
    assert "before the first whole window" in account.lines()[0]


def test_a_wrong_unit_says_so(tmp_path: Path, eeg: tuple[np.ndarray, tuple[str, ...]]) -> None:
    """Volts that are declared as microvolts."""
    account = scored(tmp_path, (eeg[0] * 1e-6).astype(np.float32), eeg[1])
    assert "nothing analysed of" in account.lines()[0]
    assert "bed.acquire.unit" in account.lines()[0]


def test_every_reason_of_the_gate_has_words() -> None:
    """Nobody who scores a file has to know what "dry" stands for."""
    kinds = json.loads(Path(quality.__file__).with_name("quality.json").read_text(encoding="utf-8"))["kinds"]
    assert set(kinds) | {"output"} <= set(WORDS)


def test_artefacts_that_would_have_been_events_are_counted_and_told() -> None:
    """Also on both sides of an interruption."""
    before = Account()
    before.begin(10.0, ["left"], {}, 0.0)
    assert "no events" not in " ".join(before.lines())
    before.add(Outcome(10, (), artefacts=Counter({"qrs": 2})))
    account = Account(carried=json.loads(json.dumps(before.saved())))
    account.begin(10.0, ["left"], {}, 0.0)
    account.add(Outcome(20, (), artefacts=Counter({"qrs": 1, "eyes": 1})))
    assert account.summary()["artefacts"] == {"qrs": 3, "eyes": 1}
    assert "no events, though they look like discharges: 3 heartbeats, 1 movements of the eyes" in account.lines()


def test_every_sample_is_counted_once_in_every_group(tmp_path: Path, eeg: tuple[np.ndarray, tuple[str, ...]]) -> None:
    """One electrode comes off in the middle: its groups lose the rest, the others nothing; it is named."""
    samples, labels = eeg
    samples[labels.index("T7"), samples.shape[1] // 2 :] = 0
    account = scored(tmp_path, samples, labels)
    assert {sum(counts.values()) for counts in account.groups.values()} == {samples.shape[1]}
    spoilt = {name for name, counts in account.groups.items() if counts["signal"]}
    assert spoilt == {"left-temporal"}
    assert "T7" in account.at_fault["left-temporal"]
    summary = account.summary()
    for group in summary["groups"].values():
        total = group["analysed_s"] + sum(group["not_analysed_s"].values())
        assert total == pytest.approx(summary["seconds"])


def test_an_electrode_that_is_off_all_the_time_is_bridged(
    tmp_path: Path, eeg: tuple[np.ndarray, tuple[str, ...]]
) -> None:
    """The chain is analysed without it."""
    samples, labels = eeg
    samples[labels.index("T7")] = 0
    account = scored(tmp_path, samples, labels)
    assert account.groups["left-temporal"]["signal"] == 0
    assert account.left_out["T7"] == "flat or at a rail throughout"


def test_electrodes_that_send_the_same_samples_are_in_doubt(
    tmp_path: Path, eeg: tuple[np.ndarray, tuple[str, ...]]
) -> None:
    """In the lines for a person, and for a program."""
    samples, labels = eeg
    samples[labels.index("T8")] = samples[labels.index("T7")]
    account = scored(tmp_path, samples, labels)
    assert account.summary()["electrodes_doubtful"] == "T7 and T8 send the same samples"
    assert account.lines()[-1] == "in doubt: T7 and T8 send the same samples"
