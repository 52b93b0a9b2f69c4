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
    """Return how the training of a model's folder split its windows; by subject where no training is beside it."""
    # Split in another way, the test part would hold windows that the model was trained on.
    run = folder.resolve().parent
    return cast("By", outcomes.read(run).origin.split_by) if (run / outcomes.OUTCOME).is_file() else "subject"


def windows(request: EvaluationRequest, loaded: LoadedModel, threshold: float) -> WindowReport:
    """Report on the windows that a request names, at 0.5 and at the model's threshold."""
    part = part_of(request, loaded.manifest, request.part)
    probabilities = calibrated(logits(part, loaded.network.to(choose(request.device))))
    subjects = part.windowset.subject[part.indices]
    # Once where the two thresholds are the same.
    return report(part.labels, probabilities, subjects, tuple(dict.fromkeys((THRESHOLD, threshold))))


def part_of(request: EvaluationRequest, manifest: Manifest, name: PartName) -> Part:
    """Return a part of the window set, split as the model's training split it."""
    assert request.data is not None  # noqa: S101  (asked for only where there are data)
    whole = windowset.load(request.data)
    if name == "all":
        part = Part(whole, np.arange(len(whole)))
    else:
        seed = manifest.seed if request.seed is None else request.seed
        split = parts(whole, seed=seed, by=request.by or "subject")
        if name not in split:
            raise ConfigError(f"--part {name}: {request.data} has only {', '.join(split)}; or take --part all")
        part = split[name]
    check_fit(part, manifest)
    return part
