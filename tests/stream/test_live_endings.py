"""How `spikewatch run` is ended by a service manager, and by the kernel: nothing is left, and the broker says so."""

import signal
from pathlib import Path

import pytest

from stream.logbook.samplelog import ring_path
from tests.stream.brokers import MOSQUITTO, PATIENCE_S
from tests.stream.live_system import LiveSystem, becomes, bed, payloads
from tests.stream.test_live import ROOT, states

pytestmark = pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed")


def test_termination_ends_everything_with_0(tmp_path: Path) -> None:
    """As service managers do it, here before any stream was found."""
    with LiveSystem(tmp_path, bed("bed-1")) as ward:
        running = ward.run()
        ward.witness.wait(lambda witness: bool(payloads(witness, "bed-1", "heartbeat")))
        becomes(lambda: len(ward.children()) >= 2, PATIENCE_S, "both children run")
        children = ward.children()
        running.send_signal(signal.SIGTERM)
        assert running.wait(15) == 0
        assert not any(Path(f"/proc/{pid}").exists() for pid in children)
        ward.witness.wait(lambda witness: states(witness)[-1:] == ["stopped"])
        assert not ring_path(ward.config, "bed-1").exists()


def test_m9_a_killed_run_is_told_by_its_last_will(tmp_path: Path) -> None:
    """After kill -9 the broker itself says "offline", retained; the children end with their parent."""
    with LiveSystem(tmp_path, bed("bed-1")) as ward:
        running = ward.run()
        ward.witness.wait(lambda witness: bool(payloads(witness, "bed-1", "heartbeat")))
        becomes(lambda: len(ward.children()) >= 2, PATIENCE_S, "both children run")
        children = ward.children()
        running.kill()
        ward.witness.wait(lambda witness: states(witness)[-1:] == ["offline"])
        becomes(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children), PATIENCE_S, "the children are gone")
        # Who comes now gets the will only if the broker has retained it.
        late = ward.listen()
        late.wait(lambda witness: bool(states(witness)))
        *before, told = payloads(ward.witness, "bed-1", "status")
        # Retained by the broker, since the process that could tell it is dead.
        [kept] = [received for received in late.received if received.topic == ROOT + "status"]
        assert {status["state"] for status in before} == {"stale"}
        assert told["reason"] == "the connection to Spikewatch was lost"
        assert (kept.payload, kept.retain) == (told, True)
