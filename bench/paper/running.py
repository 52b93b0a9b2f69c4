"""Cells carried out in turn, or as many at once as Ray finds processors; the figures are the same either way."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import torch

from bench.paper.cells import Cell, Extent, Row, result
from models.errors import TrainingError

Done = tuple[Cell, Row]
Engine = Callable[[Sequence[Cell], Extent, Path], Iterator[Done]]


def in_turn(cells: Sequence[Cell], extent: Extent, runs: Path) -> Iterator[Done]:
    """Yield each cell with its figures."""
    for cell in cells:
        yield cell, result(cell, extent, runs)


def with_ray(cells: Sequence[Cell], extent: Extent, runs: Path) -> Iterator[Done]:
    """Yield cells with their figures as they are done, each a task of Ray's on one processor.

    Raises
    ------
    TrainingError
        if Ray is not installed
    """
    try:
        import ray  # noqa: PLC0415  (an extra)
    except ImportError:
        raise TrainingError("Ray is missing: pip install 'spikewatch[tune]', or leave --engine ray out") from None
    # No telemetry: Ray sends usage statistics by default.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    ray.init(include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    try:
        remote = ray.remote(num_cpus=1)(_one_thread)
        # Workers run in a working directory of their own, where relative paths lead nowhere.
        waiting = {remote.remote(cell.absolute(), extent, runs.resolve()): cell for cell in cells}
        while waiting:
            for done in ray.wait(list(waiting))[0]:
                yield waiting.pop(done), ray.get(done)
    finally:
        ray.shutdown()


def _one_thread(cell: Cell, extent: Extent, runs: Path) -> Row:
    # As in turn: another number of threads would change the last bits of sums.
    torch.set_num_threads(1)
    return result(cell, extent, runs)


ENGINES: Final[dict[str, Engine]] = {"local": in_turn, "ray": with_ray}
