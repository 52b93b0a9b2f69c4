"""The mean of verifiers answers with the mean of their log odds, and is a verifier like any other."""

import pytest
import torch
from torch import Tensor

from models.networks.candidate_window import ROWS, WINDOW
from models.networks.mean_verifier import mean_of
from models.networks.whole_head import WholeHead


def drawn(seed: int, **parameters: int) -> WholeHead:
    """Return a network drawn at random, its norms as well: fresh ones would hide weights in the wrong place."""
    torch.manual_seed(seed)
    made = WholeHead(**{"width": 8, "hidden": 16, **parameters}).eval()
    for values in made.parameters():
        torch.nn.init.normal_(values, std=0.3)
    return made


@pytest.fixture
def windows() -> Tensor:
    """Return noise, and one window of which two groups are not there."""
    noise = torch.randn(4, 5 * ROWS, WINDOW, generator=torch.Generator().manual_seed(1))
    noise[3, 3 * ROWS :] = 0
    return noise


@pytest.mark.parametrize("count", [1, 2, 3])
def test_it_answers_with_the_mean_of_the_members_log_odds(windows: Tensor, count: int) -> None:
    """Whatever their number."""
    members = [drawn(seed) for seed in range(count)]
    with torch.inference_mode():
        alone = torch.stack([one(windows) for one in members])
        assert alone.std() > 0.1
        assert torch.allclose(mean_of(members)(windows), alone.mean(dim=0), atol=1e-5)


def test_members_stay_as_they_are(windows: Tensor) -> None:
    """Nothing is shared with the mean."""
    member = drawn(0)
    with torch.inference_mode():
        before = member(windows)
        mean = mean_of([member, drawn(1)])
        for values in mean.parameters():
            values.zero_()
        assert torch.equal(member(windows), before)


@pytest.mark.parametrize("other", [{"hidden": 24}, {"width": 12}, {"members": 2}, {"examples": 3}])
def test_verifiers_of_other_kinds_are_refused(other: dict[str, int]) -> None:
    """Of another size, means themselves, or adapted to a patient."""
    with pytest.raises(ValueError, match="verifiers of one size, of one member each and without a patient's examples"):
        mean_of([drawn(0), drawn(1, **other)])
