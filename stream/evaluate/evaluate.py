"""Measures what a request asks for, and writes it into the model's folder."""

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
from stream.evaluate.request import FITTED_ON, EvaluationRequest, Progress, check
from stream.evaluate.subjects import HEALTHY, recorded, simulated

AT_HALF: Final = "validation_"
"""So begin the figures that training wrote: at threshold 0.5 and over all thresholds, they hold whatever is chosen."""


def evaluate(request: EvaluationRequest, progress: Progress) -> Evaluation:
    """Measure all that a request asks for, and write it into the model's folder if it says so.

    `progress` is called with a line whenever something begins.

    Raises
    ------
    ConfigError, InputError, ModelsError
        in one line
    """
    check(request)
    folder = store.locate(request.model)
    request = dataclasses.replace(request, by=request.by or split_by(folder))
    with _model(request, folder) as (loaded, place):
        evaluation, people = _evaluation(request, loaded, place, progress)
    if request.write:
        _write(folder, loaded, evaluation, people)
    return evaluation


@contextmanager
def _model(request: EvaluationRequest, folder: Path) -> Iterator[tuple[LoadedModel, Path]]:
    """Load the model, calibrated if the request says so: then it is in a folder of its own until it is written."""
    loaded = store.load(folder)
    if not request.calibrate:
        yield loaded, folder
        return
    if not registry.RECORDS[loaded.manifest.architecture].linear_head:
        raise ConfigError(
            f"--calibrate: architecture {loaded.manifest.architecture} of model {loaded.manifest.name} has no last "
            "linear unit to fold a temperature into; evaluate it without"
        )
    part = part_of(request, loaded.manifest, FITTED_ON)
    divisor = temperature(logits(part, loaded.network.to(choose(request.device))), part.labels)
    manifest = operating.moved(loaded.manifest, divisor)
    # The live stages load a detector from a folder; the model's own stays as it is if anything fails.
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch) / "model"
        store.save(place, bake(loaded.network, divisor), manifest, "")
        yield store.load(place), place


def _evaluation(
    request: EvaluationRequest, loaded: LoadedModel, place: Path, progress: Progress
) -> tuple[Evaluation, dict[str, list[Subject]]]:
    """Return the evaluation, and the simulated subjects by montage."""
    manifest = loaded.manifest
    people = simulated(request, loaded, progress) if request.simulated else {}
    skipped, remarks = list[str](), list[str]()
    files = recorded(request, manifest, place, skipped, remarks, progress) if request.recordings else {}
    # People without discharges count like a layout: simulated background alone flatters.
    level = {f"simulated, {name}": subjects for name, subjects in people.items()}
    level |= {name: subjects for name, subjects in files.items() if name == HEALTHY}
    points = operating.points(level, request.alarms_per_min) if people else {}
    # Events are reported at the threshold that the written manifest will have.
    threshold = points["default"].threshold if request.write and points else manifest.threshold
    if request.data:
        progress(f"{request.data}: {request.part} windows")
    evaluation = Evaluation(
        model=manifest.name,
        sha256=manifest.sha256,
        threshold=threshold,
        temperature=manifest.temperature,
        command=request.command,
        points=points,
        events={**people, **files},
        windows={request.part: windows(request, loaded, threshold)} if request.data else {},
        skipped=skipped,
        remarks=remarks,
    )
    return evaluation, people


def _write(folder: Path, loaded: LoadedModel, evaluation: Evaluation, people: dict[str, list[Subject]]) -> None:
    """Renew the model's manifest and card."""
    # Figures at another threshold or temperature no longer describe the model.
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
