"""Batches of fixed sizes in buffers that never move give what the work itself gives."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from models.engines.engine import Floats
from models.engines.static_batches import SIZES, Slots, StaticBatches
from tests.models.engines.networks import noise

CPU = torch.device("cpu")


def work(samples: Tensor, slots: Tensor) -> tuple[Tensor, Tensor]:
    """Answer so that every item and slot can be recognised."""
    return samples.sum(dim=2), slots[:, None] * 10 + torch.arange(2)


def as_it_is(work: Callable[[], None]) -> Callable[[], None]:
    """Stand in for a CUDA graph."""
    return work


def expected(items: Floats, slots: list[int]) -> tuple[Floats, np.ndarray]:
    """Do the work without buffers."""
    pooled, where = work(torch.from_numpy(items), torch.tensor(slots))
    return pooled.numpy(), where.numpy()


@given(st.lists(st.integers(0, 150), min_size=1, max_size=5))
def test_any_sequence_of_sizes_is_answered(counts: list[int]) -> None:
    """From none to more than the largest batch; what an earlier, larger batch left in the buffers is not seen."""
    batches = StaticBatches(work, (2, 3), (2,), CPU, as_it_is)
    for seed, count in enumerate(counts):
        items, slots = noise(count, 2, 3, seed=seed), list(range(7, 7 + count))
        pooled, where = batches.run(items, slots)
        wanted, wanted_where = expected(items, slots)
        assert np.allclose(pooled, wanted, atol=1e-3)
        assert np.array_equal(where, wanted_where)


def test_work_always_sees_the_same_memory_and_padding_goes_to_slot_0() -> None:
    """Every size runs on the same addresses; three items fill a batch of four with zeros."""
    seen: list[tuple[int, list[int], float]] = []

    def watched(samples: Tensor, slots: Tensor) -> tuple[Tensor, Tensor]:
        seen.append((samples.data_ptr(), slots.tolist(), float(samples[-1].abs().sum())))
        return work(samples, slots)

    batches = StaticBatches(watched, (2, 3), (2,), CPU, as_it_is)
    batches.run(noise(64, 2, 3), [9] * 64)
    batches.run(noise(3, 2, 3), [5, 6, 7])
    assert seen[1][0] == seen[0][0]  # a captured graph reads the addresses of its capture
    assert seen[1][1] == [5, 6, 7, 0]
    assert seen[1][2] == 0


def test_every_size_is_captured_once_and_replayed() -> None:
    """Capture happens when batches are made; running calls what the capture returned, the smallest size that fits."""
    captured: list[int] = []
    replayed: list[int] = []

    def capture(work: Callable[[], None]) -> Callable[[], None]:
        size = SIZES[len(captured)]
        captured.append(size)

        def replay() -> None:
            replayed.append(size)
            work()

        return replay

    batches = StaticBatches(work, (2, 3), (2,), CPU, capture)
    assert captured == [64, 32, 16, 8, 4, 2, 1]
    for count in (1, 2, 3, 5, 64, 65, 130):
        batches.run(noise(count, 2, 3), [1] * count)
    # 65 are a full batch and one more; 130 two full ones and two.
    assert replayed == [1, 2, 4, 8, 64, 64, 1, 64, 64, 2]


def test_slots_are_handed_out_once_and_grow() -> None:
    """Row 0 and rows in use are never handed out; what was given back is used again."""
    slots = Slots(4)
    a, b = slots.take(3), slots.take(1)
    assert sorted(a + b) == [1, 2, 3, 4]
    assert slots.free == 0
    slots.give_back(a)
    slots.grow(7)
    assert (slots.capacity, slots.free) == (8, 7)
    assert sorted(slots.take(7)) == sorted({*range(1, 9)} - set(b))
    with pytest.raises(IndexError):
        slots.take(1)
