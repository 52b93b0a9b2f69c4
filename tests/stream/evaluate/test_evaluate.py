"""What `spikewatch evaluate` measures and writes down, on a copy of the shipped detector."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import signal

from models.datasets.splits import Part
from models.datasets.windowset import Header, load
from models.datasets.windowset_writer import Writer
from models.errors import DataError
from models.evaluation.events import THRESHOLDS
from models.evaluation.reliability import temperature
from models.evaluation.windows import logits
from models.zoo import store
from stream.errors import ConfigError, InputError
from stream.evaluate.evaluate import evaluate
from stream.evaluate.request import EvaluationRequest, check


def silently(_: str) -> None:
    """Report to no one."""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Copy the shipped detector."""
    return Path(shutil.copytree(store.ZOO / "sc-small", tmp_path / "sc-copy"))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write noise of six people, with a spike and wave in every third window; some marks are wrong."""
    folder = tmp_path_factory.mktemp("data") / "set"
    rng = np.random.default_rng(5)
    with Writer(folder, Header("test", 5, 192, 128.0)) as writer:
        for person in range(6):
            windows = rng.normal(0, 10, (60, 5, 192)).astype(np.float32)
            labels = (np.arange(60) % 3 == 0).astype(np.uint8)
            windows[labels == 1, 1, 90:98] -= rng.uniform(10, 90, (20, 1)).astype(np.float32)
            # Without wrong labels the likelihood would have no best temperature.
            wrong = rng.random(60) < 0.1
            writer.add(windows, np.where(wrong, 1 - labels, labels), np.arange(60, dtype=np.float64),
                       subject=f"s{person}", recording=f"r{person}", group="left", montage="scalp",
                       split=("train", "validation", "test")[person % 3])  # fmt: skip
    return folder


def recording(path: Path, seconds: int) -> None:
    """Write five electrodes of noise that is strongest at low frequencies, as EEG is: white noise would be rejected."""
    white = np.random.default_rng(1).normal(0, 5, (5, 256 * seconds))
    labels = np.array(["Fp1", "F3", "C3", "P3", "O1"])
    np.savez(path, x=signal.lfilter([1.0], [1.0, -0.95], white), fs=256.0, labels=labels)


def only(data: Path, split: int) -> Part:
    """Return the windows of one split of the set."""
    whole = load(data)
    return Part(whole, np.flatnonzero(whole.split == split))


def test_a_calibrated_model_is_written_whole(model: Path, data: Path) -> None:
    """The temperature of the validation part is in the weights, the threshold moved along, the card says so."""
    before = store.load(model)
    wanted = temperature(logits(only(data, 2), before.network), only(data, 2).labels)
    got = evaluate(EvaluationRequest(str(model), data=data, calibrate=True, write=True), silently)
    after = store.load(model)
    # A temperature of 1 would divide nothing: logits and threshold below would show no calibration.
    assert after.manifest.temperature == got.temperature == wanted != 1
    test = only(data, 3)
    assert logits(test, after.network) == pytest.approx(logits(test, before.network) / wanted, abs=1e-4)
    old, new = before.manifest.threshold, after.manifest.threshold
    # A threshold is moved as a logit, like the outputs: the same windows lie above it as before.
    assert np.log(new / (1 - new)) == pytest.approx(np.log(old / (1 - old)) / wanted, abs=1e-4)
    assert after.manifest.sha256 == got.sha256 != before.manifest.sha256
    assert f"divided by {wanted:.4g}" in (model / "CARD.md").read_text(encoding="utf-8")


def test_calibration_mends_what_the_windows_say(model: Path, data: Path) -> None:
    """Areas stay to the last digit kept; the expected error of the test part falls."""
    plain = evaluate(EvaluationRequest(str(model), data=data), silently).windows["test"]
    mended = evaluate(EvaluationRequest(str(model), data=data, calibrate=True), silently).windows["test"]
    assert mended.areas["AUROC"].value == pytest.approx(plain.areas["AUROC"].value)
    assert mended.at[0.5].confusion == plain.at[0.5].confusion
    assert mended.reliability.expected_error < plain.reliability.expected_error
    # Every third of six subjects is held for testing, 60 windows each.
    assert (plain.windows, plain.subjects) == (120, 2)


def test_figures_of_another_threshold_go(model: Path, data: Path) -> None:
    """Those that still hold stay; a training's own, which are at 0.5, always."""
    loaded = store.load(model)
    old = replace(loaded.manifest, figures={"validation_f1": 0.5, "scalp, minutes": 9.0})
    store.save(model, loaded.network, old, (model / "CARD.md").read_text(encoding="utf-8"))
    evaluate(EvaluationRequest(str(model), data=data, write=True), silently)
    figures = store.load(model).manifest.figures
    assert {"validation_f1", "scalp, minutes", "test windows, F1", "test windows, AUROC"} <= set(figures)
    evaluate(EvaluationRequest(str(model), data=data, calibrate=True, write=True), silently)
    figures = store.load(model).manifest.figures
    assert "validation_f1" in figures
    assert "scalp, minutes" not in figures


