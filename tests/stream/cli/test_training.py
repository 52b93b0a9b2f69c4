"""`spikewatch train` as a user meets it: from a window set to a model that loads, resumed, interrupted, refused."""

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from models.datasets.windowset import Header
from models.datasets.windowset_writer import Writer
from models.networks.candidate_window import WINDOW
from models.zoo import store
from tests.models.datasets.handmade import tuev_file
from tests.stream.cli.command import Ended, interrupted
from tests.stream.cli.training_command import TINY, Refused, Train

# So many epochs, and no reason to stop early, that an interrupt always comes before the end.
LONG = ("--set", "epochs=2000", "--set", "patience=0", "--set", "collapse_epochs=0")


def test_a_run_ends_with_a_model_that_loads(run: tuple[Path, Ended]) -> None:
    """And says where it is, what it finds in people it never saw, and how to run it, here in shorter hops."""
    folder, ended = run
    assert ended.code == 0, ended.err
    assert store.load(folder / "model").manifest.parameters["width"] == 8
    assert "run it: spikewatch run --set infer.detector=run/model --set frame.hop_ms=62.5\n" in ended.out
    assert "test part (50 windows, 10 with IED, of 2 people): F1 " in ended.out


def test_a_run_leaves_a_report_and_tensorboard(run: tuple[Path, Ended]) -> None:
    """The report names the command that repeats it."""
    folder, _ = run
    report = (folder / "report.html").read_text(encoding="utf-8")
    assert "spikewatch train set --out run --set epochs=2" in report
    assert report.count("<svg") == 5
    assert list((folder / "tensorboard").iterdir())


def test_each_epoch_has_a_line_where_there_is_no_terminal(run: tuple[Path, Ended]) -> None:
    """A log keeps what bars would have shown."""
    lines = [line for line in run[1].err.splitlines() if line.startswith("epoch ")]
    # Three, where two were asked for: the one of pre_bce_epochs comes before them.
    assert [line.split(":")[0] for line in lines] == ["epoch 1/3", "epoch 2/3", "epoch 3/3"]
    assert all("windows/s" in line and "AUPRC" in line for line in lines)


def test_the_same_command_again_says_it_had_ended(run: tuple[Path, Ended], train: Train) -> None:
    """Nothing is trained again, the answer is the same, and the model is untouched."""
    folder, first = run
    weights = (folder / "model" / "weights.safetensors").stat().st_mtime_ns
    code, out, err = train("set", "--out", "run", "--set", "epochs=2", *TINY, folder=folder.parent)
    assert code == 0
    assert "had ended already" in err
    assert out == first.out
    assert (folder / "model" / "weights.safetensors").stat().st_mtime_ns == weights


def test_an_answer_for_programs(run: tuple[Path, Ended], train: Train) -> None:
    """One JSON object has the figures of both parts and the paths."""
    _, out, _ = train("set", "--out", "run", "--set", "epochs=2", *TINY, "--json", folder=run[0].parent)
    answer = json.loads(out)
    assert answer["model"] == "run/model"
    assert set(answer["figures"]) == {"validation", "test"}
    assert 0 <= answer["figures"]["test"]["auprc"] <= 1


def test_ctrl_c_ends_with_130_and_the_same_command_goes_on(data: Path, tmp_path: Path) -> None:
    """Epochs that were done stay done."""
    words = ("train", str(data), "--out", "run", *TINY, *LONG, "--no-tensorboard")
    # Behind a line and not behind a time: on any machine there are epochs to keep.
    first = interrupted(tmp_path, *words, behind=lambda line: line.startswith("epoch 3/"))
    assert first.code == 130
    assert first.err.splitlines()[-1].startswith("spikewatch: interrupted; the same command goes on")
    done = len((tmp_path / "run" / "history.jsonl").read_text().splitlines())
    again = interrupted(tmp_path, *words, behind=lambda line: line.startswith("epoch "))
    assert f"{done} epochs are done" in again.err
    # LONG's 2000 and the one of pre_bce_epochs.
    assert next(line for line in again.err.splitlines() if line.startswith("epoch ")).startswith(
        f"epoch {done + 1}/2001"
    )


