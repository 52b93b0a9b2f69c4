"""Losses against their formulas in NumPy, their gradients against differences, and what SaSu's offset does."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.datasets.counts import Counts
from models.errors import ModelsError
from models.training.losses import BCE, NEGATIVES, SF, Focal, Loss, SaSu, build, negatives_per_epoch, offset

COUNTS = Counts(30, 270)
NAMES = list(NEGATIVES)
Array = NDArray[np.float64]


def formula(name: str, f: Array, y: Array, frozen: Array) -> float:
    """Return the loss as the papers write it; `frozen` is the probability through which no gradient flows."""
    n1, n0, c = 30, 270, 30 / 270
    effective = round(300 * (1 - (299 / 300) ** 270))
    bce = -y * np.log(f) - (1 - y) * np.log(1 - f)
    sf = -y * np.log(f) + (1 - y) * np.log(c + f)

    def weights(negatives: int) -> Array:
        w1, w0 = 1 / n1, 1 / negatives
        return 2 * (y * w1 + (1 - y) * w0) / (w1 + w0)

    def powers(power: float) -> Array:
        return y * (1 - frozen) ** power + (1 - y) * frozen**power

    each: Array = {
        "bce": bce,
        "bbce": bce,
        "wbce": weights(n0) * bce,
        "ewbce": weights(effective) * bce,
        "focal": powers(2) * bce,
        "sf": sf,
        "sasu": sf,
        "regularised_sasu": powers(0.5) * sf,
    }[name]
    return float(each.mean())


def sigmoid(x: Array) -> Array:
    """Return 1 / (1 + exp(-x))."""
    return 1 / (1 + np.exp(-x))


def batch(seed: int) -> tuple[Array, Array]:
    """Twelve logits between -6 and 6 and their targets, of both classes."""
    rng = np.random.default_rng(seed)
    # Probabilities from 0.002 to 0.998: float64 formulas lose nothing there.
    return rng.uniform(-6, 6, 12), np.tile([1.0, 0.0, 0.0], 4)


def gradient(loss: Loss, logits: Array, targets: Array) -> Array:
    """Return the loss's gradient (n,) by autograd."""
    x = torch.tensor(logits, requires_grad=True)
    torch.autograd.backward(loss(x, torch.tensor(targets)))
    assert x.grad is not None
    return x.grad.numpy()


def differences(function: Callable[[Array], float], x: Array) -> Array:
    """Central differences (n,) of a function."""
    # 1e-5: the cube root of float64's precision balances truncation and rounding.
    steps = 1e-5 * np.eye(len(x))
    return np.array([(function(x + step) - function(x - step)) / 2e-5 for step in steps])


@pytest.mark.parametrize("name", NAMES)
def test_loss_is_the_mean_of_its_formula(name: str) -> None:
    """Logits in, the same number as the paper's formula on probabilities."""
    for seed in range(5):
        x, y = batch(seed)
        f = sigmoid(x)
        loss = build(name, COUNTS)(torch.tensor(x), torch.tensor(y))
        assert loss.shape == ()
        assert loss.item() == pytest.approx(formula(name, f, y, frozen=f), rel=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_gradient_is_that_of_the_formula_with_frozen_factors(name: str) -> None:
    """The factors of focal and regularised losses count as constants."""
    x, y = batch(1)
    expected = differences(lambda moved: formula(name, sigmoid(moved), y, frozen=sigmoid(x)), x)
    assert gradient(build(name, COUNTS), x, y) == pytest.approx(expected, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("name", ["focal", "regularised_sasu"])
def test_gradient_flows_through_the_factors_on_request(name: str) -> None:
    """`detached=False` is Lin's focal loss; it differs from the detached one."""
    x, y = batch(2)
    expected = differences(lambda moved: formula(name, sigmoid(moved), y, frozen=sigmoid(moved)), x)
    whole = gradient(build(name, COUNTS, detached=False), x, y)
    assert whole == pytest.approx(expected, rel=1e-6, abs=1e-9)
    assert np.abs(whole - gradient(build(name, COUNTS), x, y)).max() > 1e-3


@pytest.mark.parametrize("detached", [True, False])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("target", [0.0, 1.0])
@pytest.mark.parametrize("logit", [-1e30, -1e4, -89.0, -17.0, 0.0, 17.0, 89.0, 1e4, 1e30])
def test_extreme_logits_stay_finite(name: str, target: float, logit: float, detached: bool) -> None:
    """Float32 logits that saturate the sigmoid give finite losses and gradients."""
    options = {"detached": detached} if name in {"focal", "regularised_sasu"} else {}
    x = torch.tensor([logit], requires_grad=True)
    loss = build(name, COUNTS, **options)(x, torch.tensor([target]))
    torch.autograd.backward(loss)
    assert x.grad is not None
    assert torch.isfinite(loss)
    assert torch.isfinite(x.grad).all()


def test_negatives_lie_between_log_c_and_log_c_plus_1() -> None:
    """log(c + f) is exact at both ends, and below zero for rare positives."""
    loss = SF(0.01)
    values = loss.of_negatives(torch.tensor([-1e4, 1e4], dtype=torch.float64)).tolist()
    assert values == pytest.approx([math.log(0.01), math.log(1.01)], rel=1e-12)
    confident = torch.tensor([20.0, -20.0])
    # Both right and sure: 0 for the positive, log 0.01 for the negative, on average -2.3.
    assert loss(confident, torch.tensor([1.0, 0.0])).item() < -2


def test_a_negative_pulls_by_one_over_c_plus_f() -> None:
    """In the probability, SF's gradient on a negative is 1/(c + f)."""
    c, x = 0.0098, np.array([-5.0, -1.0, 2.0])
    f = sigmoid(x)
    # Times 3 for the mean over three windows, over f (1 - f) for the slope of the sigmoid.
    found = gradient(SF(c), x, np.zeros(3)) * 3 / (f * (1 - f))
    assert found == pytest.approx(1 / (c + f), rel=1e-12)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        (Counts(10_923, 71_529), 0.153),
        (Counts(1_792, 90_187), 0.0199),
        (Counts(18_083, 65_949), 0.274),
        (Counts(645, 53_726), 0.0120),
        (Counts(645, 65_949), 0.0098),
    ],
)
def test_offset_of_the_papers_data_sets(counts: Counts, expected: float) -> None:
    """n1 / n0 of ICM1, ICM8, TUEV3,3, TUEV1,1 and TUEV1,3; beta counts squared."""
    assert offset(counts) == pytest.approx(expected, rel=5e-3)
    assert offset(counts, 2) == 4 * offset(counts)


