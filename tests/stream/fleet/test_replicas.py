"""Two replicas on this machine, as `spikewatch fleet` starts them: they answer, and no window is lost with one."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest

from bench.archive import children
from models.engines.opening import open_engine
from models.engines.parity import eeg_like
from models.zoo import store
from stream.fleet.engine import FleetEngine
from stream.fleet.link import HttpLink
from tests.ports import free_port

pytest.importorskip("fastapi", reason="Ray Serve is not installed: pip install 'spikewatch[ray]'")

MODEL = "sc-small"
READY_S = 100.0


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int]]:
    """Start a fleet; yield its process id and its port, once its engine answers."""
    port, told = free_port(), tmp_path_factory.mktemp("fleet") / "told"
    settings = ("--set", f"infer.detector={MODEL}", "--set", "infer.device=cpu")
    words = [sys.executable, "-m", "stream.cli", "fleet", "--port", str(port), "--replicas", "2", *settings]
    with told.open("wb") as stderr, subprocess.Popen(words, cwd=told.parent, stderr=stderr) as process:
        due_s = time.monotonic() + READY_S
        while b"serving sc-small" not in told.read_bytes():
            assert process.poll() is None, told.read_text(encoding="utf-8")
            assert time.monotonic() < due_s, "the fleet does not start"
            time.sleep(0.1)
        yield process.pid, port
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 130


@pytest.mark.fault
def test_i9_a_killed_replica_costs_no_window(fleet: tuple[int, int]) -> None:
    """One of two dies by SIGKILL: every window has its answer, by the other or by this host, and the fleet recovers."""
    process, port = fleet
    loaded = store.load(MODEL)
    local = open_engine(loaded, "cpu")
    windows = eeg_like(5, loaded.manifest.channels, loaded.manifest.window_samples)
    expected, places = local.score(windows)
    by = []
    with closing(HttpLink(f"http://127.0.0.1:{port}", loaded.manifest)) as link:
        engine = FleetEngine(link, local, deadline_s=5.0)
        for number in range(300):
            if number == 20:
                replicas = [pid for pid, name in children(process) if "ServeReplica" in name]
                assert len(replicas) == 2
                os.kill(replicas[0], signal.SIGKILL)
            probabilities, peaks = engine.score(windows)
            np.testing.assert_allclose(probabilities, expected, atol=1e-5)
            np.testing.assert_array_equal(peaks, places)
            by.append(engine.by)
    assert by[:20] == ["fleet"] * 20
    # What was under way at the replica that died is scored here; nothing of a fleet that lives on is left for long.
    assert by.count("failed") + by.count("late") <= 2
    assert engine.by == "fleet"