def test_a_recipe_comes_from_a_file_and_keys_overrule_it(data: Path, tmp_path: Path, train: Train) -> None:
    """The run keeps what held."""
    (tmp_path / "recipe.json").write_text(json.dumps({"epochs": 5, "beta": 2.0}))
    words = (str(data), "--out", "run", "--recipe", "recipe.json", "--set", "epochs=1", "--seed", "9", *TINY)
    assert train(*words)[0] == 0
    held = json.loads((tmp_path / "run" / "recipe.json").read_text())
    assert (held["epochs"], held["beta"], held["seed"]) == (1, 2.0, 9)


def test_learning_rates_are_tried_and_the_best_is_handed_over(data: Path, tmp_path: Path, train: Train) -> None:
    """Each has its own folder; the model of the one chosen by validation is where a single run's would be."""
    words = (str(data), "--out", "run", "--learning-rates", "0.001,0.05", "--set", "epochs=2", *TINY)
    _, out, _ = train(*words, "--json")
    trials = json.loads(out)["trials"]
    chosen = [trial for trial in trials if trial["chosen"]]
    assert len(chosen) == 1
    assert chosen[0]["validation_f_beta"] == max(trial["validation_f_beta"] for trial in trials)
    ours = load_file(tmp_path / "run" / "model" / "weights.safetensors")
    best = load_file(tmp_path / chosen[0]["folder"] / "model" / "weights.safetensors")
    assert all((ours[name] == best[name]).all() for name in best)
    assert store.load(tmp_path / "run" / "model").manifest.name == "run"


def test_divergence_is_one_line_and_exit_1(data: Path, tmp_path: Path, refused: Refused) -> None:
    """The report shows how it went."""
    # Clipping is what keeps a training finite, so it is off; the first epoch has a rate of its own, set below.
    words = (str(data), "--out", "run", *TINY, "--set", "learning_rate=1000", "--set", "clip_norm=0")
    code, line = refused(*words, "--set", "pre_bce_learning_rate=1000")
    assert code == 1
    assert "not finite" in line
    assert "lower learning_rate" in line
    assert "Failed: " in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")


def test_recordings_are_prepared_once_into_the_run(tmp_path: Path, train: Train) -> None:
    """The window set stands in RUN/data, what is left out is named, and the same command does not prepare again."""
    # Electrode pair, from, to (s), and the corpus's code: 1 is a discharge, 6 background.
    rows = [(0, 5, 6, 1), (9, 15, 16, 1), (0, 22, 32, 6), (9, 22, 32, 6)]
    for person in ("train/a/a_1", "train/b/b_1", "train/c/c_1", "eval/007/spsw_007_a_1"):
        tuev_file(tmp_path / "corpus", person, rows)
    tuev_file(tmp_path / "corpus", "train/d/d_1", rows).with_suffix(".edf").write_bytes(b"")
    words = ("corpus", "--out", "run", "--set", "epochs=1", *TINY)
    code, out, err = train(*words)
    assert (code, "skipped d_1" in err) == (0, True), err
    # Which of three subsets, and how windows were cut: none of it was asked for.
    assert "run/data: tuev, subset 3,3 of 3,3 | 1,1 | 1,3 (--subset), view groups" in err
    assert "windows of 5 derivations, 1.5 s at 128 Hz" in err
    assert "the paper's instances of TUEV3,3 are rows of one derivation, at 250 Hz: --view rows" in out
    assert "test part" in out
    assert "run it: spikewatch run --set infer.detector=run/model\n" in out
    made = (tmp_path / "run" / "data" / "windowset.json").stat().st_mtime_ns
    assert train(*words)[:2] == (0, out)
    assert (tmp_path / "run" / "data" / "windowset.json").stat().st_mtime_ns == made


