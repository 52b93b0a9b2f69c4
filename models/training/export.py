"""Export: the model folder at the end of a training, with the best epoch's weights, a manifest and a card.

The threshold is 0.5, or where the recipe says so the best on the validation part, until `spikewatch evaluate --write`
has chosen one on recordings that took no part.
"""

import datetime as dt
from pathlib import Path
from typing import Final, cast

import numpy as np
from torch import nn

from models.datasets.windowset import Header
from models.networks import registry
from models.networks.contract import Unit
from models.training import beginning, prevalence
from models.training.callbacks import Result
from models.training.data import TrainingData
from models.training.network import parameters
from models.training.recipe import Recipe
from models.zoo import card, store
from models.zoo.manifest import Manifest, OperatingPoint, Preprocessing

MODEL: Final = "model"
# A threshold chosen on the validation part would flatter itself: those windows have chosen the epoch already.
NOT_CHOSEN: Final = OperatingPoint(0.5, "Not chosen yet: `spikewatch evaluate --write` chooses it.")
FIGURES: Final = ("f1", "precision", "recall", "auroc", "auprc")


def has_model(folder: Path) -> bool:
    """Whether a run's folder has its model."""
    # The card is written last: where it is, the export was not interrupted.
    return (folder / MODEL / store.CARD).is_file()


def discard(folder: Path) -> None:
    """Make a run's folder count as one without a model."""
    # Only the card is removed: the rest is replaced when the next model is exported.
    (folder / MODEL / store.CARD).unlink(missing_ok=True)


def write_model(network: nn.Module, data: TrainingData, recipe: Recipe, result: Result, command: str) -> Manifest:
    """Write the model folder of a finished training, and return its manifest."""
    manifest = describe(data, recipe, result, command)
    if recipe.live_prevalence:
        # The share that the best epoch was trained at: curricula and samplers leave negatives out.
        positives = data.counts.positives
        trained = positives / (positives + result.best.negatives)
        network = prevalence.shifted(network, trained, recipe.live_prevalence)
    return store.save(result.folder / MODEL, network, manifest, card.render(manifest, _text(recipe, data, result)))


def describe(data: TrainingData, recipe: Recipe, result: Result, command: str) -> Manifest:
    """Return the manifest, its figures those of the best epoch on the validation part."""
    header, record = data.train.windowset.header, registry.RECORDS[recipe.architecture]
    return Manifest(
        name=result.folder.resolve().name,
        task=record.task,
        architecture=record.name,
        parameters=parameters(recipe, header),
        channels=header.channels,
        rate_hz=header.rate_hz,
        window_samples=header.window_samples,
        # The unit that a scale-free network was trained in does not matter.
        unit="any" if record.scale_free else cast("Unit", header.unit),
        normalisation=record.normalisation,
        preprocessing=Preprocessing(header.bandpass_hz, header.notch, header.rate_hz),
        montages=_montages(data),
        operating_points={"default": _operating_point(recipe, result)},
        training_data=beginning.history(recipe) + _training_data(data),
        date=dt.datetime.now(dt.UTC).date().isoformat(),
        seed=recipe.seed,
        command=command,
        figures={f"validation_{name}": float(getattr(result.best, name)) for name in FIGURES},
    )


def _operating_point(recipe: Recipe, result: Result) -> OperatingPoint:
    if recipe.threshold == "half":
        return NOT_CHOSEN
    note = f"Best F-{recipe.beta:g} on the validation part, which flatters: `spikewatch evaluate --write` chooses anew."
    return OperatingPoint(result.best.threshold, note)


def _montages(data: TrainingData) -> tuple[str, ...]:
    windowset = data.train.windowset
    # Of the training part alone: a montage that only other parts have was not learned.
    return tuple(windowset.header.montages[number] for number in np.unique(windowset.montage[data.train.indices]))


def _training_data(data: TrainingData) -> str:
    windowset, header = data.train.windowset, data.train.windowset.header
    subjects = len(np.unique(windowset.subject[data.train.indices]))
    counts = f"{len(data.positives)} windows with a discharge and {len(data.negatives)} without, of {subjects} subjects"
    made = f"; made by `{header.command}`" if header.command else ""
    note = f"; {header.note}" if header.note else ""
    return f"{header.source}: {counts}{made}{note}"


def _context(recipe: Recipe, header: Header) -> str:
    window = f"One window of {header.window_samples / header.rate_hz:g} s"
    if not registry.RECORDS[recipe.architecture].streaming:
        return f"{window}, no longer context."
    return f"{window} and up to {header.context_samples / header.rate_hz:.1f} s before it, no longer context."


def _text(recipe: Recipe, data: TrainingData, result: Result) -> str:
    header = data.train.windowset.header
    return f"""\
Scores one group of {header.channels} derivation(s) over {header.window_samples / header.rate_hz:g} s for an
interictal epileptiform discharge (IED). Network {recipe.architecture!r}, loss {recipe.loss!r}, {recipe.optimiser};
best of {len(result.history)} epochs by F-{recipe.beta:g} on validation windows: {result.best.phase} epoch
{result.best.epoch}. Training ended because {result.reason}.

## Limits
- Trained on what is named below and on nothing else; other hospitals, amplifiers and montages were not seen.
- The validation figures chose the epoch and flatter it; only an evaluation on people who took no part says how well
  it works.
- {_context(recipe, header)}
"""
