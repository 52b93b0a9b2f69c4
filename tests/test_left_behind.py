"""A run of the tests that leaves something behind fails, and says what."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import LONGEST_FIRST
from tests.test_architecture import ROOT

CONFTEST = """
from tests import left_behind
from tests.conftest import *

left_behind.PATIENCE_S = 0.2
"""
LEAKS = {
    "process": (
        "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(20)'])",
        "LEFT BEHIND by the tests: process ",
    ),
    "shared memory": (
        "from stream.logbook.samplelog import SHARED_MEMORY; (SHARED_MEMORY / '{ring}').touch()",
        "LEFT BEHIND by the tests: shared memory: /dev/shm/{ring}",
    ),
    "port": (
        "import socket, builtins; builtins.left = socket.create_server(('127.0.0.1', 0))",
        "is still listened on",
    ),
}


# Only a process looks for its own ports; the rest is looked for by the one that started the workers.
@pytest.mark.parametrize(("kind", "workers"), [*((kind, "0") for kind in ("nothing", *LEAKS)), ("port", "1")])
def test_what_a_run_leaves_behind_fails_it(kind: str, workers: str, tmp_path: Path) -> None:
    """In one line each, whether the test ran here or in a worker; a run that leaves nothing passes."""
    ring = f"spikewatch-left-{os.getpid()}.ring"
    code, line = (text.format(ring=ring) for text in LEAKS.get(kind, ("pass", "")))
    (tmp_path / "conftest.py").write_text(CONFTEST)
    test = tmp_path / "test_leak.py"
    # A process that its parent forgets is a ResourceWarning too, which would fail the test before the look at the end.
    test.write_text(f"import pytest\n\n\n@pytest.mark.filterwarnings('ignore')\ndef test_leak():\n    {code}\n")
    command = [sys.executable, "-m", "pytest", "-n", workers, "-c", str(ROOT / "pyproject.toml"), str(test)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    (Path("/dev/shm") / ring).unlink(missing_ok=True)
    assert ran.returncode == (kind in LEAKS), ran.stdout
    assert line in ran.stdout
    assert ("LEFT BEHIND" in ran.stdout) == (kind in LEAKS)


@pytest.mark.parametrize("name", LONGEST_FIRST)
def test_the_files_that_are_begun_first_are_there(name: str) -> None:
    """A file that moved would silently run in its place of the alphabet."""
    assert (ROOT / "tests" / name).is_file()
