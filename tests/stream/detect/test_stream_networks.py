"""A detector that is carried along: live as offline at every hop, through gaps, restarts and the end of a recording."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.engines.opening import open_engine
from models.zoo import store
from stream.config.keys import Config
from stream.detect.binding import Binding
from stream.detect.models import Detectors
from stream.infer import InferStreams
from stream.logbook import samplelog
from stream.pipeline import Pipeline
from stream.records import Chunk, Gap, Hop, Samples, Score
from stream.score import score
from tests.stream.bed_harness import BedHarness
from tests.stream.eeg_file import save
from tests.stream.patient import RATE_HZ, chunk_of, patient_eeg, source_of
from tests.stream.untrained_stream import CONTEXT, WINDOW, config_with, save_untrained

HOP = 16
# 77: neither whole hops of 32 nor whole samples of the model, which are made of two.
GAP = Gap(2000, 77, "missing", "lost", 0.0)
BAD_CHANNELS, BAD = ("T7", "Cz", "F4", "F8", "C3"), slice(2100, 2110)
"""Every group has one of these channels."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Write the detector."""
    return save_untrained(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the patient's recording."""
    samples, labels = patient_eeg()
    return save(tmp_path_factory.mktemp("file") / "patient.npz", samples, RATE_HZ, labels)


@pytest.fixture
def begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str) -> Callable[[float], BedHarness]:
    """Begin a recording that this detector watches, at a hop in ms."""
    monkeypatch.setattr(samplelog, "SHARED_MEMORY", tmp_path)

    def begun(hop_ms: float = 125.0) -> BedHarness:
        config = config_with(model, tmp_path, hop_ms)
        return BedHarness(tmp_path, config, Detectors(config))

    return begun


def probabilities(events: list[dict[str, Any]]) -> dict[str, float]:
    """Return each event's probability by its id."""
    return {event["id"]: event["probability"] for event in events}


def assert_as_scored(bedside: BedHarness, expected: list[dict[str, Any]]) -> None:
    """Compare the journal's events with those of `score`: the same ids once each, probabilities to rounding."""
    events = bedside.journal.newest("bed-1", "ied", 1000)
    assert len(events) == len(expected) > 2
    assert probabilities(events) == pytest.approx(probabilities(expected), abs=1e-5)


@cache
def in_chunks(model: str, file: Path, chunk_samples: int, hop_ms: float = 125.0) -> list[dict[str, Any]]:
    """Score the file in chunks of a size."""
    return score(config_with(model, Path(), hop_ms), file, chunk_samples, "bed-1")


@pytest.mark.parametrize("chunk_samples", [1, 13, 700])
def test_any_chunk_size_gives_the_same_events(model: str, file: Path, chunk_samples: int) -> None:
    """Ids, times and places; probabilities to rounding."""
    found, expected = in_chunks(model, file, chunk_samples), in_chunks(model, file, 5120)
    assert len(found) == len(expected) > 2
    # 1e-5 and not equal: float32 holds seven digits, and sums taken in another order differ in the last.
    assert probabilities(found) == pytest.approx(probabilities(expected), abs=1e-5)
    keys = ("sample", "utc", "lsl_time_s", "group", "peak_channel", "onset_s", "duration_s")
    assert [[event[key] for key in keys] for event in found] == [[event[key] for key in keys] for event in expected]


@pytest.mark.parametrize("hop_ms", [15.6, 62.5, 125, 250])
def test_live_finds_what_score_finds_at_every_hop(
    begin: Callable[[float], BedHarness], model: str, file: Path, hop_ms: float
) -> None:
    """In chunks of an odd size, from the sample log to the journal."""
    bedside = begin(hop_ms)
    while bedside.writer.head < 5120:
        # A multiple of no hop here, which are 4 to 64 samples of the stream.
        bedside.feed(190)
        bedside.work()
    assert_as_scored(bedside, in_chunks(model, file, 5120, hop_ms))
    bedside.assert_accounted(5120)


@pytest.mark.parametrize("seed", range(2))
def test_a_restart_changes_nothing(begin: Callable[[], BedHarness], model: str, file: Path, seed: int) -> None:
    """Killed at random hops, with a new engine each time that remembers nothing: no event lost, none doubled."""
    rng = np.random.default_rng(seed)
    bedside = begin()
    while bedside.writer.head < 5120:
        bedside.feed(int(rng.integers(1, 900)))
        # Up to 899 samples bring 28 hops: often some are still waiting when it is killed.
        for _ in range(rng.integers(0, 25)):
            bedside.round()
        if rng.random() < 0.5:
            bedside.detectors = Detectors(bedside.config)
            bedside.kill_detector()
    bedside.work()
    assert_as_scored(bedside, in_chunks(model, file, 5120))
    bedside.assert_accounted(5120)
    bedside.assert_numbered()


