"""The benches read the detector's reports."""

import pytest

from bench.latency.report_lines import STAGES, decided_ms, whole


def test_a_report_is_whole_when_every_window_was_scored() -> None:
    """Not while filters settle, not when nothing was due, not for another process's report."""
    assert whole({"windows": {"scored": 8, "signal": 0}})
    assert not whole({"windows": {"scored": 8, "signal": 1}})
    assert not whole({"windows": {}})
    assert not whole({"state": "streaming"})


def test_a_hop_is_decided_after_all_its_stages() -> None:
    """The stages of each hop add up, in milliseconds; the journal and the budget's total are other matters."""
    # Unlike figures, so that no stage can be missing or counted twice without a trace.
    latency_s = {verb: [0.001 * (place + 1), 0.01] for place, verb in enumerate(STAGES)}
    # Five stages: 1 + 2 + 3 + 4 + 5 ms for the first hop, five times 10 ms for the second.
    assert decided_ms({"latency_s": {**latency_s, "journal": [1.0], "total": [1.0]}}) == pytest.approx([15.0, 50.0])


def test_stages_of_different_hops_are_never_added_up() -> None:
    """A stage that lost a figure would pair hops wrongly."""
    with pytest.raises(ValueError, match="shorter"):
        decided_ms({"latency_s": {verb: [0.1] * (1 if verb == "merge" else 2) for verb in STAGES}})
