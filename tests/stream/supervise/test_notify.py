"""What systemd is told, read from a socket in its place."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from stream.supervise.notify import Notifier


class Manager:
    """A socket that receives like systemd's."""

    def __init__(self, address: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.socket.bind(address)

    def told(self) -> list[str]:
        """Return what came since the last time."""
        lines = []
        while True:
            try:
                lines.append(self.socket.recv(4096).decode())
            except BlockingIOError:
                return lines


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    """Listen at a path."""
    made = Manager(str(tmp_path / "notify"))
    yield made
    made.socket.close()


def test_the_watchdog_lives_on_reports_and_not_on_a_timer(manager: Manager) -> None:
    """Not before the start is done; then once for each turn in which a child reported; a turn without one is silent."""
    notifier = Notifier.of({"NOTIFY_SOCKET": manager.socket.getsockname()})
    notifier.note_progress()
    notifier.ping()
    assert manager.told() == []
    notifier.ready()
    notifier.ping()
    notifier.ping()
    notifier.note_progress()
    notifier.note_progress()
    notifier.ping()
    notifier.stopping()
    assert manager.told() == ["READY=1", "WATCHDOG=1", "WATCHDOG=1", "STOPPING=1"]


def test_an_abstract_socket_is_one() -> None:
    """Its name begins with @."""
    manager = Manager("\0spikewatch-test-notify")
    Notifier.of({"NOTIFY_SOCKET": "@spikewatch-test-notify"}).ready()
    assert manager.told() == ["READY=1"]
    manager.socket.close()


@pytest.mark.parametrize("environment", [{}, {"NOTIFY_SOCKET": "/nowhere/notify"}])
def test_without_a_manager_nothing_happens(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal, or where the manager is gone: nothing is raised, and no other address is tried."""
    tried: list[str] = []

    class Watched(socket.socket):
        def connect(self, address: object) -> None:
            tried.append(str(address))
            super().connect(address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "socket", Watched)
    notifier = Notifier.of(environment)
    notifier.ready()
    notifier.note_progress()
    notifier.ping()
    notifier.stopping()
    assert tried == list(environment.values()) * 3
