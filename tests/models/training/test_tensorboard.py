"""What TensorBoard reads back is what the epochs reported, a resumed run's steps once each."""

import importlib.util
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.errors import TrainingError
from models.training.tensorboard import CURVE, FOLDER, SCALARS, TensorBoard
from tests.models.training.example_reports import LABELS, PROBABILITIES, example_plan, example_reports, example_result

accumulators = pytest.importorskip(
    "tensorboard.backend.event_processing.event_accumulator", reason="tensorboard is an extra"
)


def scalars(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """Return steps and values by tag, as TensorBoard reads them."""
    found = accumulators.EventAccumulator(str(folder / FOLDER)).Reload()
    return {tag: [(event.step, event.value) for event in found.Scalars(tag)] for tag in found.Tags()["scalars"]}


def test_every_value_of_every_epoch_is_read_back(tmp_path: Path) -> None:
    """Exactly, but for float32."""
    plan, board = example_plan(tmp_path), TensorBoard()
    board.began(plan)
    for report in example_reports(plan):
        board.epoch(report)
    board.ended(example_result(plan))
    found = scalars(tmp_path)
    assert set(found) == set(SCALARS)
    for tag, name in SCALARS.items():
        wanted = [(step, float(np.float32(getattr(report, name)))) for step, report in enumerate(example_reports(plan))]
        assert found[tag] == wanted, tag


def test_a_resumed_run_has_each_step_once(tmp_path: Path) -> None:
    """An epoch that was written but not checkpointed is replaced by its second run."""
    plan = example_plan(tmp_path)
    first = TensorBoard()
    first.began(plan)
    for report in example_reports(plan)[:3]:
        first.epoch(report)
    # This epoch was written, and then the process died before its checkpoint.
    first.epoch(replace(example_reports(plan)[3], loss=99.0))
    first.ended(example_result(plan))
    # Files are read in the order of their names, which begin with the second: one that died began in an earlier one.
    [file] = (tmp_path / FOLDER).iterdir()
    file.rename(file.with_name(re.sub(r"\d{10}", "0" * 10, file.name, count=1)))
    second = TensorBoard()
    second.began(example_plan(tmp_path, done_epochs=3))
    for report in example_reports(plan)[3:]:
        second.epoch(report)
    second.ended(example_result(plan))
    wanted = [(step, report.loss) for step, report in enumerate(example_reports(plan))]
    assert scalars(tmp_path)["train/loss"] == wanted


def test_the_precision_recall_curve_is_that_of_the_validation_part(tmp_path: Path) -> None:
    """At each threshold, precision and recall of the windows at or above it."""
    plan, board = example_plan(tmp_path), TensorBoard()
    board.began(plan)
    board.epoch(example_reports(plan)[0])
    board.ended(example_result(plan))
    found = accumulators.EventAccumulator(str(tmp_path / FOLDER)).Reload()
    curve = found.Tensors(CURVE)[0].tensor_proto
    shape = [side.size for side in curve.tensor_shape.dim]
    rows = np.array(curve.float_val or np.frombuffer(curve.tensor_content, np.float32)).reshape(shape)
    for position, threshold in enumerate(np.linspace(0, 1, shape[1])):
        # TensorBoard sorts probabilities into as many bins as it has thresholds; the count follows its rule.
        called = np.floor(PROBABILITIES * (shape[1] - 1)) >= round(threshold * (shape[1] - 1))
        # Rows of TensorBoard's tensor: 0 true positives, 5 recall.
        assert rows[0, position] == (called & (LABELS == 1)).sum()
        assert rows[5, position] == pytest.approx((called & (LABELS == 1)).sum() / (LABELS == 1).sum())


def test_a_finished_run_gets_no_new_file(tmp_path: Path) -> None:
    """Running the same command again adds nothing."""
    plan, board = example_plan(tmp_path, done_epochs=8), TensorBoard()
    board.began(plan)
    board.ended(example_result(plan))
    assert not (tmp_path / FOLDER).exists()


def test_without_tensorboard_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(TrainingError, match=r"pip install 'spikewatch\[train\]'"):
        TensorBoard()
