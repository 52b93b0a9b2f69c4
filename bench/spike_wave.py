"""Question: how far from the truth is the spike-wave index that the detector's events give, from 10 to 95 %.

Method: simulated patients in N2 (`models.simulate`), a rate of discharges for each level, through the live stages;
true seconds with a discharge's peak against seconds with an event, of the seconds that were analysed. The stage is the
true one, so that the error is the detector's alone. Simulated discharges differ in size, and the smallest are hardly
above the background: figures of patients with large spike-waves would be better, those of other noise worse.
Command: `python -m bench.spike_wave [--seconds 240] [--patients 3] [--json FILE]`
"""

import argparse
from pathlib import Path
from typing import Any, Final

import torch

from bench.machine import publish
from models.readers.contract import Recording, in_memory
from models.simulate import Simulated, simulate
from stream.config.keys import Bed, Config, Infer
from stream.detect.binding import Binding
from stream.detect.models import Detectors
from stream.findings import StageSpan
from stream.records import Source
from stream.score import outcomes, stretches_of
from stream.spike_wave import spike_wave

RATES_PER_MIN: Final = (7.0, 18.0, 42.0, 120.0, 180.0)
"""Of discharges that come at random: 11, 26, 50, 86 and 95 % of seconds have one."""
RATE_HZ: Final = 256.0
FIRST_SEED: Final = 9000


def night(seed: int, seconds: float, rate_per_min: float) -> Simulated:
    """Return a patient in N2 with so many discharges a minute."""
    plan = (("N2", seconds + 1.0),)
    return simulate(seed, seconds, rate_hz=RATE_HZ, plan=plan, ied_rate_per_min=rate_per_min)  # type: ignore[arg-type]


def indices(made: Simulated, detectors: Detectors, config: Config) -> dict[str, Any]:
    """Return the true index and that of the detector's events, in percent of the analysed seconds."""
    n = len(made.labels)
    source = Source("sim", "EEG", "", "", "", made.rate_hz, "float32", made.labels, ("uV",) * n, ("EEG",) * n)
    recording = Recording(made.samples, made.rate_hz, made.labels, ("uV",) * n, ("EEG",) * n)
    peaks_s, lost = [], []
    for outcome in outcomes(Binding(config, config.bed[0], source, detectors), in_memory(recording), 512):
        peaks_s += [found.sample / made.rate_hz for found in outcome.detections]
        lost += [(one.onset_s, one.onset_s + one.duration_s) for one in stretches_of(outcome.coverage, made.rate_hz)]
    stages = (StageSpan(0.0, recording.duration_s, "N2"),)
    true_s = [ied.peak / made.rate_hz for ied in made.ieds]
    true, found = (spike_wave(stages, peaks, lost, recording.duration_s).nrem for peaks in (true_s, peaks_s))
    return {"true": round(true.percent, 1), "events": round(found.percent, 1), "analysed_s": found.analysed_s}


def main() -> None:
    """Measure every level on every patient."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=240.0)
    parser.add_argument("--patients", type=int, default=3)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(1)
    config = Config(bed=[Bed(id="bed-1")], infer=Infer(device="cpu", sleep="off"))
    detectors = Detectors(config)
    levels = []
    for rate in RATES_PER_MIN:
        seeds = range(FIRST_SEED, FIRST_SEED + given.patients)
        of_patients = [indices(night(seed, given.seconds, rate), detectors, config) for seed in seeds]
        errors = [abs(one["true"] - one["events"]) for one in of_patients]
        levels.append({"rate_per_min": rate, "patients": of_patients, "largest_error": round(max(errors), 1)})
    detector = detectors.of(config.bed[0]).manifest
    publish("spike_wave", {"detector": detector.name, "seconds": given.seconds, "levels": levels}, given.json)


if __name__ == "__main__":
    main()
