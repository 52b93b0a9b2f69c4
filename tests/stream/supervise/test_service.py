"""The parent as a service: what systemd is told of it, and a reload, with real processes that need no EEG."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from stream.config.keys import Bed
from stream.config.merge_keys import Merge
from stream.supervise.reloading import fingerprint
from tests.stream.brokers import Broker, Witness
from tests.stream.supervise.running_parent import Parents, detects, parent_of

__all__ = ["parent_of"]


def received(manager: socket.socket) -> list[str]:
    """Return what has come and was not read yet."""
    told = []
    while True:
        try:
            told.append(manager.recv(100).decode())
        except BlockingIOError:
            return told


async def test_a_service_is_ready_fed_reloaded_and_stopped(
    parent_of: Parents,
    broker: Broker,
    make_witness: Callable[[int], Witness],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In that order; the detector is started again with the threshold, and the change is an audit with both values."""
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    manager.bind(str(tmp_path / "notify"))
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    witness = make_witness(broker.port)
    async with parent_of(broker.port) as parent:
        await parent.until(lambda: detects(parent))
        bed = Bed(id="bed-1", merge=Merge(threshold=0.7))
        changed = parent.config.model_copy(update={"bed": [bed]})
        parent.supervisor.reload(changed)
        await parent.until(lambda: "reload" in [audit["action"] for audit in witness.on("event/audit")])
        await parent.until(lambda: detects(parent))
        # A socket that nobody reads holds ten lines, and takes no more.
        told = received(manager)
    told += received(manager)
    manager.close()
    [reload] = [audit["detail"] for audit in witness.on("event/audit") if audit["action"] == "reload"]
    assert reload["bed.0.merge.threshold"] == "default -> 0.7"
    assert reload["config_sha256"] == fingerprint(changed)
    assert (told[0], told[-1], set(told[1:-1])) == ("READY=1", "STOPPING=1", {"WATCHDOG=1"})
