"""Wrong input is reported in one line and never analysed: missing, doubled and unfit streams, damaged files."""

import json
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.zoo.store import WEIGHTS, ZOO, for_montage
from stream.supervise.bed_state import STARTING
from tests.stream.brokers import MOSQUITTO, PATIENCE_S, Received
from tests.stream.cli.command import spikewatch
from tests.stream.eeg_file import save
from tests.stream.live_system import LiveSystem, becomes, bed, payloads

pytestmark = pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed")
ALARMS = {
    "nobody": "no_stream",
    "twins": "stream_refused",
    "words": "stream_refused",
    "unmounted": "unusable_stream",
    "volts": "implausible_amplitude",
}
"""Each bed's stream is wrong in its own way, but for "well"; its name says how."""


@dataclass(frozen=True)
class Watched:
    """What was received of each bed, until each had its alarm."""

    ward: LiveSystem
    alive: bool
    received: tuple[Received, ...]

    def payloads(self, name: str, topic: str) -> list[dict[str, Any]]:
        """Return the payloads of a bed's topic."""
        return [received.payload for received in self.received if received.topic.endswith(f"/{name}/{topic}")]

    def reason(self, name: str) -> str:
        """Return the reason of a bed's alarm, as its newest status has it."""
        return str(self.payloads(name, "status")[-1]["alarms"][ALARMS[name]])

    def delay_s(self, name: str) -> float:
        """Return how long it took until a status had the bed's alarm, from when the detector was up."""
        statuses = [received for received in self.received if received.topic.endswith(f"/{name}/status")]
        up_s = next(received.at_s for received in statuses if received.payload["reason"] != STARTING)
        return next(received.at_s for received in statuses if ALARMS[name] in received.payload["alarms"]) - up_s


