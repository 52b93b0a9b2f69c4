"""What `spikewatch evaluate` measures: windows of a set, simulated patients, recordings; and what it writes down."""

import dataclasses
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from models import card, store
from models.conditioning import MODEL_RATE_HZ
from models.datasets import windowset
from models.datasets.splits import Part, parts
from models.engines import Device, open_engine
from models.errors import MontageError, RecordingError
from models.evaluation import operating, report, simulated
from models.evaluation.events import THRESHOLDS, Person, merged
from models.evaluation.metrics import THRESHOLD
from models.evaluation.reliability import bake, calibrated, temperature
from models.evaluation.report import Evaluation
from models.evaluation.windows import WindowReport, check_fit, logits
from models.evaluation.windows import report as report_windows
from models.examples import WINDOW_SAMPLES
from models.manifest import Manifest
from models.montage import ROWS
from models.sc import SC
from models.store import CARD, LoadedModel
from stream.config import Acquire, Bed, Condition, Config, Infer
from stream.detector.binding import Detectors
from stream.errors import ConfigError, InputError
from stream.evaluate import examine, marks_of, read_marks

PartName = Literal["train", "validation", "test", "all"]
FITTED_ON: Final = "validation"
"""The part that a temperature is fitted on."""
AT_HALF: Final = "validation_"
"""So begin figures of a training's own: at threshold 0.5 and over all thresholds, they hold whatever is chosen."""

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """What shall be measured, on what, and how; as the options of the command."""

    model: str
    recordings: tuple[Path, ...] = ()
    simulated: int = 0
    seconds: float = 90.0
    data: Path | None = None
    part: PartName = "test"
    by: Literal["subject", "row"] = "subject"
    seed: int | None = None
    montage: str = ""
    unit: str = "auto"
    marks: Path | None = None
    healthy: bool = False
    calibrate: bool = False
    alarms_per_min: float = operating.ALARMS_PER_MIN
    device: Device = "auto"
    write: bool = False
    command: str = ""


def check(asked: Asked) -> None:
    """Refuse what makes no sense together.

    Raises
    ------
    ConfigError
        that names the options and the remedy
    """
    if not (asked.simulated or asked.data or asked.recordings):
        raise ConfigError("nothing to evaluate on: give --simulated 24, --data FOLDER or recordings")
    if asked.calibrate and asked.data is None:
        raise ConfigError("--calibrate: needs labelled windows; give --data FOLDER")
    if asked.calibrate and asked.part in {FITTED_ON, "all"}:
        raise ConfigError(f"--calibrate fits on the {FITTED_ON} part; evaluate on another, such as --part test")


def appraise(asked: Asked, tell: Tell) -> Evaluation:
    """Measure all that was asked for, and write it into the model's folder if that was asked for too.

    `tell` is given a line whenever something begins.

    Raises
    ------
    ConfigError, InputError, ModelsError
        in one line
    """
    check(asked)
    folder = store.locate(asked.model)
    with _model(asked, folder) as (loaded, place):
        evaluation, people = _evaluation(asked, loaded, place, tell)
    if asked.write:
        _write(folder, loaded, evaluation, people)
    return evaluation


@contextmanager
def _model(asked: Asked, folder: Path) -> Iterator[tuple[LoadedModel, Path]]:
    """Load the model, calibrated if that is asked for: then it stands in a folder of its own until it is written."""
    loaded = store.load(folder)
    if not asked.calibrate:
        yield loaded, folder
        return
    if not isinstance(loaded.network, SC):
        raise ConfigError(f"--calibrate: model {loaded.manifest.name} is {loaded.manifest.architecture}, not sc")
    part = _part(asked, loaded.manifest, FITTED_ON)
    divisor = temperature(logits(part, loaded.network), part.labels)
    manifest = operating.moved(loaded.manifest, divisor)
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch) / "model"
        store.save(place, bake(loaded.network, divisor), manifest, "")
        yield store.load(place), place


def _evaluation(
    asked: Asked, loaded: LoadedModel, place: Path, tell: Tell
) -> tuple[Evaluation, dict[str, list[Person]]]:
    """Give the evaluation, and the simulated people by montage."""
    manifest = loaded.manifest
    people = _simulated(asked, loaded, tell) if asked.simulated else {}
    points = operating.points(people, asked.alarms_per_min) if people else {}
    threshold = points["default"].threshold if asked.write and points else manifest.threshold
    skipped: list[str] = []
    recorded = _recorded(asked, manifest, place, threshold, skipped, tell) if asked.recordings else {}
    if asked.data:
        tell(f"{asked.data}: {asked.part} windows")
    evaluation = Evaluation(
        model=manifest.name,
        sha256=manifest.sha256,
        threshold=threshold,
        temperature=manifest.temperature,
        command=asked.command,
        points=points,
        events={**people, **recorded},
        windows={asked.part: _windows(asked, loaded, threshold)} if asked.data else {},
        skipped=skipped,
    )
    return evaluation, people