def test_the_memory_of_a_recording_ends_with_it(
    begin: Callable[[], BedHarness], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another recording begins from nothing; and when none follows, nothing is held."""
    bedside = begin()
    bedside.feed(2000)
    bedside.work()
    forgotten: list[str] = []
    forget = InferStreams.forget

    def forget_and_note(stage: InferStreams, bed: str) -> None:
        forgotten.append(bed)
        forget(stage, bed)

    monkeypatch.setattr(InferStreams, "forget", forget_and_note)
    bedside.path.unlink()
    bedside.work()
    assert forgotten == ["bed-1"]


def run(config: Config, samples: Samples, gap: Gap | None) -> tuple[list[Chunk], list[Hop], list[list[Score]]]:
    """Run a recording, from which a gap is cut, hop by hop; give what was conditioned, framed and scored."""
    binding = Binding(config, config.bed[0], source_of(patient_eeg()[1]), Detectors(config))
    pipeline: Pipeline = binding.pipeline()
    pieces = [(0, gap.first), (gap.end, 5120)] if gap else [(0, 5120)]
    conditioned, hops = [], []
    for first, end in pieces:
        if gap and first == gap.end:
            pipeline.condition(gap)
        made = pipeline.condition(chunk_of(samples, first, end))
        assert isinstance(made, Chunk)
        conditioned.append(made)
        hops += [due for due in pipeline.frame(made) if isinstance(due, Hop)]
    return conditioned, hops, [list(of_hop.scores) for of_hop in binding.detector.infer.infer(hops)]


def first_whole(conditioned: Chunk) -> int:
    """Return where the first window ends that has the newest bad sample neither in it nor in its context."""
    bad = conditioned.first + np.flatnonzero(~conditioned.valid.all(axis=0))
    # Rounded up to whole hops: answers come at the ends of hops only.
    return -(-(int(bad[-1]) + 1 + CONTEXT + WINDOW) // HOP) * HOP


def assert_as_whole_windows(model: str, conditioned: list[Chunk], scores: list[list[Score]]) -> None:
    """Compare every score with that of the window and its context cut out of the conditioned samples."""
    engine = open_engine(store.load(model), "cpu")
    for score_ in (one for said in scores for one in said):
        window = score_.window
        end = window.first + window.samples.shape[1]
        [chunk] = [one for one in conditioned if one.first <= window.first - CONTEXT and end <= one.end]
        rows = slice(5 * window.index, 5 * window.index + 5)
        cut = chunk.samples[rows, window.first - CONTEXT - chunk.first : end - chunk.first]
        [probabilities], [peaks] = engine.score(cut[None])
        assert [look.probability for look in score_.spans] == pytest.approx(probabilities.tolist(), abs=1e-5)
        assert [look.peak for look in score_.spans] == (window.first + peaks).tolist()


def test_behind_a_gap_answers_count_once_everything_is_new(model: str, tmp_path: Path) -> None:
    """From the sample computed, no sooner and no later; and they are those of whole windows."""
    conditioned, hops, scores = run(config_with(model, tmp_path), patient_eeg()[0], GAP)
    before, behind = conditioned
    spoken = [hop.end for hop, said in zip(hops, scores, strict=True) if said]
    assert max(end for end in spoken if end <= behind.first) == before.end // HOP * HOP
    assert min(end for end in spoken if end > behind.first) == first_whole(behind)
    assert_as_whole_windows(model, conditioned, scores)


def test_behind_an_invalid_stretch_answers_count_once_everything_is_valid(model: str, tmp_path: Path) -> None:
    """Its samples flow on through the network, and no answer that depends on them is used."""
    samples, labels = patient_eeg()
    troubled = samples.copy()
    troubled[[labels.index(name) for name in BAD_CHANNELS], BAD] = np.nan
    [conditioned], hops, scores = run(config_with(model, tmp_path), troubled, None)
    silent = [hop.end for hop, said in zip(hops, scores, strict=True) if not said]
    assert silent[-1] + HOP == first_whole(conditioned)
    # Halved, for BAD counts samples at 256 Hz and the network's come at 128.
    assert silent[-1] > BAD.stop // 2 + CONTEXT + WINDOW
    assert_as_whole_windows(model, [conditioned], scores)
