"""Training needs the memory of a few batches, whatever the size of the set."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.models.training import sparse_window_set

ROOT = Path(__file__).parents[3]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from Linux's /proc")
def test_training_on_a_set_of_several_gigabytes_takes_less_than_one(tmp_path: Path) -> None:
    """Peak memory of a process that trains on 3.8 GB, interpreter and torch included."""
    sparse_window_set.write(tmp_path / "set")
    assert (tmp_path / "set" / "windows.npy").stat().st_size > 3.8e9
    command = [sys.executable, "-m", "tests.models.training.sparse_window_set", str(tmp_path / "set")]
    output = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert output.returncode == 0, output.stderr
    # KiB. The interpreter with torch takes a quarter of it; the windows would take four times as much.
    assert int(output.stdout) < 1_000_000
