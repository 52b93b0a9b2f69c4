"""Sleep is staged behind the events: the stager waits for a hop's detections to be sent, and none of them for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from stream.merge.sleep import Staging
from stream.records import Hop, Score, SleepState
from stream.terms import Stage


@dataclass(frozen=True, slots=True)
class _Unstaged:
    hop: Hop
    scores: Sequence[Score]


class DeferredStaging:
    """Stages the hop that was merged last: when there is time, or else before the next one is merged.

    So an event names the stage of the hop before its own, however long the stager takes.

    Attributes
    ----------
    is_on
        False while sleep is not looked at, to relieve a host that is too slow
    """

    def __init__(self, staging: Staging) -> None:
        self.is_on = True
        self._staging = staging
        self._unstaged: _Unstaged | None = None
        self._states: tuple[SleepState, ...] = ()

    @property
    def stage(self) -> Stage:
        """The stage at present."""
        return self._staging.stage

    @property
    def confidence(self) -> float:
        """The probability of that stage; 0 while none is known."""
        return self._staging.confidence

    def defer(self, hop: Hop, scores: Sequence[Score]) -> None:
        """Keep a hop and its scores for later; what was deferred before must have been taken."""
        self._unstaged = _Unstaged(hop, scores)

    def stage_now(self) -> None:
        """Stage what was deferred, if that was not done yet; its states wait to be taken."""
        if self._unstaged:
            of, self._unstaged = self._unstaged, None
            self._states += self._staging.push(of.hop, of.scores) if self.is_on else self._staging.rest(of.hop)

    def take(self) -> tuple[SleepState, ...]:
        """Return the states that have not been taken, those of a deferred hop with them."""
        self.stage_now()
        states, self._states = self._states, ()
        return states

    def forget_stage(self) -> None:
        """Know no stage until the next result: behind a gap the last one no longer holds."""
        self._staging.forget_stage()
