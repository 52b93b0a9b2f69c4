"""Measures what was asked for, and writes it into the model's folder."""

import dataclasses
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from models.evaluation import operating, report
from models.evaluation.events import Subject
from models.evaluation.reliability import bake, temperature
from models.evaluation.report import Evaluation
from models.evaluation.windows import logits
from models.networks import registry
from models.training.device import choose
from models.zoo import card, store
from models.zoo.store import CARD, LoadedModel
from stream.errors import ConfigError
from stream.evaluate.labelled import part_of, split_by, windows
from stream.evaluate.request import FITTED_ON, EvaluationRequest, Tell, check
from stream.evaluate.subjects import recorded, simulated

AT_HALF: Final = "validation_"
"""So begin figures of a training's own: at threshold 0.5 and over all thresholds, they hold whatever is chosen."""


def evaluate(asked: EvaluationRequest, tell: Tell) -> Evaluation:
    """Measure all that was asked for, and write it into the model's folder if that was asked for too.

    `tell` is given a line whenever something begins.

    Raises
    ------
    ConfigError, InputError, ModelsError
        in one line
    """
    check(asked)
    folder = store.locate(asked.model)
    asked = dataclasses.replace(asked, by=asked.by or split_by(folder))
    with _model(asked, folder) as (loaded, place):
        evaluation, people = _evaluation(asked, loaded, place, tell)
    if asked.write:
        _write(folder, loaded, evaluation, people)
    return evaluation


@contextmanager
def _model(asked: EvaluationRequest, folder: Path) -> Iterator[tuple[LoadedModel, Path]]:
    """Load the model, calibrated if that is asked for: then it stands in a folder of its own until it is written."""
    loaded = store.load(folder)
    if not asked.calibrate:
        yield loaded, folder
        return
    if not registry.RECORDS[loaded.manifest.architecture].linear_head:
        raise ConfigError(
            f"--calibrate: architecture {loaded.manifest.architecture} of model {loaded.manifest.name} has no last "
            "linear unit to fold a temperature into; evaluate it without"
        )
    part = part_of(asked, loaded.manifest, FITTED_ON)
    divisor = temperature(logits(part, loaded.network.to(choose(asked.device))), part.labels)
    manifest = operating.moved(loaded.manifest, divisor)
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch) / "model"
        store.save(place, bake(loaded.network, divisor), manifest, "")
        yield store.load(place), place


def _evaluation(
    asked: EvaluationRequest, loaded: LoadedModel, place: Path, tell: Tell
) -> tuple[Evaluation, dict[str, list[Subject]]]:
    """Give the evaluation, and the simulated people by montage."""
    manifest = loaded.manifest
    people = simulated(asked, loaded, tell) if asked.simulated else {}
    points = operating.points(people, asked.alarms_per_min) if people else {}
    threshold = points["default"].threshold if asked.write and points else manifest.threshold
    skipped: list[str] = []
    files = recorded(asked, manifest, place, threshold, skipped, tell) if asked.recordings else {}
    if asked.data:
        tell(f"{asked.data}: {asked.part} windows")
    evaluation = Evaluation(
        model=manifest.name,
        sha256=manifest.sha256,
        threshold=threshold,
        temperature=manifest.temperature,
        command=asked.command,
        points=points,
        events={**people, **files},
        windows={asked.part: windows(asked, loaded, threshold)} if asked.data else {},
        skipped=skipped,
    )
    return evaluation, people


def _write(folder: Path, loaded: LoadedModel, evaluation: Evaluation, people: dict[str, list[Subject]]) -> None:
    """Renew the model's manifest and card; figures of another threshold or temperature go."""
    before = store.load(folder).manifest
    same = (before.threshold, before.temperature) == (evaluation.threshold, evaluation.temperature)
    kept = {name: value for name, value in before.figures.items() if same or name.startswith(AT_HALF)}
    manifest = dataclasses.replace(
        loaded.manifest,
        operating_points=evaluation.points or loaded.manifest.operating_points,
        operating_table=operating.table(people) if people else loaded.manifest.operating_table,
        figures={**kept, **report.figures(evaluation)},
    )
    old_card = (folder / CARD).read_text(encoding="utf-8")
    store.save(folder, loaded.network, manifest, card.renewed(old_card, manifest))
