"""Question: what does the shipped detector find in recordings of people, and how fast does it go through them?

Method: every file through `spikewatch score`'s stages, once; events a minute of signal, and seconds of signal analysed
in a second on one core. In recordings of healthy people every event is a false alarm.
With `--marks`, times (s) of discharges that an expert marked in the one file given: how many of them an event found,
and how many events found none (`models.evaluation.matching`).
Command: python -m bench.recordings FILE... [--montage scalp|shaft] [--unit auto|any] [--marks S...] [--json FILE]
"""

import time
from collections import Counter
from pathlib import Path
from typing import Any

from bench.command_line import command_line
from bench.machine import publish
from models.engines.opening import tune_process
from models.evaluation.matching import match
from models.readers.contract import in_memory
from models.readers.recording import read
from stream.config.keys import Acquire, Bed, Condition, Config
from stream.detect.binding import Binding
from stream.detect.models import Detectors
from stream.pipeline import Outcome
from stream.recorded import source_of
from stream.records import Detection
from stream.score import outcomes

CHUNK_SAMPLES = 512  # results do not depend on it; large enough that its own cost does not count


def main() -> None:
    """Score every file and write what was found."""
    arguments = command_line("bench.recordings", __doc__)
    arguments.add_argument("files", nargs="+", type=Path)
    arguments.add_argument("--montage", choices=("scalp", "shaft"), default="scalp")
    arguments.add_argument("--unit", choices=("auto", "any"), default="auto")
    arguments.add_argument("--marks", nargs="*", type=float, default=[])
    given = arguments.parse_args()
    bed = Bed(id="bed-1", acquire=Acquire(unit=given.unit), condition=Condition(montage=given.montage))
    config = Config(bed=[bed])
    tune_process()
    detectors = Detectors(config)
    files = {path.name: _scored(path, config, detectors) for path in given.files}
    times_s = [event["time_s"] for file in files.values() for event in file["events"]]
    found = len(match(given.marks, times_s)[0])
    marks = {"marked": len(given.marks), "found": found, "others": len(times_s) - found}
    minutes = sum(file["minutes"] for file in files.values())
    events = sum(len(file["events"]) for file in files.values())
    manifest = detectors.of(bed).manifest
    model = {"name": manifest.name, "sha256": manifest.sha256, "threshold": manifest.threshold}
    overall = {"minutes": round(minutes, 2), "events": events, "events_per_min": round(events / minutes, 3)}
    result = {"montage": given.montage, "model": model, "overall": overall, "marks": marks, "files": files}
    publish("recordings", result, given.json)


def _scored(path: Path, config: Config, detectors: Detectors) -> dict[str, Any]:
    recording = read(path)
    binding = Binding(config, config.bed[0], source_of(path, recording), detectors)
    # Reading the file is left out: the rate is that of the analysis.
    began_s = time.perf_counter()
    found = list(outcomes(binding, in_memory(recording), CHUNK_SAMPLES))
    took_s = time.perf_counter() - began_s
    seconds = recording.samples.shape[1] / recording.rate_hz
    return {
        "minutes": round(seconds / 60, 3),
        "events": [_event(detection, recording.rate_hz) for outcome in found for detection in outcome.detections],
        "events_per_min": round(60 * sum(len(outcome.detections) for outcome in found) / seconds, 3),
        "times_real_time": round(seconds / took_s, 1),
        "samples": _fates(found),
    }


def _event(detection: Detection, rate_hz: float) -> dict[str, Any]:
    return {
        "time_s": round(detection.sample / rate_hz, 3),
        "group": detection.group,
        "peak_channel": detection.peak_channel,
        "probability": round(detection.probability, 3),
        "amplitude": round(detection.amplitude_uv, 1),
    }


def _fates(found: list[Outcome]) -> dict[str, int]:
    fates: Counter[str] = Counter()
    for outcome in found:
        for piece in outcome.coverage:
            fates[piece.fate] += piece.end - piece.first
    return dict(fates)


if __name__ == "__main__":
    main()
