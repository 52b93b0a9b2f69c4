"""Question: how many clicks does a night of 1,000 events take, and are foci and their first channels found rightly?

Method: three foci over the head of unlike frequency (60, 30 and 10 % of events), each a spike that reaches other
electrodes later and smaller the further they are away, in noise with the spectrum of EEG; a tenth of the events is no
discharge but noise as large. Events come one by one, as live (`models.detection.shape`, `models.detection.clusters`).
Adjusted Rand index (Hubert and Arabie 1985) over the events of foci. "Lead right": the channel with most first peaks of
a focus's largest cluster is one of the derivations of its electrode; the delay to the others is varied. Clicks: one for
each card of the page, where the smallest clusters share the last one; reviewed are the events of the cards that ten
clicks judge, and wrongly judged those whose card is mostly of the other sort.
Command: python -m bench.review [--patients 20] [--json FILE]
"""

import time
from collections import Counter
from collections.abc import Sequence
from math import comb
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bench.command_line import command_line
from bench.machine import publish
from models.detection.clusters import Clusters
from models.detection.shape import Shape, shape
from models.signal.montage import build
from models.simulate.electrodes import SCALP_19, TEN_TWENTY

RATE_HZ: Final = 128.0
BEFORE, AFTER = 128, 16
"""Samples before a peak, and after it when an event is decided."""
SHARES: Final = (0.6, 0.3, 0.1)
OTHERS: Final = 0.1
SPIKE_UV, NOISE_UV = 150.0, 12.0
LAGS_MS: Final = (5.0, 10.0, 20.0)
"""Between the electrode of a focus and those beside it."""
BESIDE: Final = 0.6
"""Distance of neighbouring electrodes, in radii of the head."""
CLICKS, EVENTS = 10, 1000
GOAL_MS: Final = 1.0
"""Of describing and clustering an event; a hop has one at most, but for foci that discharge together."""
MONTAGE: Final = build("scalp", SCALP_19)
NAMES: Final = tuple(name for group in MONTAGE.groups for name in group.derivations)

Floats = NDArray[np.float32]


def discharge(electrode: str, lag_ms: float, rng: np.random.Generator) -> Floats:
    """Return a discharge over one electrode, (derivations, samples) in uV, up to AFTER samples behind its peak."""
    time_s = np.arange(-BEFORE, AFTER) / RATE_HZ
    distance = np.array([np.linalg.norm(np.subtract(TEN_TWENTY[name], TEN_TWENTY[electrode])) for name in SCALP_19])
    late_s = time_s - lag_ms / 1000 * distance[:, None] / BESIDE
    spike = -np.exp(-0.5 * (late_s / 0.02) ** 2) + 0.4 * np.exp(-0.5 * ((late_s - 0.15) / 0.06) ** 2)
    field = SPIKE_UV * rng.lognormal(0, 0.25) * np.exp(-((distance / 0.5) ** 2))[:, None]
    return _derived(field * spike + _noise(rng, NOISE_UV))


def other(rng: np.random.Generator) -> Floats:
    """Return noise as large as a discharge, which resembles nothing."""
    return _derived(_noise(rng, SPIKE_UV / 2))


def _noise(rng: np.random.Generator, rms_uv: float) -> NDArray[np.float64]:
    white = np.fft.rfft(rng.normal(size=(len(SCALP_19), 2 * (BEFORE + AFTER))))
    hz = np.fft.rfftfreq(2 * (BEFORE + AFTER), 1 / RATE_HZ)
    # Amplitude as 1/f within the band that a bed looks at.
    noise = np.fft.irfft(white * np.where((hz >= 1) & (hz <= 50), 1 / np.maximum(hz, 1), 0))[:, : BEFORE + AFTER]
    scaled: NDArray[np.float64] = rms_uv * noise / noise.std()
    return scaled


def _derived(electrodes: NDArray[np.float64]) -> Floats:
    return (MONTAGE.matrix @ electrodes[list(MONTAGE.channels)]).astype(np.float32)


def seen(samples: Floats) -> Shape:
    """Describe an event from its largest deflection near the peak on, as the event former hands it over."""
    near = np.abs(samples[:, BEFORE - 6 : BEFORE + 7])
    row, at = divmod(int(near.argmax()), near.shape[1])
    return shape(samples, row, BEFORE - 6 + at, RATE_HZ)


def adjusted_rand(one: Sequence[int], other_labels: Sequence[int]) -> float:
    """Return the adjusted Rand index of two labellings."""
    both = sum(comb(count, 2) for count in Counter(zip(one, other_labels, strict=True)).values())
    of_one, of_other = (sum(comb(count, 2) for count in Counter(labels).values()) for labels in (one, other_labels))
    expected = of_one * of_other / comb(len(one), 2)
    return (both - expected) / ((of_one + of_other) / 2 - expected)


