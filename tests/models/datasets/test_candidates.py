"""What a detector finds becomes examples for a verifier, labelled by the truth."""

import numpy as np
import pytest

from models.datasets.candidates import CHANNELS, Candidates
from models.engines.engine import Answers, Floats
from models.networks.candidate_window import BEFORE, WINDOW
from models.signal.window_geometry import WINDOW_SAMPLES
from models.simulate.windows import Piece, Track, draw_track


class LargestDeflection:
    """Answers every window that deflects by four times its spread, and says where."""

    name, context_samples = "largest", 0

    def score(self, windows: Floats) -> Answers:
        """Return one span a window."""
        size = np.abs(windows - np.median(windows, axis=2, keepdims=True)).max(axis=1)
        probabilities = np.where(size.max(axis=1) > 4 * windows.std(axis=(1, 2)), 0.9, 0.01).astype(np.float32)
        return probabilities[:, None], size.argmax(axis=1)[:, None]


@pytest.fixture(scope="module")
def track() -> Track:
    """Return a simulated patient with discharges."""
    return draw_track(77, "scalp", seconds=30.0, quiet=False)


@pytest.fixture(scope="module")
def cut(track: Track) -> list[Piece]:
    """Return the examples."""
    return list(Candidates(LargestDeflection(), "largest").cut(track, np.random.default_rng(0), bare=False))


def test_an_example_shows_the_candidate_at_its_place(track: Track, cut: list[Piece]) -> None:
    """The suspected group's own rows come first, and its largest deflection stands at the peak."""
    assert [piece.group for piece in cut] == list(range(len(track.samples)))
    for piece in cut:
        assert piece.windows.shape[1:] == (CHANNELS, WINDOW)
        for start, window in zip(piece.starts, piece.windows, strict=True):
            own = track.samples[piece.group][:, max(0, start) : start + WINDOW]
            assert np.array_equal(window[:5, max(0, -start) : max(0, -start) + own.shape[1]], own)


def test_discharges_are_positive_and_nothing_near_one_is_negative(track: Track, cut: list[Piece]) -> None:
    """Both kinds occur."""
    plain = track.peaks[track.visible.max(axis=0) >= 2.2]
    labels = np.concatenate([piece.labels for piece in cut])
    peaks = np.concatenate([piece.starts for piece in cut]) + BEFORE
    assert 0 < labels.sum() < len(labels)
    for peak, label in zip(peaks, labels, strict=True):
        assert (np.abs(plain - peak).min() <= 19) if label else (np.abs(track.peaks - peak).min() > 64)


def test_nothing_found_makes_no_examples(track: Track) -> None:
    """Of a recording too short for a window."""
    short = Track(
        track.samples[:, :, : WINDOW_SAMPLES - 1],
        track.valid[:, : WINDOW_SAMPLES - 1],
        track.names,
        track.peaks,
        track.ratios,
        track.visible,
        track.simulated,
    )
    cut = list(Candidates(LargestDeflection(), "largest").cut(short, np.random.default_rng(0), bare=True))
    assert [piece.windows.shape for piece in cut] == [(0, CHANNELS, WINDOW)] * len(track.samples)


def test_more_groups_than_an_example_holds_leave_the_farthest_out() -> None:
    """The suspected group of a depth patient comes with its four nearest."""
    track = draw_track(78, "depth", seconds=12.0, quiet=True)
    # Each group stands at a level of its own, by which it is known again.
    every = np.concatenate([track.samples] * 8)[:8] + 1000 * np.arange(8, dtype=np.float32)[:, None, None]
    many = Track(every, np.concatenate([track.valid] * 8)[:8], tuple("abcdefgh"), track.peaks, track.ratios,
                 np.zeros((8, 0)), track.simulated)  # fmt: skip
    cut = list(Candidates(LargestDeflection(), "largest").cut(many, np.random.default_rng(0), bare=True))
    levels = [piece.windows.reshape(-1, 5, 5, WINDOW)[:, :, 0].mean(axis=2) / 1000 for piece in cut]
    assert sum(map(len, levels)) > 8
    nearest = [[0, 1, 2, 3, 4], [1, 0, 2, 3, 4], [2, 1, 3, 0, 4], [3, 2, 4, 1, 5],
               [4, 3, 5, 2, 6], [5, 4, 6, 3, 7], [6, 5, 7, 4, 3], [7, 6, 5, 4, 3]]  # fmt: skip
    for found, wanted in zip(levels, nearest, strict=True):
        assert found.round().astype(int).tolist() == [wanted] * len(found)
