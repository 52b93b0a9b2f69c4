"""One step: clipped, refused where it is not finite, and a function of its index alone."""

import copy
import math

import pytest
import torch
from torch import Tensor, nn

from models.datasets.counts import Counts
from models.errors import TrainingError
from models.networks.sc import SC
from models.training.batches import Batch
from models.training.checkpoint import StepSums
from models.training.learner import Learner, StepIndex, loss_for
from models.training.losses import BCE, SF, SaSu
from tests.models.training.small_training import tiny_recipe

CPU = torch.device("cpu")
STEP = StepIndex(2, 3, 0.1)


def batch(scale: float = 1.0) -> Batch:
    """Return 16 windows, half of them positive."""
    windows = torch.randn(16, 5, 32, generator=torch.Generator().manual_seed(1)) * scale
    return Batch(windows, (torch.arange(16) % 2).float())


def a_network(dropout: float = 0.5) -> SC:
    """Return the same weights every time."""
    torch.manual_seed(0)
    return SC(5, 32, width=6, blocks=2, dropout=dropout)


def stepped(network: nn.Module, index: StepIndex = STEP, **changes: object) -> dict[str, Tensor]:
    """Return the weights after one step."""
    learner = Learner(copy.deepcopy(network), tiny_recipe(**changes), CPU)
    learner.step(batch(), BCE(), index)
    return learner.network.state_dict()


def distance(one: dict[str, Tensor], other: dict[str, Tensor]) -> float:
    """Norm of the difference of two sets of weights."""
    return math.sqrt(sum(float((one[name] - other[name]).square().sum()) for name in one))


def test_a_step_is_what_autograd_and_the_optimiser_make_of_the_loss() -> None:
    """The slow way: mean cross entropy by its formula, gradient clipped by hand, SGD's first step by hand."""
    network = a_network(dropout=0.0)
    twin = copy.deepcopy(network).train()
    probability = torch.sigmoid(twin(batch().windows))
    y = batch().targets
    loss = -(y * probability.log() + (1 - y) * (1 - probability).log()).mean()
    names, weights = zip(*twin.named_parameters(), strict=True)
    gradients = torch.autograd.grad(loss, weights)
    norm = math.sqrt(sum(float(g.square().sum()) for g in gradients))
    expected = {
        # SGD's first step: momentum is the gradient itself, weight decay 1e-4 is added after clipping.
        name: weight - 0.1 * (g * min(1.0, 0.05 / norm) + 1e-4 * weight)
        for name, weight, g in zip(names, weights, gradients, strict=True)
    }
    # Else nothing was clipped, and the test would show less than it claims.
    assert norm > 0.05
    after = stepped(network, clip_norm=0.05)
    assert all(torch.allclose(after[name], expected[name], atol=1e-6) for name in names)


def test_label_smoothing_is_a_step_on_softer_targets() -> None:
    """0.2 makes 0.9 and 0.1 of the two classes."""
    network = a_network()
    learner = Learner(copy.deepcopy(network), tiny_recipe(), CPU)
    softer = Batch(batch().windows, 0.1 + 0.8 * batch().targets)
    learner.step(softer, BCE(), STEP)
    assert distance(stepped(network, label_smoothing=0.2), learner.network.state_dict()) < 1e-6


def test_clipping_bounds_the_step() -> None:
    """A step of rate 0.1 moves at most by 0.1 times the norm, but for weight decay; 0 leaves it as it is."""
    network = a_network()
    before = network.state_dict()
    # Weight decay is not clipped: 1e-4 of the weights, whose norm is below 30, comes on top.
    assert distance(stepped(network, clip_norm=0.01), before) < 0.1 * 0.01 + 0.1 * 1e-4 * 30
    assert distance(stepped(network, clip_norm=0.0), before) > 0.1 * 0.05
    assert distance(stepped(network, clip_norm=0.0), stepped(network, clip_norm=1e6)) == 0


def test_dropout_is_a_function_of_seed_epoch_and_batch() -> None:
    """Other random numbers that are drawn in between change nothing."""
    network = a_network()
    first = stepped(network)
    # Whatever else draws from torch's generator must not move the masks.
    torch.randn(17)
    assert distance(stepped(network), first) == 0
    assert distance(stepped(network, StepIndex(2, 4, 0.1)), first) > 0
    assert distance(stepped(network, StepIndex(3, 3, 0.1)), first) > 0
    assert distance(stepped(network, seed=5), first) > 0