def test_rows_of_a_subset_stand_beside_the_papers_figure(tmp_path: Path, train: Train, refused: Refused) -> None:
    """One derivation at the corpus's rate; that it is a part of the corpus is said, and how it runs live."""
    # A bckg row of every derivation beside two discharges, so that each person has both classes.
    rows = [(0, 15, 16, 1), (9, 15, 16, 1), *((place, 22, 23, 6) for place in range(22)), (3, 26, 27, 5)]
    for person in ("train/a/a_1", "train/b/b_1", "train/c/c_1", "eval/007/spsw_007_a_1"):
        tuev_file(tmp_path / "corpus", person, rows)
    words = ("corpus", "--out", "run", "--subset", "1,1", "--view", "rows", "--set", "epochs=1", *TINY)
    code, out, err = train(*words)
    assert code == 0, err
    assert "subset 1,1" in err
    assert "windows of 1 derivation, 1 s at 250 Hz; 8 with IED and 88 without" in err
    assert "iEDeaL on TUEV1,1, table 2 of the paper: F1 0.57; here 0." in out
    assert (
        "on a part of the corpus: train 6 of 645 with IED and 66 of 53,726 without, "
        "test 2 of 567 with IED and 22 of 19,646 without" in out
    )
    # No default hop is a whole number of samples at 250 Hz.
    assert "run it: spikewatch run --set infer.detector=run/model --set frame.hop_ms=100\n" in out
    code, line = refused("corpus", "--out", "run", "--subset", "1,3", "--view", "rows", *TINY)
    assert (code, "name another folder with --out" in line) == (2, True)


def test_a_model_that_no_bed_can_use_is_one_for_comparison(tmp_path: Path, train: Train) -> None:
    """Beds make groups of five derivations or of one; the reason is said in place of a command that would fail."""
    noise(tmp_path / "set", 3, 192)
    code, out, err = train("set", "--out", "run", "--set", "epochs=1", *TINY)
    assert code == 0, err
    assert "for comparison: `spikewatch run` and `score` refuse it (bed.condition.montage of bed-1: montage" in out
    assert "run it:" not in out


def test_a_verifier_is_one_that_a_detector_asks(tmp_path: Path, train: Train) -> None:
    """No bed runs it, and no comparison is meant: the line says where its name goes."""
    noise(tmp_path / "set", 25, WINDOW)
    small = ("--set", 'parameters={"width": 4, "hidden": 4}', "--set", "epochs=1")
    code, out, err = train("set", "--out", "run", "--set", "architecture=whole_head", *small)
    assert code == 0, err
    assert 'a detector asks it whose manifest.json names it, "verification": {"model": "run/model", ...}' in out
    assert "for comparison" not in out


def noise(folder: Path, rows: int, samples: int) -> None:
    """Write a set of noise: 20 windows of each of six people, every fourth of a discharge."""
    header = Header("test", rows, samples, 128.0, unit="uV", command="made by hand")
    rng = np.random.default_rng(1)
    with Writer(folder, header) as writer:
        for subject in range(6):
            windows = rng.normal(size=(20, rows, samples)).astype(np.float32)
            labels = (np.arange(20) < 5).astype(np.uint8)
            whose = f"s{subject}"
            writer.add(windows, labels, np.arange(20.0), subject=whose, recording=whose, group="A", montage="scalp")


def test_a_prepared_set_is_not_cut_again(data: Path, refused: Refused) -> None:
    """An option of cutting would have no effect."""
    code, line = refused(str(data), "--out", "run", "--view", "rows")
    assert (code, "--view: " in line, "cut already" in line) == (2, True, True)


def test_a_training_speaks_from_the_first_second(run: tuple[Path, Ended]) -> None:
    """Before windows are read, and before weights are initialised."""
    lines = run[1].err.splitlines()
    assert lines[0] == "run: starting"
    assert lines[1].startswith("reading labels")
    assert any(line.startswith("initialising weights on ") and line.endswith(" steps") for line in lines)
