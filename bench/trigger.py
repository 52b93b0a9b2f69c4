"""Question: how soon behind a discharge's peak does a marker leave, how many discharges have one, how many are false?

Method: held-out simulated patients, some with discharges and some without, through the stages and the rules of markers
that run live (`stream.detect.markers`), in compressed time. Delay: from the peak that was put in to the newest sample
that the marker needed, filters included; computing and transport are not in it. "Sensitivity" is of discharges of six
times their background or more, false markers are those of patients without any. "event" is the marker of the decided
event alone; a number is `publish.marker_provisional`, "least" and "oldest_ms" are `marker_least` and the age limit
`marker_max_age_ms`, which live counts computing as well. --live SECONDS measures the rest on this host with the demo's
patient, `spikewatch run` and an inlet in a third process: from the peak that was put in, from the newest sample (by its
LSL stamp) and from the sending to the receipt; --level is what provisional markers and others must reach there. In FILE
each part takes the place of its last figures of as many patients and leaves the others', for the whole takes an hour.
Command: python -m bench.trigger [--patients 90] [--seconds 60] [--set-ups NAME@HOP_MS ...] [--live 120 --level 0.95]
    [--json FILE]
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from bench.command_line import command_line
from bench.machine import ROOT, commit, machine, publish
from bench.trigger_live import live
from bench.ward.live import load_average
from models.engines.opening import tune_process
from models.readers.contract import Recording, in_memory
from models.simulate import simulate
from models.simulate.windows import HELD_OUT
from stream.analysis import Analysis, analyse
from stream.config.keys import Acquire, Bed, Config, Frame, Infer
from stream.config.publish_keys import Publish
from stream.detect.binding import Binding
from stream.detect.markers import Markers
from stream.detect.models import Detectors
from stream.pipeline import Outcome
from stream.recorded import chunks, source_of


@dataclass(frozen=True, slots=True)
class Policy:
    """Which markers leave: `publish.marker_provisional`, `marker_least` and `marker_max_age_ms`."""

    provisional: float
    least: float = 0.0
    oldest_ms: float = 60_000.0


SET_UPS: Final = ("sc-stream-small@31.25", "sc-small@125", "sc-stream-small@15.625")
"""Detector, and hop in ms."""
PROVISIONAL: Final = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99)
"""0: no provisional markers."""
LEAST: Final = (0.0, 0.8, 0.85, 0.9, 0.95)
OLDEST_MS: Final = (60_000.0, 150.0)
"""Values of `publish.marker_least`, and of `publish.marker_max_age_ms`: the first lets every marker leave."""
POLICIES: Final = (
    *(Policy(provisional) for provisional in PROVISIONAL),
    *(
        Policy(least, least, oldest_ms)
        for least in LEAST
        for oldest_ms in OLDEST_MS
        if least or oldest_ms < OLDEST_MS[0]
    ),
)
"""What is tried of each set-up: provisional markers alone, and what may leave at all."""
IEDS_PER_MIN: Final = 30.0
RATIO: Final = 6.0
EARLY_S: Final = 0.1
LATE_S: Final = 0.3
"""A marker that speaks of a peak from so long before to so long behind a discharge's is that discharge's."""
TRIGGERS: Final = ("ied", "provisional")
PERCENTS: Final = (50, 95)
Figures = dict[str, Any]
Hops = list[tuple[float, Outcome]]
"""LSL time of the newest sample (s), and what came of the hop."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A marker: its kind, the LSL time that it speaks of, and that of the newest sample when it left (s)."""

    kind: str
    peak_s: float
    newest_s: float


@dataclass(frozen=True, slots=True)
class Patient:
    """What one recording came to, and the peaks (s) of its discharges with their ratio to the background."""

    hops: Hops
    peaks: tuple[tuple[float, float], ...]
    seconds: float


