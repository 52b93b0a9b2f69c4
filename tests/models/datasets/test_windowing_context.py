"""The past that a window brings: exactly the samples before it, and nothing else is changed."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.datasets import windowing
from models.datasets.annotations import Mark
from models.datasets.mark_alignment import Traces
from models.datasets.writing import Cut
from models.signal.montage import Group, Montage
from tests.models.datasets.marked_scalp import GROUPS, background, cut, labelled, spike


def ramp(seconds: float = 12.0, rate_hz: float = 128.0) -> Traces:
    """Return traces of five derivations in which every sample is its own number, plus 10,000 a derivation."""
    count = round(seconds * rate_hz)
    # Below 2**24, where float32 still tells neighbouring whole numbers apart.
    samples = np.arange(count, dtype=np.float32) + 10_000 * np.arange(5, dtype=np.float32)[:, None]
    return Traces(samples, np.ones(samples.shape, bool), rate_hz, 0.0)


def untouched(monkeypatch: pytest.MonkeyPatch, trace: Traces) -> None:
    """Let cutting find these traces in any recording, and one group in any montage."""
    one = Montage((Group("only", ("a-b", "b-c", "c-d", "d-e", "e-f")),), (0,), np.ones((5, 1)), {})
    monkeypatch.setattr(windowing, "traces", lambda *_: trace)
    monkeypatch.setattr(windowing, "build", lambda *_, **__: one)


# 509 is what the streaming network looks back on; 64 is a hop, where an error by one would hide on the grid.
@pytest.mark.parametrize("context_samples", [0, 1, 64, 509])
def test_a_window_brings_exactly_the_samples_before_it(
    context_samples: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sample numbers in every derivation: the window where its start says, its past right before it, none missing."""
    untouched(monkeypatch, ramp())
    ws, counts = cut(tmp_path, labelled(background(1)), replace(GROUPS, context_samples=context_samples))
    ends = [end for end in range(0, 12 * 128 + 1, 64) if end >= 192]
    held = [end - 192 for end in ends if end - 192 >= context_samples]
    assert np.rint(ws.start_s * 128).astype(int).tolist() == held
    for number, start in enumerate(held):
        for row in range(5):
            assert ws.windows[number, row].tolist() == [
                10_000 * row + k for k in range(start - context_samples, start + 192)
            ]
    assert counts == Cut(negatives=len(held), past=len(ends) - len(held))


def test_a_bad_sample_in_the_past_costs_the_window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sample 500 is bad: windows over it are invalid, those up to 100 samples behind it have lost their past."""
    trace = ramp()
    trace.valid[2, 500] = False
    untouched(monkeypatch, trace)
    ws, counts = cut(tmp_path, labelled(background(1)), replace(GROUPS, context_samples=100))
    starts_held = np.rint(ws.start_s * 128).astype(int).tolist()
    assert starts_held == [s for s in range(128, 12 * 128 - 191, 64) if s + 192 <= 500 or s - 100 > 500]
    # Over 500: starts 320, 384, 448. No past: 0 and 64 before the recording, 512 and 576 for the bad sample.
    assert (counts.invalid, counts.past) == (3, 2 + 2)


def test_the_past_changes_neither_windows_nor_labels(tmp_path: Path) -> None:
    """Of what has its past, starts, labels, stages and samples are those of a set without; and no past, no change."""
    samples = background(20)
    spike(samples, "T3", 8.4)
    what = labelled(samples, Mark(2.6, 0.0, "ied", "T3"), Mark(8.4, 0.0, "ied", "T3"))
    plain, without = cut(tmp_path / "plain", what)
    none, same = cut(tmp_path / "none", what, replace(GROUPS, context_samples=0))
    ws, counts = cut(tmp_path / "past", what, replace(GROUPS, context_samples=200))
    for file in plain.folder.iterdir():
        assert file.read_bytes() == (none.folder / file.name).read_bytes()
    at = {key: number for number, key in enumerate(zip(plain.group.tolist(), plain.start_s.tolist(), strict=True))}
    twins = [at[key] for key in zip(ws.group.tolist(), ws.start_s.tolist(), strict=True)]
    for column in ("label", "stage", "split", "montage", "subject", "recording"):
        assert np.array_equal(getattr(ws, column), getattr(plain, column)[twins])
    assert np.array_equal(ws.windows[:, :, 200:], plain.windows[twins])
    assert without == same == counts + Cut(
        positives=without.positives - counts.positives,
        negatives=without.negatives - counts.negatives,
        past=-counts.past,
        marks_lost=without.marks_lost - counts.marks_lost,
    )  # fmt: skip
    assert (len(ws), counts.past) == (len(plain) - counts.past, without.positives + without.negatives - len(ws))
    assert (without.marks_lost, counts.marks_lost) == (0, 1)
