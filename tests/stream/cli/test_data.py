"""`spikewatch data` as a user meets it, in a process of its own."""

import json
from pathlib import Path

import pytest

from models.datasets.windowset import load
from models.simulate import simulate
from stream.cli.prepared import Cutting
from tests.models.datasets.edfplus import edf_plus
from tests.models.datasets.handmade import TRAIN_2, tuev_tree
from tests.stream.cli.command import spikewatch
from tests.stream.eeg_file import save


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Make a folder with a small corpus of which one file cannot be read."""
    tree = tuev_tree(tmp_path / "tuev")
    # A digit: EDF begins with one, so that only the rest of the header is missing.
    (tree / "edf" / f"{TRAIN_2}.edf").write_bytes(b"0")
    return tmp_path


def test_check_is_done_although_a_file_was_skipped_and_says_so(corpus: Path) -> None:
    """For a person and for a program."""
    ended = spikewatch(corpus, "data", "check", "tuev")
    assert ended.code == 0
    assert "tuev: tuev, 2 recordings of 2 people" in ended.out
    assert "Table 1, subset 1,3, test" in ended.out
    # Why a set has fewer windows than there are marks.
    assert "`spikewatch data prepare` leaves out those whose signal is not settled yet" in ended.out
    assert "1 files skipped:" in ended.out
    (answer,) = spikewatch(corpus, "data", "check", "tuev", "--json").lines
    assert answer["labels"]["test"] == {"bckg": 3, "spsw": 1}
    assert answer["usable"]
    assert len(answer["skipped"]) == 1


def test_prepare_makes_a_set_that_check_reads(corpus: Path) -> None:
    """Skipped files are named on stderr, the account is beside the windows."""
    ended = spikewatch(corpus, "data", "prepare", "tuev", "--out", "set", "--view", "rows", "--subset", "1,3", "--json")
    assert ended.code == 0
    assert "skipped aaaaaabs_00000002.edf: " in ended.err
    (answer,) = ended.lines
    assert (answer["windows"]["positives"], answer["windows"]["negatives"]) == (3, 6)
    # The set keeps the line that made it, --json and all.
    command = json.loads((corpus / "set" / "windowset.json").read_text(encoding="utf-8"))["command"]
    assert command == "spikewatch data prepare tuev --out set --view rows --subset 1,3 --json"
    assert "window set (tuev), 2 recordings" in spikewatch(corpus, "data", "check", "set").out


def test_a_word_of_the_own_means_a_discharge(tmp_path: Path) -> None:
    """For check, prepare and train alike; of TUEV's codes it is refused."""
    (tmp_path / "eeg").mkdir()
    (tmp_path / "eeg" / "a.edf").write_bytes(edf_plus([]))
    (tmp_path / "eeg" / "a.csv").write_text("onset,label\n8,Spitze\n")
    ended = spikewatch(tmp_path, "data", "check", "eeg", "--json")
    (answer,) = ended.lines
    assert 'none of its words means a discharge ("spitze"); say which one does with --word' in str(answer["skipped"])
    (answer,) = spikewatch(tmp_path, "data", "check", "eeg", "--word", "Spitze", "--json").lines
    assert answer["labels"] == {"": {"ied": 1}}
    (answer,) = spikewatch(tmp_path, "data", "prepare", "eeg", "--out", "set", "--word", "Spitze", "--json").lines
    assert answer["windows"]["positives"] > 0
    assert Cutting(word=("Spitze",)).words() == ["--word", "Spitze"]
    tuev_tree(tmp_path / "tuev")
    assert "are codes and no texts" in spikewatch(tmp_path, "data", "check", "tuev", "--word", "Spitze").err


def test_prepare_takes_the_past_along(corpus: Path) -> None:
    """As many samples as were asked for; what was left out for want of them is said."""
    words = ("--out", "set", "--view", "rows", "--context", "1500")
    ended = spikewatch(corpus, "data", "prepare", "tuev", *words)
    assert ended.code == 0
    assert "past" in ended.out
    assert json.loads((corpus / "set" / "windowset.json").read_text(encoding="utf-8"))["context_samples"] == 1500


def test_simulate_makes_a_set(tmp_path: Path) -> None:
    """Of as many patients as were asked for."""
    words = ("--out", "set", "--patients", "1", "--layouts", "depth", "--seconds", "12", "--json")
    ended = spikewatch(tmp_path, "data", "simulate", *words)
    assert ended.code == 0
    assert ended.lines[0]["windows"] > 0
    assert "window set (simulated), 1 recordings" in spikewatch(tmp_path, "data", "check", "set").out


WRONG = [
    (["check", "none"], 3, "none: there is no such folder"),
    (["check", "empty"], 3, "holds no data set that is known"),
    (["check", "."], 3, "nothing in it can be used (edf; 3 files skipped)"),
    (["check", "tuev", "--format", "csv"], 2, "--format csv: give one of tuev"),
    (["prepare", "tuev", "--out", "set", "--subset", "9"], 2, "--subset 9: give one of 3,3, 1,1, 1,3"),
    (["prepare", "tuev", "--out", "tuev"], 3, "tuev: is not empty"),
    (["simulate", "--out", "tuev", "--patients", "1"], 3, "tuev: is not empty"),
]


@pytest.mark.parametrize(("words", "code", "line"), WRONG)
def test_what_is_wrong_is_one_line(corpus: Path, words: list[str], code: int, line: str) -> None:
    """On stderr, without a traceback; the folder above a corpus is one of .edf files that nobody marked."""
    (corpus / "empty").mkdir()
    ended = spikewatch(corpus, "data", *words)
    assert (ended.code, ended.err.count("\n")) == (code, 1)
    assert line in ended.err


def test_hybrid_lays_discharges_on_recordings(tmp_path: Path) -> None:
    """The set holds the recording's own subject; a recording without electrodes ends in one line."""
    quiet = simulate(3, 42.0, plan=[("W", 100.0)], ied_rate_per_min=0.0)
    save(tmp_path / "ann_1.npz", quiet.samples, quiet.rate_hz, quiet.labels)
    ended = spikewatch(tmp_path, "data", "hybrid", "ann_1.npz", "--out", "set", "--copies", "1", "--json")
    assert ended.code == 0, ended.err
    (told,) = ended.lines
    assert told["subjects"] == 1
    assert 0 < told["positives"] < told["windows"]
    save(tmp_path / "few.npz", quiet.samples[:2], quiet.rate_hz, quiet.labels[:2])
    refused = spikewatch(tmp_path, "data", "hybrid", "few.npz", "--out", "other")
    assert (refused.code, refused.err.count("\n")) == (3, 1)
    assert "has 2 electrodes of the 10-20 system" in refused.err


def test_sets_are_joined(tmp_path: Path) -> None:
    """All windows of both; a folder that is no set is refused in one line."""
    for seed in ("1", "2"):
        spikewatch(tmp_path, "data", "simulate", "--out", f"set-{seed}", "--patients", "1", "--seed", seed)
    sizes = [len(load(tmp_path / f"set-{seed}")) for seed in ("1", "2")]
    ended = spikewatch(tmp_path, "data", "join", "set-1", "set-2", "--out", "both", "--json")
    assert ended.code == 0, ended.err
    assert ended.lines[0]["windows"] == len(load(tmp_path / "both")) == sum(sizes)
    refused = spikewatch(tmp_path, "data", "join", "set-1", "nowhere", "--out", "other")
    assert refused.code == 3
    assert refused.err.startswith("spikewatch: nowhere")
