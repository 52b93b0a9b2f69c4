"""Marks: everything on one time line."""

from dataclasses import replace
from pathlib import Path

import edfio

from stream.cli.exports import edf_plus
from stream.cli.exports.contract import marks
from tests.stream.cli.exports.example import event, example, judged


def test_everything_is_on_the_time_line_in_order() -> None:
    """An event begins at its onset; stages have the words of EDF+; what was not analysed says why."""
    assert [(mark.onset_s, mark.duration_s, mark.text) for mark in marks(example())] == [
        (0.0, 1.5, "rejected: start"),
        (0.0, 60.0, "Sleep stage N1"),
        (9.95, 0.12, "ied F7-T3 (left, temporal) p=0.938"),
        (60.0, 240.0, "Sleep stage N2"),
        (299.95, 0.12, "ied F7-T3 (left, temporal) p=0.938"),
        (400.0, 12.25, "missing: no samples"),
    ]


def test_what_reviewers_said_stands_behind_an_event(tmp_path: Path) -> None:
    """A control character of a label ends no annotation: EDF+ is read back whole; who has not judged adds nothing."""
    first, second = judged().events
    found = replace(judged(), events=(first | {"labels": ["bl\x14ink"]}, second), stages=(), stretches=())
    expected = ["ied F7-T3 (left, temporal) p=0.938, rejected: bl\\x14ink", "ied F7-T3 (left, temporal) p=0.938"]
    assert [mark.text for mark in marks(found)] == expected
    [path] = edf_plus.write(found, tmp_path)
    assert [one.text for one in edfio.read_edf(path).annotations][1:] == expected


def test_a_discharge_that_began_before_the_recording_begins_with_it() -> None:
    """No format knows a time before the first sample; its end stays where it is."""
    early = replace(example(), events=(event(0),), stages=(), stretches=())
    [mark] = marks(early)
    assert (mark.onset_s, round(mark.duration_s, 9)) == (0.0, 0.07)
