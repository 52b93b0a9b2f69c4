"""The plan of epochs: learning rates and numbers of negatives, exactly."""

import pytest

from models.datasets.counts import Counts
from models.training.recipe import Recipe
from models.training.schedule import full_from, rate_at, schedule

COUNTS = Counts(10, 2000)  # so few positives that IncNeg has a long way to E(n0)
EFFECTIVE = COUNTS.effective_negatives


def test_the_learning_rate_falls_linearly() -> None:
    """Rate first - e (first - last) / T, after PreBCE's constant one."""
    recipe = Recipe().changed({"epochs": 4, "learning_rate": 0.02, "last_learning_rate": 0.004})
    rates = [planned.learning_rate for planned in schedule(recipe, COUNTS)]
    assert rates == pytest.approx([0.01, 0.01, 0.01, 0.02, 0.016, 0.012, 0.008], rel=1e-12)


def test_the_learning_rate_may_fall_as_half_a_cosine() -> None:
    """By hand at quarters: 1, 0.854, 0.5 and 0.146 of the way above the last."""
    recipe = Recipe().changed(
        {"epochs": 4, "learning_rate": 0.02, "last_learning_rate": 0.0, "decay": "cosine", "pre_bce_epochs": 0}
    )
    rates = [planned.learning_rate for planned in schedule(recipe, COUNTS)]
    assert rates == pytest.approx([0.02, 0.0170711, 0.01, 0.0029289], abs=1e-7)


def test_the_rate_rises_over_the_first_steps_of_the_main_phase() -> None:
    """Ten batches of warm-up: seven in the first epoch, three in the next; PreBCE has none."""
    changes = {"warmup_steps": 10, "batch_windows": 10, "inc_neg": "off", "sampling_ratio": 0.03, "epochs": 2}
    recipe = Recipe().changed({**changes, "learning_rate": 0.1, "last_learning_rate": 0.1, "pre_bce_epochs": 1})
    planned = schedule(recipe, COUNTS)
    assert planned[1].windows == 70
    assert rate_at(recipe, planned, 0, 0) == recipe.pre_bce_learning_rate
    rates = [rate_at(recipe, planned, number, batch) for number, batch in ((1, 0), (1, 6), (2, 0), (2, 2), (2, 6))]
    assert rates == pytest.approx([0.01, 0.07, 0.08, 0.1, 0.1])


def test_one_epoch_keeps_the_first_rate() -> None:
    """No epoch of a short run stands still."""
    recipe = Recipe().changed({"epochs": 1, "pre_bce_epochs": 0})
    assert [planned.learning_rate for planned in schedule(recipe, COUNTS)] == [0.01]


@pytest.mark.parametrize(
    ("growth", "negatives"),
    [
        # e**2 positives' worth of negatives until E(n0) caps them.
        ("paper", [10, 40, 90, 160, 250, 360, 490, 640, 810, 1000, 1210, EFFECTIVE]),
        ("steps", [10, 20, 40, 80, 160, 320, 320, 320, 640, 640, 640, EFFECTIVE]),
        ("off", [EFFECTIVE] * 12),
    ],
)
def test_negatives_grow_as_the_recipe_says(growth: str, negatives: list[int]) -> None:
    """E(n0) = 1264 of 2000 negatives, reached by e**2, by steps of a = sqrt 2, or from the start."""
    recipe = Recipe().changed({"epochs": 12, "inc_neg": growth})
    main = [planned for planned in schedule(recipe, COUNTS) if planned.phase == "main"]
    assert [planned.negatives for planned in main] == negatives
    assert [planned.windows for planned in main] == [10 + n for n in negatives]
    assert full_from(recipe, COUNTS) == negatives.index(EFFECTIVE)


def test_pre_bce_is_balanced_and_comes_first() -> None:
    """n1 negatives, three epochs, whatever the loss draws later."""
    planned = schedule(Recipe(), COUNTS)[:4]
    assert [(p.phase, p.epoch, p.negatives) for p in planned[:3]] == [("pre_bce", e, 10) for e in range(3)]
    assert (planned[3].phase, planned[3].epoch) == ("main", 0)


@pytest.mark.parametrize(("ratio", "negatives"), [(0.03, 60), (0.9, 1800), (1e-5, 1), (1.0, 2000)])
def test_a_sampling_ratio_sets_the_share_of_negatives(ratio: float, negatives: int) -> None:
    """As in the paper's Table 5."""
    recipe = Recipe.plain("bce").changed({"sampling_ratio": ratio, "epochs": 1})
    assert [planned.negatives for planned in schedule(recipe, COUNTS)] == [negatives]


@pytest.mark.parametrize(("loss", "negatives"), [("bce", 2000), ("bbce", 10), ("ewbce", EFFECTIVE)])
def test_without_a_ratio_the_loss_decides(loss: str, negatives: int) -> None:
    """All, as many as positives, or E(n0)."""
    assert schedule(Recipe.plain(loss), COUNTS)[0].negatives == negatives