def main() -> None:
    """Measure every set-up, and live if asked."""
    parser = command_line("bench.trigger", __doc__)
    parser.add_argument("--patients", type=int, default=90)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--set-ups", nargs="*", choices=SET_UPS, default=SET_UPS)
    parser.add_argument("--live", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--level", type=float, default=0.95)
    options = parser.parse_args()
    tune_process()
    result: Figures = kept(options.json)
    if options.live:
        result["live"] = replaced(result["live"], [watched(options.live, options.level)], "level")
    for set_up in options.set_ups:
        detector, hop_ms = set_up.split("@")
        rows = curve(detector, float(hop_ms), options.patients, options.seconds)
        result["curve"] = replaced(result["curve"], rows, "detector", "hop_ms", "patients")
        # After each: of a run that is stopped, what it measured is kept.
        publish("trigger", result, options.json)
    publish("trigger", result, options.json)


def kept(json_file: Path | None) -> Figures:
    """Return what was measured before, of which this run renews a part."""
    before = json.loads(json_file.read_text(encoding="utf-8")) if json_file and json_file.exists() else {}
    return {"live": before.get("live", []), "curve": before.get("curve", [])}


def replaced(before: list[Figures], rows: list[Figures], *keys: str) -> list[Figures]:
    """Return rows behind those of before that are of something else."""
    measured = [{key: row[key] for key in keys} for row in rows]
    return [row for row in before if {key: row[key] for key in keys} not in measured] + rows


def watched(seconds: float, level: float) -> Figures:
    """Measure live, with the host's load."""
    before = load_average()
    found = live(seconds, level)
    host = {"load": {"before": before, "after": load_average()}, "cpu": machine()["cpu"], "commit": commit(ROOT)}
    return found | host


def curve(detector: str, hop_ms: float, patients: int, seconds: float) -> list[Figures]:
    """Return a row for each policy."""
    config = Config(
        bed=[Bed(id="bed-1", acquire=Acquire(unit="uV"))],
        infer=Infer(detector=detector, device="cpu", sleep="off"),
        frame=Frame(hop_ms=hop_ms),
        # Whatever is sighted is kept: the thresholds are tried on what was found once.
        publish=Publish(markers=True, marker_provisional=1e-9),
    )
    detectors = Detectors(config)
    ill, well = (
        [through(config, detectors, seed, seconds, rate) for seed in range(HELD_OUT, HELD_OUT + patients)]
        for rate in (IEDS_PER_MIN, 0.0)
    )
    about = {"detector": detector, "hop_ms": hop_ms, "patients": patients, "seconds": seconds, "commit": commit(ROOT)}
    return [
        {
            **about,
            "provisional": policy.provisional or "event",
            "least": policy.least,
            "oldest_ms": policy.oldest_ms,
            **figures(ill, well, policy),
        }
        for policy in POLICIES
    ]


def through(config: Config, detectors: Detectors, seed: int, seconds: float, ieds_per_min: float) -> Patient:
    """Lead one patient through the stages."""
    made = simulate(seed, seconds, ied_rate_per_min=ieds_per_min, illness="none")
    count = len(made.labels)
    recording = Recording(made.samples, made.rate_hz, made.labels, ("uV",) * count, ("EEG",) * count)
    binding = Binding(config, config.bed[0], source_of(Path("simulated"), recording), detectors)
    pipeline = binding.pipeline()
    analysis = Analysis(pipeline, binding.detector.infer)
    hops = []
    for scored in analyse(analysis, chunks(in_memory(recording), 512)):
        outcome = pipeline.merge(scored.due.item, scored.scores)
        hops.append((getattr(scored.due.item, "lsl_s", 0.0), outcome))
    return Patient(hops, tuple((ied.peak / made.rate_hz, ied.ratio) for ied in made.ieds), seconds)


def sent(hops: Hops, policy: Policy) -> Iterator[Sent]:
    """Yield the markers that leave."""
    out: list[Sent] = []
    now_s = 0.0
    level = policy.provisional
    rules = Publish(
        markers=True,
        marker_provisional=level,
        marker_least=policy.least,
        marker_max_age_ms=policy.oldest_ms,
    )
    markers = Markers(rules, lambda text, at_s: out.append(Sent(json.loads(text)["kind"], at_s, now_s)), lambda: now_s)
    for newest_s, outcome in hops:
        now_s = newest_s
        seen = outcome.glimpse
        shown = seen if seen and level and seen.probability >= level else None
        names = [str(found.sample) for found in outcome.detections]
        markers.send(replace(outcome, glimpse=shown), newest_s, names)
    yield from out


def figures(ill: Sequence[Patient], well: Sequence[Patient], policy: Policy) -> Figures:
    """Sum up one policy over all patients."""
    delays_ms: list[float] = []
    large = found = retracted = provisional = 0
    for patient in ill:
        markers = [*sent(patient.hops, policy)]
        retracted += sum(one.kind == "retracted" for one in markers)
        provisional += sum(one.kind == "provisional" for one in markers)
        for peak_s, ratio in patient.peaks:
            if ratio < RATIO:
                continue
            large += 1
            own = [one for one in markers if one.kind in TRIGGERS and -EARLY_S <= one.peak_s - peak_s <= LATE_S]
            found += bool(own)
            delays_ms += [1e3 * (min(one.newest_s for one in own) - peak_s)] if own else []
    false = sum(one.kind in TRIGGERS for patient in well for one in sent(patient.hops, policy))
    hours = sum(patient.seconds for patient in well) / 3600
    quantiles = np.percentile(delays_ms, PERCENTS) if delays_ms else ()
    return {
        "discharges": large,
        "sensitivity": round(found / large, 3) if large else None,
        "delay_ms": {f"p{percent}": round(float(of), 1) for percent, of in zip(PERCENTS, quantiles, strict=False)},
        "retracted_share": round(retracted / provisional, 3) if provisional else None,
        "false": false,
        "false_per_h": round(false / hours, 1),
    }


if __name__ == "__main__":
    main()
