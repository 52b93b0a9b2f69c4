"""One bed's stages in their order: condition -> frame -> (infer) -> merge, by absolute index.

`Pipeline` is a deterministic function of (samples, configuration, weights), and any chunking of the same samples gives
the same outcomes. Between `frame` and `merge` lies inference, where one batch serves all beds: the loop that leads
records through all of it is `stream.analysis`.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from models.detection.artefacts import Artefact
from models.detection.cap import Cap
from models.detection.clusters import Clusters
from models.signal.electrode_check import ElectrodeCheck
from models.signal.montage import Montage
from stream.condition import Condition
from stream.config.merge_keys import OVER_CAP
from stream.frame import Frame
from stream.infer import HopScores
from stream.merge.deferred import DeferredStaging
from stream.merge.ied import Merge
from stream.merge.sleep import Staging
from stream.records import Chunk, Coverage, Detection, Gap, Glimpse, Hop, PassedOver, Rejected, SleepState
from stream.terms import Stage
from stream.timebase import Timebase


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one hop or gap came to. `cursor`: the stream index up to which every sample now has a fate.

    `glimpse` is what may become a detection, where provisional markers are asked for; `withheld` is what was seen from
    `review.floor` on and is below the bed's threshold; `artefacts` counts what was
    recognised, and would else have been an event.
    """

    cursor: int
    coverage: tuple[Coverage, ...]
    detections: tuple[Detection, ...] = ()
    sleep: tuple[SleepState, ...] = ()
    stage: Stage = "unknown"
    stage_confidence: float = 0.0
    windows: Counter[str] = field(default_factory=Counter)
    glimpse: Glimpse | None = None
    withheld: tuple[Detection, ...] = ()
    artefacts: Counter[Artefact] = field(default_factory=Counter)


