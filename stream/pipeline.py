"""Where the stages meet: condition -> frame -> (infer) -> merge for one bed, by absolute index.

`Pipeline` is a deterministic function of (samples, configuration, weights): the live detector and `spikewatch score`
run this very class, and any chunking of the same samples gives the same outcomes. Inference lies between `framed`
and `conclude`, because one batch serves all beds.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from stream.condition import Condition
from stream.frame import Frame
from stream.infer import HopScores
from stream.merge.ied import Merge
from stream.merge.sleep import Staging
from stream.records import Chunk, Coverage, Detection, Gap, Hop, Rejected, SleepState, Stage
from stream.timebase import Timebase

Due = Hop | Gap
"""What waits for its conclusion, in the order of the samples."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one hop or gap came to. `cursor`: the stream index up to which every sample now has a fate."""

    cursor: int
    coverage: tuple[Coverage, ...]
    detections: tuple[Detection, ...] = ()
    sleep: tuple[SleepState, ...] = ()
    stage: Stage = "unknown"
    windows: Counter[str] = field(default_factory=Counter)


class Pipeline:
    """One bed's stages between the sample log and the journal.

    Parameters
    ----------
    cursor
        stream index up to which everything is journalled already. What lies before it warms the filters and the
        event former up again, and is not told a second time.
    """

    def __init__(
        self, condition: Condition, frame: Frame, merge: Merge, staging: Staging, timebase: Timebase, *, cursor: int = 0
    ) -> None:
        self.cursor = cursor
        self.condition = condition
        self._frame = frame
        self._merge = merge
        self._staging = staging
        self.timebase = timebase

    @property
    def due(self) -> int:
        """Stream index up to which samples are needed before anything is due, if none are lost."""
        return self.timebase.taken(self._frame.due)

    def conditioned(self, record: Chunk | Gap) -> Chunk | Gap:
        """Condition one record of the sample log; a gap clears the filters and goes on."""
        if isinstance(record, Gap):
            self.condition.gap(record)
            return record
        return self.condition.push(record)

    def framed(self, record: Chunk | Gap) -> list[Due]:
        """Give what a conditioned record makes due."""
        return [record] if isinstance(record, Gap) else [*self._frame.push(record)]

    def needs_inference(self, hop: Hop, memory_s: float) -> bool:
        """Tell whether a hop must be scored: it is new, or the event former must see it again."""
        return self.timebase.taken(hop.end) > self.cursor - memory_s * self.timebase.rate_hz

    def conclude(self, due: Due, verdicts: HopScores) -> Outcome:
        """Merge what the network said of one hop, or close the account at a gap."""
        if isinstance(due, Gap):
            self._merge.gap()
            return self._outcome(
                [Coverage(0, due.first, "rejected", "gap"), Coverage(0, due.end, due.fate, due.reason)]
            )
        refused = [*due.rejected, *verdicts.rejected]
        scores = verdicts.scores
        windows = Counter(verdict.reason for verdict in refused) + Counter(scored=len(scores))
        taken = self.timebase.taken(due.end)
        fate = Coverage(0, taken, "analysed", "") if scores else Coverage(0, taken, "rejected", _main_reason(refused))
        before, sleep = self.cursor, self._staging.push(due)
        return replace(
            self._outcome([fate]),
            detections=tuple(found for found in self._merge.push(due, scores) if found.decided > before),
            sleep=tuple(state for state in sleep if state.epoch_end > before),
            stage=self._staging.stage,
            windows=windows,
        )

    def finish(self, head: int) -> Outcome:
        """Close the account of a recording that ended at `head`: what never filled a hop is rejected."""
        return self._outcome([Coverage(0, head, "rejected", "end")])

    def _outcome(self, fates: Sequence[Coverage]) -> Outcome:
        """Move the cursor over the fates, each from where the one before ended; what is journalled stays as it is."""
        coverage = []
        for fate in fates:
            if fate.end > self.cursor:
                coverage.append(replace(fate, first=self.cursor))
                self.cursor = fate.end
        return Outcome(self.cursor, tuple(coverage))


def _main_reason(refused: Sequence[Rejected]) -> str:
    """Name the reason most windows of a hop share; none has one when the hop lies in the warm-up and was not scored."""
    shared = Counter(verdict.reason for verdict in refused).most_common(1)
    return shared[0][0] if shared else ""