def test_bf16_computes_otherwise_but_alike() -> None:
    """Weights stay float32 and end near those of fp32."""
    network = a_network()
    fine, coarse = stepped(network), stepped(network, precision="bf16")
    assert all(tensor.dtype == torch.float32 for tensor in coarse.values())
    # Different, or bf16 was not in use; near, or it computes something else.
    assert 0 < distance(fine, coarse) < 0.3 * distance(fine, network.state_dict())


def test_figures_of_a_step_are_counted() -> None:
    """The loss summed over windows, and what was found at probability 0.5, as the network stood before the step."""
    network = a_network(dropout=0.0)
    logits = copy.deepcopy(network).train()(batch().windows).detach()
    sums = Learner(network, tiny_recipe(), CPU).step(batch(), BCE(), STEP)
    y, called = batch().targets.bool(), logits > 0
    expected = StepSums(1, 16, 16 * float(BCE()(logits, batch().targets)))
    expected.tp, expected.fp, expected.fn = (int(n.sum()) for n in (called & y, called & ~y, ~called & y))
    assert sums.loss == pytest.approx(expected.loss, rel=1e-6)
    assert (sums.tp, sums.fp, sums.fn, sums.windows) == (expected.tp, expected.fp, expected.fn, 16)


def test_what_is_not_finite_stops_before_the_weights_change() -> None:
    """The message has epoch, batch, learning rate and the remedy."""
    learner = Learner(a_network(), tiny_recipe(), CPU)
    broken = batch()
    broken.windows[3, 2, 5] = math.nan
    before = copy.deepcopy(learner.network.state_dict())
    with pytest.raises(TrainingError, match=r"epoch 2, batch 3, learning rate 0\.1: the loss is not finite.*lower"):
        learner.step(broken, BCE(), STEP)
    assert distance(before, learner.network.state_dict()) == 0


def test_a_gradient_that_is_not_finite_stops_too() -> None:
    """Though the loss itself is finite."""

    class Steep(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(1))

        def forward(self, windows: Tensor) -> Tensor:
            # At weight 0 the value is 0 and the slope infinite.
            return self.weight.sqrt() * windows[:, 0, 0]

    with pytest.raises(TrainingError, match="the gradient is not finite"):
        Learner(Steep(), tiny_recipe(), CPU).step(batch(), BCE(), STEP)


def test_each_phase_has_its_loss() -> None:
    """Cross entropy first, then the recipe's with its beta and options."""
    counts = Counts(10, 100)
    assert loss_for("pre_bce", tiny_recipe(beta=2.0), counts) == BCE()
    assert loss_for("main", tiny_recipe(beta=2.0), counts) == SaSu(0.4)
    assert loss_for("main", tiny_recipe(loss="sf"), counts) == SF(0.1)
    assert loss_for("main", tiny_recipe(loss="bce", beta=2.0), counts) == BCE()
    options = {"negative_gamma": 0.1}
    assert loss_for("main", tiny_recipe(loss_options=options), counts) == SaSu(0.1, 0.5, 0.1)


def test_ewbce_weighs_the_negatives_that_an_epoch_draws() -> None:
    """TUEV1,3's counts at a ratio of 0.1 and as published: E(n0) of them. No other loss looks at the ratio."""
    counts = Counts(645, 65_949)

    def weights(loss: str, **changes: object) -> tuple[float, float]:
        found = loss_for("main", tiny_recipe(loss=loss, **changes), counts)
        assert isinstance(found, BCE)
        return found.positive_weight, found.negative_weight

    drawn = round(0.1 * 65_949)
    assert weights("ewbce", sampling_ratio=0.1) == pytest.approx((2 * drawn / (645 + drawn), 2 * 645 / (645 + drawn)))
    effective = counts.effective_negatives
    assert weights("ewbce") == pytest.approx((2 * effective / (645 + effective), 2 * 645 / (645 + effective)))
    assert weights("wbce", sampling_ratio=0.1) == weights("wbce")


@pytest.mark.parametrize(
    ("changes", "named"), [({"loss": "hinge"}, "hinge"), ({"loss_options": {"gamma": 1.0}}, "gamma")]
)
def test_an_unknown_loss_or_option_is_refused(changes: dict[str, object], named: str) -> None:
    """By its name."""
    with pytest.raises(TrainingError, match=named):
        loss_for("main", tiny_recipe(**changes), Counts(10, 100))
