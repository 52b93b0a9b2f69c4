"""A child process: its task from stdin, its end by signal or with its parent, an exit code for a user's mistake."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stream import child_process

CHILD = """
import sys, time
from models.errors import ModelError
from {module} import main
from stream.errors import ConfigError, RecordError

def run(task):
    print(task["say"], flush=True)
    {body}

main("spikewatch part", "__main__")
"""
LOADS = """
from {module} import main
main("spikewatch part", "{library}")
"""
FOR_LONG = "time.sleep(60)"


def program(body: str) -> list[str]:
    """Return the command line of a child whose task has this body."""
    return [sys.executable, "-c", CHILD.format(module=child_process.__name__, body=body)]


@contextmanager
def running(body: str) -> Iterator["subprocess.Popen[str]"]:
    """Start a child and wait until it has its task."""
    pipe = subprocess.PIPE
    with subprocess.Popen(program(body), stdin=pipe, stdout=pipe, stderr=pipe, text=True) as child:
        assert child.stdin is not None and child.stdout is not None  # noqa: PT018  (for the type checker)
        child.stdin.write('{"say": "begun"}\n')
        child.stdin.flush()
        assert child.stdout.readline() == "begun\n"
        try:
            yield child
        finally:
            child.kill()


@pytest.mark.parametrize(
    ("error", "code"),
    [("ConfigError('no such key')", 2), ("RecordError('no such key')", 3), ("ModelError('no such key')", 3)],
)
def test_what_a_user_must_mend_is_one_line_and_an_exit_code(error: str, code: int) -> None:
    """No traceback; the parent ends the whole on these codes before the first report."""
    with running(f"raise {error}") as child:
        _, err = child.communicate()
        assert (child.returncode, err) == (code, "spikewatch part: no such key\n")


def test_a_parent_that_reads_no_more_is_no_failure() -> None:
    """Its report pipe breaks as it goes."""
    with running("raise BrokenPipeError") as child:
        assert child.communicate()[1] == ""
        assert child.returncode == 0


@pytest.mark.fault
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP], ids=["p6-ctrl-c", "p6-terminal-closed"])
def test_p6_sigterm_ends_it_in_order_and_what_the_terminal_sends_does_not(number: signal.Signals) -> None:
    """Both reach every process of a terminal; the parent decides when its children end."""
    with running(FOR_LONG) as child:
        child.send_signal(number)
        with pytest.raises(subprocess.TimeoutExpired):
            # An unhandled SIGINT ends Python within milliseconds.
            child.wait(0.3)
        child.send_signal(signal.SIGTERM)
        assert child.wait(10) == 0


def test_a_second_sigterm_does_not_break_off_the_ending() -> None:
    """A service manager signals every process of a service, and the parent its children."""
    ending = "import atexit; atexit.register(lambda: (print('ending', flush=True), time.sleep(0.3)))"
    with running(f"{ending}; print('ready', flush=True); {FOR_LONG}") as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        child.send_signal(signal.SIGTERM)
        assert child.stdout.readline() == "ending\n"
        child.send_signal(signal.SIGTERM)
        assert (child.communicate(timeout=10)[1], child.returncode) == ("", 0)


@pytest.mark.fault
@pytest.mark.parametrize("stopped", [False, True], ids=["running", "stopped"])
def test_p1_it_ends_with_its_parent(stopped: bool) -> None:
    """However the parent dies, and also when it was stopped itself: it would hold the stream and the ring."""
    assert not outlives_its_parent(program(FOR_LONG), stopped=stopped)


@pytest.mark.fault
def test_p1_it_ends_with_a_parent_that_dies_while_it_loads_its_libraries(tmp_path: Path) -> None:
    """That takes seconds, and the next start would find the stream and the ring taken."""
    (tmp_path / "slow_library.py").write_text("import time; print('loading', flush=True); time.sleep(60)")
    loads = LOADS.format(module=child_process.__name__, library="slow_library")
    command = [sys.executable, "-c", f"import sys; sys.path.append({str(tmp_path)!r})\n{loads}"]
    assert not outlives_its_parent(command, stopped=False)


def outlives_its_parent(command: list[str], *, stopped: bool) -> bool:
    """Kill a child's parent once the child has said something; return whether the child still runs 10 s later."""
    between = f"""
import subprocess, sys, time
child = subprocess.Popen({command!r}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
child.stdin.write('{{"say": "begun"}}\\n')
child.stdin.flush()
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", between], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        if stopped:
            os.kill(pid, signal.SIGSTOP)
        # SIGKILL: the parent has no chance to end its child, only the kernel does.
        parent.kill()
    ends_s = time.monotonic() + 10
    while _lives(pid) and time.monotonic() < ends_s:
        time.sleep(0.02)
    return _lives(pid)


def _lives(pid: int) -> bool:
    """Report whether a process runs; one that has ended may stay listed until its new parent asks for it."""
    try:
        os.kill(pid, 0)
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:  # noqa: PTH123
            # The state follows the command's name in parentheses, which may hold spaces. Z: ended, not waited for.
            return stat.read().split(") ")[1][0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
