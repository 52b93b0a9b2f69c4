"""frame with the quality gate: windows of bad signals are named with the reason, the others are cut as without it."""

import numpy as np
import pytest

from models.signal.montage import build
from models.simulate.bad_signals import BAD_KINDS
from models.simulate.electrodes import SCALP_19
from stream.frame import Frame
from stream.records import Chunk, Hop
from stream.schema.rejections import REJECTIONS

GROUPS = build("scalp", list(SCALP_19)).groups
NOISY = 2
SECONDS = 20


def frame(*, quality_gate: bool, hop: int = 16) -> Frame:
    """Cut windows of 1.5 s of all scalp groups."""
    return Frame(
        "bed-1",
        GROUPS,
        rate_hz=128.0,
        window_samples=192,
        context_samples=0,
        hop_samples=hop,
        check_unit=True,
        quality_gate=quality_gate,
    )


def samples() -> np.ndarray:
    """Return a rhythm with a slow background in every group, and strong broadband noise in one."""
    rng = np.random.default_rng(4)
    t = np.arange(SECONDS * 128) / 128
    rows = 5 * len(GROUPS)
    made = 20 * np.sin(2 * np.pi * 9 * t + np.arange(rows)[:, None]) + rng.standard_normal((rows, t.size)).cumsum(1)
    made[5 * NOISY : 5 * NOISY + 5] += 200 * rng.standard_normal((5, t.size))
    return np.asarray(made, np.float32)


def cut(made: Frame, chunk_samples: int) -> list[Hop]:
    """Push all samples in chunks."""
    whole, hops = samples(), []
    for first in range(0, whole.shape[1], chunk_samples):
        piece = whole[:, first : first + chunk_samples]
        hops += made.push(Chunk(first, piece, np.ones(piece.shape, bool), first / 128, first / 128))
    return hops


def test_only_the_group_with_the_bad_signal_is_rejected() -> None:
    """With the kind as its reason; without the gate it is scored."""
    judged, bare = cut(frame(quality_gate=True), 64)[-1], cut(frame(quality_gate=False), 64)[-1]
    assert [lost.group for lost in judged.rejected] == [GROUPS[NOISY].name]
    assert judged.rejected[0].reason in BAD_KINDS
    assert len(judged.windows) == len(GROUPS) - 1
    assert len(bare.windows) == len(GROUPS)


@pytest.mark.parametrize(("hop", "chunk_samples"), [(16, 7), (4, 16), (128, 50)])
def test_chunks_and_hops_leave_the_verdicts_as_they_are(hop: int, chunk_samples: int) -> None:
    """At every end that two grids share the same windows are rejected for the same reason."""
    usual = {one.end: one.rejected for one in cut(frame(quality_gate=True), 64)}
    other = {one.end: one.rejected for one in cut(frame(quality_gate=True, hop=hop), chunk_samples)}
    shared = usual.keys() & other.keys()
    assert len(shared) >= SECONDS
    assert {end: usual[end] for end in shared} == {end: other[end] for end in shared}


def test_a_gap_begins_the_judgement_anew() -> None:
    """No verdict of before the gap stands behind it."""
    made = frame(quality_gate=True)
    cut(made, 64)
    piece = samples()[:, : 192 + 16]
    hops = made.push(Chunk(SECONDS * 128 + 160, piece, np.ones(piece.shape, bool), 0.0, 0.0))
    assert {lost.reason for hop in hops[:11] for lost in hop.rejected} == {"gap"}


def test_every_reason_of_the_gate_is_explained() -> None:
    """Status and page write what the words mean."""
    assert set(BAD_KINDS) <= REJECTIONS.keys()
