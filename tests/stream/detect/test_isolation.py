"""One bed's failure costs that bed alone: the other finds what it finds by itself, and the failure is named."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from structlog.testing import capture_logs

from stream.detect.attempts import AGAIN_S
from stream.detect.binding import Binding
from stream.detect.messages import HopMessages
from stream.frame import Frame
from stream.infer import HopScores, InferStreams, InferWindows
from stream.logbook import samplelog
from stream.merge.ied import Merge as MergeStage
from stream.pipeline import Pipeline
from stream.records import Hop
from tests.stream.detect.two_beds import BEDS, LENGTH, Host
from tests.stream.hand_clock import HandClock
from tests.stream.patient import patient_eeg, source_of
from tests.stream.untrained_stream import save_untrained

FAULT = "ZeroDivisionError: the bed's own fault"


@pytest.fixture(scope="module")
def streaming(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Write a detector that is carried along."""
    return save_untrained(tmp_path_factory.mktemp("model"))


@pytest.fixture(autouse=True)
def rings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the rings into a place of their own."""
    monkeypatch.setattr(samplelog, "SHARED_MEMORY", tmp_path)


@cache
def alone(model: str) -> list[int]:
    """Find what the good bed finds in a detector of its own."""
    with TemporaryDirectory() as folder:
        host = Host(Path(folder), model, ["good"])
        host.play("good")
    # With no events, a good bed that lost all of them would look undisturbed.
    assert len(host.samples_of_events("good")) > 2
    return host.samples_of_events("good")


def failing(method: Callable[..., object], is_bad: Callable[..., bool]) -> Callable[..., object]:
    """Return the method, raising for what is bad."""

    def call(stage: object, *given: object, **named: object) -> object:
        if is_bad(stage, *given):
            # A second line, which the alarm must leave out: it is shown on one.
            raise ZeroDivisionError("the bed's own fault\nand more of it")
        return method(stage, *given, **named)

    return call


def _of_bad_bed(_stage: object, hops: Sequence[Hop]) -> bool:
    return any(hop.bed == "bad" and hop.windows for hop in hops)


# Past sample 1000 of the model's 2560: what is settled before the failure has to stay settled.
FAULTS: dict[str, tuple[type, str, Callable[..., bool]]] = {
    "bound": (Binding, "pipeline", lambda binding, *_: binding.bed.id == "bad"),
    "conditioned": (Pipeline, "condition", lambda pipeline, _record: pipeline._frame.bed == "bad"),
    "framed": (Frame, "push", lambda frame, chunk: frame.bed == "bad" and chunk.first > 1000),
    "merged": (MergeStage, "push", lambda merge, hop, _scores: merge.bed == "bad" and hop.end > 1000),
    "reported": (HopMessages, "of", lambda _m, outcome, _ms: any(found.bed == "bad" for found in outcome.detections)),
    "staged": (Pipeline, "stage_sleep", lambda pipeline: pipeline._frame.bed == "bad"),
}


def assert_only_the_bad_bed_failed(host: Host, expected: list[int]) -> None:
    """Every sample of the bad bed has a fate, what could not be analysed is rejected; the good bed knows nothing."""
    assert host.samples_of_events("good") == expected
    assert host.report("good").alarms == {}
    assert host.report("good").samples.keys() == {"analysed", "rejected"}
    [reason] = host.report("bad").alarms.items()
    assert reason == ("bed_failed", f"{FAULT}; nothing is detected; the bed is tried again every 5 min")
    assert host.report("bad").pending == 0
    assert host.journal.cursor("bad", 1) == sum(host.journal.accounting("bad", 1).values()) == LENGTH
    assert host.journal.accounting("good", 1)["rejected"] < host.journal.accounting("bad", 1)["rejected"]


@pytest.mark.fault
def test_p10_a_bed_whose_settings_fit_no_detector_is_refused_alone(tmp_path: Path) -> None:
    """Told before a stream comes and while one does, its samples rejected; the other finds what it finds alone."""
    expected = alone("sc-small")
    host = Host(tmp_path, "sc-small", montages={"bad": {"too few": ["Fp1-F7"]}})
    host.rounds.report()
    alarms = host.report("bad").alarms
    assert alarms["bed_refused"].startswith("bed.condition.montage of bad: ")
    assert host.report("good").alarms == {}
    host.play(*BEDS)
    assert host.report("bad").alarms == alarms
    assert host.journal.accounting("bad", 1) == {"rejected": LENGTH}
    assert host.samples_of_events("good") == expected


@pytest.mark.parametrize("fault", FAULTS)
def test_p10_a_bed_that_always_raises_is_set_aside(fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it raises; the log has the traceback, of the first failure and of the one that is final."""
    expected = alone("sc-small")
    kind, name, is_bad = FAULTS[fault]
    monkeypatch.setattr(kind, name, failing(getattr(kind, name), is_bad))
    with capture_logs() as lines:
        host = Host(tmp_path, "sc-small")
        host.play(*BEDS)
    assert_only_the_bad_bed_failed(host, expected)
    failures = [line for line in lines if line["event"] == "analysis failed"]
    assert [(line["bed"], line["reason"], line["given_up"]) for line in failures] == [
        ("bad", FAULT, False),
        ("bad", FAULT, True),
    ]
    assert all(isinstance(line["exc_info"], ZeroDivisionError) for line in failures)


