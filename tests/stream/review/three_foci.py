"""A night in a journal: three simulated foci of unlike frequency, sleep, a gap, an alarm, and averages of the foci."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.detection.clusters import Clusters
from models.detection.reasons import Reasons
from models.detection.shape import shape
from models.signal.montage import build
from models.simulate.electrodes import SCALP_19, TEN_TWENTY
from stream.logbook.journal import Journal, Outgoing
from stream.records import Coverage, Detection, Fate, Source
from stream.schema.journalled import Model
from stream.schema.outgoing import IedContext, alarm_outgoing, ied_outgoing
from stream.terms import Stage
from tests.stream.logbook.journals import START

RATE_HZ: Final = 256
SEEN_S: Final = 2.0
SOURCE: Final = Source(
    "eeg", "EEG", "amp-1", "host", "uid-1", RATE_HZ, "float32", SCALP_19, ("uV",) * 19, ("EEG",) * 19
)  # fmt: skip
FOCI: Final = {"F7": 8, "P4": 5, "Fp2": 3}
"""The electrode over each focus, and how many of 16 events are its own."""
GAP_S: Final = (5400.0, 6000.0)
MONTAGE: Final = build("scalp", SCALP_19)
NAMES: Final = tuple(name for group in MONTAGE.groups for name in group.derivations)
GROUP_OF: Final = {name: group.name for group in MONTAGE.groups for name in group.derivations}
MODEL: Final = Model(name="sc-small", sha256="ab" * 32)


def fill(path: Path, *, hours: float = 4.0, events: int = 160, began: datetime = START, bed: str = "bed-1") -> None:
    """Make a journal of a bed that lasts so long and holds so many events."""
    journal, seconds = Journal(path), hours * 3600
    recording = journal.open_recording(bed, "uid-1", SOURCE, began, 0.0, began.timestamp())
    clusters = Clusters()
    messages = [*_sleep(bed, began, seconds), *_events(bed, began, seconds, events, clusters)]
    messages += [
        alarm_outgoing(bed, "signal_lost", on=on, reason="no sample for 10 min", utc=began + timedelta(seconds=at))
        for on, at in zip((True, False), GAP_S, strict=True)
    ]
    edges = [0, *(round(at * RATE_HZ) for at in GAP_S), round(seconds * RATE_HZ)]
    fates: tuple[tuple[Fate, str], ...] = (("analysed", ""), ("missing", "gap"), ("analysed", ""))
    pieces = [Coverage(*edge, *fate) for edge, fate in zip(pairwise(edges), fates, strict=True)]
    journal.commit(bed, recording, edges[-1], pieces, messages, clusters.take_changed())
    journal.close()


def _events(bed: str, began: datetime, seconds: float, count: int, clusters: Clusters) -> Iterator[Outgoing]:
    random = np.random.default_rng(5)
    whose = [name for name, share in FOCI.items() for _ in range(share)]
    for number in range(count):
        focus, at_s = whose[(7 * number) % len(whose)], (number + 0.5) * seconds / count
        if GAP_S[0] <= at_s < GAP_S[1]:
            continue
        samples = derivations(focus, random)
        peak = round(RATE_HZ * SEEN_S / 2)
        row = int(np.abs(samples[:, peak]).argmax())
        seen = shape(samples, row, peak, RATE_HZ)
        found = Detection(
            bed=bed, sample=round(at_s * RATE_HZ), lsl_s=at_s, decided=round((at_s + 0.2) * RATE_HZ),
            onset_s=-0.05, duration_s=0.12, group=GROUP_OF[NAMES[row]], peak_channel=NAMES[row], channels=(NAMES[row],),
            probability=float(random.uniform(0.9, 1.0) if focus == "F7" else random.uniform(0.6, 1.0)), threshold=0.5,
            amplitude_uv=float(abs(samples[row, peak])), polarity="negative", flags=(),
            reasons=Reasons(6.0, 70.0, 0.2, 0.4, 1.0, 0.3), lead_channel=NAMES[seen.lead], cluster=clusters.push(seen),
        )  # fmt: skip
        utc, stage = began + timedelta(seconds=at_s), _stage(at_s, seconds)
        context = IedContext("demo", 1, MODEL, "test", utc, stage, dict.fromkeys(STAGES, 1.0))
        yield ied_outgoing(found, context)


STAGES: Final = ("acquire", "condition", "frame", "infer", "merge")


def derivations(focus: str, random: np.random.Generator) -> NDArray[np.float32]:
    """Return a discharge over one electrode, later and smaller the further away: (derivations, samples) in uV."""
    time_s = np.arange(-SEEN_S / 2, SEEN_S / 2, 1 / RATE_HZ)
    distance = np.array([np.linalg.norm(np.subtract(TEN_TWENTY[name], TEN_TWENTY[focus])) for name in SCALP_19])
    late_s = time_s - 0.02 * distance[:, None]
    spike = -np.exp(-0.5 * (late_s / 0.015) ** 2) + 0.4 * np.exp(-0.5 * ((late_s - 0.15) / 0.06) ** 2)
    field = 200 * np.exp(-((distance / 0.5) ** 2))[:, None]
    electrodes = field * spike + random.normal(scale=5, size=spike.shape)
    return (MONTAGE.matrix @ electrodes[list(MONTAGE.channels)]).astype(np.float32)


def _stage(at_s: float, seconds: float) -> Stage:
    """Return the stage of a night of few cycles: awake, then N1, N2, N3, N2, R again and again."""
    cycle = at_s / seconds * 3
    stages: tuple[Stage, ...] = ("N1", "N2", "N3", "N2", "R")
    return "W" if cycle < 0.1 else stages[int(cycle * 5) % 5]


def _sleep(bed: str, began: datetime, seconds: float) -> Iterator[Outgoing]:
    for epoch in range(1, int(seconds / 30) + 1):
        at_s = 30.0 * epoch
        utc = began + timedelta(seconds=at_s)
        payload: dict[str, Any] = {"epoch_end_utc": utc.isoformat(), "stage": _stage(at_s - 15, seconds)}
        if not GAP_S[0] < at_s <= GAP_S[1]:
            yield Outgoing(f"{bed}-sleep-{epoch}", "sleep", "state/sleep", payload, retain=True, utc=utc)
