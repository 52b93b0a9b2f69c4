"""What dies comes back: detector, acquisition and broker are killed in mid-run, and no event is lost or doubled."""

import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stream.logbook.journal import Journal
from tests.stream.brokers import MOSQUITTO, PATIENCE_S, Witness
from tests.stream.eeg_file import save
from tests.stream.live_system import LiveSystem, becomes, bed, journalled, payloads

pytestmark = pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed")
OUTAGE_S = 20.0


@dataclass(frozen=True)
class Survived:
    """What a run in which processes were killed left behind; `expected` are the events of the file."""

    ward: LiveSystem
    samples: int
    expected: list[dict[str, Any]]


@pytest.fixture(scope="module")
def survived(discharges: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Survived]:
    """Watch two beds; kill the detector twice, each time right behind an event, and between them bed-2's acquire."""
    samples = samples_in(discharges)
    with LiveSystem(tmp_path_factory.mktemp("survival"), bed("bed-1"), bed("bed-2")) as ward:
        expected = ward.scored(discharges)
        ward.run()
        players = [ward.play(discharges, name) for name in ("bed-1", "bed-2")]
        wait_for_events(ward, "bed-1", len(expected) // 4)
        ward.kill("stream.detect")
        wait_for_events(ward, "bed-2", len(expected) // 2)
        ward.kill("stream.acquire", "bed-2")
        wait_for_events(ward, "bed-1", 3 * len(expected) // 4)
        ward.kill("stream.detect")
        assert [player.wait(PATIENCE_S) for player in players] == [0, 0]
        becomes(
            lambda: ward.accounted() == {"bed-1": samples, "bed-2": samples}, PATIENCE_S, "all samples accounted for"
        )
        becomes(lambda: ward.asked(Journal.outbox_size) == 0, PATIENCE_S, "everything delivered")
        yield Survived(ward, samples, expected)


def wait_for_events(ward: LiveSystem, name: str, count: int) -> None:
    """Wait until so many events of a bed were received."""
    becomes(lambda: len(payloads(ward.witness, name, "event/ied")) >= count, PATIENCE_S, f"{count} events of {name}")


def ids(events: list[dict[str, Any]]) -> list[str]:
    """Return the ids of events."""
    return [event["id"] for event in events]


def test_p1_a_detector_killed_twice_loses_and_doubles_no_event(survived: Survived) -> None:
    """The events are those of the file, each once, in order; all samples are accounted for, none is missing."""
    assert len(survived.expected) >= 4
    assert ids(payloads(survived.ward.witness, "bed-1", "event/ied")) == ids(survived.expected)
    assert survived.ward.accounting("bed-1").keys() == {"analysed", "rejected"}
    assert sum(survived.ward.accounting("bed-1").values()) == survived.samples


def test_a_killed_detector_is_told_and_comes_back_by_itself(survived: Survived) -> None:
    """An alarm for each kill, over when the detector reports again; the restarts are counted."""
    alarms = [a for a in payloads(survived.ward.witness, "bed-1", "event/alarm") if a["name"] == "detector_down"]
    at = [datetime.fromisoformat(alarm["utc"]) for alarm in alarms]
    # Once for each of the two kills; a start is no alarm.
    assert [alarm["on"] for alarm in alarms] == [True, False] * 2
    assert max((over - begun).total_seconds() for begun, over in zip(at[::2], at[1::2], strict=True)) < 20
    assert survived.ward.restarts("detect") == 2


@pytest.mark.parametrize("name", ["bed-1", "bed-2"])
def test_numbers_have_no_hole_after_kills(survived: Survived, name: str) -> None:
    """Every journalled message of either bed was received once, in order."""
    numbers = journalled(survived.ward.witness, name)
    assert numbers == list(range(1, len(numbers) + 1))
    assert numbers[-1] == survived.ward.asked(lambda journal: journal.last_seq(name))


def test_p1_a_killed_acquire_comes_back_and_states_the_gap(survived: Survived) -> None:
    """What came while nobody listened is missing, to the sample; the stream is one recording, and events go on."""
    ward = survived.ward
    accounting = ward.accounting("bed-2")
    # Something was lost, but no more than what a restart and a search for the stream take on a busy machine.
    assert 0 < accounting["missing"] < 15 * 256
    assert sum(accounting.values()) == survived.samples
    assert ward.accounting("bed-1").get("missing", 0) == 0
    assert ward.metric("spikewatch_gap_samples_total", bed="bed-2") == accounting["missing"]
    # Recordings count from 1: a second one would mean that the stream was taken for another.
    assert ward.asked(lambda journal: journal.accounting("bed-2", 2)) == {}


def test_l20_a_killed_acquire_is_told_and_comes_back_by_itself(survived: Survived) -> None:
    """The signal of its bed is lost until samples come again; the other bed's is not, but for the stream's end."""
    of_bed = {
        name: [a["on"] for a in payloads(survived.ward.witness, name, "event/alarm") if a["name"] == "signal_lost"]
        for name in ("bed-1", "bed-2")
    }
    assert of_bed["bed-2"][:2] == [True, False]
    # Its signal is lost once, when the stream ends, and then for good.
    assert False not in of_bed["bed-1"]
    assert survived.ward.restarts("acquire-bed-2") == 1


def test_a_killed_acquire_doubles_no_event(survived: Survived) -> None:
    """Before the gap the events are those of the file; behind it they go on; none is told twice."""
    received = payloads(survived.ward.witness, "bed-2", "event/ied")
    before = len(survived.expected) // 2
    samples, expected = ([event["sample"] for event in events] for events in (received, survived.expected))
    assert samples[:before] == expected[:before]
    assert samples[-1] > expected[before + 1]
    assert len(set(ids(received))) == len(received)
    assert len(set(samples)) == len(samples)


def test_a_killed_run_that_is_started_again_goes_on_with_the_recording(discharges: Path, tmp_path: Path) -> None:
    """Restarted at once, as a service manager does: the gap is stated, numbers go on, no event is told twice."""
    with LiveSystem(tmp_path, bed("bed-1")) as ward:
        file = beginning(discharges, tmp_path, 20)
        ward.run()
        player = ward.play(file, "bed-1")
        wait_for_events(ward, "bed-1", 1)
        becomes(lambda: ward.asked(Journal.outbox_size) == 0, PATIENCE_S, "everything so far acknowledged")
        ward.running.kill()
        ward.running.wait()
        ward.run()
        assert player.wait(PATIENCE_S) == 0
        becomes(lambda: ward.accounted() == {"bed-1": samples_in(file)}, PATIENCE_S, "all samples accounted for")
        becomes(lambda: ward.asked(Journal.outbox_size) == 0, PATIENCE_S, "everything delivered")
        numbers, events = journalled(ward.witness, "bed-1"), ids(payloads(ward.witness, "bed-1", "event/ied"))
        assert 0 < ward.accounting("bed-1")["missing"] < 15 * 256
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(set(events)) == len(events)
        # Only the first is sure to be one of the file's: later ones may lie beside the gap.
        assert events[0] == ward.scored(file)[0]["id"]


def beginning(file: Path, folder: Path, seconds: int) -> Path:
    """Write the first seconds of a file; whole seconds end with a hop."""
    with np.load(file) as eeg:
        samples = eeg["x"][:, : seconds * 256]
        return save(folder / "beginning.npz", samples, 256.0, tuple(eeg["labels"]))


def test_a_broker_that_is_away_for_a_while_misses_no_event(discharges: Path, tmp_path: Path) -> None:
    """Killed for 20 s in mid-run, the broker is told everything afterwards: once per id, in order."""
    with LiveSystem(tmp_path, bed("bed-1")) as ward:
        expected = ward.scored(discharges)
        ward.run()
        player = ward.play(discharges, "bed-1")
        wait_for_events(ward, "bed-1", 1)
        becomes(lambda: ward.asked(Journal.outbox_size) == 0, PATIENCE_S, "everything so far acknowledged")
        ward.broker.kill()
        becomes(lambda: ward.metric("spikewatch_mqtt_connected") == 0, PATIENCE_S, "the loss is noticed")
        # Longer than the interval between events, so that some wait in the outbox when it is asked.
        time.sleep(OUTAGE_S)  # the outage itself
        assert ward.asked(Journal.outbox_size) > 0
        after = reopen(ward)
        assert player.wait(PATIENCE_S) == 0
        becomes(lambda: ward.accounted() == {"bed-1": samples_in(discharges)}, PATIENCE_S, "all samples accounted for")
        # 40 s: the wait before the next try to connect grows up to 30 s.
        becomes(lambda: ward.asked(Journal.outbox_size) == 0, PATIENCE_S, "everything delivered")
        received = payloads(ward.witness, "bed-1", "event/ied") + payloads(after, "bed-1", "event/ied")
        numbers = journalled(ward.witness, "bed-1") + journalled(after, "bed-1")
        assert ids(received) == ids(expected)
        assert numbers == list(range(1, len(numbers) + 1))
        assert numbers[-1] == ward.asked(lambda journal: journal.last_seq("bed-1"))


def reopen(ward: LiveSystem) -> Witness:
    """Start the broker again; `run` is held for the moment in which nobody has subscribed yet."""
    # The old subscriber would come back too, and what both receive would count twice.
    ward.witness.close()
    # Otherwise `run` might deliver to a broker without subscribers, which drops the message and acknowledges it.
    ward.running.send_signal(signal.SIGSTOP)
    ward.broker.start()
    witness = ward.listen()
    ward.running.send_signal(signal.SIGCONT)
    return witness


def samples_in(file: Path) -> int:
    """Count a file's samples."""
    return int(np.load(file)["x"].shape[1])
