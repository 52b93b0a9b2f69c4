"""What resembles a judged example is judged like it, wherever the group that is suspected stands, and in any unit."""

import math

import pytest
import torch
from torch import Tensor

from models.networks.candidate_window import BEFORE, ROWS, WINDOW
from models.networks.likeness import COURSE, SPREAD, Likeness, alike, placed, shapes
from models.networks.whole_head import WholeHead

ROWS_ALL = 25


def seen_from(head: Tensor, place: int) -> Tensor:
    """Return the rows of a montage (n, rows, samples) as a verifier is shown them, the suspected group's first."""
    groups = head.reshape(len(head), -1, ROWS, head.shape[2])
    order = [place, *(other for other in range(groups.shape[1]) if other != place)]
    return groups[:, order].flatten(1, 2)


@pytest.fixture(scope="module")
def heads() -> Tensor:
    """Return two unlike recordings in the order of the montage."""
    return torch.randn(2, ROWS_ALL, WINDOW, generator=torch.Generator().manual_seed(1))


def holding(examples: Tensor, weights: list[float]) -> Likeness:
    """Return a layer with examples."""
    layer = Likeness(len(examples), ROWS_ALL)
    layer.examples.copy_(examples)
    layer.weights.copy_(torch.tensor(weights))
    return layer


def test_a_shape_is_field_and_course_of_length_1_in_any_unit(heads: Tensor) -> None:
    """By the formula, one row at a time."""
    found = shapes(heads)
    assert found.shape == (2, ROWS_ALL + COURSE)
    field = heads[0, :, BEFORE] / math.sqrt(sum(float(at) ** 2 for at in heads[0, :, BEFORE]))
    course = sum(float(field[row]) * heads[0, row, BEFORE - 19 : BEFORE + 8] for row in range(ROWS_ALL))
    assert isinstance(course, Tensor)
    assert torch.allclose(found[0, :ROWS_ALL], field, atol=1e-6)
    assert torch.allclose(found[0, ROWS_ALL:], course / course.norm(), atol=1e-5)
    assert torch.allclose(shapes(heads * 1e-6), found, atol=1e-5)


def test_a_shape_is_put_back_into_the_order_of_the_montage(heads: Tensor) -> None:
    """From every place."""
    for place in range(5):
        from_there = placed(shapes(seen_from(heads, place)), torch.tensor([place, place]))
        assert torch.allclose(from_there, shapes(heads), atol=1e-6)


def test_the_same_again_counts_whole_whichever_group_is_suspected(heads: Tensor) -> None:
    """A verifier is not told which group came first; noise counts a fifth at most."""
    layer = holding(shapes(heads[:1]), [3.0])
    for place in range(5):
        same, other = layer(shapes(seen_from(heads, place))).tolist()
        assert same == pytest.approx(3.0, abs=1e-4)
        assert 0 < other < 0.6


def test_examples_add_up_by_their_likeness() -> None:
    """Half of the cosine is the field's and half the course's: an example of another course alone is half alike."""
    one, other = torch.zeros(2, ROWS_ALL + COURSE)
    one[0] = other[0] = one[ROWS_ALL] = other[ROWS_ALL + 1] = 1.0
    half = math.exp(-0.5 / SPREAD)
    examples = torch.stack([one, other])
    assert torch.allclose(alike(examples, examples), torch.tensor([[1.0, half], [half, 1.0]]))
    layer = holding(examples, [2.0, -1.0])
    assert layer(one[None]).tolist() == pytest.approx([2.0 - half])


def test_in_another_montage_examples_say_nothing(heads: Tensor) -> None:
    """Fifteen rows are not compared with twenty-five: the model judges as without examples."""
    torch.manual_seed(0)
    plain = WholeHead(width=8, hidden=16).eval()
    own = WholeHead(width=8, hidden=16, examples=1).eval()
    own.load_state_dict({**plain.state_dict(), "own.examples": shapes(heads[:1]), "own.weights": torch.ones(1)})
    with torch.inference_mode():
        assert torch.equal(own(heads[:, :15]), plain(heads[:, :15]))
        assert (own(heads) - plain(heads))[0] == pytest.approx(1.0, abs=1e-4)