@pytest.mark.parametrize("kind", [InferWindows, InferStreams])
def test_the_bed_on_which_a_batch_fails_is_found(
    kind: type[InferWindows | InferStreams], streaming: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The beds of the batch are inferred one by one; what is carried of the others stands as if nothing had been."""
    model = "sc-small" if kind is InferWindows else streaming
    expected = alone(model)
    infer: Callable[..., list[HopScores]] = kind.infer

    def call(stage: InferWindows | InferStreams, hops: Sequence[Hop]) -> list[HopScores]:
        scores = infer(stage, hops)
        # After the call: what is carried of every bed in the batch has moved on, as where an engine fails half-way.
        if _of_bad_bed(stage, hops):
            raise ZeroDivisionError("the bed's own fault")
        return scores

    monkeypatch.setattr(kind, "infer", call)
    host = Host(tmp_path, model)
    host.play(*BEDS)
    assert_only_the_bad_bed_failed(host, expected)
    # The fault is there from the first scored window on.
    assert host.samples_of_events("bad") == []


def test_a_failure_of_a_moment_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bed begins once more from the journal and finds what it would have found."""
    expected = alone("sc-small")
    times = iter([True])
    is_bad = FAULTS["merged"][2]
    monkeypatch.setattr(
        MergeStage, "push", failing(MergeStage.push, lambda *given: is_bad(*given) and next(times, False))
    )
    host = Host(tmp_path, "sc-small")
    host.play(*BEDS)
    assert host.samples_of_events("bad") == host.samples_of_events("good") == expected
    assert host.report("bad").alarms == {}
    # The fault was raised: without it the comparison above would show nothing.
    assert next(times, None) is None


@pytest.mark.parametrize("fault", FAULTS)
def test_p10_a_bed_that_failed_is_tried_again_after_some_minutes(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what comes then; its alarm stays until that was analysed for a while, and every sample has one fate."""
    clock = HandClock()
    kind, name, is_bad = FAULTS[fault]
    with monkeypatch.context() as patch:
        patch.setattr(kind, name, failing(getattr(kind, name), is_bad))
        host = Host(tmp_path, "sc-small", clock=clock)
        host.play(*BEDS)
        # What was raised is raised again: the alarm stands throughout, with the same text.
        clock.now_s += AGAIN_S
        host.play(*BEDS)
        clock.now_s += AGAIN_S - 1
        host.play(*BEDS)
    failed = {report.alarms.get("bed_failed") for report in host.every_report("bad")}
    assert failed == {f"{FAULT}; nothing is detected; the bed is tried again every 5 min"}
    before = host.samples_of_events("bad")
    clock.now_s += 1
    host.play_piece(0, "bad")
    host.rounds.report()
    assert "bed_failed" in host.report("bad").alarms
    host.play(*BEDS)
    assert host.report("bad").alarms == {}
    # The last play has the events of the first, and they are told.
    found = [sample - 3 * LENGTH - 190 for sample in host.samples_of_events("bad") if sample not in before]
    assert len(found) > 2
    assert host.journal.accounting("bad", 1)["analysed"] > LENGTH / 2


def test_the_next_recording_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a new stream the alarm ends and events are found."""
    with monkeypatch.context() as patch:
        patch.setattr(Frame, "push", failing(Frame.push, FAULTS["framed"][2]))
        host = Host(tmp_path, "sc-small")
        host.play(*BEDS)
    assert "bed_failed" in host.report("bad").alarms
    before = host.samples_of_events("bad")
    # Outside the patch: the fault belonged to the first recording alone.
    host.begin("bad", source_of(patient_eeg()[1]))
    host.play("bad")
    assert host.report("bad").alarms == {}
    assert len(host.samples_of_events("bad")) > len(before)
    # This recording is not over: less than two hops of 32 may wait.
    assert sum(host.journal.accounting("bad", 2).values()) == host.journal.cursor("bad", 2) > LENGTH - 64


def test_a_stream_too_slow_for_the_model_is_refused_and_no_other_bed_minds(tmp_path: Path) -> None:
    """In one line that names the bed's key, the stream and the rates that would do; nothing is tried twice."""
    expected = alone("sc-small")
    with capture_logs() as lines:
        host = Host(tmp_path, "sc-small")
        host.begin("bad", replace(source_of(patient_eeg()[1]), rate_hz=64.0))
        host.play(*BEDS)
    assert host.samples_of_events("good") == expected
    [(alarm, reason)] = host.report("bad").alarms.items()
    assert alarm == "unusable_stream"
    assert reason.startswith('bed.acquire of bad: "amp" (type "EEG", 19 x 64 Hz float32')
    assert reason.endswith("a sampling rate of 64 Hz cannot be used: give one between 100 and 100000 Hz")
    assert host.journal.accounting("bad", 1) == {"rejected": LENGTH}
    assert [line["event"] for line in lines if line["log_level"] == "error"] == ["stream cannot be analysed"]
