"""Pieces of work come back with their keys, also where they are submitted late and where a worker is killed."""

import os
import signal
import sys
from pathlib import Path

import pytest

from models.errors import ModelsError
from models.tasks import ENGINES, start_ray


def double(number: int) -> int:
    """Return twice a number."""
    return 2 * number


def die_once(mark: Path) -> int:
    """Kill the process that carries this out, the first time."""
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid()


def test_work_may_be_submitted_while_results_are_taken() -> None:
    """In the order of submission; what waits at the end is dropped."""
    found = []
    with ENGINES["local"]() as tasks:
        tasks.submit("one", double, 1)
        for key, result in tasks.results():
            found.append((key, result))
            if result < 8:
                tasks.submit(key + "'", double, result)
        tasks.submit("late", double, 1)
    assert found == [("one", 2), ("one'", 4), ("one''", 8)]
    assert list(tasks.results()) == []


def test_a_piece_whose_worker_is_killed_is_begun_again(tmp_path: Path) -> None:
    """By another process, and none of the other results is lost."""
    pytest.importorskip("ray", reason="ray is an extra: pip install 'spikewatch[ray]'")
    with ENGINES["ray"]() as tasks:
        tasks.submit("dies", die_once, tmp_path / "mark")
        for number in range(3):
            tasks.submit(number, double, number)
        found = dict(tasks.results())
    assert found.pop("dies") != os.getpid()
    assert found == {0: 0, 1: 2, 2: 4}


def test_without_ray_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra's name, and what to leave out."""
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ModelsError, match=r"pip install 'spikewatch\[ray\]'.*leave --engine ray out"):
        ENGINES["ray"]()


class Stuck:
    """Ray on a host where it does not start."""

    def init(self, **_options: object) -> None:
        """Fail as Ray does: with nothing more special than an exception, in several lines."""
        raise Exception("The current node timed out during startup.\nAnd so on.")  # noqa: TRY002


def test_a_ray_that_does_not_start_is_one_line() -> None:
    """Not a page of its own innards."""
    with pytest.raises(ModelsError, match=r"^Ray does not start; .*less busy: The current node timed out.*startup\.$"):
        start_ray(Stuck())
