"""Training learns, does what its recipe says, reports how it goes, and refuses the folder of another training."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from models.datasets.splits import Part
from models.errors import TrainingError
from models.training.checkpoint import BEST, CHECKPOINT, HISTORY, RECIPE
from models.training.recipe import Recipe
from models.training.trainer import train
from models.zoo import store
from tests.models.training.small_training import TINY, RecordingCallback, easy_parts, tiny_recipe

# Another value of every key that changes the weights; the rest decide when to stop (test_stopping.py).
ACTS: dict[str, object] = {
    "parameters": {**TINY, "dropout": 0.1},
    "loss": "sasu",
    "loss_options": {"negative_gamma": 0.1},
    "beta": 2.0,
    "sampler": "seasam",
    "sampling_ratio": 0.4,
    "sampling_period": 2,
    "mine_rounds": 2,
    "pre_bce_epochs": 1,
    "pre_bce_learning_rate": 0.02,
    "inc_neg": "off",
    "inc_neg_a": 1.6,
    "inc_neg_b": 1.5,
    "optimiser": "adamw",
    "learning_rate": 0.02,
    "last_learning_rate": 1e-3,
    "epochs": 4,
    "batch_windows": 16,
    "clip_norm": 0.2,
    "initialisation": "torch",
    "precision": "bf16",
    "augmentation": "turn",
    "decay": "cosine",
    "warmup_steps": 9,
    "label_smoothing": 0.1,
    "seed": 2,
}


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> None:
    # Weights are compared bit for bit: two threads may split a sum differently from run to run.
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Part]:
    """Return the parts of an easy set."""
    return easy_parts(tmp_path_factory.mktemp("sets") / "easy")


@pytest.fixture(scope="module")
def usual(parts: dict[str, Part], tmp_path_factory: pytest.TempPathFactory) -> dict[str, torch.Tensor]:
    """Return the last weights of the usual recipe."""
    return last_weights(parts, tiny_recipe(), tmp_path_factory.mktemp("runs") / "usual")


def last_weights(parts: dict[str, Part], recipe: Recipe, folder: Path) -> dict[str, torch.Tensor]:
    """Train, and return the weights after the last epoch."""
    train(parts, recipe, folder, device="cpu")
    return {name: t for name, t in load_file(folder / CHECKPOINT).items() if name.startswith("network.")}


def test_training_learns_what_is_easy(tmp_path: Path) -> None:
    """The loss falls and nearly every bump of the validation part is found."""
    parts = easy_parts(tmp_path / "set", 240, 480, height=8.0)
    recipe = Recipe.plain("bce").changed(
        {
            "parameters": {"width": 8, "blocks": 2, "dropout": 0.0},
            "optimiser": "adamw",
            "epochs": 12,
            "batch_windows": 32,
        }
    )
    result = train(parts, recipe, tmp_path / "run", device="cpu")
    # Half the loss and F1 0.9 leave room for other machines' rounding; a network that learns nothing has 0.1.
    assert result.history[-1].loss < 0.5 * result.history[0].loss
    assert result.best.f1 > 0.9
    assert result.best.auroc > 0.97


@pytest.mark.parametrize("key", sorted(ACTS))
def test_every_key_acts(key: str, parts: dict[str, Part], usual: dict[str, torch.Tensor], tmp_path: Path) -> None:
    """Another value ends in other weights."""
    weights = last_weights(parts, tiny_recipe(**{key: ACTS[key]}), tmp_path / "run")
    assert any(not torch.equal(weights[name], usual[name]) for name in usual)


def test_what_mining_takes_is_learnt_from(parts: dict[str, Part], tmp_path: Path) -> None:
    """A limit that no probability reaches leaves the weights as they are without mining."""
    mined = [
        last_weights(parts, tiny_recipe(mine_rounds=2, mine_above=above), tmp_path / str(above))
        for above in (0.01, 1.0)
    ]
    unmined = last_weights(parts, tiny_recipe(), tmp_path / "unmined")
    assert any(not torch.equal(mined[0][name], unmined[name]) for name in unmined)
    assert all(torch.equal(mined[1][name], unmined[name]) for name in unmined)


def test_no_key_is_left_out() -> None:
    """Architectures, beginnings, stops, prevalence, threshold, sleep, averages and mining have tests of their own."""
    assert {f.name for f in dataclasses.fields(Recipe)} - set(ACTS) == {
        "mine_above",
        "architecture",
        "begin_with",
        "live_prevalence",
        "threshold",
        "sleep_weight",
        "average_decay",
        "patience",
        "grace",
        "collapse_epochs",
    }


def test_a_run_leaves_all_it_promised(parts: dict[str, Part], tmp_path: Path) -> None:
    """Recipe, history, checkpoint, best weights and a model that loads and holds them."""
    recipe = tiny_recipe(optimiser="adamw")
    result = train(parts, recipe, tmp_path / "run", device="cpu", command="spikewatch train set")
    assert Recipe.from_json((tmp_path / "run" / RECIPE).read_text()) == recipe
    lines = [json.loads(line) for line in (tmp_path / "run" / HISTORY).read_text().splitlines()]
    assert lines == [dataclasses.asdict(record) for record in result.history]
    assert [(line["phase"], line["epoch"]) for line in lines] == [
        *(("pre_bce", epoch) for epoch in range(3)),
        *(("main", epoch) for epoch in range(3)),
    ]
    best, loaded = load_file(tmp_path / "run" / BEST), store.load(tmp_path / "run" / "model")
    assert all(torch.equal(tensor, best[name]) for name, tensor in loaded.network.state_dict().items())
    manifest = loaded.manifest
    assert (manifest.name, manifest.command, manifest.threshold) == ("run", "spikewatch train set", 0.5)
    assert (manifest.montages, manifest.rate_hz, manifest.channels) == (("shaft", "scalp"), 128.0, 5)
    assert manifest.figures["validation_f1"] == result.best.f1
    assert manifest.unit == "any", "SC takes the scale off itself, whatever the set was in"
    counts = f"{int(parts['train'].labels.sum())} windows with a discharge"
    assert counts in manifest.training_data
    assert "8 subjects" in manifest.training_data
    assert manifest.training_data in (tmp_path / "run" / "model" / "CARD.md").read_text()


def test_callbacks_receive_everything(parts: dict[str, Part], tmp_path: Path) -> None:
    """The plan, every window, every epoch with its validation windows, and the end."""
    recorded = RecordingCallback()
    result = train(parts, tiny_recipe(), tmp_path / "run", recorded, device="cpu")
    (plan,) = recorded.plans
    assert (plan.done_epochs, plan.done_batches, plan.device) == (0, 0, "cpu")
    assert plan.positives + plan.negatives == len(parts["train"])
    assert sum(recorded.windows) == sum(planned.windows for planned in plan.epochs)
    assert [report.negatives for report in recorded.reports] == [planned.negatives for planned in plan.epochs]
    assert tuple(report.record() for report in recorded.reports) == result.history
    assert all(np.array_equal(report.labels, parts["validation"].labels) for report in recorded.reports)
    assert all(len(report.probabilities) == plan.validation for report in recorded.reports)
    assert [report.epoch for report in recorded.reports if report.best][-1] == result.best.epoch
    assert recorded.results == [result]


def test_a_finished_run_is_not_trained_again(parts: dict[str, Part], tmp_path: Path) -> None:
    """Its result comes back, and a model that was changed since (a chosen threshold) stays."""
    first = train(parts, tiny_recipe(), tmp_path / "run", device="cpu")
    card = tmp_path / "run" / "model" / "CARD.md"
    # As `spikewatch evaluate --write` would: the card is what marks a finished model.
    card.write_text("evaluated")
    recorded = RecordingCallback()
    again = train(parts, tiny_recipe(), tmp_path / "run", recorded, device="cpu")
    assert again == first
    assert (recorded.windows, recorded.plans[0].done_epochs) == ([], 6)
    assert card.read_text() == "evaluated"


def test_another_recipe_or_set_in_the_folder_is_refused(parts: dict[str, Part], tmp_path: Path) -> None:
    """Nothing there is touched."""
    train(parts, tiny_recipe(epochs=1), tmp_path / "run", device="cpu")
    # Byte for byte: even a file that is written again with the same meaning would be a touch.
    before = {path: path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file()}
    with pytest.raises(TrainingError, match=r"another recipe \(epochs = 1, not 2\)"):
        train(parts, tiny_recipe(epochs=2), tmp_path / "run", device="cpu")
    for other in (easy_parts(tmp_path / "other", height=7.0), easy_parts(tmp_path / "more", negatives=252)):
        with pytest.raises(TrainingError, match="other windows"):
            train(other, tiny_recipe(epochs=1), tmp_path / "run", device="cpu")
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
@pytest.mark.parametrize("changes", [{}, {"optimiser": "adamw", "precision": "bf16", "sampler": "latent"}])
def test_training_works_on_a_gpu_and_continues_there(changes: dict[str, object], tmp_path: Path) -> None:
    """A run that an error ended in the middle of an epoch continues from its checkpoint."""

    class Breaks(RecordingCallback):
        def batch(self, windows: int) -> None:
            super().batch(windows)
            # The middle of an epoch of 4 batches and more, so that there is something to continue.
            if len(self.windows) == 8:
                raise InterruptedError

    parts = easy_parts(tmp_path / "set")
    with pytest.raises(InterruptedError):
        train(parts, tiny_recipe(**changes), tmp_path / "run", Breaks(), device="cuda", checkpoint_s=0.0)
    recorded = RecordingCallback()
    result = train(parts, tiny_recipe(**changes), tmp_path / "run", recorded, device="cuda")
    assert (result.stopped, recorded.plans[0].device) == ("epochs done", "cuda")
    assert sum(recorded.windows) < sum(planned.windows for planned in recorded.plans[0].epochs)
    assert store.load(tmp_path / "run" / "model").manifest.figures["validation_auroc"] == result.best.auroc
