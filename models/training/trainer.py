"""Training, epoch by epoch, in a folder that holds all that is needed to continue after a kill at any instant.

Source: iEDeaL, sections 4 and 5.1. Everything that is drawn is a function of the recipe's seed, the epoch and the
batch, so the folder's checkpoint needs no state of random numbers, and on one CPU a run that was killed ends with the
same weights, bit for bit, as one that was not. (Sums on a GPU may come out differently from run to run.)
"""

import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Final, get_args

import numpy as np
import torch
from torch import Tensor

from models.datasets.splits import Part
from models.datasets.windowset import Indices
from models.evaluation.metrics import Confusion
from models.networks.contract import context_samples
from models.training import augmentation, checkpoint, draws, export, mining, optimisers
from models.training import network as networks
from models.training.batches import BatchLoader
from models.training.callbacks import SILENT, Callback, EpochRecord, EpochReport, Plan, Result
from models.training.checkpoint import Checkpoint, CheckpointTimer, Progress
from models.training.data import TrainingData, training_data
from models.training.device import choose
from models.training.folder_lock import locked
from models.training.learner import Learner, StepIndex, loss_for
from models.training.recipe import Recipe
from models.training.run_folder import RunFolder
from models.training.sampling.random import NegativeSampler
from models.training.schedule import Phase, PlannedEpoch, full_from, rate_at, schedule
from models.training.stopping import Ending, best_epoch, ending, ranked_below_threshold
from models.training.validation import ASKED, Predictor, measures

# Longest time, by default, whose work is lost when a training is killed: a checkpoint takes well under a second.
CHECKPOINT_S: Final = 60.0


def train(
    parts: Mapping[str, Part],
    recipe: Recipe,
    folder: Path,
    callback: Callback = SILENT,
    *,
    device: str = "auto",
    checkpoint_s: float = CHECKPOINT_S,
    command: str = "models.training.trainer.train",
) -> Result:
    """Train a detector; continue where `folder` holds a checkpoint of the same recipe and windows.

    Parameters
    ----------
    parts
        "train" and "validation" of one window set, as `models.datasets.splits` makes them.
    recipe
        What to train and how.
    folder
        The run's: recipe.json, history.jsonl, checkpoint.safetensors, best.safetensors and in the end model/.
    callback
        Receives the plan, every batch, every epoch and the end.
    device
        "auto", "cpu" or "cuda".
    checkpoint_s
        Seconds between checkpoints within an epoch; there is one after every epoch.
    command
        What made the model, for its manifest.

    Returns
    -------
    Result
        Of a training that collapsed as well.

    Raises
    ------
    TrainingError
        if the recipe makes no sense for the windows, the folder holds another training, or training diverges
    """
    callback.preparing("reading labels and some windows", 0, 1)
    data = training_data(parts)
    with closing(Run(data, recipe, folder, callback, choose(device), CheckpointTimer(checkpoint_s))) as run:
        return run.to_the_end(command)