def test_simulated_patients_give_points_and_a_table(model: Path) -> None:
    """Both montages, all thresholds; without --write nothing changes, with it the model is at the chosen point."""
    untouched = store.load(model).manifest
    request = EvaluationRequest(str(model), simulated=2, seconds=15.0, device="cpu")
    seen = evaluate(request, silently)
    assert store.load(model).manifest == untouched
    assert (seen.threshold, set(seen.events)) == (untouched.threshold, {"scalp"})
    written = evaluate(replace(request, write=True), silently)
    manifest = store.load(model).manifest
    assert manifest.threshold == written.threshold == seen.points["default"].threshold
    with_marks = [name for name, people in seen.events.items() if sum(p.counts[0.5].marked for p in people)]
    wanted = [(name, t) for name in with_marks for t in THRESHOLDS]
    assert [(row.montage, row.threshold) for row in manifest.operating_table] == wanted != []
    assert manifest.figures["scalp, minutes"] > 0


def test_a_recording_that_cannot_be_read_costs_the_others_nothing(model: Path, tmp_path: Path) -> None:
    """Two files of one person are one person; the third is reported."""
    for name in ("a", "b"):
        recording(tmp_path / f"{name}.npz", 12)
    (tmp_path / "marks.csv").write_text("file,time_s,subject\na.npz,,ann\nb.npz,6.0,ann\n", encoding="utf-8")
    files = tuple(tmp_path / name for name in ("a.npz", "b.npz", "c.npz"))
    request = EvaluationRequest(str(model), files, unit="uV", marks=tmp_path / "marks.csv", healthy=True, device="cpu")
    got = evaluate(request, silently)
    [ann] = got.events["recordings"]
    assert (ann.name, ann.counts[got.threshold].marked) == ("ann", 1)
    assert len(got.skipped) == 1
    assert "c.npz" in got.skipped[0]
    # What the montage or the unit refuses says of which file.
    np.savez(tmp_path / "c.npz", x=np.ones((3, 3000), np.float32), fs=250, labels=["X1", "X2", "X3"])
    assert f"{tmp_path / 'c.npz'}: " in evaluate(request, silently).skipped[0]
    (tmp_path / "c.npz").unlink()
    with pytest.raises(InputError, match=r"marks\.csv: b\.npz is none of the recordings"):
        evaluate(replace(request, recordings=files[:1]), silently)
    # Without a table of marks, a healthy recording needs none.
    request = replace(request, marks=None)
    with pytest.raises(InputError, match="none of the recordings"):
        evaluate(replace(request, recordings=files[2:]), silently)


def test_a_model_of_another_montage_is_refused_with_what_is_simulated(model: Path, tmp_path: Path) -> None:
    """No patient is simulated for it; recordings are taken as scalp recordings unless another montage is given."""
    loaded = store.load(model)
    store.save(model, loaded.network, replace(loaded.manifest, montages=("grid",)), "")
    with pytest.raises(ConfigError, match=r"--simulated: patients are .* of grid"):
        evaluate(EvaluationRequest(str(model), simulated=1), silently)
    recording(tmp_path / "a.npz", 9)
    got = evaluate(EvaluationRequest(str(model), (tmp_path / "a.npz",), unit="uV", healthy=True), silently)
    assert list(got.events) == ["healthy recordings"]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({}, "nothing to evaluate on"),
        ({"simulated": 1, "calibrate": True}, "--calibrate: needs labelled windows"),
        ({"data": Path("set"), "calibrate": True, "part": "validation"}, "evaluate on another"),
    ],
)
def test_what_makes_no_sense_is_refused(options: dict[str, Any], complaint: str) -> None:
    """Before anything is loaded."""
    with pytest.raises(ConfigError, match=complaint):
        check(EvaluationRequest("sc-small", **options))


def test_a_hop_is_a_whole_number_of_samples(model: Path) -> None:
    """Of the simulated patients' rate, as at a bed; 62.5 ms are 8, and score as many minutes as 125 ms do."""
    with pytest.raises(ConfigError, match=r"hop_ms = 100: the model takes 128 samples a second"):
        evaluate(EvaluationRequest(str(model), simulated=1, hop_ms=100.0), silently)
    with pytest.raises(ConfigError, match=r"hop_ms = 1000: two windows of 1500 ms must see every discharge"):
        evaluate(EvaluationRequest(str(model), simulated=1, hop_ms=1000.0), silently)
    request = EvaluationRequest(str(model), simulated=1, seconds=10.0, device="cpu")
    minutes = [
        evaluate(replace(request, hop_ms=hop_ms), silently).events["scalp"][0].counts[0.5].minutes
        for hop_ms in (125.0, 62.5)
    ]
    # The last hop of 125 ms may end before the recording does.
    assert minutes[0] == pytest.approx(minutes[1], abs=0.125 / 60)


def test_a_part_that_the_set_lacks_is_named(model: Path, tmp_path: Path) -> None:
    """A set for testing alone has no validation part; windows that do not fit the model are refused too."""
    for samples, name in ((192, "fits"), (128, "short")):
        with Writer(tmp_path / name, Header("test", 5, samples, 128.0)) as writer:
            writer.add(np.zeros((2, 5, samples), np.float32), np.array([0, 1]), np.zeros(2),
                       subject="s", recording="r", group="g", montage="scalp", split="test")  # fmt: skip
    with pytest.raises(ConfigError, match=r"--part validation: .* has only test"):
        evaluate(EvaluationRequest(str(model), data=tmp_path / "fits", part="validation"), silently)
    with pytest.raises(DataError, match="window_samples"):
        evaluate(EvaluationRequest(str(model), data=tmp_path / "short"), silently)
