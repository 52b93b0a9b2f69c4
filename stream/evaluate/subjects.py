"""Subjects to find discharges in: simulated patients, and those of marked recordings."""

from itertools import groupby
from pathlib import Path
from typing import Any, Final

from models.engines.opening import open_engine
from models.engines.verifying import open_verifier
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
from stream.detect.hops import check_hop, hop_samples
from stream.detect.models import Detectors
from stream.errors import ConfigError, InputError
from stream.evaluate.annotated import examine
from stream.evaluate.marks import marks_of, read_marks
from stream.evaluate.request import EvaluationRequest, Progress

HEALTHY: Final = "healthy recordings"
"""How recordings are named in which nothing was marked."""


def _thresholds(*own: float) -> tuple[float, ...]:
    # The model's own too, at which its manifest reports.
    return tuple(sorted({*THRESHOLDS, *own}))


def simulated(request: EvaluationRequest, loaded: LoadedModel, progress: Progress) -> dict[str, list[Subject]]:
    """Return held-out simulated subjects by montage.

    Raises
    ------
    ConfigError
        if there are no simulated patients for what the model takes, or the hop does not fit it
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
    check_hop(request.hop_ms, WINDOW_SAMPLES / MODEL_RATE_HZ, manifest.name)
    hop = hop_samples(request.hop_ms, MODEL_RATE_HZ)
    engine, verifier = open_engine(loaded, request.device), open_verifier(manifest)
    found: dict[str, list[Subject]] = {}
    for montage in montages:
        drawn = held_out(
            engine,
            LAYOUTS[montage],
            patients=request.simulated,
            seconds=request.seconds,
            thresholds=_thresholds(manifest.threshold),
            hop_samples=hop,
            verifier=verifier,
        )
        found[montage] = []
        for subject in drawn:
            found[montage].append(subject)
            progress(f"{montage}: {len(found[montage])} of {request.simulated} simulated patients")
    return found


def recorded(
    request: EvaluationRequest,
    manifest: Manifest,
    place: Path,
    skipped: list[str],
    remarks: list[str],
    progress: Progress,
) -> dict[str, list[Subject]]:
    """Return subjects by the name of what was measured.

    What cannot be examined is added to `skipped`, what is odd about the others to `remarks`.
    """
    marks = read_marks(request.marks, request.recordings, request.words) if request.marks else {}
    given = {name for path in request.recordings for name in (str(path), path.name)}
    if request.healthy and (strange := sorted(marks.keys() - given)):
        # A file whose name is misspelt there would count as healthy, and its discharges as false alarms.
        raise InputError(f"{request.marks}: {strange[0]} is none of the recordings given; with --healthy all must be")
    marked = [
        (path, marks_of(path, marks, healthy=request.healthy, words=request.words)) for path in request.recordings
    ]
    config = _config(request, manifest, place)
    detectors = Detectors(config)
    files: list[Subject] = []
    for path, known in marked:
        progress(str(path))
        try:
            files.append(examine(config, detectors, path, known, _thresholds(manifest.threshold), remarks.append))
        # One bad file does not cost the others theirs; it is listed as skipped.
        except (RecordingError, MontageError, InputError) as problem:
            text = str(problem)
            skipped.append(text if str(path) in text else f"{path}: {text}")
    if not files:
        raise InputError(f"none of the recordings can be examined: {skipped[0]}")
    # `groupby` joins only neighbours.
    files.sort(key=lambda subject: subject.name)
    by_subject = groupby(files, key=lambda subject: subject.name)
    name = "recordings" if any(not known.are_none for _, known in marked) else HEALTHY
    return {name: [merged(subject, list(theirs)) for subject, theirs in by_subject]}


def _config(request: EvaluationRequest, manifest: Manifest, place: Path) -> Config:
    """Configure one bed as the recordings need it."""
    known = [name for name in manifest.montages if name in LAYOUTS]
    settings: dict[str, Any] = {"montage": request.montage or next(iter(known), "scalp")}
    bed = Bed(
        id="evaluation",
        acquire=Acquire.model_validate({"type": "", "unit": request.unit}),
        condition=Condition.model_validate(settings),
    )
    frame = Frame(hop_ms=request.hop_ms)
    return Config(bed=[bed], frame=frame, infer=Infer(device=request.device, detector=str(place), sleep="off"))
