"""The whole demo, as a user starts it: every process, real LSL, a broker, and figures at the end."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from stream.config.load import load
from stream.demo import director
from stream.demo.children import Child
from stream.demo.director import Demo
from stream.demo.place import BED, made
from stream.demo.watched import Watched
from stream.errors import SpikewatchError
from stream.logbook.samplelog import ring_path

pytest.importorskip("amqtt", reason="amqtt comes with the demo extra")

DEMO = [sys.executable, "-m", "stream.cli", "demo"]


def test_half_a_minute_of_the_demo(tmp_path: Path) -> None:
    """A simulated patient's discharges are found, in time, and nothing is left behind."""
    # The demo's folder is made here, so that what it leaves behind is seen below.
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    ran = subprocess.run(
        [*DEMO, "--seconds", "25", "--json"], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stderr
    figures = json.loads(ran.stdout)
    assert figures["ieds"] >= 1
    assert figures["found"] >= 1
    assert figures["windows"]["scored"] > 0
    assert figures["samples"]["missing"] == figures["samples"]["shed"] == 0
    # A busy machine may take most of the time to start; what follows is analysed but for a few reports of a second.
    assert figures["samples"]["analysed"] > max(0, figures["seconds"] - figures["startup_s"] - 5) * 256
    assert figures["latency_ms"]["events"]["n"] >= figures["found"]
    assert 0 < figures["latency_ms"]["events"]["p50"] < figures["spike_to_event_ms"]["p50"]
    assert 0 < figures["startup_s"] < 25
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_ends_every_process(tmp_path: Path) -> None:
    """Exit code 130 after a last drawing; no process, folder or sample log is left."""
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(DEMO, env=environment, stdout=subprocess.PIPE, text=True) as demo, ExitStack() as at_end:
        # Popen waits at the end of the block; after a failed check the demo would play until pytest gives up.
        at_end.callback(demo.send_signal, signal.SIGINT)
        # Three of its own, and two of `spikewatch run`'s.
        while len(below := descendants(demo.pid)) < 5:
            assert demo.poll() is None
            time.sleep(0.05)
        fds = [os.pidfd_open(pid) for pid in below]
        [folder] = tmp_path.iterdir()
        ring = ring_path(load(folder / "config.toml"), BED)
        demo.send_signal(signal.SIGINT)
        out, _ = demo.communicate(timeout=30)
    assert demo.returncode == 130
    assert "Spikewatch, a simulated patient" in out
    for fd in fds:
        assert is_gone(fd)
        os.close(fd)
    assert list(tmp_path.iterdir()) == []
    assert list(ring.parent.glob(ring.stem + ".*")) == []


def descendants(pid: int) -> list[int]:
    """Find the processes that it started, and theirs."""
    try:
        children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return children + [below for child in children for below in descendants(child)]


def is_gone(pidfd: int) -> bool:
    """Return whether the process is gone."""
    # By pidfd, not by number: the kernel may give the number to another process at once.
    try:
        signal.pidfd_send_signal(pidfd, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_process_that_ends_early_ends_the_demo() -> None:
    """In one line that names it."""
    with made() as place:
        child = Child("spikewatch run", ["-c", "import sys; sys.exit('spikewatch: no disk')"], place)
        child.process.wait()
        with pytest.raises(SpikewatchError, match="demo: spikewatch run ended with exit code 1: no disk"):
            Demo(place, [child], Watched(0.0)).run(float("inf"), draws=False)
        child.stop()


def test_without_its_broker_the_demo_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra was left out."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(SpikewatchError, match=r"pip install 'spikewatch\[demo\]'"):
        director.direct(1.0, [], as_json=True)
