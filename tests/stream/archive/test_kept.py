"""What a network answered is found again by the very same windows, and by no others."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stream.archive.kept import KeptAnswers, Remembering
from stream.infer import HopScores
from stream.records import Hop, Rejected, Score, SpanScore, Window


def hop(value: float, first: int = 100) -> Hop:
    """Make a hop of two windows (2, 3)."""
    windows = tuple(
        Window("bed-1", name, index, ("A-B", "B-C"), first, np.full((2, 3), value + index, np.float32))
        for index, name in enumerate(("left", "right"))
    )
    return Hop("bed-1", first + 3, windows, (), windows[0].samples, np.ones(2, np.bool_), 0.0, 0.0)


class Counting:
    """A network whose answer is made of the windows; the second window of a hop of threes has no number."""

    name, carries = "counting", False
    context_samples = warm_up_samples = 0

    def __init__(self) -> None:
        self.calls = 0

    def infer(self, hops: Sequence[Hop]) -> list[HopScores]:
        """Answer a third of the first sample, in two spans."""
        self.calls += len(hops)
        return [self._one(one) for one in hops]

    def forget(self, bed: str) -> None:
        """Nothing is carried."""

    @staticmethod
    def _one(one: Hop) -> HopScores:
        bad = [window for window in one.windows if window.samples[0, 0] == 4.0]
        scores = [
            Score(
                window, tuple(SpanScore(float(window.samples[0, 0] / np.float32(3)), window.first + n) for n in (1, 2))
            )
            for window in one.windows
            if window not in bad
        ]
        return HopScores(tuple(scores), tuple(Rejected("bed-1", window.group, "output") for window in bad))


def remembering(*paths: Path) -> tuple[Remembering, Counting]:
    """Return a network that knows what is in some files, and the one that it asks."""
    asked, answers = Counting(), KeptAnswers("counting")
    answers.load(paths)
    return Remembering(asked, answers), asked


def plain(scores: HopScores) -> list[tuple[object, ...]]:
    """Return scores without their windows, whose arrays have no one equality."""
    return [*((one.window.group, one.window.first, one.spans) for one in scores.scores), (scores.rejected,)]


def test_answers_from_a_file_are_those_of_the_network(tmp_path: Path) -> None:
    """Bit for bit, at other places of the recording too, and where the output was no number."""
    hops = [hop(1.0), hop(3.0), hop(7.0)]
    first, asked = remembering()
    wanted = [plain(scores) for scores in first.infer(hops)]
    first.answers.save(tmp_path / "a.npz")
    again, not_asked = remembering(tmp_path / "a.npz")
    assert [plain(scores) for scores in again.infer(hops)] == wanted
    assert (asked.calls, not_asked.calls, again.asked, again.inferred) == (3, 0, 3, 0)
    later = hop(1.0, first=500)
    assert plain(again.infer([later])[0]) == plain(asked.infer([later])[0])


def test_windows_that_differ_in_a_bit_are_inferred(tmp_path: Path) -> None:
    """Rounding that differs must not get the answer of its neighbour."""
    first, _ = remembering()
    first.infer([hop(1.0)])
    first.answers.save(tmp_path / "a.npz")
    again, asked = remembering(tmp_path / "a.npz")
    other = hop(float(np.nextafter(np.float32(1), np.float32(2))))
    assert plain(again.infer([other])[0]) == plain(asked.infer([other])[0])
    assert again.inferred == 1
    assert again.infer([replace(hop(1.0), windows=())]) == [HopScores()]
    assert again.asked == 1


def test_two_processes_at_one_segment_do_not_share_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that outlives its run has its half-written file under another name; none is left by who ends."""
    made = set[str]()
    genuine = Path.replace

    def watched(one: Path, other: Path) -> Path:
        made.add(one.name)
        return genuine(one, other)

    monkeypatch.setattr(Path, "replace", watched)
    for _ in range(2):
        KeptAnswers("counting").save(tmp_path / "a.npz")
    assert len(made) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


def test_answers_of_another_engine_are_left_alone(tmp_path: Path) -> None:
    """They round otherwise. A segment without any window is a file all the same."""
    KeptAnswers("counting").save(tmp_path / "empty.npz")
    first, _ = remembering()
    first.infer([hop(1.0)])
    first.answers.engine = "another"
    first.answers.save(tmp_path / "other.npz")
    again, _ = remembering(tmp_path / "empty.npz", tmp_path / "other.npz")
    assert len(again.answers) == 0