class Run:
    """One training in one folder."""

    def __init__(
        self,
        data: TrainingData,
        recipe: Recipe,
        folder: Path,
        callback: Callback,
        device: torch.device,
        timer: CheckpointTimer,
    ) -> None:
        # Everything that can be refused is refused here, before the folder is touched.
        self._data, self._recipe, self._folder, self._callback, self._device = data, recipe, folder, callback, device
        windowset = data.train.windowset
        self._timer, self._files = timer, RunFolder(folder, recipe, data.fingerprint())
        self._planned = schedule(recipe, data.counts)
        self._full_from = full_from(recipe, data.counts)
        self._losses = {phase: loss_for(phase, recipe, data.counts) for phase in get_args(Phase)}
        self._vary = augmentation.for_recipe(recipe, windowset)
        self._learner = Learner(networks.build(recipe, windowset.header), recipe, device)
        past = context_samples(self._learner.network)
        self._loader = BatchLoader(windowset, recipe.batch_windows, device, past)
        self._validation_loader = BatchLoader(data.validation.windowset, recipe.batch_windows, device, past)
        self._progress, self._best = Progress(), dict[str, Tensor]()
        self._drawn = self._hard = np.empty(0, np.int64)

    def to_the_end(self, command: str) -> Result:
        """Begin or continue, train until the end, and write the best network's model folder."""
        with locked(self._folder):
            self._begin_or_continue()
            self._callback.preparing(f"preparing sampler {self._recipe.sampler!r}", 0, 1)
            drawing = draws.sampler(self._recipe, self._data, self._predictor(self._loader).features, self._folder)
            self._callback.began(self._describe_plan())
            # The end is read from the history alone, so that a run which is resumed ends where it would have.
            while (end := ending(self._progress.history, self._recipe, self._full_from)) is None:
                self._epoch(self._planned[len(self._progress.history)], drawing)
            return self._finish(end, command)

    def close(self) -> None:
        """Close the windows' files."""
        self._loader.close()
        self._validation_loader.close()

    def _begin_or_continue(self) -> None:
        found = self._files.resume()
        if found is not None:
            self._continue_from(found)
            return
        self._files.begin()
        start = self._loader.take(networks.start_windows(self._data, self._recipe))
        watch = partial(self._callback.preparing, f"initialising weights on {len(start)} windows")
        networks.initialise(self._learner.network, self._recipe, start, watch)

    def _continue_from(self, found: Checkpoint) -> None:
        self._learner.restore(found)
        self._progress, self._best = found.progress, found.named("best")
        self._drawn, self._hard = found.tensors["drawn"].numpy(), found.tensors["hard"].numpy()

    def _epoch(self, planned: PlannedEpoch, drawing: NegativeSampler) -> None:
        number, sums = len(self._progress.history), self._progress.sums
        self._mine(planned)
        negatives = mining.mixed(self._negatives(planned, drawing), self._hard, self._recipe, number)
        order = draws.order(self._data, negatives, self._recipe, number)
        loss = self._losses[planned.phase]
        # Seconds of an earlier process count too: a resumed epoch reports all the time that went into it.
        began_s = time.monotonic() - sums.seconds
        with closing(self._loader.epoch(order, number, self._vary, first=sums.batches)) as batches:
            for batch in batches:
                index = StepIndex(number, sums.batches, rate_at(self._recipe, self._planned, number, sums.batches))
                sums.add(self._learner.step(batch, loss, index))
                sums.seconds = time.monotonic() - began_s
                self._callback.batch(len(batch.targets))
                if self._timer.is_due():
                    self._save()
        self._close_epoch(planned)

    def _mine(self, planned: PlannedEpoch) -> None:
        """Search the training negatives, where a round of mining is due."""
        due = planned.phase == "main" and planned.epoch in mining.epochs(self._recipe)
        # In a resumed epoch the checkpoint has what was mined; the weights have learnt since and would find something
        # else.
        if due and not self._progress.sums.batches:
            negatives = self._data.negatives
            subjects = self._data.train.windowset.subject[negatives]
            found = self._predictor(self._loader).probabilities(negatives)
            self._hard = mining.hardest(negatives, subjects, found, self._recipe.mine_above)

    def _negatives(self, planned: PlannedEpoch, drawing: NegativeSampler) -> Indices:
        """Return an epoch's negatives; those of a resumed epoch are the ones that it began with."""
        # Every other sampler draws the same again; latent sampling depends on weights, which have changed since.
        if (latent := self._recipe.sampler == "latent") and self._progress.sums.batches:
            return self._drawn
        drawn = draws.negatives(planned, self._recipe, self._data, drawing)
        if latent:
            self._drawn = drawn
        return drawn

    def _predictor(self, loader: BatchLoader) -> Predictor:
        return Predictor(self._learner.evaluated, loader, self._device, self._recipe.precision)

    def _close_epoch(self, planned: PlannedEpoch) -> None:
        """Validate, keep the weights if they are the best so far, save and report."""
        report = self._report(planned)
        self._progress = Progress([*self._progress.history, report.record()])
        if report.best:
            # Copies: the next step changes the network's own tensors in place.
            self._best = checkpoint.copy_to_cpu(self._learner.evaluated.state_dict())
            self._files.write_best(self._best)
        self._save()
        self._files.write_history(self._progress.history)
        self._callback.epoch(report)

    def _report(self, planned: PlannedEpoch) -> EpochReport:
        began_s, sums, part = time.monotonic(), self._progress.sums, self._data.validation
        probabilities = self._predictor(self._validation_loader).probabilities(part.indices)
        figures = measures(part.labels, probabilities, self._recipe.beta, ASKED[self._recipe.threshold])
        record = EpochRecord(
            phase=planned.phase,
            epoch=planned.epoch,
            loss=sums.loss / sums.windows,
            learning_rate=planned.learning_rate,
            negatives=planned.negatives,
            windows_per_s=sums.windows / sums.seconds,
            seconds=sums.seconds + time.monotonic() - began_s,
            train_f_beta=Confusion(sums.tp, sums.fp, sums.fn, 0).f_beta(self._recipe.beta),
            **asdict(figures),
        )
        # PreBCE's epochs cannot be the best: their loss is not the recipe's.
        best = planned.phase == "main" and best_epoch([*self._progress.history, record]) is record
        return EpochReport(**asdict(record), best=best, probabilities=probabilities, labels=part.labels)

    def _save(self) -> None:
        kinds = {
            "network": self._learner.network.state_dict(),
            "average": self._learner.average.tensors(),
            "best": self._best,
            "optimiser": optimisers.state_tensors(self._learner.optimiser),
        }
        drawn = {"drawn": torch.from_numpy(self._drawn), "hard": torch.from_numpy(self._hard)}
        self._files.save(self._progress, kinds, drawn)
        self._timer.restart()

    def _describe_plan(self) -> Plan:
        weights = networks.count(dict(self._learner.network.named_parameters()))
        counts, done = self._data.counts, self._progress
        return Plan(
            self._recipe, self._folder, str(self._device), weights, counts.positives, counts.negatives,
            validation=len(self._data.validation), epochs=self._planned, history=tuple(done.history),
            done_batches=done.sums.batches,
        )  # fmt: skip

    def _finish(self, end: Ending, command: str) -> Result:
        history = tuple(self._progress.history)
        reason = end.reason + ranked_below_threshold(history)
        result = Result(self._folder, end.stopped, reason, best_epoch(history), history)
        # A model that is there already may hold a threshold that `spikewatch evaluate` chose since; it stays.
        if result.has_model and not export.has_model(self._folder):
            self._learner.network.load_state_dict(self._best)
            export.write_model(self._learner.network, self._data, self._recipe, result, command)
        self._callback.ended(result)
        return result
