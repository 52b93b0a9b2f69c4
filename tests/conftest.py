"""What every test may rely on."""

import os
import signal
import sys

import pytest

# Two threads wait for each other as soon as another program wants a core, and tests take many times as long; set before
# torch is imported, and for every program that a test starts.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# A shell that runs the tests in the background has them ignore Ctrl-C, and every program they start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _denormals() -> None:
    """Undo what `tune_process`, and an engine opened for another test, set: numbers near zero count in tests."""
    if "torch" in sys.modules:
        sys.modules["torch"].set_flush_denormal(False)
