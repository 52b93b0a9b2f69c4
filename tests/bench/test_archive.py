"""The bench of archives: what it computes, and whom it finds to kill."""

import os
import subprocess
import sys

from bench.archive import children, month


def test_a_month_is_computed_from_the_processor_time_of_what_was_scored() -> None:
    """20 beds, 30 days: 14,400 hours; at 90 s an hour they are 360 hours of a processor."""
    assert month(processor_s=15.0, recorded_s=600.0) == {
        "recorded_hours": 14_400,
        "processor_s_per_recorded_hour": 90.0,
        "processor_hours": 360.0,
    }


def test_the_processes_below_one_are_found_by_name() -> None:
    """A child and its own child, and none of another process."""
    inner = "import sys; sys.stdout.write('up\\n'); sys.stdout.flush(); sys.stdin.read()"
    outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}], check=True)"
    with subprocess.Popen([sys.executable, "-c", outer], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as started:
        assert started.stdout is not None
        started.stdout.readline()
        below = dict(children(os.getpid()))
        assert started.pid in below
        [(_, name)] = children(started.pid)
        assert "sys.stdin.read()" in name
