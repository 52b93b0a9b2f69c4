"""People to find discharges in: simulated ones, and those of marked recordings."""

from itertools import groupby
from pathlib import Path
from typing import Any

from models.engines.opening import open_engine
from models.errors import MontageError, RecordingError
from models.evaluation.events import THRESHOLDS, Subject, merged
from models.evaluation.simulated import held_out
from models.signal.conditioning import MODEL_RATE_HZ
from models.signal.montage import ROWS
from models.signal.window_geometry import WINDOW_SAMPLES
from models.simulate.truth import LAYOUTS
from models.zoo.manifest import Manifest
from models.zoo.store import LoadedModel
from stream.config.keys import Acquire, Bed, Condition, Config, Frame, Infer
from stream.detect.models import Detectors, check_hop, hop_samples
from stream.errors import ConfigError, InputError
from stream.evaluate.annotated import examine, marks_of, read_marks
from stream.evaluate.request import EvaluationRequest, Tell


def _thresholds(*own: float) -> tuple[float, ...]:
    return tuple(sorted({*THRESHOLDS, *own}))


def simulated(asked: EvaluationRequest, loaded: LoadedModel, tell: Tell) -> dict[str, list[Subject]]:
    """Give held-out simulated people by montage.

    Raises
    ------
    ConfigError
        if nobody is simulated for what the model takes, or the hop does not fit it
    """
    manifest = loaded.manifest
    montages = [name for name in manifest.montages if name in LAYOUTS]
    shape = (manifest.channels, manifest.window_samples, manifest.rate_hz)
    wanted = (ROWS, WINDOW_SAMPLES, MODEL_RATE_HZ)
    if shape != wanted or not montages:
        raise ConfigError(
            f"--simulated: patients are cut into windows of {wanted} channels, samples, Hz for montages "
            f"{', '.join(LAYOUTS)}; model {manifest.name} takes {shape} of {', '.join(manifest.montages)}"
        )
    check_hop(asked.hop_ms, WINDOW_SAMPLES / MODEL_RATE_HZ, manifest.name)
    hop = hop_samples(asked.hop_ms, MODEL_RATE_HZ)
    engine = open_engine(loaded, asked.device)
    found: dict[str, list[Subject]] = {}
    for montage in montages:
        drawn = held_out(
            engine,
            LAYOUTS[montage],
            patients=asked.simulated,
            seconds=asked.seconds,
            thresholds=_thresholds(manifest.threshold),
            hop_samples=hop,
        )
        found[montage] = []
        for person in drawn:
            found[montage].append(person)
            tell(f"{montage}: {len(found[montage])} of {asked.simulated} simulated patients")
    return found


def recorded(
    asked: EvaluationRequest, manifest: Manifest, place: Path, threshold: float, skipped: list[str], tell: Tell
) -> dict[str, list[Subject]]:
    """Give people by the name of what was measured; what cannot be examined is added to `skipped`."""
    marks = read_marks(asked.marks) if asked.marks else {}
    given = {name for path in asked.recordings for name in (str(path), path.name)}
    if asked.healthy and (strange := sorted(marks.keys() - given)):
        # A file whose name is misspelt there would count as healthy, and its discharges as false alarms.
        raise InputError(f"{asked.marks}: {strange[0]} is none of the recordings given; with --healthy all must be")
    marked = [(path, marks_of(path, marks, healthy=asked.healthy)) for path in asked.recordings]
    config = _config(asked, manifest, place)
    detectors = Detectors(config)
    files: list[Subject] = []
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


def _config(asked: EvaluationRequest, manifest: Manifest, place: Path) -> Config:
    """Configure one bed as the recordings need it."""
    known = [name for name in manifest.montages if name in LAYOUTS]
    settings: dict[str, Any] = {"montage": asked.montage or next(iter(known), "scalp")}
    bed = Bed(
        id="evaluation",
        acquire=Acquire.model_validate({"unit": asked.unit}),
        condition=Condition.model_validate(settings),
    )
    frame = Frame(hop_ms=asked.hop_ms)
    return Config(bed=[bed], frame=frame, infer=Infer(device=asked.device, detector=str(place), sleep="off"))
