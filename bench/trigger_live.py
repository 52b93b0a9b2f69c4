"""The live part of `bench.trigger`: markers of `spikewatch run` at an inlet of ours, against what was put in."""

import json
import os
import time
from typing import Any, Final

import numpy as np
import pylsl

from bench.latency.place import Stage, staged, wait_for_line
from models.evaluation.simulated import CLEAR_RATIO
from stream.config.keys import Frame, Infer
from stream.config.load import to_toml
from stream.demo.patient import SEED
from stream.demo.place import BED, STREAM

DETECTOR: Final = "sc-stream-small"
HOP_MS: Final = 31.25
MAX_AGE_MS: Final = 150.0
"""As docs/markers.md recommends."""
IEDS_PER_MIN: Final = 40.0
"""Many more than of the demo's patient, so that ten minutes have hundreds of clear ones."""
FOUND_WITHIN_S: Final = 30.0
SAME_S: Final = 0.3
Received = list[tuple[float, float, dict[str, Any]]]
"""When a marker came, the LSL time that it speaks of (s), and the marker."""


def live(seconds: float, level: float) -> dict[str, Any]:
    """Listen for so long; provisional markers, and any other, leave with this probability or more."""
    keys = {"markers": True, "marker_provisional": level, "marker_least": level, "marker_max_age_ms": MAX_AGE_MS}
    with staged(Frame(hop_ms=HOP_MS), Infer(detector=DETECTOR)) as stage:
        # This process's liblsl reads its settings at its first call: the place has an LSL session of its own.
        os.environ["LSLAPICFG"] = stage.place.environment["LSLAPICFG"]
        config = stage.place.config
        config = config.model_copy(update={"publish": config.publish.model_copy(update=keys)})
        stage.place.config_file.write_text(to_toml(config), encoding="utf-8")
        received, ieds = _watched(stage, f"spikewatch-{config.site}-{BED}", seconds)
    about = {"level": level, "detector": DETECTOR, "hop_ms": HOP_MS, "ieds_per_min": IEDS_PER_MIN}
    return about | {"seconds": seconds, "publish": keys} | summed(received, ieds)


def _watched(stage: Stage, name: str, seconds: float) -> tuple[Received, list[tuple[float, float]]]:
    process = stage.spikewatch()
    wait_for_line(process, lambda line: line["kind"] == "DetectReport")
    patient = stage.start("the patient", "-m", "stream.demo.patient", STREAM, str(SEED), str(IEDS_PER_MIN))
    found = pylsl.resolve_byprop("source_id", name, timeout=FOUND_WITHIN_S)
    if not found:
        raise SystemExit(f"no stream {name} within {FOUND_WITHIN_S:g} s")
    inlet = pylsl.StreamInlet(found[0])
    received, ieds = Received(), list[tuple[float, float]]()
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        text, at_s = inlet.pull_sample(timeout=0.2)
        # Before anything else: reading is not the marker's delay.
        now_s = pylsl.local_clock()
        if text:
            received.append((now_s, at_s, json.loads(text[0])))
        ieds += [(line["ied"]["lsl_s"], line["ied"]["ratio"]) for line in patient.lines() if "ied" in line]
        # Read, so that the pipe of reports never fills up.
        process.lines()
    return received, ieds


def summed(received: Received, ieds: list[tuple[float, float]]) -> dict[str, Any]:
    """Sum up markers against the discharges that were put in: (LSL time of the peak, ratio)."""
    triggers = [one for one in received if one[2]["kind"] in {"provisional", "ied"}]
    met = [_met(at_s, ieds) for _, at_s, _ in triggers]
    peaks = [(now_s - ied[0], ied) for (now_s, _, _), ied in zip(triggers, met, strict=True) if ied]
    clear = [late_s for late_s, ied in peaks if ied[1] >= CLEAR_RATIO]
    kinds = [marker["kind"] for _, _, marker in received]
    sending = [now_s - at_s - marker["sample_age_ms"] / 1e3 for now_s, at_s, marker in triggers]
    newest = [late + marker["newest_age_ms"] / 1e3 for late, (_, _, marker) in zip(sending, triggers, strict=True)]
    return {
        "put_in": len(ieds),
        "clear": {"put_in": sum(ratio >= CLEAR_RATIO for _, ratio in ieds), "marked": len(clear)},
        "markers": {kind: kinds.count(kind) for kind in sorted(set(kinds))},
        "of_no_discharge": met.count(None),
        "peak_to_inlet_ms": spread([late_s for late_s, _ in peaks]),
        "clear_peak_to_inlet_ms": spread(clear),
        "newest_sample_to_inlet_ms": spread(newest),
        "sending_to_inlet_ms": spread(sending),
    }


def _met(at_s: float, ieds: list[tuple[float, float]]) -> tuple[float, float] | None:
    """Return the discharge that a marker speaks of, None if there is none so near."""
    near = [ied for ied in ieds if abs(at_s - ied[0]) < SAME_S]
    return min(near, key=lambda ied: abs(at_s - ied[0]), default=None)


def spread(values_s: list[float]) -> dict[str, float]:
    """Return quantiles in ms, jitter (standard deviation) and number; of none, the number alone."""
    if not values_s:
        return {"n": 0}
    low, high = np.percentile(values_s, (50, 95)) * 1e3
    jitter = float(np.std(values_s)) * 1e3
    return {"p50": round(float(low), 2), "p95": round(float(high), 2), "jitter": round(jitter, 2), "n": len(values_s)}
