"""The stages together: the same outcomes however the samples come, each sample one fate, nothing twice."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.detection.clusters import Clusters
from models.detection.recurrence import Recurrence
from models.simulate import simulate
from stream.analysis import Analysis
from stream.detect.binding import MEMORY_S, WARM_UP_S, Binding
from stream.pipeline import Outcome
from stream.records import Chunk, Coverage, Detection, Gap, Samples, SleepState
from tests.stream.patient import RATE_HZ, binding_of, chunk_of, config_in, patient_eeg, run_stages, source_of

GAPS = (Gap(1301, 190, "missing", "lost", 5.0), Gap(1600, 1, "missing", "lost", 6.0))
"""One of many samples, and one that no sample of the model falls into."""
BAD_CHANNEL, BAD = "T7", slice(3700, 3704)
EXAMPLES = settings(max_examples=8, deadline=None)


@cache
def binding() -> Binding:
    """Bind the shipped models to the patient."""
    return binding_of(config_in(Path()), source_of(patient_eeg()[1]))


@cache
def troubled_eeg() -> Samples:
    """Return the patient's EEG with a few samples of one channel that are not numbers."""
    samples, labels = patient_eeg()
    troubled = samples.copy()
    troubled[labels.index(BAD_CHANNEL), BAD] = np.nan
    return troubled


def records(samples: Samples, cuts: Sequence[int], gaps: Sequence[Gap], first: int = 0) -> Iterator[Chunk | Gap]:
    """Cut a recording at these indices, and at its gaps, whose samples never come."""
    edges = {first, samples.shape[1], *cuts, *(gap.first for gap in gaps), *(gap.end for gap in gaps)}
    # An edge before `first` belongs to samples that are not read again.
    kept = sorted(edge for edge in edges if first <= edge <= samples.shape[1])
    for start, end in pairwise(kept):
        within = [gap for gap in gaps if gap.first <= start < gap.end]
        if not within:
            yield chunk_of(samples, start, end)
        elif start == max(first, within[0].first):
            yield replace(within[0], first=start, length=within[0].end - start)


def summed(outcomes: Sequence[Outcome]) -> tuple[list[Detection], list[SleepState], list[Coverage]]:
    """Join outcomes; LSL times, which rounding may move, are compared apart."""
    detections = [replace(found, lsl_s=0.0) for outcome in outcomes for found in outcome.detections]
    sleep = [replace(state, lsl_s=0.0) for outcome in outcomes for state in outcome.sleep]
    coverage: list[Coverage] = []
    for piece in (piece for outcome in outcomes for piece in outcome.coverage):
        if coverage and coverage[-1] == replace(piece, first=coverage[-1].first, end=piece.first):
            coverage[-1] = replace(coverage[-1], end=piece.end)
        else:
            coverage.append(piece)
    return detections, sleep, coverage


def run_whole(samples: Samples, cuts: Sequence[int], gaps: Sequence[Gap]) -> list[Outcome]:
    """Run a recording from its first sample to its end."""
    pipeline = binding().pipeline()
    outcomes = run_stages(binding(), pipeline, records(samples, cuts, gaps))
    return [*outcomes, pipeline.finish(samples.shape[1])]


@cache
def reference() -> tuple[Outcome, ...]:
    """Run the troubled recording in the longest chunks there can be."""
    return tuple(run_whole(troubled_eeg(), [], GAPS))


@cache
def clean() -> tuple[Outcome, ...]:
    """Run the recording without trouble."""
    return tuple(run_whole(patient_eeg()[0], [], ()))


CUTS = st.one_of(
    st.lists(st.integers(1, 5119), max_size=30),
    # From less than a hop (32 samples) to more than a window (384).
    st.integers(20, 700).map(lambda n: list(range(n, 5120, n))),
)


@EXAMPLES
@given(CUTS)
def test_outcomes_do_not_depend_on_the_chunks(cuts: list[int]) -> None:
    """Detections, sleep states and coverage are equal to the last bit."""
    outcomes = run_whole(troubled_eeg(), cuts, GAPS)
    assert summed(outcomes) == summed(reference())
    assert [outcome.cursor for outcome in outcomes] == [outcome.cursor for outcome in reference()]
    assert [outcome.windows for outcome in outcomes] == [outcome.windows for outcome in reference()]


def test_the_recording_has_something_to_find() -> None:
    """Without events before and behind the trouble, these tests would say nothing."""
    assert len(summed(clean())[0]) >= 4
    assert summed(reference())[0]
    assert summed(reference())[1]
    # Else a restart could not tell whether what came before counts.
    assert any(found.similar for found in summed(reference())[0])


def test_every_sample_has_exactly_one_fate() -> None:
    """Coverage leads from 0 to the head without a hole; what is missing is what never came."""
    coverage = summed(reference())[2]
    assert [piece.first for piece in coverage] == [0, *(piece.end for piece in coverage[:-1])]
    assert coverage[-1].end == 5120
    assert all(piece.end > piece.first for piece in coverage)
    missing = [(piece.first, piece.end, piece.reason) for piece in coverage if piece.fate == "missing"]
    assert missing == [(gap.first, gap.end, "lost") for gap in GAPS]


def test_no_sample_counts_as_analysed_before_a_window_holds_it() -> None:
    """The start, and the stretch behind a gap until the filters and a window stand, are rejected and say why."""
    coverage = summed(reference())[2]
    assert (coverage[0].fate, coverage[0].reason) == ("rejected", "start")
    behind = next(piece for piece in coverage if piece.first == GAPS[-1].end)
    analysed = next(piece for piece in coverage if piece.fate == "analysed" and piece.first >= GAPS[-1].end)
    assert (behind.fate, behind.reason) in {("rejected", "gap"), ("rejected", "signal")}
    # A window of 1.5 s and no less; the hop in which it ends may begin a hop earlier.
    assert analysed.first >= GAPS[-1].end + (1.5 - 0.125) * RATE_HZ


