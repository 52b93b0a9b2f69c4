"""Sleep states by a stager in another process, which is asked for each whole epoch.

An answer is published a fixed time after its epoch, whenever it came, so that it does not depend on the host's load. If
it has not come by then, the stage is unknown.
"""

from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np

from models.signal.sleep_montage import EARS, PREFERRED
from models.sleep.stager import StageResult
from models.sleep_stages import STAGES
from stream.merge.sleep import EPOCH_S, LEAST_SHARE, Publishing
from stream.records import Hop, Score, SleepState
from stream.timebase import Timebase
from stream.yasa.epoch import AskedEpoch

ANSWER_S: Final = 10.0
"""From an epoch's end to its stage: ten times what an answer takes on an idle host."""
MOST_ROWS: Final = 2
FORGET_S: Final = 300.0
"""A hole so long is followed by another situation: what is usual for the person is learnt anew."""
# No epoch ends there.
NOT_ASKED: Final = -1


class Asked(Protocol):
    """A stager that is asked one epoch at a time, and keeps the past itself."""

    def ask(self, epoch: AskedEpoch) -> None:
        """Have an epoch staged; returns at once."""
        ...

    def answer(self, bed: str, end: int) -> tuple[float, ...]:
        """Return the probabilities of STAGES in that epoch; empty where they are not known."""
        ...


def central(names: Sequence[str]) -> tuple[int, ...]:
    """Return the places of the derivations to stage from: against an ear or mastoid, and central, before others."""
    rank = {name: place for place, name in enumerate(PREFERRED)}

    def order(at: int) -> tuple[bool, int]:
        plus, _, minus = names[at].partition("-")
        return bool(minus) and minus not in EARS, rank.get(plus, len(rank))

    return tuple(sorted((at for at, name in enumerate(names) if name), key=order)[:MOST_ROWS])


class AskedStaging(Publishing):
    """Collects epochs on multiples of 30 s of the recording, asks each, and tells its stage ANSWER_S later.

    Parameters
    ----------
    names
        of all derivations, in the order of a hop's rows; "" for an empty one
    """

    def __init__(self, bed: str, asked: Asked, timebase: Timebase, names: Sequence[str]) -> None:
        super().__init__(bed, timebase)
        self._asked = asked
        self._rows = central(names)
        self._names = [names[row] for row in self._rows]
        self._epoch = round(EPOCH_S * timebase.model_rate_hz)
        self._wait = round(ANSWER_S * timebase.model_rate_hz)
        self._forget_after = round(FORGET_S * timebase.model_rate_hz)
        self._fresh, self._asked_end = True, NOT_ASKED
        self._clear()

    def push(self, hop: Hop, scores: Sequence[Score]) -> tuple[SleepState, ...]:  # noqa: ARG002  (the protocol's)
        """Return the state of the epoch whose answer is due with the hop, if there is one.

        Hops begin at multiples of their length, of which 5 s are a multiple too: none lies on both sides of an end.
        """
        first = hop.end - hop.samples.shape[1]
        if first != self._next:
            self._skip(first - self._next)
        self._next = hop.end
        self._keep(first % self._epoch, hop)
        if hop.end % self._epoch == 0:
            self._ask(hop.end)
            self._clear()
        end = hop.end - self._wait
        return self._told(hop, end, [self._result(end)]) if end > 0 and end % self._epoch == 0 else ()

    def _skip(self, missing: int) -> None:
        self._clear()
        self.forget_stage()
        # The epoch that was asked for lies before the hole: its stage says nothing of what comes now.
        self._asked_end = NOT_ASKED
        self._fresh |= missing > self._forget_after

    def _clear(self) -> None:
        self._samples = np.zeros((len(self._rows), self._epoch), np.float32)
        self._usable = np.zeros((len(self._rows), self._epoch), np.bool_)

    def _keep(self, at: int, hop: Hop) -> None:
        rows, usable = hop.samples[list(self._rows)], hop.usable[list(self._rows), None]
        where = slice(at, at + rows.shape[1])
        self._samples[:, where] = np.where(usable, rows, np.float32(0))
        self._usable[:, where] = usable

    def _ask(self, end: int) -> None:
        enough = self._usable.mean(axis=1) >= LEAST_SHARE
        rows = {name: row for name, row, good in zip(self._names, self._samples, enough, strict=True) if good}
        if rows:
            rate_hz = self._timebase.model_rate_hz
            self._asked.ask(AskedEpoch(self.bed, end, rate_hz, rows, self._fresh))
            self._fresh, self._asked_end = False, end

    def _result(self, end: int) -> StageResult:
        told = self._asked.answer(self.bed, end) if end == self._asked_end else ()
        probabilities: dict[str, float] = dict(zip(STAGES, told or [1 / len(STAGES)] * len(STAGES), strict=True))
        stage = max(probabilities, key=probabilities.__getitem__) if told else "unknown"
        return StageResult(end, stage, probabilities, bool(told), ANSWER_S)
