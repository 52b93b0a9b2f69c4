"""Asks YASA's process without ever waiting for it: a thread writes and reads, and answers are looked up."""

import json
import math
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import structlog

from stream.waiting import Backoff
from stream.yasa.epoch import AskedEpoch

COMMAND: Final = (sys.executable, "-m", "stream.yasa")
MOST_WAITING: Final = 256
"""Epochs that wait for a process that is slow or starts; beyond it an epoch is not asked and its stage unknown."""
RESTART_S: Final = (10.0, 300.0)
"""First and longest wait before a process that failed is started again."""
LONGEST_WAIT_S: Final = 300.0
"""For an answer: loading YASA and compiling it take a minute on a slow host. A process that takes longer is ended."""

LAST_WORDS_S: Final = 1.0

_log = structlog.get_logger()


class YasaProcess:
    """YASA in a process of its own, started with the first epoch that is asked.

    Parameters
    ----------
    waits
        True where there is no hurry (`score`): an answer is waited for, so that it does not hang on the host's load
    command
        starts the process
    """

    def __init__(self, *, waits: bool, command: Sequence[str] = COMMAND) -> None:
        self._waits, self._command = waits, tuple(command)
        self._asked: queue.Queue[AskedEpoch | None] = queue.Queue(MOST_WAITING)
        self._answered: dict[tuple[str, int], tuple[float, ...]] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._closing, self._starting = threading.Event(), threading.Lock()
        self._is_behind = False
        self._backoff = Backoff(*RESTART_S)
        self._failed = ""
        self._asked_s = math.inf

    @property
    def alarm(self) -> str:
        """Why stages are not known at present; "" once an epoch was answered, and none has to be left out."""
        return self._failed or ("YASA is too slow for this host's beds: epochs are not staged" * self._is_behind)

    def ask(self, epoch: AskedEpoch) -> None:
        """Have an epoch staged; returns at once."""
        if self._thread is None:
            # A daemon: the asking process may end at any instant, and YASA's process ends with it.
            self._thread = threading.Thread(target=self._serve, name="yasa", daemon=True)
            self._thread.start()
        process = self._process
        if process and time.monotonic() > self._asked_s + LONGEST_WAIT_S:
            # The thread that waits for it reads the end of a pipe, and starts another.
            process.kill()
        try:
            self._asked.put_nowait(epoch)
            self._is_behind = False
        except queue.Full:
            if not self._is_behind:
                _log.warning("YASA is too slow: epochs are not staged", waiting=MOST_WAITING)
            self._is_behind = True

    def answer(self, bed: str, end: int) -> tuple[float, ...]:
        """Return the probabilities of STAGES in the epoch that ends there; empty if they are not known."""
        with self._changed:
            if self._waits:
                self._changed.wait_for(lambda: (bed, end) in self._answered, LONGEST_WAIT_S)
            found = self._answered.pop((bed, end), ())
            # An answer that came too late is not asked for again.
            for late in [key for key in self._answered if key[0] == bed and key[1] < end]:
                del self._answered[late]
        return found

    def close(self) -> None:
        """End the process; what was asked and not answered is dropped."""
        # Either the process is there and is ended, or it is not started any more.
        with self._starting:
            self._closing.set()
            if self._process:
                self._process.kill()
        with suppress(queue.Full):
            self._asked.put_nowait(None)
        if self._thread:
            self._thread.join()

    def _serve(self) -> None:
        while (epoch := self._asked.get()) and not self._closing.is_set():
            try:
                answer = self._exchange(epoch)
                self._failed = ""
                self._backoff.reset()
            except (OSError, ValueError, KeyError) as error:
                answer = ()
                self._fail(error)
            with self._changed:
                if epoch.fresh:
                    # The bed's recording begins anew, and with it the numbers of its samples.
                    self._answered = {key: old for key, old in self._answered.items() if key[0] != epoch.bed}
                self._answered[epoch.bed, epoch.end] = answer
                self._changed.notify_all()
        self._end()

    def _fail(self, error: Exception) -> None:
        """End the process, and let time pass before the next one: one that cannot live must not take the host's."""
        code = self._end()
        if self._closing.is_set():
            return
        what = f"cannot be started ({error})" if code is None else f"ended (exit code {code})"
        self._failed = f"the process of YASA {what}; it is started again, and no stage is known meanwhile"
        _log.error("YASA's process failed; the stage is unknown", error=repr(error), code=code)
        # Who waits has no time to lose.
        self._closing.wait(0.0 if self._waits else self._backoff.wait_s())

    def _exchange(self, epoch: AskedEpoch) -> tuple[float, ...]:
        process = self._process or self._start()
        assert process.stdin is not None  # noqa: S101  (both are pipes)
        assert process.stdout is not None  # noqa: S101
        self._asked_s = time.monotonic()
        process.stdin.write(epoch.line())
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        self._asked_s = math.inf
        return tuple(float(p) for p in answer["probabilities"])

    def _start(self) -> subprocess.Popen[bytes]:
        with self._starting:
            if self._closing.is_set():
                raise BrokenPipeError("nobody asks any more")
            self._process = process = subprocess.Popen(  # noqa: S603  (our own command)
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        assert process.stdin is not None  # noqa: S101  (a pipe)
        process.stdin.write(b"{}\n")
        return process

    def _end(self) -> int | None:
        """End the process, if there is one; return its exit code."""
        process, self._process, self._asked_s = self._process, None, math.inf
        if process:
            # Leaving it closes the pipes and waits.
            with suppress(BrokenPipeError), process:
                # One that closed its pipe is about to end by itself, with a code that says more.
                with suppress(subprocess.TimeoutExpired):
                    process.wait(LAST_WORDS_S)
                process.kill()
        return process.returncode if process else None