@given(st.integers(1, 10**6), st.integers(1, 10**7), st.floats(1e-6, 1), st.floats(0.1, 10))
def test_offset_does_not_follow_the_sampling(n1: int, n0: int, share: float, beta: float) -> None:
    """The paper's p1s / (alpha (1 - p1s)) is n1 / n0 for any number of sampled negatives."""
    n0s = max(1, round(share * n0))
    p1s, alpha = n1 / (n1 + n0s), n0 / n0s
    # Written as the paper has it, from the sampled counts, although the sampling cancels.
    papers = beta**2 * p1s / (alpha * (n0s / (n1 + n0s)))
    assert offset(Counts(n1, n0), beta) == pytest.approx(papers, rel=1e-9)


def test_regularised_sasu_is_the_default_half_powers() -> None:
    """Options reach the loss; plain SaSu is the one with powers 0."""
    c = offset(COUNTS)
    assert build("regularised_sasu", COUNTS) == SaSu(c, 0.5, 0.5, detached=True)
    assert build("regularised_sasu", COUNTS, beta=2, negative_gamma=0.1) == SaSu(4 * c, 0.5, 0.1)
    assert build("sasu", COUNTS) == SaSu(c, 0, 0)
    assert build("focal", COUNTS, gamma=1.0) == Focal(1.0)


def test_each_power_belongs_to_its_class() -> None:
    """g1 weighs positives by 1 - f, g0 negatives by f."""
    x = torch.tensor([0.7], dtype=torch.float64)
    f, loss = float(sigmoid(np.array([0.7]))[0]), SaSu(0.1, positive_gamma=0.3, negative_gamma=2.0)
    assert loss.of_positives(x).item() == pytest.approx(-((1 - f) ** 0.3) * math.log(f), rel=1e-12)
    assert loss.of_negatives(x).item() == pytest.approx(f**2 * math.log(0.1 + f), rel=1e-12)


def test_weights_sum_to_what_they_are_normalised_to() -> None:
    """2 as in the paper, 1 as in the official code; the class with n1 gets n0 times as much."""
    for total in (2.0, 1.0):
        loss = build("wbce", COUNTS, normalise_to=total)
        assert isinstance(loss, BCE)
        assert loss.positive_weight + loss.negative_weight == pytest.approx(total)
        assert loss.positive_weight / loss.negative_weight == pytest.approx(270 / 30)


def test_negatives_per_epoch_by_loss() -> None:
    """All, as many as positives, or the effective number."""
    counts = Counts(645, 65_949)
    drawn = {name: negatives_per_epoch(name, counts) for name in NAMES}
    assert drawn["bce"] == drawn["wbce"] == drawn["focal"] == drawn["sf"] == 65_949
    assert drawn["bbce"] == 645
    assert drawn["ewbce"] == drawn["sasu"] == drawn["regularised_sasu"] == 41_857


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("hinge", {}, "no loss 'hinge'; there are bce, bbce"),
        ("bce", {"beta": 2.0}, "loss 'bce' has no option beta; it has none"),
        ("sf", {"gamma": 2.0}, "loss 'sf' has no option gamma; it has beta"),
        ("sf", {"beta": 0.0}, "beta is 0"),
    ],
)
def test_wrong_names_and_options_are_refused(name: str, options: dict[str, float], message: str) -> None:
    """One line says what is wrong and what there is."""
    with pytest.raises(ModelsError, match=message):
        build(name, COUNTS, **options)
