"""Parts of a set are those of the model's training, so that no test window was trained on."""

from pathlib import Path

import numpy as np
import pytest

from models.datasets.splits import parts
from models.datasets.windowset import Header, load
from models.datasets.windowset_writer import Writer
from models.training import outcome
from models.training.outcome import Origin, Outcome
from models.zoo import store
from stream.evaluate.labelled import part_of, split_by
from stream.evaluate.request import EvaluationRequest


@pytest.mark.parametrize("by", ["row", "subject"])
def test_a_training_beside_the_model_says_how_it_split(tmp_path: Path, by: str) -> None:
    """Its outcome is read; a model without one was split by subject."""
    origin = Origin("set", "test", 128.0, 5, 192, 1, "", "", by, {})
    outcome.write(tmp_path, Outcome("spikewatch train", "cpu", 1, origin, "early", "why"))
    assert split_by(tmp_path / "model") == by
    assert split_by(store.ZOO / "sc-small") == "subject"


def test_seed_and_split_are_those_of_the_training(tmp_path: Path) -> None:
    """The manifest's seed unless another is given; all windows where all are asked for."""
    rng = np.random.default_rng(0)
    with Writer(tmp_path / "set", Header("test", 5, 192, 128.0)) as writer:
        for person in range(12):
            labels = (rng.random(10) < 0.5).astype(np.uint8)
            writer.add(np.zeros((10, 5, 192), np.float32), labels, np.arange(10.0),
                       subject=f"s{person}", recording=f"r{person}", group="g", montage="scalp")  # fmt: skip
    whole, manifest = load(tmp_path / "set"), store.load("sc-small").manifest
    for asked, seed, by in (
        (EvaluationRequest("m", data=tmp_path / "set"), manifest.seed, "subject"),
        (EvaluationRequest("m", data=tmp_path / "set", seed=8, by="row"), 8, "row"),
    ):
        wanted = parts(whole, seed=seed, by=by)["test"].indices  # type: ignore[arg-type]
        assert part_of(asked, manifest, "test").indices.tolist() == wanted.tolist()
    # 12 people of 10 windows: asked for all, no part is held back.
    assert len(part_of(EvaluationRequest("m", data=tmp_path / "set"), manifest, "all")) == 120
