"""`spikewatch run` as a hospital would have it: an amplifier over LSL, a broker, a subscriber, Prometheus, signals."""

import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

from stream.logbook.samplelog import ring_path
from stream.schema.messages import MESSAGES
from tests.left_behind import listeners
from tests.stream.brokers import MOSQUITTO, PATIENCE_S, Received, Witness
from tests.stream.live_system import SITE, LiveSystem, becomes, bed, journalled, payloads

pytestmark = pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed")
PROMTOOL = shutil.which("promtool")
ROOT = f"spikewatch/v1/{SITE}/bed-1/"
STATES = {
    "status",
    "info",
    *(f"state/{name}" for name in ("sleep", "ied_rate", "spike_wave_index", "quality", "latency")),
}


@dataclass(frozen=True)
class Recorded:
    """What a run of half a minute left behind."""

    ward: LiveSystem
    samples: int
    review: str
    received: tuple[Received, ...]
    late: tuple[Received, ...]
    metrics: str
    code: int
    children_left: list[int]
    listeners: set[str]


@pytest.fixture(scope="module")
def recorded(discharges: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    """Watch half a minute of EEG, and interrupt the watching with Ctrl-C when all is told."""
    samples = np.load(discharges)["x"].shape[1]
    with LiveSystem(tmp_path_factory.mktemp("live"), bed("bed-1")) as ward:
        ward.run()
        player = ward.play(discharges, "bed-1")
        # Until somebody listens, 36 s of EEG, and the start of a process.
        assert player.wait(PATIENCE_S) == 0
        # The player ends when its last sample is sent; the detector and its journal are a little behind.
        becomes(lambda: ward.accounted() == {"bed-1": samples}, PATIENCE_S, "all samples accounted for")
        events = len(ward.scored(discharges))
        becomes(
            lambda: ward.metric("spikewatch_detections_total", kind="ied") == events, PATIENCE_S, "all events counted"
        )
        becomes(lambda: len(payloads(ward.witness, "bed-1", "event/ied")) == events, PATIENCE_S, "all events received")
        review = ward.judge("bed-1", payloads(ward.witness, "bed-1", "event/ied")[0]["cluster"])
        becomes(lambda: bool(payloads(ward.witness, "bed-1", "event/review")), PATIENCE_S, "the review received")
        metrics, late, children = ward.scrape(), ward.listen(), ward.children()
        # Before the interrupt: stopping publishes a new status over the retained one.
        late.wait(lambda witness: {received.topic.removeprefix(ROOT) for received in witness.received} >= STATES)
        remembered = tuple(late.received)
        # The detector, the bed's acquire, and the process that stands by.
        assert len(children) == 3
        bound = listeners([ward.running.pid, *children])
        assert ring_path(ward.config, "bed-1").exists()
        ward.running.send_signal(signal.SIGINT)
        code = ward.running.wait(15)
        ward.witness.wait(lambda witness: states(witness)[-1:] == ["stopped"])
        left = [pid for pid in children if Path(f"/proc/{pid}").exists()]
        yield Recorded(ward, samples, review, tuple(ward.witness.received), remembered, metrics, code, left, bound)


def ieds(recorded: Recorded) -> list[dict[str, Any]]:
    """Return the events received."""
    return [received.payload for received in recorded.received if received.topic == ROOT + "event/ied"]


def states(witness: Witness) -> list[str]:
    """Return the states that the bed's status went through."""
    return [status["state"] for status in payloads(witness, "bed-1", "status")]


def test_live_gives_the_same_events_as_the_file(recorded: Recorded, discharges: Path) -> None:
    """Ids, peaks, places, probabilities and stages of what was received are those of `spikewatch score`."""
    expected = recorded.ward.scored(discharges)
    keys = ("id", "sample", "group", "peak_channel", "sleep_stage")
    assert len(expected) >= 4
    assert [[event[key] for key in keys] for event in ieds(recorded)] == [
        [event[key] for key in keys] for event in expected
    ]
    assert [event["probability"] for event in ieds(recorded)] == pytest.approx(
        [event["probability"] for event in expected]
    )


def test_every_sample_of_a_live_stream_is_accounted_for(recorded: Recorded) -> None:
    """Half a minute, none missing, none shed, none pending; what was rejected is what the filters needed to settle."""
    accounting = recorded.ward.accounting("bed-1")
    assert sum(accounting.values()) == recorded.samples
    assert accounting.keys() == {"analysed", "rejected"}
    assert accounting["rejected"] < 10 * 256


def test_every_event_tells_its_latency_stage_by_stage(recorded: Recorded) -> None:
    """The stages add up to the total, from the arrival of the samples that settled the event."""
    events = [event["latency_ms"] for event in ieds(recorded)]
    # The publisher may read an event between its commit and the note of how long that took: then both are null.
    measured = [latency for latency in events if latency["total"] is not None]
    assert len(measured) >= len(events) - 1 > 0
    for latency in measured:
        parts = [latency[stage] for stage in ("condition", "frame", "infer", "merge", "journal")]
        assert all(part >= 0 for part in parts)
        assert sum(parts) == pytest.approx(latency["total"], abs=0.01)


def test_every_payload_is_as_its_schema_says(recorded: Recorded) -> None:
    """Every topic was received, and nothing else; payloads are of their types."""
    topics = {received.topic.removeprefix(ROOT) for received in recorded.received}
    for received in recorded.received:
        kind = MESSAGES[received.topic.removeprefix(ROOT).replace("/", "_")]
        assert kind.model_validate(received.payload).payload() == received.payload
    assert topics == {name.replace("_", "/", 1) for name in MESSAGES}


def test_a_review_on_the_page_reaches_the_broker(recorded: Recorded) -> None:
    """A card accepted while the bed is watched: the same review, journalled in the one row of numbers and published."""
    [review] = payloads(recorded.ward.witness, "bed-1", "event/review")
    [kept] = recorded.ward.asked(lambda journal: journal.newest("bed-1", "review", 10))
    assert review == kept
    assert (review["id"], review["target"]) == (recorded.review, ieds(recorded)[0]["cluster"])
    assert review["until_seq"] == max(event["seq"] for event in ieds(recorded) if event["cluster"] == review["target"])


def test_states_are_retained_and_events_are_not(recorded: Recorded) -> None:
    """Who subscribes late is told every state at once, and no event a second time."""
    retained = [received for received in recorded.received if received.retain]
    # With what each says: of an alarm that should not be there, its name alone would not tell why.
    assert {received.topic.removeprefix(ROOT) for received in retained} == STATES, retained
    # Live beside them come heartbeats, and what is new: that the stream is over may be an alarm by then.
    assert {received.topic.removeprefix(ROOT) for received in recorded.late if received.retain} == STATES
    assert not {ROOT + "event/ied", ROOT + "event/review"} & {received.topic for received in recorded.late}
    [status] = [received.payload for received in recorded.late if received.topic == ROOT + "status" and received.retain]
    assert status["notice"] == "research software, not a medical device"


def test_the_bed_was_online_while_its_stream_came(recorded: Recorded) -> None:
    """Stale before the first sample, online without an alarm from then to the end of the stream, then stopped."""
    told = [received.payload for received in recorded.received if received.topic == ROOT + "status"]
    # A status may be told twice: what must be so is the order of states.
    states = [state for state, _ in groupby(status["state"] for status in told)]
    assert states[0] == "stale"
    assert states[-1] == "stopped"
    assert states.count("online") == 1
    assert not any(status["alarms"] for status in told if status["state"] == "online")


def test_a_heartbeat_comes_every_five_seconds(recorded: Recorded) -> None:
    """Numbered without a hole, five seconds apart give or take what a busy machine needs."""
    beats = [received for received in recorded.received if received.topic == ROOT + "heartbeat"]
    apart_s = np.diff([beat.at_s for beat in beats])
    assert [beat.payload["seq"] for beat in beats] == list(range(1, len(beats) + 1))
    # The stream alone lasts 36 s, seven times 5 s.
    assert len(beats) >= 7
    assert float(np.median(apart_s)) == pytest.approx(5.0, abs=0.5)
    # One beat may be late on a busy machine; 8 s is still less than two beats, so none was left out.
    assert apart_s.max() < 8.0


def test_journalled_messages_are_numbered_without_a_hole(recorded: Recorded) -> None:
    """Events, sleep, alarms and audit share one row of numbers, received in order."""
    numbers = journalled(recorded.ward.witness, "bed-1")
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")
def test_promtool_finds_nothing_to_mend(recorded: Recorded) -> None:
    """Names, units, types and help are as Prometheus wants them."""
    assert PROMTOOL is not None
    page = recorded.metrics.encode()
    checked = subprocess.run([PROMTOOL, "check", "metrics"], input=page, capture_output=True, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


def test_metrics_agree_with_what_was_heard(recorded: Recorded) -> None:
    """Samples and detections as in journal and events; the budget is an edge of the histogram; the models are named."""
    families = text_string_to_metric_families(recorded.metrics)
    found = {(s.name, *sorted(s.labels.items())): s.value for family in families for s in family.samples}
    at = ("bed", "bed-1")
    budget = found["spikewatch_budget_seconds",]
    buckets = {key[2][1] for key in found if key[0] == "spikewatch_latency_seconds_bucket"}
    total = found["spikewatch_latency_seconds_count", at, ("stage", "total")]
    assert {
        fate: found["spikewatch_samples_total", at, ("fate", fate)]
        for fate in ("analysed", "rejected", "missing", "shed")
    } == {"missing": 0, "shed": 0, **recorded.ward.accounting("bed-1")}
    assert found["spikewatch_received_samples_total", at] == recorded.samples
    assert found["spikewatch_detections_total", at, ("kind", "ied")] == len(ieds(recorded))
    assert found["spikewatch_budget_misses_total", at] <= total
    # A hop is 32 samples and counts once; one with messages counts once for each, and it may have several.
    assert total == pytest.approx(recorded.samples / 32, abs=2 + len(ieds(recorded)))
    # Every hop has up to five windows: one for each chain of the scalp montage.
    assert found["spikewatch_windows_total", at, ("result", "scored")] > total
    assert budget == 0.25
    assert str(budget) in buckets
    assert found["spikewatch_mqtt_connected",] == 1
    assert found["spikewatch_data_age_seconds", at] < 60
    assert sum(value for key, value in found.items() if key[0] == "spikewatch_sleep_stage") == 1
    # The detector and the sleep stager.
    assert sum(key[0] == "spikewatch_model_info" for key in found) == 2
    assert ("spikewatch_outbox_messages",) in found
    assert any(key[0] == "spikewatch_build_info" for key in found)


def test_nothing_listens_but_on_this_machine(recorded: Recorded) -> None:
    """Metrics and page, both on the loopback; the libraries that are used open nothing beside them."""
    ports = (recorded.ward.config.metrics.port, recorded.ward.config.web.port)
    assert recorded.listeners == {f"127.0.0.1:{port}" for port in ports}


def test_an_interrupt_ends_everything_with_130(recorded: Recorded) -> None:
    """Ctrl-C: no process and no sample is left in memory, and the last status says "stopped"."""
    last = [received.payload for received in recorded.received if received.topic == ROOT + "status"][-1]
    # 128 + 2, as a shell has it for SIGINT.
    assert recorded.code == 130
    assert recorded.children_left == []
    assert not ring_path(recorded.ward.config, "bed-1").exists()
    assert last["state"] == "stopped"
    assert last["last_seq"] == journalled(recorded.ward.witness, "bed-1")[-1]
