"""A detector that lives and stands still, inside a whole run: told, ended, replaced, and no event is lost for it."""

import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stream.logbook.journal import Journal
from stream.supervise.bed_state import STARTING
from stream.supervise.children import STALLED_S
from tests.stream.brokers import MOSQUITTO, PATIENCE_S
from tests.stream.live_system import LiveSystem, becomes, bed, journalled, payloads

pytestmark = pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed")

STALE_S = 4.0
"""Less than what a process may be silent for, so that the status is seen to be first."""


def last_status(ward: LiveSystem) -> dict[str, Any]:
    """Return the status that is retained."""
    return [{"state": "", "reason": STARTING}, *payloads(ward.witness, "bed-1", "status")][-1]


@pytest.mark.fault
def test_i8_a_detector_that_stands_still_is_told_replaced_and_costs_no_event(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """The bed is stale within `watch.stale_s`, an alarm says why, and what came meanwhile is analysed afterwards."""
    if "fault" not in str(request.config.getoption("markexpr")):
        pytest.skip("a minute of detection: run by `make test-faults`; other tests of the row are run always")
    discharges: Path = request.getfixturevalue("discharges")
    with LiveSystem(tmp_path, bed("bed-1")) as ward:
        expected = [event["id"] for event in ward.scored(discharges)]
        ward.run("--set", f"watch.stale_s={STALE_S}")
        becomes(lambda: STARTING not in last_status(ward)["reason"], PATIENCE_S, "the detector is there")
        player = ward.play(discharges, "bed-1")
        becomes(lambda: len(payloads(ward.witness, "bed-1", "event/ied")) > 0, PATIENCE_S, "a first event")
        # On a busy host the first seconds of samples are analysed late, and the bed is stale until they are.
        becomes(lambda: last_status(ward)["state"] == "online", PATIENCE_S, "the bed is watched")
        # Behind it stands the one that waits for its end.
        os.kill(ward.children("stream.detect")[0], signal.SIGSTOP)
        # Half a second for the looks at it, and what a busy host takes.
        becomes(lambda: last_status(ward)["state"] == "stale", STALE_S + 1.5, "the bed is stale")
        becomes(lambda: ward.restarts("detect") == 1, STALLED_S + 5, "the detector is replaced")
        assert player.wait(PATIENCE_S) == 0
        with np.load(discharges) as eeg:
            samples = int(eeg["x"].shape[1])
        becomes(lambda: ward.accounted() == {"bed-1": samples}, PATIENCE_S, "all samples accounted for")
        becomes(lambda: ward.asked(Journal.outbox_size) == 0, PATIENCE_S, "everything delivered")

        assert [event["id"] for event in payloads(ward.witness, "bed-1", "event/ied")] == expected
        assert ward.accounting("bed-1").keys() == {"analysed", "rejected"}
        numbers = journalled(ward.witness, "bed-1")
        assert numbers == list(range(1, len(numbers) + 1))
        assert_told(payloads(ward.witness, "bed-1", "event/alarm"))


def assert_told(alarms: list[dict[str, Any]]) -> None:
    """Check that the standstill was an alarm, then that the process is down, and that both are over."""
    told = [(alarm["name"], alarm["on"]) for alarm in alarms if alarm["name"] in ("nothing_analysed", "detector_down")]
    assert told[0] == ("nothing_analysed", True)
    assert ("detector_down", True) in told
    assert {name for name, on in told if on} == {"nothing_analysed", "detector_down"}
    assert dict(told) == {"nothing_analysed": False, "detector_down": False}
