"""A parent that runs in the test's process, with children that need no EEG and a disk that may fail."""

import asyncio
import http.client
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from stream.config.keys import Config
from stream.supervise import supervisor
from stream.supervise.supervisor import Supervisor
from tests.ports import free_port
from tests.stream.failing_journal import FailingJournal


class Parent:
    """A parent that runs in this process, and what it answers."""

    def __init__(self, folder: Path, mqtt_port: int, **publish: object) -> None:
        self.folder = folder
        self.config = Config.model_validate(
            {
                "site": "ward",
                "bed": [{"id": "bed-1"}],
                # The shortest that the configuration takes: a test need not wait for longer.
                "watch": {"stale_s": 2},
                "publish": {"port": mqtt_port, **publish},
                "journal": {"path": folder / "journal.db"},
                "metrics": {"port": free_port()},
                "web": {"port": free_port()},
            }
        )
        self.supervisor = Supervisor(self.config)
        self.stopped = asyncio.Event()

    @property
    def disk(self) -> FailingJournal:
        """The journal, on a disk that may fail."""
        assert isinstance(self.supervisor._file, FailingJournal)
        return self.supervisor._file

    async def get(self, port: int, path: str) -> tuple[int, str]:
        """Return status and text of an answer."""

        def ask() -> tuple[int, str]:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("GET", path)
            answer = connection.getresponse()
            text = answer.read().decode()
            connection.close()
            return answer.status, text

        return await asyncio.to_thread(ask)

    async def detecting(self) -> tuple[int, str]:
        """Return what a watchdog is answered."""
        return await self.get(self.config.web.port, "/-/detecting")

    async def alarms(self) -> set[str]:
        """Return the alarms that are 1 on the metrics page."""
        _, page = await self.get(self.config.metrics.port, "/metrics")
        samples = [sample for family in text_string_to_metric_families(page) for sample in family.samples]
        return {s.labels["name"] for s in samples if s.name == "spikewatch_alarm" and s.value == 1}

    async def until(self, reached: Callable[[], object]) -> None:
        """Wait until a coroutine function or a function returns something true."""
        async with asyncio.timeout(90):
            while True:
                found = reached()
                if await found if asyncio.iscoroutine(found) else found:
                    return
                await asyncio.sleep(0.05)


Parents = Callable[..., AbstractAsyncContextManager[Parent]]


@pytest.fixture
def parent_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Parents:
    """Run parents whose children are fake processes and whose disk may fail."""
    monkeypatch.setattr(supervisor, "DETECT_MODULE", "tests.stream.supervise.fake_process")
    monkeypatch.setattr(supervisor, "ACQUIRE_MODULE", "tests.stream.supervise.fake_process")
    monkeypatch.setattr(supervisor, "Journal", FailingJournal)

    @asynccontextmanager
    async def running(mqtt_port: int, **publish: object) -> AsyncIterator[Parent]:
        parent = Parent(tmp_path, mqtt_port, **publish)
        task = asyncio.create_task(parent.supervisor.run(parent.stopped))
        try:
            yield parent
            assert not task.done()
        finally:
            parent.stopped.set()
            await asyncio.wait_for(task, 90)

    return running


async def detects(parent: Parent) -> bool:
    """Return whether every bed is watched."""
    return (await parent.detecting())[0] == 200
