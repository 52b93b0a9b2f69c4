"""The demo's processes: each ends with this one, prints JSON lines on stdout and writes all else to a file."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from typing import Any, Final

from stream.demo.place import Place
from stream.errors import SpikewatchError

ERROR: Final = "spikewatch: "
"""How the command line begins the one line with which it ends."""
STOP_WITHIN_S: Final = 10.0
"""`spikewatch run` ends its own children in this time, and publishes that it stopped."""
_LEASH: Final = "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, {signal}); os.execv(sys.argv[1], sys.argv[1:])"
"""PR_SET_PDEATHSIG outlives the exec: the kernel ends the child when its parent is gone, however that went."""


def leashed(words: Sequence[str]) -> list[str]:
    """Return a command line that does the same, and is ended (SIGTERM) when the process that starts it is gone."""
    # -I -S: the small program that asks the kernel needs no packages, and is gone after milliseconds.
    return [sys.executable, "-I", "-S", "-c", _LEASH.format(signal=int(signal.SIGTERM)), *words]


class Child:
    """One process; `name` is what messages call it, `arguments` what Python is given.

    It is started in a session of its own, so that an interrupt at the terminal reaches this process alone, which ends
    the others in order.
    """

    def __init__(self, name: str, arguments: Sequence[str], place: Place) -> None:
        self.name = name
        self._log = place.folder / f"{name.replace(' ', '-')}.log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(  # noqa: S603  (our own program)
                leashed([sys.executable, *arguments]),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env=place.environment,
                start_new_session=True,
            )
        assert self.process.stdout is not None  # noqa: S101  (a pipe was asked for)
        self._out = self.process.stdout
        self._rest = b""
        # The demo looks at all of its children in one loop: none of them may hold it up.
        os.set_blocking(self._out.fileno(), False)

    def lines(self) -> list[dict[str, Any]]:
        """Return the JSON objects that it printed since the last call; other lines are passed over."""
        # Only whole lines: a pipe may deliver half of one, and the rest comes with the next call.
        *lines, self._rest = (self._rest + (self._out.read() or b"")).split(b"\n")
        return [json.loads(line) for line in lines if line.startswith(b"{")]

    def check(self) -> None:
        """Check that it still runs.

        Raises
        ------
        SpikewatchError
            if it does not: which one, how it ended and the last line that it wrote
        """
        code = self.process.poll()
        if code is not None and code < 0:
            raise SpikewatchError(f"demo: {self.name} was ended by {signal.Signals(-code).name}")
        if code is not None:
            raise SpikewatchError(f"demo: {self.name} ended with exit code {code}: {self._last_line()}")

    def stop(self) -> None:
        """Ask it to end, and kill it if it takes too long."""
        self.process.terminate()
        try:
            self.process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._out.close()

    def _last_line(self) -> str:
        """Return the error line of a command of ours, else the last line that it wrote."""
        lines = [line for line in self._log.read_text(encoding="utf-8", errors="replace").split("\n") if line.strip()]
        errors = [line.removeprefix(ERROR) for line in lines if line.startswith(ERROR)]
        # The last error line if there is one: it explains more than what was logged after it.
        return ["it wrote nothing", *lines[-1:], *errors[-1:]][-1].strip()
