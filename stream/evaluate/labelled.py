"""Labelled windows of a set, split as the model's training split them."""

from pathlib import Path
from typing import cast

import numpy as np

from models.datasets import windowset
from models.datasets.splits import By, Part, parts
from models.evaluation.metrics import THRESHOLD
from models.evaluation.reliability import calibrated
from models.evaluation.windows import WindowReport, check_fit, logits, report
from models.training import outcome as outcomes
from models.training.device import choose
from models.zoo.manifest import Manifest
from models.zoo.store import LoadedModel
from stream.errors import ConfigError
from stream.evaluate.request import EvaluationRequest, PartName


def split_by(folder: Path) -> By:
    """Say how the training of a model's folder split its windows; by subject where no training is beside it.

    A model trained on a split by row has seen windows of everybody, and of a split by subject it would have seen
    test windows.
    """
    run = folder.resolve().parent
    return cast("By", outcomes.read(run).origin.split_by) if (run / outcomes.OUTCOME).is_file() else "subject"


def windows(asked: EvaluationRequest, loaded: LoadedModel, threshold: float) -> WindowReport:
    """Report on the windows that were asked for, at 0.5 and at the model's threshold."""
    part = part_of(asked, loaded.manifest, asked.part)
    probabilities = calibrated(logits(part, loaded.network.to(choose(asked.device))))
    subjects = part.windowset.subject[part.indices]
    return report(part.labels, probabilities, subjects, tuple(dict.fromkeys((THRESHOLD, threshold))))


def part_of(asked: EvaluationRequest, manifest: Manifest, name: PartName) -> Part:
    """Take a part of the window set, split as the model's training split it."""
    assert asked.data is not None  # noqa: S101  (asked for only where there are data)
    whole = windowset.load(asked.data)
    if name == "all":
        part = Part(whole, np.arange(len(whole)))
    else:
        seed = manifest.seed if asked.seed is None else asked.seed
        split = parts(whole, seed=seed, by=asked.by or "subject")
        if name not in split:
            raise ConfigError(f"--part {name}: {asked.data} has only {', '.join(split)}; or take --part all")
        part = split[name]
    check_fit(part, manifest)
    return part
