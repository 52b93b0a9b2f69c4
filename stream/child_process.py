"""How a child of `spikewatch run` lives: its task comes as one JSON line on stdin, and it ends with its parent.

The parent (`stream.supervise.children`) reads the exit code: what a user must mend ends the whole, the rest is started
again.
"""

import ctypes
import json
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from types import FrameType
from typing import Any, Final, NoReturn

from models.errors import ModelsError
from stream.errors import InputError, SpikewatchError

Task = dict[str, Any]

_PR_SET_PDEATHSIG: Final = 1
"""Of linux/prctl.h."""


def main(name: str, module: str) -> NoReturn:
    """Run as a child process: read the task, do it until SIGTERM or until the parent is gone.

    Parameters
    ----------
    name
        begins the line on stderr when a user's mistake ends the process
    module
        its function `run` takes the task and does it, for ever
    """
    # Without it a parent that is killed leaves its children holding the stream, and the next start finds it taken.
    # SIGKILL, because a child that was stopped (SIGSTOP) would hold it as well; each may be killed at any instant.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGTERM, _stop)
    # Ctrl-C and a closed terminal reach the whole group of processes; the parent decides when its children end.
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    # Only now: libraries take seconds to load, in which the parent may end.
    run: Callable[[Task], NoReturn] = import_module(module).run
    line = sys.stdin.readline()
    if not line:
        sys.exit(0)  # The parent ended before it had a task for this process.
    try:
        run(json.loads(line))
    except BrokenPipeError:
        sys.exit(0)  # The parent, to whom this process reports, is gone.
    except (SpikewatchError, ModelsError) as error:
        sys.stderr.write(f"{name}: {error}\n")
        sys.exit(error.exit_code if isinstance(error, SpikewatchError) else InputError.exit_code)


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    # A service manager signals the whole group, and the parent its children: the second would break off the ending.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit(0)