def _thresholds(*own: float) -> tuple[float, ...]:
    return tuple(sorted({*THRESHOLDS, *own}))


def _simulated(asked: Asked, loaded: LoadedModel, tell: Tell) -> dict[str, list[Person]]:
    manifest = loaded.manifest
    montages = [name for name in manifest.montages if name in simulated.LAYOUTS]
    shape = (manifest.channels, manifest.window_samples, manifest.rate_hz)
    wanted = (ROWS, WINDOW_SAMPLES, MODEL_RATE_HZ)
    if shape != wanted or not montages:
        raise ConfigError(
            f"--simulated: patients are cut into windows of {wanted} channels, samples, Hz for montages "
            f"{', '.join(simulated.LAYOUTS)}; model {manifest.name} takes {shape} of {', '.join(manifest.montages)}"
        )
    engine = open_engine(loaded, asked.device)
    found: dict[str, list[Person]] = {}
    for montage in montages:
        drawn = simulated.held_out(
            engine,
            simulated.LAYOUTS[montage],
            patients=asked.simulated,
            seconds=asked.seconds,
            thresholds=_thresholds(manifest.threshold),
        )
        found[montage] = []
        for person in drawn:
            found[montage].append(person)
            tell(f"{montage}: {len(found[montage])} of {asked.simulated} simulated patients")
    return found


def _recorded(
    asked: Asked, manifest: Manifest, place: Path, threshold: float, skipped: list[str], tell: Tell
) -> dict[str, list[Person]]:
    """Give people by the name of what was measured; what cannot be examined is added to `skipped`."""
    marks = read_marks(asked.marks) if asked.marks else {}
    marked = [(path, marks_of(path, marks, healthy=asked.healthy)) for path in asked.recordings]
    config = _config(asked, manifest, place)
    detectors = Detectors(config)
    files: list[Person] = []
    for path, known in marked:
        tell(str(path))
        try:
            files.append(examine(config, detectors, path, known, _thresholds(manifest.threshold, threshold)))
        except (RecordingError, MontageError, InputError) as problem:
            skipped.append(str(problem))
    if not files:
        raise InputError(f"none of the recordings can be examined: {skipped[0]}")
    files.sort(key=lambda person: person.name)
    by_person = groupby(files, key=lambda person: person.name)
    name = "recordings" if any(known.times_s for _, known in marked) else "healthy recordings"
    return {name: [merged(person, list(theirs)) for person, theirs in by_person]}


def _config(asked: Asked, manifest: Manifest, place: Path) -> Config:
    """Configure one bed as the recordings need it."""
    settings: dict[str, Any] = {"montage": asked.montage or manifest.montages[0]}
    bed = Bed(
        id="evaluation",
        acquire=Acquire.model_validate({"unit": asked.unit}),
        condition=Condition.model_validate(settings),
    )
    return Config(bed=[bed], infer=Infer(device=asked.device, detector=str(place), sleep="off"))


def _windows(asked: Asked, loaded: LoadedModel, threshold: float) -> WindowReport:
    part = _part(asked, loaded.manifest, asked.part)
    probabilities = calibrated(logits(part, loaded.network))
    subjects = part.windowset.subject[part.indices]
    return report_windows(part.labels, probabilities, subjects, tuple(dict.fromkeys((THRESHOLD, threshold))))


def _part(asked: Asked, manifest: Manifest, name: PartName) -> Part:
    """Take a part of the window set, split as the model's training split it."""
    assert asked.data is not None  # noqa: S101  (asked for only where there are data)
    whole = windowset.load(asked.data)
    if name == "all":
        part = Part(whole, np.arange(len(whole)))
    else:
        seed = manifest.seed if asked.seed is None else asked.seed
        split = parts(whole, seed=seed, by=asked.by)
        if name not in split:
            raise ConfigError(f"--part {name}: {asked.data} has only {', '.join(split)}; or take --part all")
        part = split[name]
    check_fit(part, manifest)
    return part


def _write(folder: Path, loaded: LoadedModel, evaluation: Evaluation, people: dict[str, list[Person]]) -> None:
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
