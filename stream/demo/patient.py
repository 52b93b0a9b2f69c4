"""The demo's patient: simulated EEG over real LSL at its own pace, and the truth about it on stdout.

`python -m stream.demo.patient STREAM_NAME SEED [IEDS_PER_MIN]` prints JSON, one object a line: {"t0_lsl", "fs",
"labels"} before sample 0, {"stage": {"name", "sample", "lsl_s"}} as a stage begins, and {"ied": {"sample", "lsl_s",
"ratio", "kind"}} as soon as a discharge's peak is pushed. `lsl_s` is on this host's LSL clock.
"""

import queue
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Final

from models.simulate import Patient, Plan, Simulated
from stream.replay import Outlet, Playback, chunks, speaker

# A common clinical rate, and a multiple of the model's 128 Hz, as most of them are.
RATE_HZ: Final = 256.0
CHUNK_MS: Final = 20.0
PIECE_S: Final = 4.0
AHEAD: Final = 3
"""Pieces made ahead, so that making one never holds up a push."""
IED_RATE_PER_MIN: Final = 6.0
"""In N1; the simulation makes it more in N2 and N3, less awake and in REM sleep."""
PLAN: Final[Plan] = (("N2", 88.0), ("N3", 88.0), ("N2", 60.0), ("R", 60.0), ("W", 60.0), ("N1", 60.0))
"""A night's cycle in seven minutes, so that a viewer sees the stage change. A stager that expects stays of a natural
length follows late, or not at all: the demo's stage agreement is lower than a night's."""
SEED: Final = 900_500_006
"""A patient that training never drew, most of whose discharges stand out as those that a reader would mark."""

Send = Callable[[dict[str, object]], None]
"""Writes one line of the account."""


def patient(seed: int, ied_rate_per_min: float = IED_RATE_PER_MIN) -> Patient:
    """Return the patient; the same seed and rate give the same recording."""
    return Patient(seed, rate_hz=RATE_HZ, plan=PLAN, ied_rate_per_min=ied_rate_per_min)


def play(name: str, drawn: Patient, send: Send) -> None:
    """Stream the patient, without end."""
    pieces = _ahead(drawn)
    first = next(pieces)
    count = len(first.labels)
    how = Playback(name=name, source_id=name, chunk_ms=CHUNK_MS)
    outlet = Outlet(how, RATE_HZ, first.labels, ["microvolts"] * count, ["EEG"] * count)
    # Before the first sample: who reads this account can place every sample that follows in time.
    send({"t0_lsl": outlet.t0_s, "fs": RATE_HZ, "labels": list(first.labels)})
    stage = ""
    while True:
        stage = _push(first, stage, outlet, send)
        first = next(pieces)


def _push(piece: Simulated, stage: str, outlet: Outlet, send: Send) -> str:
    """Push one piece, report what was in it as it goes, and return the stage in which it ends."""
    begins = {span.first: span.stage for span in piece.stages}
    ieds = list(piece.ieds)
    end = piece.first
    for chunk in chunks(piece.samples, RATE_HZ, CHUNK_MS):
        # It returns as the chunk is due, so that nothing below is reported before its samples are out.
        outlet.push(chunk)
        first, end = end, end + len(chunk)
        for sample in range(first, end):
            if begins.get(sample, stage) != stage:
                stage = begins[sample]
                send({"stage": {"name": stage, "sample": sample, "lsl_s": outlet.lsl_s(sample)}})
        while ieds and ieds[0].peak < end:
            ied = ieds.pop(0)
            truth = {"sample": ied.peak, "lsl_s": outlet.lsl_s(ied.peak), "ratio": ied.ratio, "kind": ied.kind}
            send({"ied": truth})
    return stage


def _ahead(patient: Patient) -> Iterator[Simulated]:
    """Yield the pieces; the next ones are made on a thread of their own meanwhile."""
    made: queue.Queue[Simulated] = queue.Queue(AHEAD)

    def make() -> None:
        while True:
            made.put(patient.next(PIECE_S))

    # A daemon: it waits at a full queue when the process is to end.
    threading.Thread(target=make, daemon=True).start()
    while True:
        yield made.get()


def main() -> None:
    """Stream until SIGTERM."""
    name, seed, *rate = sys.argv[1:]
    play(name, patient(int(seed), *map(float, rate)), speaker(sys.stdout))


if __name__ == "__main__":
    main()
