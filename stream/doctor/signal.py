"""What `spikewatch doctor` sees of a bed's stream: whether the montage fits, age, jitter and unit of samples."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.errors import ModelsError
from models.signal.left_out import MOST_NAMED
from stream.acquire.identity import scale_to_uv
from stream.acquire.ports import Inlet, LinkLostError, Network
from stream.config.keys import Bed, Config
from stream.detect.binding import Binding
from stream.detect.models import Detectors
from stream.doctor.check import Check, Verdict
from stream.errors import SpikewatchError
from stream.records import Samples, Source

LISTEN_S: Final = 3.0
OLD_S: Final = 1.0
"""Older on arrival than this, samples are stamped by another clock, or were held back."""
FUTURE_S: Final = -0.05
RATE_TOLERANCE: Final = 0.05
"""Of three seconds in chunks the rate is no better known."""
PLAUSIBLE_UV: Final = (1.0, 2000.0)
"""Standard deviation of the median channel: less is silence or a wrong unit, more a wrong unit or no patient
connected."""


@dataclass(frozen=True, slots=True)
class Listened:
    """Three seconds of a stream: samples a second, ages of chunks on arrival (s), and the channels' deviations."""

    rate_hz: float
    ages_s: tuple[float, ...]
    offset_s: float
    deviations: tuple[float, ...]


def check_signal(config: Config, bed: Bed, source: Source, network: Network) -> Iterator[Check]:
    """Try the bed's montage on a stream, and listen to it."""
    name = f"bed {bed.id}"
    try:
        montage = Binding(config, bed, source, Detectors(config)).pipeline().montage
    except (ModelsError, SpikewatchError) as problem:
        yield Check(f"{name} montage", "fail", str(problem), f"see [bed.condition] and [bed.acquire] of {bed.id}")
        return
    labels, units = ([of[channel] for channel in montage.channels] for of in (source.labels, source.units))
    declared = ", ".join(sorted({unit or "none" for unit in units}))
    names = list(montage.left_out)
    # Of a cap of 256 electrodes some 240 are in no group; `info` has all of them, each with its reason.
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    left_out = f"; left out {', '.join(names[:MOST_NAMED])}{more}" if names else ""
    found = f"{len(montage.groups)} groups of {len(montage.channels)} channels, declared unit {declared}{left_out}"
    yield Check(f"{name} montage", "ok", found)
    try:
        inlet = network.open(source)
    except (LinkLostError, SpikewatchError) as problem:
        yield Check(f"{name} signal", "fail", str(problem), "start its sender again")
        return
    try:
        heard = listen(inlet, [int(channel) for channel in montage.channels])
    finally:
        inlet.close()
    unit = bed.acquire.unit
    scale = None if unit == "any" else float(np.median(scale_to_uv(labels, units, unit)))
    yield judged(f"{name} signal", heard, source.rate_hz, scale)


def listen(inlet: Inlet, channels: list[int], now_s: Callable[[], float] = time.monotonic) -> Listened | None:
    """Follow a stream for LISTEN_S, None where nothing comes."""
    ages_s: list[float] = []
    pieces: list[Samples] = []
    began_s = now_s()
    first_s = last_s = began_s
    while now_s() - began_s < LISTEN_S:
        try:
            pulled = inlet.pull(0.2)
        except LinkLostError:
            break
        if not pulled.samples.shape[1]:
            continue
        last_s = now_s()
        # Samples that liblsl had collected before do not arrive at the stream's pace.
        first_s = last_s if not pieces else first_s
        ages_s.append(last_s - pulled.stamp_s)
        pieces.append(pulled.samples[channels])
    if len(pieces) < 2:
        return None
    rate_hz = sum(piece.shape[1] for piece in pieces[1:]) / max(last_s - first_s, 1e-9)
    deviations = np.concatenate(pieces, axis=1).std(axis=1, dtype=np.float64)
    # Known after a second or so: the newest offset is that of all samples.
    offset_s = inlet.clock_offset_s()
    return Listened(rate_hz, tuple(age_s - offset_s for age_s in ages_s[1:]), offset_s, tuple(deviations.tolist()))


def judged(name: str, heard: Listened | None, declared_hz: float, scale: float | None) -> Check:
    """Return what was heard, and what is wrong with it; without `scale` (uV in a unit) no amplitude is judged."""
    if heard is None:
        return Check(name, "fail", f"no samples within {LISTEN_S:g} s", "start recording in its program")
    age_s, jitter_s = float(np.median(heard.ages_s)), float(np.ptp(heard.ages_s))
    found = (
        f"{heard.rate_hz:.1f} samples a second; {1000 * age_s:.0f} ms old on arrival, jitter {1000 * jitter_s:.0f} ms, "
        f"clock offset {1000 * heard.offset_s:.1f} ms"
    )
    verdict: Verdict = "ok"
    remedy = ""
    if abs(heard.rate_hz / declared_hz - 1) > RATE_TOLERANCE:
        verdict, remedy = "warn", f"the sender declares {declared_hz:g} samples a second; correct its rate"
    elif not FUTURE_S <= age_s <= OLD_S:
        verdict, remedy = (
            "warn",
            "the sender stamps by another clock, or holds samples back",
        )
    if scale is not None:
        middle_uv = float(np.median(heard.deviations)) * scale
        found += f"; the middle channel deviates by {middle_uv:.3g} uV"
        if not PLAUSIBLE_UV[0] <= middle_uv <= PLAUSIBLE_UV[1]:
            verdict, remedy = (
                "warn",
                "no EEG has that amplitude: check electrodes, and bed.acquire.unit",
            )
    return Check(name, verdict, found, remedy)
