"""WholeHead judges a candidate the same in any unit, whatever order the other groups stand in, early and late."""

import pytest
import torch
from torch import Tensor

from models.networks.candidate_window import AFTER, BEFORE, ROWS, WINDOW
from models.networks.whole_head import WholeHead


@pytest.fixture
def network() -> WholeHead:
    """Return an untrained network of five groups."""
    torch.manual_seed(0)
    return WholeHead(width=8, hidden=16).eval()


@pytest.fixture
def windows() -> Tensor:
    """Return noise with a deflection in the suspected group."""
    noise = torch.randn(3, 25, WINDOW, generator=torch.Generator().manual_seed(1))
    noise[:, 1, BEFORE - 3 : BEFORE + 4] += 8.0
    return noise


def test_one_logit_a_candidate(network: WholeHead, windows: Tensor) -> None:
    """Different candidates get different ones."""
    logits = network(windows)
    assert logits.shape == (3,)
    assert len(set(logits.tolist())) == 3


def test_the_unit_does_not_matter(network: WholeHead, windows: Tensor) -> None:
    """Volts and microvolts are judged alike, and so is an offset of a row."""
    offset = torch.linspace(-5, 5, 25)[:, None]
    assert torch.allclose(network(windows * 1e-6), network(windows), atol=1e-4)
    # An offset where nothing has come yet would be a signal.
    assert torch.allclose(network(windows + offset), network(windows), atol=1e-3)


def test_the_order_of_the_other_groups_does_not_matter(network: WholeHead, windows: Tensor) -> None:
    """But the suspected group's place does."""
    groups = windows.reshape(3, 5, ROWS, WINDOW)
    others = groups[:, [0, 3, 1, 4, 2]].flatten(1, 2)
    suspected = groups[:, [1, 0, 2, 3, 4]].flatten(1, 2)
    assert torch.allclose(network(others), network(windows), atol=1e-5)
    assert not torch.allclose(network(suspected), network(windows), atol=1e-3)


def test_a_group_that_is_not_there_is_one_group_fewer(network: WholeHead, windows: Tensor) -> None:
    """A head with two groups missing is judged as a head of three."""
    absent = windows.clone()
    absent[:, 15:] = 0
    fewer = WholeHead(channels=15, width=8, hidden=16).eval()
    fewer.load_state_dict(network.state_dict())
    assert torch.allclose(network(absent), fewer(windows[:, :15]), atol=1e-5)


def test_one_group_alone_is_judged(network: WholeHead, windows: Tensor) -> None:
    """A single lead has no others to be compared with."""
    assert torch.isfinite(network(windows[:, :ROWS])).all()


def test_what_has_not_come_is_not_looked_at(network: WholeHead, windows: Tensor) -> None:
    """Zeros at the end are no signal: a candidate judged early differs from the same one judged late."""
    early = windows.clone()
    early[:, :, BEFORE + 9 :] = 0
    shifted = early.clone()
    shifted[:, :, : BEFORE + 9] += 3.0
    assert not torch.allclose(network(early), network(windows), atol=1e-4)
    assert torch.allclose(network(shifted), network(early), atol=1e-3)


def test_nothing_at_all_gives_a_number(network: WholeHead) -> None:
    """Rows of zeros divide by nothing."""
    assert torch.isfinite(network(torch.zeros(1, 25, WINDOW))).all()


@pytest.mark.parametrize(("channels", "samples"), [(24, WINDOW), (0, WINDOW), (25, BEFORE + AFTER - 1)])
def test_other_shapes_are_refused(channels: int, samples: int) -> None:
    """The line names what is taken."""
    with pytest.raises(ValueError, match="takes groups of 5 rows and 288 samples"):
        WholeHead(channels, samples)
