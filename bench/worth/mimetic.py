"""A mimetic detector: waves that look like a discharge to a reader, less what the state of the EEG makes look so.

Features are those of Gotman and Gloor (1976; `bench.worth.half_waves`), rules by state those of Gotman and Wang (1991;
`bench.worth.states`): blinks and muscle while awake and active, alpha while quiet, spindles and vertex waves in light
sleep, slow waves in deep sleep. A score is the relative amplitude of a wave's larger half-wave, which is what users of
such detectors set.

Limits on durations are those of the definition of spikes and sharp waves (IFCN glossary: 20 to 200 ms); the other
numbers are ours, chosen on no recording, so it is a detector in their manner and not theirs.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bench.worth.contract import Scored, Shown, ranked_thresholds, scored
from bench.worth.half_waves import Waves, waves
from bench.worth.states import State, states
from models.signal.conditioning import MODEL_RATE_HZ

SHORTEST_S, LONGEST_S = 0.02, 0.2
LEAST: Final = 2.0
"""Relative amplitude of the larger half-wave: below, nothing is an event at any threshold."""
LESSER: Final = 0.4
"""The smaller half-wave is at least this share of the larger one."""
SHARPER: Final = 1.5
"""A vertex is so much sharper than those before it."""
RHYTHMIC: Final = 0.6
"""Part of a rhythm is a wave of which the two before and the two behind it reach this share, at the rhythm's period."""
ALPHA_S, SPINDLE_S = (1 / 13, 1 / 8), (1 / 16, 1 / 11)
MUSCLE_S: Final = 0.035
"""Waves around this short, on average over nine, are muscle."""
SLOW_S: Final = 0.12
BLINK_S: Final = 0.1
FRONTAL: Final = frozenset({"Fp1", "Fp2"})

Bools = NDArray[np.bool_]
Rule = Callable[[Waves, str], Bools]


class Mimetic:
    """Half-waves, and rules by state."""

    name = "mimetic"

    def __init__(self) -> None:
        self.about: dict[str, Any] = {"after": "Gotman and Gloor 1976; Gotman and Wang 1991"}

    def detect(self, shown: Shown) -> Scored:
        """Find waves in every derivation; those that lie together are one event."""
        there = [
            (trace, valid, derivation)
            for traces, valid, derivations in zip(shown.traces, shown.valid, shown.derivations, strict=True)
            for trace, derivation in zip(traces, derivations, strict=True)
            if derivation
        ]
        known = states(np.stack([trace for trace, _, _ in there]))
        rows = [candidates(trace, valid, derivation, known) for trace, valid, derivation in there]
        vertices = np.concatenate([np.zeros(0, np.int64), *(at for at, _ in rows)])
        amplitudes = np.concatenate([np.zeros(0), *(sizes for _, sizes in rows)])
        return scored(shown, shown.time_s(vertices), amplitudes)

    def thresholds(self, found: Sequence[Scored]) -> tuple[float, ...]:
        """Return thresholds by what was found where there is nothing to find."""
        return ranked_thresholds(found)


def candidates(
    trace: NDArray[np.float32], valid: Bools, derivation: str, known: Sequence[State]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the vertices (n,) of waves of one derivation that pass all rules, and their relative amplitudes (n,)."""
    found = waves(trace)
    larger, smaller = found.amplitudes.max(axis=1), found.amplitudes.min(axis=1)
    durations_s = found.durations_s.sum(axis=1)
    passed = (
        valid[found.vertices]
        & (larger >= LEAST)
        & (smaller >= LESSER * larger)
        & (durations_s >= SHORTEST_S)
        & (durations_s <= LONGEST_S)
        & (found.sharpness >= SHARPER)
    )
    of_state = found.vertices // round(MODEL_RATE_HZ)
    for state, rules in RULES.items():
        here = np.array([known[second] is state for second in of_state.tolist()], bool)
        for rule in rules:
            passed &= ~(here & rule(found, derivation))
    return found.vertices[passed], larger[passed]


def is_muscle(found: Waves, derivation: str) -> Bools:  # noqa: ARG001  (as all rules)
    """Report which waves (n,) lie among waves as short as muscle makes them."""
    lengths_s = found.lengths_s.sum(axis=1)
    if not lengths_s.size:
        return np.zeros(0, bool)
    around = np.convolve(np.pad(lengths_s, 4, mode="edge"), np.full(9, 1 / 9), "valid")
    found_short: Bools = around < MUSCLE_S
    return found_short


def is_blink(found: Waves, derivation: str) -> Bools:
    """Report which waves (n,) are wide ones at the eyes."""
    # Waves of an electrode above an eye only: further back, a wide wave is none of the lids'.
    near = bool(FRONTAL & set(derivation.split("-")))
    wide: Bools = found.durations_s.sum(axis=1) >= BLINK_S
    return wide & near


def is_rhythmic(period_s: tuple[float, float]) -> Rule:
    """Return the rule of waves that are part of a rhythm."""

    def rule(found: Waves, derivation: str) -> Bools:  # noqa: ARG001  (as all rules)
        sizes, lengths_s = found.amplitudes.max(axis=1), found.lengths_s.sum(axis=1)
        beside = np.zeros(len(sizes))
        fits = np.zeros(len(sizes))
        # Two half-waves further is the next vertex of the same side.
        for shift in (-4, -2, 2, 4):
            beside += np.roll(sizes, shift) / 4
            near = np.roll(lengths_s, shift)
            fits += (near >= period_s[0]) & (near <= period_s[1])
        part: Bools = (beside >= RHYTHMIC * sizes) & (fits >= 3)
        return part

    return rule


def is_vertex_wave(found: Waves, derivation: str) -> Bools:
    """Report which waves (n,) are wide ones at the vertex."""
    central = "Cz" in derivation.split("-")
    wide: Bools = found.durations_s.sum(axis=1) >= BLINK_S
    return wide & central


def is_slow(found: Waves, derivation: str) -> Bools:  # noqa: ARG001  (as all rules)
    """Report which waves (n,) are wide."""
    wide: Bools = found.durations_s.sum(axis=1) >= SLOW_S
    return wide


RULES: Final[Mapping[State, tuple[Rule, ...]]] = {
    State.ACTIVE: (is_muscle, is_blink),
    State.QUIET: (is_rhythmic(ALPHA_S), is_blink),
    State.DESYNCHRONISED: (is_blink,),
    State.PHASIC: (is_rhythmic(SPINDLE_S), is_vertex_wave),
    State.SLOW: (is_slow,),
}
"""What is rejected in each state."""
