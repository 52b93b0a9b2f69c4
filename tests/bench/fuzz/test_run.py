"""What is found is counted by kind, in a process that may die, and any input can be made again."""

import os
import random
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.fuzz.run import MEMORY_BYTES, fuzz, made
from bench.fuzz.target import Target
from models.errors import RecordingError


def crash(_path: Path) -> None:
    """End the process as damaged bytes end one in a compiled library."""
    os.kill(os.getpid(), signal.SIGSEGV)


def hide(_path: Path) -> None:
    """Refuse what would have taken all memory as if it were damaged."""
    try:
        bytearray(1 << 40)
    except MemoryError as problem:
        raise RecordingError("cannot be read as .x") from problem


def raises(problem: Exception) -> Callable[[Path], None]:
    """Return a reader that raises."""

    def use(_path: Path) -> None:
        raise problem

    return use


@pytest.mark.parametrize(
    ("use", "defects", "read", "refused"),
    [
        (lambda _path: None, {}, 3, 0),
        (raises(RecordingError("no")), {}, 0, 3),
        (raises(ValueError("no")), {"ValueError in nowhere of ours": 3}, 0, 0),
        (hide, {"hidden: MemoryError in nowhere of ours": 3}, 0, 0),
        (crash, {"the process ended by SIGSEGV": 3}, 0, 0),
        (raises(RecordingError("no" * 10_000)), {"a refusal of 10000 characters or more: RecordingError": 3}, 0, 0),
    ],
)
def test_only_what_was_read_or_refused_in_a_line_is_no_defect(
    tmp_path: Path, use: Callable[[Path], None], defects: dict[str, int], read: int, refused: int
) -> None:
    """The first input of each kind is kept."""
    target = Target("t", ".x", lambda draw: draw.randbytes(4), use)
    outcome = fuzz(target, seconds=60.0, most=3, kept=tmp_path)
    assert (outcome.tried, outcome.read, sum(outcome.refusals.values())) == (3, read, refused)
    assert {kind.split(" in nowhere")[0] for kind in outcome.defects} == {
        kind.split(" in nowhere")[0] for kind in defects
    }
    assert sum(outcome.defects.values()) == sum(defects.values())
    kept = [path.read_bytes() for path in tmp_path.glob("t-*.x")]
    assert kept == ([made(target, 1, 0)] if defects else [])


def test_an_input_is_made_again_by_its_number() -> None:
    """Whatever was drawn before it."""
    target = Target("t", ".x", lambda draw: draw.randbytes(4), lambda _path: None)
    assert made(target, 1, 5) == made(target, 1, 5) != made(target, 1, 6)
    assert made(target, 1, 5) == random.Random("t 1 5").randbytes(4)


def test_the_most_memory_that_inputs_took_is_counted(tmp_path: Path) -> None:
    """Address space beside what the process had; beyond the limit there is none to be had."""
    target = Target("t", ".x", lambda draw: draw.randbytes(4), lambda _path: bytearray(100 << 20).clear())
    assert 100 << 20 <= fuzz(target, seconds=60.0, most=1).most_bytes < MEMORY_BYTES
    greedy = Target("t", ".x", lambda draw: draw.randbytes(4), lambda _path: bytearray(2 * MEMORY_BYTES).clear())
    assert fuzz(greedy, seconds=60.0, most=1, kept=tmp_path).defects == {"MemoryError in nowhere of ours": 1}
