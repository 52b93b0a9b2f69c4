"""A recipe says what it means, keeps it through JSON, and refuses what makes no sense by its key."""

import dataclasses

import pytest

from models.errors import TrainingError
from models.training.recipe import Recipe

NO_SENSE: dict[str, object] = {
    "architecture": ["sc"],
    "loss": 1,
    "beta": 0,
    "sampler": "all",
    "sampling_ratio": 1.5,
    "sampling_period": 0,
    "mine_rounds": -1,
    "mine_above": 1.1,
    "pre_bce_epochs": -1,
    "pre_bce_learning_rate": 0.0,
    "inc_neg": "on",
    "inc_neg_a": 1.0,
    "inc_neg_b": float("nan"),
    "optimiser": "adam",
    "learning_rate": "fast",
    "last_learning_rate": 0.02,
    "epochs": 0,
    "batch_windows": 2.5,
    "clip_norm": -1,
    "initialisation": "zeros",
    "begin_with": 1,
    "patience": True,
    "grace": -1,
    "collapse_epochs": -1,
    "precision": "fp16",
    "augmentation": "all",
    "live_prevalence": 1.0,
    "threshold": 0.3,
    "sleep_weight": -1,
    "decay": "steep",
    "warmup_steps": -1,
    "average_decay": 1,
    "label_smoothing": -0.1,
    "seed": -1,
    "parameters": [],
    "loss_options": {"gamma": None},
}


def test_a_recipe_survives_json() -> None:
    """What is written is what is read, tables included."""
    recipe = Recipe.plain("focal").changed({"loss_options": {"gamma": 1.5}, "parameters": {"width": 8}, "seed": 7})
    assert Recipe.from_json(recipe.to_json()) == recipe


def test_the_default_is_iedeal() -> None:
    """The paper's values, and the official code's where the paper has none."""
    recipe = Recipe.iedeal()
    assert (recipe.loss, recipe.inc_neg, recipe.pre_bce_epochs, recipe.pre_bce_learning_rate) == (
        "regularised_sasu",
        "paper",
        3,
        0.01,
    )
    assert (recipe.batch_windows, recipe.epochs, recipe.clip_norm, recipe.last_learning_rate) == (256, 100, 1.0, 1e-5)
    plain = Recipe.plain("bce")
    assert (plain.loss, plain.pre_bce_epochs, plain.inc_neg) == ("bce", 0, "off")


@pytest.mark.parametrize("key", sorted(NO_SENSE))
def test_a_value_without_sense_is_refused_by_its_key(key: str) -> None:
    """One line that names the key."""
    with pytest.raises(TrainingError, match=rf"^recipe: {key}\b[^\n]*$"):
        Recipe().changed({key: NO_SENSE[key]})


def test_every_key_is_checked() -> None:
    """Which names of losses and architectures there are is checked where they are looked up."""
    # A key that is added without a bound of its own fails here.
    assert {field.name for field in dataclasses.fields(Recipe)} == set(NO_SENSE)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"inc_neg_a": 3.0}, "inc_neg_a"),
        ({"loss_options": {"beta": 2}}, "loss_options.beta"),
        ({"parameters": {"channels": 4}}, "parameters.channels"),
        ({"sampler": "seasam", "sampling_period": 2}, "sampling_period"),
        ({"mine_rounds": 3, "epochs": 3}, "needs more than 3 epochs"),
        ({"threshold": "validation", "loss": "bce", "live_prevalence": 0.01}, "live_prevalence"),
        ({"epoch": 2}, "epoch"),
    ],
)
def test_keys_that_contradict_each_other_are_refused(changes: dict[str, object], named: str) -> None:
    """So does an unknown key."""
    with pytest.raises(TrainingError, match=named):
        Recipe().changed(changes)


def test_settings_are_read_as_a_command_line_gives_them() -> None:
    """Numbers, words, and keys of tables; earlier ones stay."""
    recipe = Recipe().with_settings(
        ["epochs=5", "loss=bce", "parameters.width=48", "parameters.variant=official", "learning_rate=2e-2"]
    )
    assert (recipe.epochs, recipe.loss, recipe.learning_rate) == (5, "bce", 0.02)
    assert recipe.parameters == {"width": 48, "variant": "official"}


@pytest.mark.parametrize("setting", ["epochs", "epochs=many", "width=48", "epochs.more=1"])
def test_a_setting_without_sense_is_refused(setting: str) -> None:
    """It names the setting."""
    with pytest.raises(TrainingError, match=setting.split("=", maxsplit=1)[0]):
        Recipe().with_settings([setting])


@pytest.mark.parametrize("text", ["", "[]", '{"epochs": '])
def test_text_that_is_no_recipe_is_refused(text: str) -> None:
    """In one line."""
    with pytest.raises(TrainingError, match=r"^recipe: [^\n]*$"):
        Recipe.from_json(text)