class Pipeline:
    """One bed's stages between the sample log and the journal.

    Parameters
    ----------
    cursor
        stream index up to which everything is journalled already. What lies before it warms the filters and the
        event former up again, and is not reported a second time.
    cap
        decides which events are flagged as beyond so many an hour

    Attributes
    ----------
    sleep
        stages each hop's sleep, behind its events
    """

    def __init__(
        self,
        condition: Condition,
        frame: Frame,
        merge: Merge,
        staging: Staging,
        timebase: Timebase,
        *,
        cap: Cap,
        cursor: int = 0,
    ) -> None:
        self.cursor = cursor
        self._condition = condition
        self._frame = frame
        self._merge = merge
        self.cap = cap
        self.sleep = DeferredStaging(staging)
        self.timebase = timebase
        self._passed_over: PassedOver = ""

    @property
    def clusters(self) -> Clusters:
        """The recording's events by what they look like."""
        return self._merge.recurrence.clusters

    @clusters.setter
    def clusters(self, clusters: Clusters) -> None:
        self._merge.recurrence.clusters = clusters

    @property
    def montage(self) -> Montage:
        """Which electrodes make which derivations."""
        return self._condition.montage

    @property
    def delays_ms(self) -> dict[str, float]:
        """Each filter's delay in the middle of a spike's spectrum."""
        return self._condition.delays_ms

    @property
    def electrodes(self) -> ElectrodeCheck:
        """What its electrodes say of each other."""
        return self._condition.electrodes

    @property
    def settle_s(self) -> float:
        """How long after its last bad sample a channel stays invalid."""
        return self._condition.settle_s

    @property
    def next_hop_end(self) -> int:
        """Stream index up to which samples are needed before the next hop is due, if none are lost."""
        return self.timebase.taken(self._frame.due)

    def condition(self, record: Chunk | Gap) -> Chunk | Gap:
        """Condition one record of the sample log; a gap clears the filters and goes on."""
        if isinstance(record, Gap):
            self._condition.gap(record)
            return record
        return self._condition.push(record)

    def frame(self, record: Chunk | Gap) -> list[Hop | Gap]:
        """Return what a conditioned record makes due: the hops that it completes, or the gap itself."""
        return [record] if isinstance(record, Gap) else [*self._frame.push(record)]

    def merge(self, due: Hop | Gap, scores: HopScores, passed_over: PassedOver = "") -> Outcome:
        """Merge the scores of one hop, or close the account at a gap; a hop may have been passed over."""
        states = self.sleep.take()
        # By what they are told with and not by the epoch, whose stage may come later than its end.
        told = states if self.reached_by(due) > self.cursor else ()
        if isinstance(due, Gap):
            self._merge.gap()
            self.sleep.forget_stage()
            # What came before the gap and never filled a hop can be analysed no more.
            before = Coverage(0, due.first, "rejected", "gap")
            return self._outcome([before, Coverage(0, due.end, due.fate, due.reason)], told)
        self.sleep.defer(due, scores.scores)
        return self._pass_over(due, passed_over, told) if passed_over else self._merge_scores(due, scores, told)

    def stage_sleep(self) -> None:
        """Stage the sleep of the hop that was merged last: what is left to do once its events have been sent.

        Its states are told with what is merged next, which moves the journal's cursor beyond it: a kill in between
        loses none.
        """
        self.sleep.stage_now()

    def _merge_scores(self, due: Hop, scores: HopScores, told: tuple[SleepState, ...]) -> Outcome:
        rejected = [*due.rejected, *scores.rejected]
        windows = Counter(window.reason for window in rejected)
        if scores.scores:
            windows["scored"] = len(scores.scores)
        taken = self.timebase.taken(due.end)
        # The hop is analysed if one group was scored; `windows` says which groups were not. Samples that were passed
        # over since the last hop lie in these windows, too.
        analysed = Coverage(0, taken, "analysed", self._passed_over)
        self._passed_over = ""
        fate = analysed if scores.scores else Coverage(0, taken, "rejected", _main_reason(rejected))
        # Merge sees the hop in any case, so that its state after a restart is the same as before it.
        known, merged = self.cursor, self._merge.push(due, scores.scores)
        coverage = self._settled([fate])
        return Outcome(
            self.cursor,
            coverage,
            sleep=told,
            stage=self.sleep.stage,
            stage_confidence=self.sleep.confidence,
            detections=tuple(self._capped(self.clustered(one)) for one in merged.detections if one.decided > known),
            windows=windows,
            glimpse=merged.glimpse,
            withheld=tuple(self._alike(one) for one in merged.withheld if one.decided > known),
            artefacts=merged.artefacts if taken > known else Counter(),
        )

    def reached_by(self, due: Hop | Gap) -> int:
        """Return the stream index up to which a hop or gap reaches."""
        return due.end if isinstance(due, Gap) else self.timebase.taken(due.end)

    def flag(self, word: str) -> None:
        """Put a word among the flags of every detection from here on."""
        self._merge.flag(word)

    def finish(self, head: int) -> Outcome:
        """Close the account of a recording that ended at `head`: what never filled a hop is rejected."""
        return self._outcome([Coverage(0, head, "rejected", "end")], self.sleep.take())

    def _pass_over(self, hop: Hop, why: PassedOver, told: tuple[SleepState, ...]) -> Outcome:
        """Take in a hop that the network does not see; its samples wait for the next windows, or are given up."""
        # No event is settled here: it would be known before the samples that it stands on have a fate.
        self._merge.pass_over(hop)
        shed = [Coverage(0, self.timebase.taken(hop.end), "shed", why)] if why == "overload" else []
        self._passed_over = "" if shed else why
        return replace(self._outcome(shed, told), windows=Counter({"passed_over": len(hop.windows)}))

    def clustered(self, found: Detection) -> Detection:
        """Have an event join its cluster, and name it."""
        if found.shape is None:
            return found
        number = self._merge.recurrence.push(found.shape, found.decided, found.probability, found.similar)
        return replace(found, cluster=number)

    def _alike(self, found: Detection) -> Detection:
        """Name the cluster of events that something not called resembles; the cluster itself stays as it is."""
        return replace(found, cluster=self.clusters.like(found.shape)) if found.shape else found

    def _capped(self, found: Detection) -> Detection:
        """Flag events beyond the cap: they are still journalled and published, so that nothing is lost."""
        at_s = found.sample / self.timebase.rate_hz
        allowed = self.cap.allows(at_s, found.probability)
        return found if allowed else replace(found, flags=(*found.flags, OVER_CAP))

    def _outcome(self, fates: Sequence[Coverage], told: tuple[SleepState, ...]) -> Outcome:
        """Return what is known where nothing was scored."""
        coverage, sleep = self._settled(fates), self.sleep
        return Outcome(self.cursor, coverage, sleep=told, stage=sleep.stage, stage_confidence=sleep.confidence)

    def _settled(self, fates: Sequence[Coverage]) -> tuple[Coverage, ...]:
        """Move the cursor over the fates, each from where the one before ended; what is journalled stays as it is."""
        coverage = []
        for fate in fates:
            # Fates that end before the cursor were counted before the detector was restarted.
            if fate.end > self.cursor:
                coverage.append(replace(fate, first=self.cursor))
                self.cursor = fate.end
        return tuple(coverage)


def _main_reason(rejected: Sequence[Rejected]) -> str:
    """Return the reason most windows of a hop share, "" for a hop within the warm-up, which was not scored."""
    shared = Counter(window.reason for window in rejected).most_common(1)
    return shared[0][0] if shared else ""