def patient(seed: int, lag_ms: float) -> dict[str, Any]:
    """Return the figures of one simulated patient."""
    rng = np.random.default_rng(seed)
    electrodes = _apart(rng)
    # -1 is no discharge.
    truth = rng.choice([0, 1, 2, -1], EVENTS, p=[*((1 - OTHERS) * share for share in SHARES), OTHERS]).tolist()
    clusters = Clusters()
    leads: list[str] = []
    found: list[int] = []
    took_ms: list[float] = []
    for focus in truth:
        samples = other(rng) if focus < 0 else discharge(electrodes[focus], lag_ms, rng)
        began_s = time.thread_time()
        event = seen(samples)
        found.append(clusters.push(event))
        took_ms.append(1000 * (time.thread_time() - began_s))
        leads.append(NAMES[event.lead])
    of_foci = [place for place, focus in enumerate(truth) if focus >= 0]
    reviewed, wrong = clicks(found, truth)
    return {
        "rand": adjusted_rand([found[at] for at in of_foci], [truth[at] for at in of_foci]),
        "clusters": len(clusters.clusters),
        "reviewed": reviewed,
        "wrong": wrong,
        "took_ms": took_ms,
        "leads": [_lead_is(focus, electrodes[focus], found, truth, leads) for focus in range(len(SHARES))],
    }


def _apart(rng: np.random.Generator) -> list[str]:
    """Draw electrodes of which no two are beside each other, nor share a chain's neighbour."""
    while True:
        drawn = [str(name) for name in rng.choice(SCALP_19, len(SHARES), replace=False)]
        places = [np.array(TEN_TWENTY[name]) for name in drawn]
        if min(np.linalg.norm(a - b) for a, b in zip(places, [*places[1:], places[0]], strict=True)) > 2 * BESIDE:
            return drawn


def clicks(found: Sequence[int], truth: Sequence[int]) -> tuple[int, int]:
    """Return how many events ten clicks judge, the last one all small clusters, and how many of them wrongly."""
    clusters = Counter(found)
    largest = [cluster for cluster, _ in clusters.most_common(CLICKS if len(clusters) == CLICKS else CLICKS - 1)]
    reviewed = wrong = 0
    for names in (*({cluster} for cluster in largest), set(clusters) - set(largest)):
        of = [focus >= 0 for number, focus in zip(found, truth, strict=True) if number in names]
        reviewed += len(of)
        wrong += min(sum(of), len(of) - sum(of))
    return reviewed, wrong


def _lead_is(focus: int, electrode: str, found: Sequence[int], truth: Sequence[int], leads: Sequence[str]) -> bool:
    own = [cluster for cluster, of in zip(found, truth, strict=True) if of == focus]
    largest = Counter(own).most_common(1)[0][0]
    first = Counter(lead for lead, cluster in zip(leads, found, strict=True) if cluster == largest).most_common(1)[0][0]
    return electrode in first.split("-")


def main() -> None:
    """Measure patients at every lag."""
    parser = command_line("bench.review", __doc__)
    parser.add_argument("--patients", type=int, default=20)
    given = parser.parse_args()
    rows, took_ms = [], list[float]()
    for lag_ms in LAGS_MS:
        of = [patient(seed, lag_ms) for seed in range(given.patients)]
        rand = [one["rand"] for one in of]
        took_ms += [took for one in of for took in one["took_ms"]]
        rows.append({
            "lag_ms": lag_ms,
            "rand_median": round(float(np.median(rand)), 3),
            "rand_lowest": round(min(rand), 3),
            "clusters_median": float(np.median([one["clusters"] for one in of])),
            "lead_right": round(float(np.mean([one["leads"] for one in of])), 3),
            "reviewed_by_10_clicks": round(float(np.mean([one["reviewed"] for one in of])), 1),
            "wrongly_judged": round(float(np.mean([one["wrong"] for one in of])), 1),
        })  # fmt: skip
    cost = {f"p{at:g}": round(float(np.percentile(took_ms, at)), 3) for at in (50, 99, 99.9)}
    cost_ms = {"goal_p99": GOAL_MS, **cost, "max": round(max(took_ms), 3)}
    result = {"patients": given.patients, "events": EVENTS, "cost_of_an_event_ms": cost_ms, "lags": rows}
    publish("review", result, given.json)


if __name__ == "__main__":
    main()
