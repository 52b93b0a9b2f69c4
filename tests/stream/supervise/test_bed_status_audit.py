"""What is journalled of the stream that a bed watches, and of what watches it."""

from dataclasses import replace

from tests.stream.supervise.bed_harness import Harness
from tests.stream.supervise.reports import ANALYSING, READY


async def test_l8_a_stream_whose_sender_changed_is_audited_once(harness: Harness) -> None:
    """The alarm may come and go with the detector; the entry is one for each recording."""
    harness.report_well()
    for alarms in ({"source_changed": "another sender"}, {}, {"source_changed": "another sender"}):
        harness.bed.on_report(replace(ANALYSING, alarms=alarms))
    await harness.journal.flush(10)
    entry, _bound = harness.disk.newest("bed-1", "audit", 10)
    assert entry["action"] == "source_changed"
    assert entry["detail"] == {"reason": "another sender", "recording": "3"}


async def test_what_watches_which_stream_is_audited_once_for_each_recording(harness: Harness) -> None:
    """With the models' hashes; a detector that was started again binds the same and adds nothing."""
    harness.report_well()
    harness.report_well()
    harness.bed.on_report(replace(READY, recording=4))
    await harness.journal.flush(10)
    second, first = harness.disk.newest("bed-1", "audit", 10)
    assert (first["action"], second["detail"]["recording"]) == ("source_accepted", "4")
    assert first["detail"] == {
        "recording": "3", "channels": "1", "rate_hz": "256", "detector_name": "sc", "detector_sha256": "ab",
    }  # fmt: skip
