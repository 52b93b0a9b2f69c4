"""The demo's processes, for real: read, missed when they end, and gone with their parent."""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.simulate import Simulated
from stream.demo import place as places
from stream.demo.children import Child
from stream.demo.patient import RATE_HZ, patient
from stream.demo.place import Place
from stream.errors import SpikewatchError
from stream.records import Chunk
from tests.stream.acquire.acquire_process import Acquiring
from tests.stream.brokers import Witness

SEED = 900_500_002
SECONDS = 6.0


@pytest.fixture
def place() -> Iterator[Place]:
    """Make a place that is gone afterwards."""
    with places.made() as made:
        yield made


def first_line(child: Child) -> dict[str, object]:
    """Wait for the first line that it prints, and return it."""
    assert child.process.stdout is not None
    lines: list[dict[str, object]] = []
    while not lines:
        assert select.select([child.process.stdout], [], [], 20)[0], "it printed nothing"
        lines = child.lines()
    return lines[0]


def test_a_child_that_ended_is_an_error_with_its_name_and_last_line(place: Place) -> None:
    """One line: who, how, and why."""
    child = Child("the oracle", ["-c", "import sys; print('{\"a\": 1}\\nnot JSON'); sys.exit('no more to say')"], place)
    child.process.wait()
    assert child.lines() == [{"a": 1}]
    with pytest.raises(SpikewatchError, match="demo: the oracle ended with exit code 1: no more to say"):
        child.check()
    child.stop()


def test_a_child_that_will_not_end_is_ended(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGTERM first, then SIGKILL."""
    monkeypatch.setattr("stream.demo.children.STOP_WITHIN_S", 0.1)
    stubborn = "import signal; signal.signal(15, signal.SIG_IGN); print('{}', flush=True); signal.pause()"
    child = Child("a stubborn one", ["-c", stubborn], place)
    assert first_line(child) == {}
    child.check()
    child.stop()
    assert child.process.returncode == -signal.SIGKILL


@pytest.mark.parametrize(
    ("ending", "message"),
    [
        ("import os; os.kill(os.getpid(), 9)", "was ended by SIGKILL"),
        ("import sys; sys.stderr.write('spikewatch: no disk\\na later line\\n'); sys.exit(3)", "exit code 3: no disk"),
        ("import sys; sys.exit(2)", "exit code 2: it wrote nothing"),
    ],
)
def test_how_a_child_ended_is_one_short_line(place: Place, ending: str, message: str) -> None:
    """A signal by its name; of many lines the one that says what is wrong."""
    child = Child("it", ["-c", ending], place)
    child.process.wait()
    with pytest.raises(SpikewatchError, match=f"^demo: it .*{message}$"):
        child.check()
    child.stop()


PARENT = """
import sys
from stream.demo import place
from stream.demo.children import Child
with place.made() as made:
    child = Child("a child", ["-c", "import signal; print('{}', flush=True); signal.pause()"], made)
    print(child.process.pid, flush=True)
    sys.stdin.read()
"""


def test_children_die_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    """SIGKILL leaves the parent no chance to end them itself."""
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    ) as parent:
        assert parent.stdout is not None
        watch_fd = os.pidfd_open(int(parent.stdout.readline()))
        # Not before the leash is on: the child is then no longer the small program that puts it on.
        time.sleep(0.5)
        parent.kill()
        ended, _, _ = select.select([watch_fd], [], [], 10)
        os.close(watch_fd)
    assert ended


def test_the_broker_takes_connections_of_3_1_1(place: Place) -> None:
    """What one client publishes another one receives."""
    pytest.importorskip("amqtt", reason="amqtt comes with the demo extra")
    port = place.config.publish.port
    child = Child("the broker", ["-W", "ignore", "-m", "stream.demo.broker", str(port)], place)
    try:
        assert first_line(child) == {"listening": port}
        witness = Witness(port, version=4)
        witness.publish("spikewatch/v1/demo/bed-1/hello", '{"a": 1}')
        witness.wait(lambda w: w.on("hello") == [{"a": 1}])
        witness.close()
    finally:
        child.stop()


def test_a_broker_that_cannot_listen_names_the_port(place: Place, free_port: int) -> None:
    """Another program has it."""
    pytest.importorskip("amqtt", reason="amqtt comes with the demo extra")
    arguments = ["-W", "ignore", "-m", "stream.demo.broker", str(free_port)]
    first = Child("the first broker", arguments, place)
    try:
        assert first_line(first) == {"listening": free_port}
        second = Child("the second broker", arguments, place)
        second.process.wait(20)
        with pytest.raises(SpikewatchError, match=f"the second broker .*nothing can listen on 127.0.0.1:{free_port}"):
            second.check()
        second.stop()
    finally:
        first.stop()


def expected(chunk: Chunk, offset: int, simulated: Simulated) -> bool:
    """Return whether a received chunk is the piece of the simulation that stands there."""
    # Equal, not close: nothing between the simulation and acquisition may touch a sample.
    return bool((chunk.samples == simulated.samples[:, offset + chunk.first : offset + chunk.end]).all())


def test_the_patient_streams_what_its_truth_says(place: Place, tmp_path: Path) -> None:
    """The samples are those of the seed, in time; each peak's time is that of its sample."""
    with Acquiring(tmp_path) as ward:
        place.environment["LSLAPICFG"] = str(ward.config_path)
        child = Child("the patient", ["-m", "stream.demo.patient", "ward", str(SEED)], place)
        try:
            started = first_line(child)
            ward.acquire()
            ward.follow(lambda: ward.samples > SECONDS * RATE_HZ)
            lines = child.lines()
        finally:
            child.stop()
    t0_s = float(str(started["t0_lsl"]))
    # In one piece, where the process makes pieces of 4 s: the patient must not depend on the cut.
    whole = patient(SEED).next(20.0)
    chunks = [record for record in ward.records if isinstance(record, Chunk)]
    # Acquisition numbers from its own first sample; which of the sender's that was, its LSL time says.
    offset = round((chunks[0].lsl_s - t0_s) * RATE_HZ) + 1 - chunks[0].end
    assert all(expected(chunk, offset, whole) for chunk in chunks)
    # 2 ms, half a sample at 256 Hz: a chunk that is one sample off is seen.
    assert all(abs(chunk.lsl_s - t0_s - (offset + chunk.end - 1) / RATE_HZ) < 0.002 for chunk in chunks)
    truths = [line["ied"] for line in lines if "ied" in line]
    assert truths
    assert [(one["sample"], one["ratio"]) for one in truths] == [(i.peak, i.ratio) for i in whole.ieds[: len(truths)]]
    assert all(one["lsl_s"] == pytest.approx(t0_s + one["sample"] / RATE_HZ) for one in truths)
    assert [line["stage"]["name"] for line in lines if "stage" in line] == [whole.stages[0].stage]
