"""What every test may rely on, the order of the files, and what must not be left when all have run."""

import gc
import importlib
import os
import re
import signal
import sys
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import hypothesis
import pytest

from tests.left_behind import left_behind, listening, mark, rings

# Two threads wait for each other as soon as another program wants a core, and tests take many times as long; set before
# torch is imported, and for every program that a test starts.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# A shell that runs the tests in the background has them ignore Ctrl-C, and every program they start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples in every run, else a change is blamed for what another draw would have found before it. No deadline:
# on a machine that does something else besides, the first example alone takes as long as all others.
hypothesis.settings.register_profile("tests", derandomize=True, deadline=None)
hypothesis.settings.load_profile("tests")

LONGEST_FIRST: Final = (
    "stream/test_live_survival.py",
    "stream/test_live.py",
    "docs/test_how_to.py",
    "bench/paper/test_main.py",
    "stream/test_live_bad_signal.py",
    "stream/test_live_stopped.py",
    "stream/demo/test_director.py",
    "stream/acquire/test_cable.py",
    "stream/acquire/test_sender_clocks.py",
    "stream/acquire/test_overflow.py",
    "stream/detect/test_isolation.py",
    "stream/cli/test_calibration.py",
    "models/training/test_resume.py",
    "stream/cli/test_training.py",
    "stream/test_wrong_input.py",
    "models/networks/test_registry.py",
    "stream/acquire/test_process.py",
    "stream/detect/test_stream_networks.py",
    "models/simulate/test_simulate.py",
    "models/engines/test_openvino.py",
    "models/training/test_search.py",
)
"""Files of more than ten seconds, below `tests`: what is begun last must not be what takes longest.

Those that wait for a signal in real time take turns with those that compute: both at once fill a machine of two cores.
"""

_HAZARDS: Final = Path(__file__).parents[1] / "docs" / "hazards.md"
_NAMED: Final = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
"""How that page names a test: those that break something on purpose, whether or not their own file marks them."""
_KNOWN_RINGS: Final = pytest.StashKey[set[Path]]()
_LEFT: Final = pytest.StashKey[list[str]]()


@pytest.fixture(autouse=True)
def _denormals() -> None:
    """Undo what `tune_process`, and an engine opened for another test, set: numbers near zero count in tests."""
    if "torch" in sys.modules:
        sys.modules["torch"].set_flush_denormal(False)


def pytest_configure(config: pytest.Config) -> None:
    """Remember what was there before."""
    config.stash[_LEFT] = []
    # A worker keeps the mark of its run, so that one look at the end finds what any worker left.
    if not _is_worker(config):
        mark()
        config.stash[_KNOWN_RINGS] = rings()


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Look for no garbage among what is imported for the tests: it stays, and the search takes a fifth of the time."""
    gc.disable()
    try:
        _import_own_share(session.config)
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what the table of hazards names; begin with the longest files, the others and their tests stay in order."""
    project = _HAZARDS.parents[1]
    named = {(project / path, name) for path, name in _NAMED.findall(_HAZARDS.read_text(encoding="utf-8"))}
    for item in items:
        if (item.path, item.name.partition("[")[0]) in named:
            item.add_marker("fault")
    root = Path(__file__).parent
    places = {root / name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that leaves a process, a sample log in shared memory or a port behind."""
    left = session.config.stash[_LEFT]
    if _is_worker(session.config):
        session.config.workeroutput["left"] = listening()  # type: ignore[attr-defined]  # pytest-xdist sets it
        return
    left += [*left_behind(session.config.stash[_KNOWN_RINGS]), *listening()]
    if left and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:  # noqa: ANN401 -- pytest-xdist has no type for it
    """Collect what a worker of pytest-xdist said at its end."""
    node.config.stash[_LEFT].extend(getattr(node, "workeroutput", {}).get("left", []))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Name what was left."""
    for line in config.stash[_LEFT]:
        terminalreporter.write_line(f"LEFT BEHIND by the tests: {line}", red=True)


def _import_own_share(config: pytest.Config) -> None:
    """Import a share of all test files first, as one of several workers: the others then find them compiled.

    All workers begin at once and import every file. In one order, each of them would rewrite the assertions of a fresh
    clone by itself, which takes as long as importing what is tested.
    """
    worker: dict[str, Any] | None = getattr(config, "workerinput", None)
    if worker is None or config.args != config.getini("testpaths"):
        return
    project = _HAZARDS.parents[1]
    number = int(worker["workerid"].removeprefix("gw"))
    for file in sorted((project / "tests").rglob("test_*.py"))[number :: worker["workercount"]]:
        # What cannot be imported is told when it is collected.
        with suppress(Exception, pytest.skip.Exception):
            importlib.import_module(".".join(file.relative_to(project).with_suffix("").parts))


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")
