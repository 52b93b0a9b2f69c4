"""Fixtures that several tests of the parent share."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from stream.config.keys import Bed, Config, Infer
from stream.supervise import children
from stream.supervise.bed_state import BedState
from stream.supervise.page import Page
from tests.stream.hand_clock import HandClock
from tests.stream.supervise.bed_harness import Harness
from tests.stream.supervise.family import PROGRAM, Family
from tests.stream.supervise.reports import ANALYSING, READY, STREAMING
from tests.stream.supervise.served_page import BED, Served, configured
from tests.stream.supervise.web_site import CHROMIUM, QUIET


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start Chromium once for the tests of a file."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install -e '.[test]'")
    # Five seconds, its default, are too few on a busy host; what must come sooner has a time of its own.
    playwright.expect.set_options(timeout=20_000)
    with playwright.sync_playwright() as started:
        found = started.chromium.launch(executable_path=CHROMIUM, args=[f"--{flag}" for flag in QUIET])
        yield found
        found.close()


@pytest.fixture
def make_family(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Family]:
    """Make a child that does in each of its lives what a test lists; its parent is impatient."""
    (tmp_path / "fake_child.py").write_text(PROGRAM)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    # A child of a test has nothing to finish: one that is deaf to SIGTERM is killed sooner.
    monkeypatch.setattr(children, "STOP_S", 0.5)

    def make(*deeds: list[Any], spare: bool = False) -> Family:
        return Family(tmp_path, list(deeds), spare=spare)

    return make


@pytest.fixture
def clock() -> HandClock:
    """Start at 1000 s."""
    return HandClock(1000.0)


@pytest.fixture
def fresh(clock: HandClock) -> BedState:
    """Begin at 1000 s, with a budget of 200 ms, before anything is reported."""
    return BedState(Config(bed=[Bed(id="bed-1")], infer=Infer(budget_ms=200.0)), "bed-1", clock)


@pytest.fixture
def watched(fresh: BedState) -> BedState:
    """Begin with reports that all is well."""
    fresh.observe_link(STREAMING)
    fresh.observe_ready(READY)
    fresh.observe_detector(ANALYSING)
    return fresh


@pytest.fixture
def state() -> dict[str, Any]:
    """Return what the page shows of a site whose two beds are watched."""
    beds = {"bed-1": deepcopy(BED), "bed-2": deepcopy(BED)}
    return {"site": "demo", "version": "0", "notice": "", "beds": beds, "mqtt": {"connected": True, "outbox": 0}}


@pytest.fixture
def served(free_port: int, state: dict[str, Any]) -> Served:
    """Serve the page on a free port while a test looks at it; arguments are keys of [web]."""

    @asynccontextmanager
    async def serve(host: str = "127.0.0.1", *, allow_remote: bool = False) -> AsyncIterator[int]:
        page = Page(configured(free_port, host, allow_remote=allow_remote), lambda: state)
        running = asyncio.create_task(page.run())
        yield free_port
        await page.stop()
        await running

    return serve


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[Harness]:
    """Begin before the first report."""
    made = Harness(tmp_path)
    yield made
    made.close()