@pytest.fixture(scope="module")
def watched(discharges: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """Watch all wrong streams and a right one in one run, until each bed has its alarm and its samples their fate."""
    folder = tmp_path_factory.mktemp("wrong")
    with np.load(discharges) as eeg:
        # Sent as if they were microvolts: a million times too small, as a wrong setting of an amplifier makes them.
        volts = save(folder / "volts.npz", eeg["x"][:, : 20 * 256] * 1e-6, 256.0, tuple(eeg["labels"]))
    with LiveSystem(folder, *(bed(name) for name in [*ALARMS, "well"])) as ward:
        ward.amplifier(name="twins", source_id="left")
        ward.amplifier(name="twins", source_id="right")
        ward.amplifier(name="words", source_id="words", format="string", unit="")
        ward.amplifier(name="unmounted", source_id="unmounted")
        ward.run()
        ward.play(volts, "volts")
        ward.play(discharges, "well")
        for name, alarm in ALARMS.items():
            becomes(partial(has_alarm, ward, name, alarm), PATIENCE_S, f"{alarm} of {name}")
        # 5 s of it are enough to show that samples go on being rejected, not just the first ones.
        becomes(lambda: ward.accounting("volts").get("rejected", 0) > 5 * 256, PATIENCE_S, "volts rejected")
        becomes(
            lambda: bool(payloads(ward.witness, "well", "event/ied")), PATIENCE_S, "an event of the bed that is well"
        )
        yield Watched(ward, ward.running.poll() is None, tuple(ward.witness.received))


def has_alarm(ward: LiveSystem, name: str, alarm: str) -> bool:
    """Return whether a bed's newest status has an alarm, and its event came."""
    in_status = any(alarm in status["alarms"] for status in payloads(ward.witness, name, "status")[-1:])
    # The event goes through the journal and may come after the status: what was received before it lacks it.
    return in_status and any(alarm == event["name"] for event in payloads(ward.witness, name, "event/alarm"))


def test_a_stream_that_is_not_there_is_an_alarm_and_the_run_goes_on(watched: Watched) -> None:
    """Within seconds, naming what was looked for and what there is."""
    assert watched.delay_s("nobody") < 10
    assert 'no stream matches name = "nobody"' in watched.reason("nobody")
    assert watched.alive
    assert watched.ward.accounting("nobody") == {}


def test_the_first_lines_say_where_to_look_and_what_is_waited_for(watched: Watched) -> None:
    """Whoever starts it for the first time has the page, the metrics, the streams, and whom to ask."""
    first = "\n".join(watched.ward.log()[:20])
    assert f"http://127.0.0.1:{watched.ward.config.web.port}/" in first
    assert f"http://127.0.0.1:{watched.ward.metrics_port}/metrics" in first
    assert 'name = \\"nobody\\", type = \\"EEG\\"' in first
    assert "spikewatch doctor --config" in first


def test_l7_two_streams_that_match_are_both_named_and_neither_is_analysed(watched: Watched) -> None:
    """Which of them is the patient's is never guessed."""
    assert '2 streams match name = "twins"' in watched.reason("twins")
    assert 'source_id "left"' in watched.reason("twins")
    assert 'source_id "right"' in watched.reason("twins")
    assert watched.ward.accounting("twins") == {}


def test_a_stream_of_strings_is_refused(watched: Watched) -> None:
    """EEG needs numbers."""
    assert "sends string samples; EEG needs numbers" in watched.reason("words")
    assert watched.ward.accounting("words") == {}


def test_labels_without_a_montage_are_an_alarm_and_every_sample_is_rejected(watched: Watched) -> None:
    """The alarm names the labels; nothing is analysed."""
    assert "E0" in watched.reason("unmounted")
    assert watched.ward.accounting("unmounted").keys() == {"rejected"}


def test_s8_volts_declared_as_microvolts_are_an_alarm_and_no_event(watched: Watched) -> None:
    """The alarm names the key to look at, soon after the first samples; none of them counts as analysed."""
    bound = next(received.at_s for received in watched.received if received.topic.endswith("/volts/info"))
    events = [received for received in watched.received if received.topic.endswith("/volts/event/alarm")]
    told = next(received.at_s for received in events if received.payload["name"] == ALARMS["volts"])
    assert told - bound < 15
    assert "bed.acquire.unit" in watched.reason("volts")
    assert watched.payloads("volts", "event/ied") == []
    assert watched.ward.accounting("volts").keys() == {"rejected"}


@pytest.mark.parametrize("name", ALARMS)
def test_a_bed_with_a_wrong_stream_is_not_online_and_has_no_event(watched: Watched, name: str) -> None:
    """Its alarm stands in the status and in the journal."""
    assert watched.payloads(name, "status")[-1]["state"] in {"stale", "degraded"}
    assert watched.payloads(name, "event/ied") == []
    assert ALARMS[name] in {alarm["name"] for alarm in watched.payloads(name, "event/alarm") if alarm["on"]}


def test_wrong_streams_do_no_harm_to_another_bed(watched: Watched) -> None:
    """The bed whose stream is right is online, and its IEDs are published."""
    assert watched.payloads("well", "status")[-1]["state"] == "online"
    assert watched.payloads("well", "event/ied")


def test_a_hangup_reloads_what_may_change_and_refuses_the_rest(watched: Watched) -> None:
    """The log's level with both values in the audit; a key that needs a restart is named, and the run goes on."""
    ward, text = watched.ward, watched.ward.config_path.read_text(encoding="utf-8")
    ward.config_path.write_text(f"{text}\n[frame]\nhop_ms = 250\n", encoding="utf-8")
    ward.running.send_signal(signal.SIGHUP)
    becomes(lambda: "frame.hop_ms: takes effect only after a restart" in "".join(ward.log()), PATIENCE_S, "a refusal")
    ward.config_path.write_text(f'{text}\n[log]\nlevel = "warning"\n', encoding="utf-8")
    ward.running.send_signal(signal.SIGHUP)
    reloaded = '"log.level": "info -> warning"'
    becomes(lambda: any(reloaded in str(event) for event in _audits(ward)), PATIENCE_S, "a reload")
    assert ward.running.poll() is None


def _audits(ward: LiveSystem) -> list[str]:
    return [json.dumps(audit["detail"]) for audit in payloads(ward.witness, "well", "event/audit")]


@pytest.fixture
def altered(tmp_path: Path) -> Path:
    """Make a copy of the shipped detector in which one byte in the middle is another."""
    folder = tmp_path / "altered"
    shutil.copytree(ZOO / for_montage("scalp"), folder)
    content = bytearray((folder / WEIGHTS).read_bytes())
    # Within the tensors: a damaged header would be refused by the reader of safetensors itself.
    content[len(content) // 2] ^= 0xFF
    (folder / WEIGHTS).write_bytes(content)
    return folder


def test_i5_altered_weights_end_the_run_with_3(altered: Path, tmp_path: Path) -> None:
    """One line for a person names the file; no process is left, and no traceback."""
    with LiveSystem(tmp_path, bed("bed-1")) as ward:
        running = ward.run("--set", f"infer.detector={altered}")
        assert running.wait(30) == 3
        told = [line for line in ward.log() if line.startswith("spikewatch: ")]
        assert len(told) == 1
        assert str(altered / WEIGHTS) in told[0]
        assert "sha256" in told[0]
        assert "Traceback" not in "\n".join(ward.log())


def test_altered_weights_end_a_scoring_with_3(altered: Path, discharges: Path, tmp_path: Path) -> None:
    """One line that names the file."""
    ended = spikewatch(tmp_path, "score", str(discharges), "--set", f"infer.detector={altered}")
    assert ended.code == 3
    assert ended.err.count("\n") == 1
    assert str(altered / WEIGHTS) in ended.err


# numpy fails on each in another way: EOFError, BadZipFile, ValueError.
@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a zip", b"\x00" * 4096])
def test_a_file_that_cannot_be_read_ends_a_scoring_with_3(tmp_path: Path, content: bytes) -> None:
    """One line that names the file."""
    (tmp_path / "bad.npz").write_bytes(content)
    ended = spikewatch(tmp_path, "score", "bad.npz")
    assert ended.code == 3
    assert ended.err.count("\n") == 1
    assert "bad.npz" in ended.err