def test_a_bad_channel_costs_only_its_groups() -> None:
    """While T7 recovers, other chains are still scored, so the samples count as analysed."""
    during = [o for o in reference() if BAD.stop <= o.cursor <= BAD.stop + 128]
    assert during
    # The montage has five chains, T7 is in one of them.
    assert all(0 < outcome.windows["signal"] < 5 and outcome.windows["scored"] > 0 for outcome in during)


def test_the_lsl_time_is_that_of_the_sample() -> None:
    """The peak's LSL time and its index say the same instant, to half a sample."""
    found = [found for outcome in reference() for found in outcome.detections]
    # The index is rounded to a whole sample, the time is not.
    assert all(abs(one.lsl_s - one.sample / RATE_HZ) <= 0.5 / RATE_HZ + 1e-6 for one in found)


def clusters_at(cursor: int) -> Clusters:
    """Return the clusters of the events that had been decided, as the journal keeps them."""
    verifier, known = binding().detector.verifier, Clusters()
    assert verifier
    for found in (found for outcome in reference() for found in outcome.detections if found.decided <= cursor):
        recurrence = Recurrence(known, verifier.recurrence, found.threshold, RATE_HZ)
        assert found.shape
        recurrence.push(found.shape, found.decided, found.probability, found.similar)
    restored = Clusters()
    restored.restore(known.states())
    return restored


@EXAMPLES
@given(st.integers(0, 5120), CUTS)
def test_a_restart_tells_exactly_what_was_not_summed(cursor: int, cuts: list[int]) -> None:
    """From any cursor, the warm-up repeats no finding and loses none; coverage goes on from the cursor."""
    pipeline = binding().pipeline(cursor)
    pipeline.clusters = clusters_at(cursor)
    outcomes = run_stages(binding(), pipeline, records(troubled_eeg(), cuts, GAPS), MEMORY_S)
    outcomes.append(pipeline.finish(5120))
    detections, sleep, coverage = summed(outcomes)
    before_detections, _, before_coverage = summed(reference())
    assert detections == [found for found in before_detections if found.decided > cursor]
    *told, last = reference()
    # A state is told with the hop behind its own, and what is left of them at the end.
    behind = [state.epoch_end for outcome in told if outcome.cursor > cursor for state in outcome.sleep]
    assert [state.epoch_end for state in sleep] == behind + [state.epoch_end for state in last.sleep]
    rest = [replace(piece, first=max(cursor, piece.first)) for piece in before_coverage if piece.end > cursor]
    assert coverage == rest


def test_ninety_seconds_warm_the_filters_up_again() -> None:
    """A restart reads no more than that of a long recording, and finds the same events with the same figures."""
    made = simulate(5, WARM_UP_S + 20, rate_hz=RATE_HZ, ied_rate_per_min=40.0, confounders=False)
    # The cursor stands at 100 s, so the warm-up begins at 10 s.
    first, cursor = round(10 * RATE_HZ), round((WARM_UP_S + 10) * RATE_HZ)
    longer = binding_of(config_in(Path()), source_of(made.labels))
    results = []
    for start in (0, first):
        pipeline = longer.pipeline(cursor)
        every_2_s = range(0, made.samples.shape[1], 512)
        outcomes = run_stages(longer, pipeline, records(made.samples, every_2_s, (), start), MEMORY_S)
        results.append(summed(outcomes)[0])
    whole, warmed = results
    # Filters that began 90 s ago agree to rounding, not to the bit.
    assert whole
    assert [(one.sample, one.group, one.decided) for one in warmed] == [(o.sample, o.group, o.decided) for o in whole]
    assert [one.probability for one in warmed] == pytest.approx([one.probability for one in whole], abs=1e-5)


@settings(max_examples=4, deadline=None)
@given(st.integers(1000, 5000))
def test_nothing_is_known_before_it_came(now: int) -> None:
    """What lies behind `now` changes no outcome up to there, and every finding was settled by samples that had come."""
    samples, _ = patient_eeg()
    other = samples.copy()
    # As large as EEG: windows of it are scored, and not refused for their amplitude.
    other[:, now:] = np.random.default_rng(now).normal(scale=40.0, size=other[:, now:].shape)
    outcomes = run_whole(other, [now], ())
    until = [outcome for outcome in clean() if outcome.cursor <= now]
    assert summed(outcomes[: len(until)]) == summed(until)
    assert all(found.sample < found.decided <= outcome.cursor for outcome in outcomes for found in outcome.detections)


def test_nothing_is_joined_across_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gap reaches the event former, however short it is."""
    forgotten: list[bool] = []
    monkeypatch.setattr("models.detection.events.EventFormer.reset", lambda _former: forgotten.append(True))
    run_whole(patient_eeg()[0], [], GAPS)
    assert len(forgotten) == len(GAPS)


def test_a_hop_within_the_warm_up_is_not_inferred() -> None:
    """The network sees again only what the event former must see again."""
    analysis = Analysis(binding().pipeline(4096), binding().detector.infer, memory_s=MEMORY_S)
    analysis.push(chunk_of(patient_eeg()[0], 0, 5120))
    turns = list(iter(analysis.take_turn, []))
    # 4096 samples are 16 s, a hop lasts 1/8 s; what lies further back than the memory is not inferred.
    assert [due.needs_inference for due in turns[0]].count(False) == round((16 - MEMORY_S) * 8)
    inferred = [due.item.end for turn in turns for due in turn if due.needs_inference]
    assert inferred == list(range(round((16 - MEMORY_S) * 128) + 16, 20 * 128 + 1, 16))
