"""When a training ends: read from its history alone."""

import dataclasses

import pytest

from models.training.callbacks import EpochRecord
from models.training.stopping import best_epoch, ending
from tests.models.training.small_training import tiny_recipe

BLANK = EpochRecord("main", 0, 0.1, 0.01, 10, 1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5)


def history(*f_betas: float, train: float = 0.5) -> list[EpochRecord]:
    """Return PreBCE's epoch, very good, and main epochs with these validation F-betas."""
    # Better than every epoch of the main phase, so that counting it anywhere would show.
    first = dataclasses.replace(BLANK, phase="pre_bce", f_beta=0.99)
    main = [
        dataclasses.replace(BLANK, epoch=epoch, f_beta=f_beta, train_f_beta=train)
        for epoch, f_beta in enumerate(f_betas)
    ]
    return [first, *main]


def test_the_best_epoch_has_the_best_f_beta_of_the_main_phase() -> None:
    """PreBCE's do not count; among equals average precision decides, then the earlier one."""
    assert best_epoch(history(0.1, 0.6, 0.3)).epoch == 1
    assert best_epoch(history(0.6, 0.6)).epoch == 0
    equal = history(0.6, 0.6)
    equal[2] = dataclasses.replace(equal[2], auprc=0.9)
    assert best_epoch(equal).epoch == 1


def test_all_epochs_done_is_the_end() -> None:
    """Not one earlier."""
    recipe = tiny_recipe(epochs=3)
    assert ending(history(0.1, 0.2), recipe, 0) is None
    end = ending(history(0.1, 0.2, 0.3), recipe, 0)
    assert end is not None
    assert end.stopped == "epochs done"


@pytest.mark.parametrize(
    ("f_betas", "full_from", "grace", "stops"),
    [
        ((0.5, 0.4), 0, 0, False),
        ((0.5, 0.4, 0.4), 0, 0, True),
        ((0.5, 0.4, 0.6), 0, 0, False),
        # The same history, but negatives were still held back at its first epoch.
        ((0.5, 0.4, 0.4), 1, 0, False),
        ((0.5, 0.4, 0.4, 0.4), 1, 0, True),
        ((0.5, 0.4, 0.4, 0.4), 1, 1, False),
        ((0.5, 0.4, 0.4, 0.4, 0.4), 1, 1, True),
    ],
)
def test_patience_counts_epochs_without_a_better_one(
    f_betas: tuple[float, ...], full_from: int, grace: int, stops: bool
) -> None:
    """Two of them, from the best one on, or from when all negatives are in and the grace is over."""
    end = ending(history(*f_betas), tiny_recipe(epochs=50, patience=2, grace=grace), full_from)
    assert (end is not None and end.stopped == "early") is stops


def test_patience_zero_never_stops_early() -> None:
    """However long nothing improves."""
    assert ending(history(0.9, *([0.1] * 30)), tiny_recipe(epochs=50, patience=0), 0) is None


def test_nothing_found_three_epochs_running_gives_up() -> None:
    """Neither in training nor in validation; the sentence says what to try."""
    end = ending(history(0.5, 0, 0.001, 0, train=0.0), tiny_recipe(epochs=50), 0)
    assert end is not None
    assert end.stopped == "collapsed"
    assert "nothing is found in 3 epochs running" in end.reason
    assert "lower learning rate" in end.reason


def test_finding_something_is_no_collapse() -> None:
    """Two epochs of nothing, or something found in training, or a recipe that goes on regardless."""
    recipe = tiny_recipe(epochs=50)
    assert ending(history(0.0, 0.0, train=0.0), recipe, 0) is None
    assert ending(history(0.0, 0.3, 0.0, 0.0, train=0.0), recipe, 0) is None
    assert ending(history(0.0, 0.0, 0.0, 0.0, train=0.2), recipe, 0) is None
    assert ending(history(0.0, 0.0, 0.0, train=0.0), recipe.changed({"collapse_epochs": 0}), 0) is None


def test_a_network_that_still_ranks_better_goes_on() -> None:
    """Rising average precision, though nothing passes 0.5 yet, is neither a collapse nor the end of improvement."""
    recipe = tiny_recipe(epochs=50, patience=2, grace=0)
    # Average precision rises by a tenth with every epoch, F-beta stays at nothing.
    rising = [dataclasses.replace(r, auprc=0.1 + 0.1 * r.epoch) for r in history(0.2, 0, 0, 0, 0, 0, train=0.0)]
    assert ending(rising, recipe, 0) is None
    from_the_start = [dataclasses.replace(r, f_beta=0.0) for r in rising[:4]]
    assert ending(from_the_start, recipe, 0) is None
    level = [dataclasses.replace(r, auprc=min(r.auprc, 0.3)) for r in rising]
    end = ending(level, recipe, 0)
    assert end is not None
    assert end.stopped == "collapsed"
    end = ending(level, recipe.changed({"collapse_epochs": 0}), 0)
    assert end is not None
    assert end.stopped == "early"
