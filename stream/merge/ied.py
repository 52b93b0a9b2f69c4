"""merge: the scores of one hop in, detections and sleep states out, on the stream's own sample index."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from models.detection.artefacts import Artefact
from models.detection.clusters import Clusters
from models.detection.events import Event, EventFormer, EventRules
from models.detection.reasons import reasons
from models.detection.recurrence import Recurrence
from models.detection.shape import Shape, shape
from models.detection.sightings import Sighting
from models.detection.threshold import reaches
from models.detection.withheld import Withheld
from models.engines.verifying import Verifier
from models.signal.montage import Group
from stream.merge.newest import Newest
from stream.merge.sighted import sighted
from stream.merge.verified import Verified
from stream.records import Detection, Glimpse, Hop, Score
from stream.timebase import Timebase


@dataclass(frozen=True, slots=True)
class Merged:
    """What one hop came to.

    Attributes
    ----------
    detections
        that its scores settled
    withheld
        what it settled that was seen from `floor` on, and not called
    glimpse
        what it shows most surely, if `provisional` asks for it and the probability reaches that
    artefacts
        what would have been events, had it not been recognised, by what it is
    """

    detections: tuple[Detection, ...]
    withheld: tuple[Detection, ...]
    glimpse: Glimpse | None
    artefacts: Counter[Artefact]


class Merge:
    """One bed's event former: thresholds, agreement between windows and groups, refractory time."""

    def __init__(
        self,
        bed: str,
        groups: tuple[Group, ...],
        timebase: Timebase,
        rules: EventRules,
        *,
        window_samples: int,
        flags: tuple[str, ...],
        verifier: Verifier | None = None,
        provisional: float = 0.0,
        floor: float = 0.0,
    ) -> None:
        self.bed = bed
        self._rows = {group.name: group.derivations for group in groups}
        self._names = tuple(name for group in groups for name in group.derivations)
        self._first_row = {group.name: number * len(group.derivations) for number, group in enumerate(groups)}
        self._timebase = timebase
        self._newest = Newest(len(self._names), timebase.model_rate_hz)
        self._verified = Verified(verifier, groups, self._newest) if verifier else None
        each = verifier.recurrence if verifier else 0.0
        self.recurrence = Recurrence(Clusters(), each, rules.threshold, timebase.rate_hz)
        """The recording's clusters of events, and what they say of a candidate."""
        verify = self._verify if self._verified else None
        self._former = EventFormer(rules, timebase.model_rate_hz, window_samples, verify)
        self._below = Withheld(
            floor, rules, timebase.model_rate_hz, window_samples, is_verified=self._verified is not None
        )
        # A verified event counts by the verifier's answer alone: its candidates need no lower floor.
        self._lowest = min(rules.lowest, floor) if floor and not self._verified else rules.lowest
        self._flags = flags
        self._provisional = provisional
        self._artefacts = Counter[Artefact]()
        self._recognised = -window_samples

    def push(self, hop: Hop, scores: Sequence[Score]) -> Merged:
        """Return what the scores of all windows ending with the hop settle and show."""
        self._newest.remember(hop)
        self._artefacts = Counter()
        # All groups at once: the event former chooses among those that saw the same discharge.
        rate_hz = self._timebase.model_rate_hz
        seen = [sighting for score in scores for sighting in sighted(score, rate_hz, self._lowest)]
        counting = [one for one in seen if reaches(one.probability, self._former.rules.lowest)]
        glimpse = self._glimpse(counting, hop) if self._provisional else None
        events = self._former.push(hop.end, counting)
        if not self._verified:
            for one in seen:
                self._below.note(one)
        withheld = tuple(self._detection(one, hop) for one in self._below.settle(hop.end, self._former.recent))
        return Merged(tuple(self._detection(event, hop) for event in events), withheld, glimpse, self._artefacts)

    def pass_over(self, hop: Hop) -> None:
        """Take in the samples of a hop that the network did not see."""
        self._newest.remember(hop)

    def flag(self, word: str) -> None:
        """Put a word among the flags of every detection from here on."""
        self._flags = (*self._flags, word)

    def gap(self) -> None:
        """Join nothing across a gap."""
        self._former.reset()
        self._below.reset()
        self._newest.forget()

    def _verify(self, best: Sighting, end: int) -> float:
        assert self._verified is not None  # noqa: S101  (asked only where there is one)
        probability = self._verified.verify(best, end)
        probability = self.recurrence.raised(probability, self._similar(self._shape(best, end), end))
        if reaches(probability, self._former.rules.threshold) and (artefact := self._verified.artefact(best, end)):
            self._count(artefact, best.peak)
            return 0.0
        self._below.note(replace(best, probability=probability))
        return probability

    def _shape(self, best: Sighting, end: int) -> Shape:
        """Describe a sighting, with the newest sample before `end`."""
        samples = self._newest.samples
        row, peak = self._first_row[best.group] + best.row, samples.shape[1] - end + best.peak
        return shape(samples, row, peak, self._timebase.model_rate_hz)

    def _similar(self, seen: Shape, end: int) -> int:
        return self.recurrence.similar(seen, self._timebase.taken(end))

    def _count(self, artefact: Artefact, peak: int) -> None:
        # It is found at each hop of its window and in each group, but is counted once.
        if peak - self._recognised >= self._former.rules.refractory_s * self._timebase.model_rate_hz:
            self._artefacts[artefact] += 1
        self._recognised = max(self._recognised, peak)

    def _glimpse(self, seen: Sequence[Sighting], hop: Hop) -> Glimpse | None:
        best = max(seen, key=lambda one: one.probability, default=None)
        if best is None or not reaches(best.probability, self._provisional):
            return None
        lsl_s = hop.lsl_s - self._timebase.before_newest_s(best.peak, hop.end)
        channel = self._rows[best.group][best.row]
        return Glimpse(self._timebase.sample(best.peak), lsl_s, best.group, channel, best.probability)

    def _detection(self, event: Event, hop: Hop) -> Detection:
        best, rate_hz = event.best, self._timebase.model_rate_hz
        names, row = self._rows[best.group], self._first_row[best.group] + best.row
        samples = self._newest.samples
        # From the event's indices to those of the samples that are kept, the newest of which lies before the hop's end.
        onset, peak, offset = (samples.shape[1] - hop.end + index for index in (best.onset, best.peak, best.offset))
        seen = self._shape(best, hop.end)
        return Detection(
            bed=self.bed,
            sample=self._timebase.sample(best.peak),
            # Counted back from the hop's newest sample, whose LSL time is known, never from the recording's start.
            lsl_s=hop.lsl_s - self._timebase.before_newest_s(best.peak, hop.end),
            decided=self._timebase.taken(event.decided),
            onset_s=(best.onset - best.peak) / rate_hz,
            # Offset is the last sample of the discharge, so it counts itself.
            duration_s=(best.offset + 1 - best.onset) / rate_hz,
            group=best.group,
            peak_channel=names[best.row],
            channels=tuple(names[row] for row in best.rows if names[row]),
            probability=best.probability,
            threshold=self._former.rules.threshold,
            # The sign is the polarity's, below.
            amplitude_uv=abs(best.amplitude),
            polarity="negative" if best.amplitude < 0 else "positive",
            flags=self._flags,
            reasons=reasons(samples, row, onset, peak, offset, rate_hz),
            lead_channel=self._names[seen.lead] or names[best.row],
            similar=self._similar(seen, event.decided),
            shape=seen,
        )
