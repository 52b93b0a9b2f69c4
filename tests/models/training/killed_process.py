"""Trainings in processes of their own that end by SIGKILL."""

import multiprocessing
import os
import signal
from multiprocessing.process import BaseProcess
from pathlib import Path

import torch

from models.datasets import splits, windowset
from models.training.callbacks import EpochReport, Plan, Result
from models.training.recipe import Recipe
from models.training.trainer import train


class KillsItself:
    """Ends its own process by SIGKILL at a batch, counted from 0 in this process."""

    def __init__(self, at_batch: int) -> None:
        self._left = at_batch

    def preparing(self, what: str, done: int, total: int) -> None:
        """Let it prepare."""

    def began(self, plan: Plan) -> None:
        """Let it begin."""

    def batch(self, windows: int) -> None:  # noqa: ARG002
        """Count down."""
        if self._left == 0:
            # SIGKILL and not an exception: nothing may be closed, flushed or deleted on the way out.
            os.kill(os.getpid(), signal.SIGKILL)
        self._left -= 1

    def epoch(self, report: EpochReport) -> None:
        """Let it go on."""

    def ended(self, result: Result) -> None:
        """Let it end."""


def run(folder: Path, recipe: Recipe, out: Path, at_batch: int, checkpoint_s: float) -> None:
    """Train in this process until a batch."""
    # Bit-equal sums need one order of addition; two threads may split a sum differently from run to run.
    torch.set_num_threads(1)
    parts = splits.parts(windowset.load(folder), seed=1)
    train(parts, recipe, out, KillsItself(at_batch), device="cpu", checkpoint_s=checkpoint_s)


def start(folder: Path, recipe: Recipe, out: Path, at_batch: int, checkpoint_s: float) -> BaseProcess:
    """Start a process that trains; torch is imported once, by the server that all of them are forked from.

    So is what its optimisers import at their first step, which takes longer than the training.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "torch._dynamo"])
    process = context.Process(target=run, args=(folder, recipe, out, at_batch, checkpoint_s))
    process.start()
    return process
