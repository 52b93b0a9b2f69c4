"""The search for the best learning rate.

Each rate trains in a folder of its own, in turn or, with Ray, several at once. A search that was interrupted continues;
trials that are done are not trained again. The best validation F-beta decides; the test part plays no part in it. The
only file that knows Ray.
"""

import contextlib
import dataclasses
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import torch

from models.errors import TrainingError
from models.reports import plots
from models.training import checkpoint, search_report, trials
from models.training import outcome as outcomes
from models.training.callbacks import SILENT, Callback
from models.training.export import MODEL
from models.training.task import DivergedError, Task, carry_out
from models.training.trials import Search, Trial
from models.zoo import manifest as manifests
from models.zoo import store

PAPER_RATES: Final = (5e-3, 1e-2, 2e-2)  # iEDeaL, section 5.1
How = Literal["turn", "ray"]


def search(task: Task, rates: Sequence[float], callback: Callback = SILENT, *, how: How = "turn") -> Search:
    """Train with each learning rate, write search.json and report.html, and copy the best outcome.json and model/.

    Parameters
    ----------
    task
        Its folder is the search's; a trial's is FOLDER/lr-RATE.
    how
        "turn", or "ray" for as many at once as there are CPUs, or GPUs where the device is one.

    Raises
    ------
    TrainingError
        if a rate makes no sense, Ray is missing, or no trial gave a model
    """
    if (task.folder / checkpoint.CHECKPOINT).exists():
        raise TrainingError(f"{task.folder}: holds a single training; name another folder")
    tasks = trial_tasks(task, rates)
    if how == "ray":
        _train_with_ray(list(tasks.values()))
    found = Search(task.folder, tuple(_trial(rate, each, callback) for rate, each in tasks.items()))
    trials.write(found)
    if plots.is_installed():
        search_report.write(found)
    if not found.has_model:
        raise DivergedError(f"no learning rate gave a model: {found.best.outcome.reason}")
    # The outcome before the model: a folder with a model always says where it came from.
    outcomes.write(task.folder, found.best.outcome)
    _copy_model(found.best.task.folder / MODEL, task.folder / MODEL)
    return found


def trial_tasks(task: Task, rates: Sequence[float]) -> dict[float, Task]:
    """Return each rate's own task."""
    # Compared as they are written, not as numbers: two that print alike would share a folder.
    if not rates or len({f"{rate:g}" for rate in rates}) < len(rates):
        raise TrainingError(f"learning rates {', '.join(f'{rate:g}' for rate in rates)}: give different ones")
    return {
        rate: dataclasses.replace(
            task, folder=task.folder / f"lr-{rate:g}", recipe=task.recipe.changed({"learning_rate": rate})
        )
        for rate in rates
    }


def _trial(rate: float, task: Task, callback: Callback) -> Trial:
    """Train a rate, or read the outcome of a trial that is done."""
    try:
        return Trial(rate, task, carry_out(task, callback))
    except DivergedError:
        # Divergence is a result too: this rate cannot be chosen, and the search continues with the others.
        return Trial(rate, task, outcomes.read(task.folder))


def _train_with_ray(tasks: Sequence[Task]) -> None:
    """Carry tasks out in Ray's processes; their outcomes are on disk afterwards."""
    try:
        import ray  # noqa: PLC0415  (an extra)
        from ray import tune  # noqa: PLC0415
    except ImportError:
        raise TrainingError("Ray is missing: pip install 'spikewatch[tune]', or leave --tune ray out") from None
    # Workers run in a working directory of their own, where relative paths lead nowhere.
    absolute = [dataclasses.replace(task, data=task.data.resolve(), folder=task.folder.resolve()) for task in tasks]

    def trainable(config: Mapping[str, Any]) -> None:
        _carry_out_quietly(absolute[config["number"]])

    # No telemetry (Ray sends usage statistics by default), and the old output, which verbose=0 silences.
    os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_AIR_NEW_OUTPUT": "0"}
    ray.init(include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    try:
        # Ray prints to stdout, which belongs to `--json`.
        with tempfile.TemporaryDirectory() as storage, contextlib.redirect_stdout(sys.stderr):
            tuner = tune.Tuner(
                tune.with_resources(trainable, {"cpu": 1, "gpu": int(_on_gpu(tasks[0].device))}),
                param_space={"number": tune.grid_search(list(range(len(absolute))))},
                run_config=tune.RunConfig(storage_path=storage, verbose=0),
            )
            results = tuner.fit()
    finally:
        ray.shutdown()
    if results.errors:
        raise TrainingError(f"a trial failed under Ray: {str(results.errors[0]).strip().splitlines()[-1]}")


def _carry_out_quietly(task: Task) -> None:
    """Carry a task out; the outcome of one that diverges is in its folder."""
    try:
        carry_out(task)
    except DivergedError:
        return


def _on_gpu(device: str) -> bool:
    return device.startswith("cuda") or (device == "auto" and torch.cuda.is_available())


def _copy_model(source: Path, target: Path) -> None:
    """Copy a model folder, under the search's name, in place of an older one."""
    # Copied beside it and renamed: a kill leaves no half of a model under the final name.
    partial = target.with_name(f"{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(source, partial)
    trial, name = manifests.read(partial / store.MANIFEST), target.resolve().parent.name
    manifests.write(dataclasses.replace(trial, name=name), partial / store.MANIFEST)
    card = (partial / store.CARD).read_text(encoding="utf-8")
    (partial / store.CARD).write_text(card.replace(f"# {trial.name}\n", f"# {name}\n", 1), encoding="utf-8")
    shutil.rmtree(target, ignore_errors=True)
    partial.rename(target)
