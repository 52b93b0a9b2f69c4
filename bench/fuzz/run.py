"""Tries one input after the other in a process of its own, which may not take more memory or time than is stated."""

import contextlib
import hashlib
import json
import os
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, Final

from bench.fuzz.target import TYPED, Target

MEMORY_BYTES: Final = 256 << 20
"""What inputs may take beside what the process has before the first one: address space, of which less is used."""
SECONDS_EACH: Final = 5.0
"""Of processor time: a host that is busy makes no input slow."""
LONGEST_LINE: Final = 10_000
STUCK_S: Final = 60.0
"""Of time: what does not come back from a library by then is ended."""
Verdict = dict[str, Any]
"""What came of one input: its `seconds`, the most `bytes` so far beside those of the start, and a `refusal` or a
`defect` with its `trace`, if it was not read."""
OURS: Final = ("stream/", "models/", "bench/fuzz/")


class SlowError(Exception):
    """An input took more time than it may."""


@dataclass(slots=True)
class Outcome:
    """What came of the inputs of one target: how many were read, refused, and what went wrong, with one input each."""

    tried: int = 0
    read: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    defects: Counter[str] = field(default_factory=Counter)
    inputs: dict[str, int] = field(default_factory=dict)
    slowest_s: float = 0.0
    most_bytes: int = 0

    def add(self, number: int, verdict: Verdict) -> None:
        """Count what came of one input."""
        self.tried += 1
        self.slowest_s = max(self.slowest_s, verdict.get("seconds", 0.0))
        self.most_bytes = max(self.most_bytes, verdict.get("bytes", 0))
        if "defect" in verdict:
            self.defects[verdict["defect"]] += 1
            self.inputs.setdefault(verdict["defect"], number)
        elif "refusal" in verdict:
            self.refusals[verdict["refusal"]] += 1
        else:
            self.read += 1


def made(target: Target, seed: int, number: int) -> bytes:
    """Return the input of a number: the same each time."""
    draw = random.Random(f"{target.name} {seed} {number}")  # noqa: S311  (a seed, no secret)
    return target.make(draw)


def fuzz(
    target: Target, *, seconds: float, seed: int = 1, most: int | None = None, kept: Path | None = None
) -> Outcome:
    """Try inputs for so long, or so many; each defect's first input is written to `kept`."""
    target.prepare()
    outcome, ends_s = Outcome(), time.monotonic() + seconds
    while time.monotonic() < ends_s and (most is None or outcome.tried < most):
        for number, verdict in _in_a_process(target, seed, outcome.tried, ends_s, most):
            known = verdict.get("defect") in outcome.defects
            outcome.add(number, verdict)
            if "defect" in verdict and not known and kept is not None:
                _keep(kept, target, made(target, seed, number), verdict)
    return outcome


def _keep(folder: Path, target: Target, content: bytes, verdict: Verdict) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{target.name}-{hashlib.sha256(verdict['defect'].encode()).hexdigest()[:8]}"
    (folder / f"{name}{target.suffix}").write_bytes(content)
    (folder / f"{name}.txt").write_text(f"{verdict['defect']}\n{verdict.get('trace', '')}", encoding="utf-8")


def _in_a_process(
    target: Target, seed: int, first: int, ends_s: float, most: int | None
) -> Iterator[tuple[int, Verdict]]:
    """Yield what came of each input from `first` on, until the process ends, however it does."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        code = 1
        try:
            _try_each(target, seed, first, ends_s, most, writer)
            code = 0
        finally:
            # Whatever happens: threads of libraries were not forked, and ending in order would wait for them.
            os._exit(code)
    os.close(writer)
    number = first
    with os.fdopen(reader, "rb") as lines:
        for line in lines:
            yield number, json.loads(line)
            number += 1
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        yield number, {"defect": f"the process ended by {name}"}
    elif status:
        yield number, {"defect": "the input could not be made"}


def _try_each(target: Target, seed: int, first: int, ends_s: float, most: int | None, writer: int) -> None:
    began_with = _limit()
    with tempfile.TemporaryDirectory() as folder, os.fdopen(writer, "wb") as out, _quiet():
        path, number = Path(folder) / f"a{target.suffix}", first
        while time.monotonic() < ends_s and (most is None or number < most):
            path.write_bytes(made(target, seed, number))
            verdict = tried(target.use, path) | {"bytes": _address_space("VmPeak") - began_with}
            out.write(json.dumps(verdict).encode() + b"\n")
            out.flush()
            number += 1


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    # Libraries print what they think of damaged input.
    with open(os.devnull, "w") as nothing, warnings.catch_warnings():  # noqa: PTH123
        warnings.simplefilter("ignore")
        os.dup2(nothing.fileno(), 1)
        os.dup2(nothing.fileno(), 2)
        yield


def tried(use: Callable[[Path], None], path: Path) -> Verdict:
    """Read one input and return what came of it."""
    began_s = time.process_time()
    signal.signal(signal.SIGPROF, _slow)
    signal.setitimer(signal.ITIMER_PROF, SECONDS_EACH)
    signal.alarm(round(STUCK_S))
    verdict: Verdict = {}
    try:
        use(path)
    except TYPED as problem:
        verdict = _refusal(problem)
    except BaseException as problem:  # noqa: BLE001  (this is what is looked for)
        verdict = {"defect": _where(problem), "trace": "".join(traceback.format_exception(problem))[-4000:]}
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)
    return {**verdict, "seconds": time.process_time() - began_s}


def _refusal(problem: BaseException) -> Verdict:
    """Return a refusal by its kind; one that hides memory or time is a defect, and one of several lines, too."""
    text, causes = str(problem), [problem]
    while behind := causes[-1].__cause__ or causes[-1].__context__:
        causes.append(behind)
    hidden = next((cause for cause in causes if isinstance(cause, MemoryError | SlowError)), None)
    if hidden is not None:
        return {"defect": f"hidden: {_where(hidden)}", "trace": "".join(traceback.format_exception(problem))[-4000:]}
    if len(text) > LONGEST_LINE:
        return {"defect": f"a refusal of {LONGEST_LINE} characters or more: {_where(problem)}", "trace": text[:2000]}
    hides = causes[-1] if not isinstance(causes[-1], TYPED) and "cannot be read as" in text else None
    return {"refusal": f"{type(problem).__name__}" + (f" hiding {_where(hides)}" if hides else "")}


def _where(problem: BaseException) -> str:
    """Return an error's kind and the innermost place of ours that it came through."""
    frames = traceback.extract_tb(problem.__traceback__)
    root = f"{Path(__file__).parents[2]}/"
    ours = [
        frame
        for frame in frames
        if frame.filename.removeprefix(root).startswith(OURS) and "fuzz/run.py" not in frame.filename
    ]
    place = f"{ours[-1].filename.removeprefix(root)} {ours[-1].name}" if ours else "nowhere of ours"
    return f"{type(problem).__name__} in {place}"


def _slow(_signal: int, _frame: FrameType | None) -> None:
    raise SlowError(f"more than {SECONDS_EACH:g} s of processor time")


def _limit() -> int:
    """Limit what this process may take; return how much it has."""
    has = _address_space("VmSize")
    resource.setrlimit(resource.RLIMIT_AS, (has + MEMORY_BYTES, has + MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.setrecursionlimit(1000)
    return has


def _address_space(kind: str) -> int:
    """Return this process's address space in bytes: `VmSize` now, `VmPeak` at the most."""
    rows = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(row.split()[1]) for row in rows if row.startswith(f"{kind}:")) * 1024
