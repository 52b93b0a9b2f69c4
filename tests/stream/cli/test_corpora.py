"""The corpora of the papers, written byte by byte, all the way: check, prepare, train, evaluate, score."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import scipy.io

from models.readers.vepiset_mat import CHANNELS, RATE_HZ
from models.signal.electrodes import electrode
from models.simulate import simulate
from stream.cli import __main__ as cli
from tests.models.datasets.handmade import tuev_file
from tests.stream.cli.training_command import TINY

SUBJECTS = ("aaaaaaar/aaaaaaar", "aaaaaabs/aaaaaabs", "aaaaaaat/aaaaaaat")
DISCHARGES_S = (5, 15, 21)
CLEAR_S = (8, 17)
"""Where five seconds without a discharge begin; where two do."""


def tuev(folder: Path) -> tuple[Path, Path]:
    """Write three people to train on and one to test on; return the corpus and a recording with its `.rec`."""
    rows = [(1, float(start_s), start_s + 1.0, 1) for start_s in DISCHARGES_S]
    rows += [(place, float(start_s), start_s + 3.0, 6) for place in range(22) for start_s in CLEAR_S]
    for subject in SUBJECTS:
        tuev_file(folder, f"train/{subject}_00000001", rows, seconds=24)
    return folder, tuev_file(folder, "eval/007/spsw_007_a_", rows, seconds=24)


def vepiset(folder: Path) -> tuple[Path, Path]:
    """Write four people; return the set and a recording with its remarks."""
    folder.mkdir()
    made = simulate(3, 24.0, rate_hz=RATE_HZ, ied_rate_per_min=20.0)
    names = [electrode(label) for label in made.labels]
    rows = [names.index(electrode(name)) if electrode(name) in names else 0 for name in CHANNELS]
    remarks = [("0.5", "0", "Waking"), *((f"{at_s:.1f}", "0", "!") for at_s in DISCHARGES_S), ("23", "0", "eats")]
    for number in range(4):
        variables = {"eeg_data": 1e-6 * made.samples[rows].astype(np.float64), "events": np.array(remarks, object)}
        scipy.io.savemat(folder / f"DA{number}.mat", variables)
    return folder, folder / "DA0.mat"


@pytest.mark.parametrize("write", [tuev, vepiset])
def test_a_corpus_goes_all_the_way(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    write: Callable[[Path], tuple[Path, Path]],
) -> None:
    """By the commands alone, without a configuration; what evaluates and scores is the model that was trained."""
    folder, recording = write(tmp_path / "corpus")
    monkeypatch.chdir(tmp_path)

    def spikewatch(*words: object) -> str:
        monkeypatch.setattr(sys, "argv", ["spikewatch", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        assert not ended.value.code, err
        return str(out)

    checked = json.loads(spikewatch("data", "check", folder, "--json"))
    assert (checked["format"], checked["recordings"], checked["subjects"]) == (write.__name__, 4, 4)
    discharges = sum(
        counts[word] for counts in checked["labels"].values() for word in ("spsw", "ied") if word in counts
    )
    assert discharges == 4 * len(DISCHARGES_S)
    made = json.loads(spikewatch("data", "prepare", folder, "--out", "set", "--json"))
    assert min(made["windows"]["positives"], made["windows"]["negatives"]) > 0
    spikewatch("train", "set", "--out", "run", "--set", "epochs=1", *TINY)
    found = json.loads(spikewatch("evaluate", "run/model", recording, "--json"))
    [figures] = found["events"].values()
    assert {at["marked"] for at in figures} == {len(DISCHARGES_S)}
    words = ("--set", "infer.detector=run/model", "--set", "infer.sleep=off")
    account = json.loads(spikewatch("score", recording, "--json", *words).splitlines()[-1])["summary"]
    assert account["seconds"] == 24
    assert max(group["analysed_s"] for group in account["groups"].values()) > 15
