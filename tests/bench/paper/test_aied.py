"""AiED's template by its published taps, what it finds, and the system from candidates to probabilities."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.paper import aied
from bench.paper.aied import AiED, around, candidates, template
from bench.seeds_speed.aied import SAMPLES
from models.datasets import splits
from models.datasets.splits import Part
from models.datasets.windowset import Header, load
from models.datasets.windowset_writer import Writer
from models.errors import TrainingError

SMALL = partial(AiED, epochs=1, most=32, side=32)


def spiky(at: int, samples: int = 400) -> NDArray[np.float32]:
    """Return two seconds of noise with one sharp triangle."""
    channel = np.random.default_rng(at).normal(size=samples).astype(np.float32)
    channel[at - 5 : at + 6] += 60 * (1 - np.abs(np.arange(-5, 6)) / 6)
    return channel


def spiky_parts(folder: Path) -> dict[str, Part]:
    """Return parts of a set with 36 windows of two channels, every second one with a spike."""
    rng = np.random.default_rng(0)
    labels = np.tile([1, 0], 18)
    windows = rng.normal(size=(36, 2, 400)).astype(np.float32)
    windows[labels == 1, 0] = [spiky(at) for at in range(100, 118)]
    # Bursts of noise that the template takes for discharges: its candidates in negative windows.
    windows[labels == 0, 1, 200:206] += 60 * rng.choice((-1, 1), (18, 6)).astype(np.float32)
    with Writer(folder, Header("test", 2, 400, 200.0)) as writer:
        for subject in range(6):
            own = slice(6 * subject, 6 * subject + 6)
            name = f"s{subject}"
            writer.add(windows[own], labels[own], np.zeros(6), subject=name, recording=name, group="g", montage="m")
    return splits.parts(load(folder), seed=0)


def test_the_template_has_the_published_taps() -> None:
    """Twelve, to four digits."""
    half = [0.0365, 0.0547, 0.0365, -0.0104, -0.0417, -0.0755]
    assert template() == pytest.approx([*half, *half[:2:-1], 0.0365, 0.0547, 0.0365], abs=1e-4)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_sharp_wave_is_found_either_way_up(sign: int) -> None:
    """Within a template of its peak; noise alone gives nothing, nor does silence."""
    found = candidates(sign * spiky(150))
    assert np.abs(found - 150).min() <= len(template())
    assert len(candidates(np.random.default_rng(3).normal(size=400).astype(np.float32))) == 0
    assert len(candidates(np.zeros(400, np.float32))) == 0


def test_two_seconds_lie_around_the_beginning_of_the_span() -> None:
    """Twelve samples before the candidate is the middle; beyond a short window it is mirrored."""
    channel = np.arange(300, dtype=np.float32)
    cut = around(channel, 150)
    assert len(cut) == SAMPLES
    assert cut[SAMPLES // 2] == 150 - 12
    assert cut[: SAMPLES // 2 - 138][-1] == 1


def test_a_window_scores_as_its_best_candidate_and_none_scores_nothing(tmp_path: Path) -> None:
    """The network is kept: fitted again it only reads, whatever its seed of batches."""
    parts = spiky_parts(tmp_path / "set")
    found = SMALL(1).fit(parts, tmp_path / "run")
    empty = np.setdiff1d(np.arange(len(parts["test"])), aied.search(parts["test"]).of)
    assert (found["test"][empty] == 0).all()
    assert found["test"].max() > 0
    again = AiED(1, epochs=0, most=0, side=32).fit(parts, tmp_path / "run")
    assert (again["test"] == found["test"]).all()


def test_a_template_that_finds_nothing_is_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not a network trained on nothing."""
    monkeypatch.setattr(aied, "THRESHOLD", 1e9)
    with pytest.raises(TrainingError, match="its template finds 0 candidates"):
        SMALL(1).fit(spiky_parts(tmp_path / "set"), tmp_path / "run")


def test_drawn_spectrograms_can_take_the_place_of_the_table(tmp_path: Path) -> None:
    """As published, through matplotlib: an image of the same size."""
    samples = np.stack([spiky(150)])
    drawn, direct = (AiED(1, rendered=rendered)._images(samples) for rendered in (True, False))
    assert drawn.shape == direct.shape == (1, 3, 226, 226)
