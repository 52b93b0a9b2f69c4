"""Stages and stretches as spans."""

from stream.findings import StageSpan, Stretch, joined, stage_spans


def test_epochs_of_one_stage_are_one_span() -> None:
    """A change holds from where the stage before was told; unknown leaves a hole; a later epoch begins 30 s earlier."""
    told = [(30.0, "N1"), (60.0, "N1"), (65.0, "N2"), (95.0, "unknown"), (200.0, "N2")]
    assert stage_spans(told) == (  # type: ignore[arg-type]
        StageSpan(0.0, 60.0, "N1"),
        StageSpan(60.0, 5.0, "N2"),
        StageSpan(170.0, 30.0, "N2"),
    )


def test_stretches_that_touch_and_are_alike_are_one() -> None:
    """Another reason, or a hole, begins another."""
    pieces = [Stretch(0, 1, "rejected", "start"), Stretch(1, 1, "rejected", "start"), Stretch(2, 1, "rejected", "dry")]
    pieces.append(Stretch(4, 1, "rejected", "dry"))
    assert joined(pieces) == (Stretch(0, 2, "rejected", "start"), *pieces[2:])
