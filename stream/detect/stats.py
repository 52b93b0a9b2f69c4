"""The figures of the detector's next report of one bed: latencies, counts, quality, alarms."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from stream.analysis import Scored
from stream.detect.ladder import alarm_reason
from stream.fleet.engine import FleetEngine
from stream.infer import HopScores
from stream.logbook.journal import Outgoing
from stream.pipeline import Outcome
from stream.records import Coverage, Hop, Rejected
from stream.schema.reports import DetectReport
from stream.terms import Stage

IMPLAUSIBLE_S = 5.0
"""An amplitude that does not fit the declared unit for this long is an alarm."""
IMPLAUSIBLE = (
    "the signal is far too small or too large for EEG in the unit declared: check the electrodes, and "
    "bed.acquire.unit against what the sender means; nothing is detected meanwhile"
)
SHED_SHOWN = 60
"""Reports for which shed samples stay an alarm: at one a second, long enough for a person to see it."""


def stage_latencies_s(scored: Scored, hop: Hop, merged_s: float) -> dict[str, float]:
    """Return how long each stage took for a hop."""
    due = scored.due
    # Differences of successive ends: what a hop waited for its turn is part of the stage that it waited for.
    return {
        "acquire": hop.arrival_s - hop.lsl_s,
        "condition": due.conditioned_s - hop.arrival_s,
        "frame": due.framed_s - due.conditioned_s,
        "infer": scored.inferred_s - due.framed_s,
        "merge": merged_s - scored.inferred_s,
    }


class IntervalStats:
    """Counts between two reports.

    `budget_s`: arrival of a window's last sample to its result in the journal. `fleet`: who scores the windows.
    """

    def __init__(self, bed: str, budget_s: float, hop_s: float, fleet: FleetEngine | None = None) -> None:
        self._bed = bed
        self._fleet = fleet
        self._budget_s = budget_s
        self._hop_s = hop_s
        self._implausible_s = 0.0
        self._shed_for = 0
        self._rejected: tuple[Rejected, ...] = ()
        self._scored_s: dict[str, float] = {}
        self._stage: Stage = "unknown"
        self._clear()

    def hop(self, scored: Scored, hop: Hop, outcome: Outcome, merged_s: float) -> dict[str, float]:
        """Count one hop and clock its stages; return their latencies (ms) as an event states them.

        A hop without a message is done when it is merged; `committed` adds the journal to the others.
        """
        stages_s = stage_latencies_s(scored, hop, merged_s)
        for verb, seconds in stages_s.items():
            self._latency_s[verb].append(seconds)
        self._windows += outcome.windows
        self._artefacts += outcome.artefacts
        if self._fleet:
            # A batch is merged before the next one is scored, so this is who scored these.
            self._by[self._fleet.by] += len(hop.windows)
        self._stage = outcome.stage
        self._note_quality(hop, scored.scores)
        # A hop with a message is done only when that message is committed, and is counted there.
        if not (outcome.detections or outcome.sleep):
            self._total(merged_s - hop.arrival_s)
        return {verb: seconds * 1e3 for verb, seconds in stages_s.items()}

    def committed(self, journal_s: float, total_s: float) -> None:
        """Clock one message."""
        self._latency_s["journal"].append(journal_s)
        self._total(total_s)

    def journalled(self, coverage: Iterable[Coverage], messages: Sequence[Outgoing]) -> None:
        """Count what a commit made durable; what was shed is an alarm for a while."""
        for piece in coverage:
            self._samples[piece.fate] += piece.end - piece.first
            if piece.fate == "shed":
                self._shed_for = SHED_SHOWN
        self._detections.update(message.kind for message in messages)

    def looked_again(self, coverage: Iterable[Coverage], messages: Sequence[Outgoing]) -> None:
        """Count what a second look made of samples that were shed; what stays shed was counted before."""
        for piece in coverage:
            if piece.fate != "shed":
                self._second_look[piece.fate] += piece.end - piece.first
        self._detections.update(message.kind for message in messages)

    def report(
        self,
        pending: int,
        alarms: Mapping[str, str],
        *,
        unjournalled: int = 0,
        level: int = 0,
        off: Sequence[str] = (),
    ) -> DetectReport:
        """Return the report and begin the next; `alarms` are those of recording and journal, `level` the ladder's.

        Electrodes that are `off` and bridged spoil no group, and are at fault nevertheless.
        """
        report = DetectReport(
            bed=self._bed,
            latency_s=dict(self._latency_s),
            windows=dict(self._windows),
            samples=dict(self._samples),
            detections=dict(self._detections),
            budget_misses=self._budget_misses,
            pending=pending,
            unjournalled=unjournalled,
            level=level,
            second_look=dict(self._second_look),
            fleet=dict(self._by),
            artefacts=dict(self._artefacts),
            stage=self._stage,
            alarms={**alarms, **self._alarms(level)},
            scored_s=dict(self._scored_s),
            groups={lost.group: lost.reason for lost in self._rejected},
            channels=dict.fromkeys(off, "signal")
            | {channel: lost.reason for lost in self._rejected for channel in lost.channels},
        )
        self._shed_for = max(0, self._shed_for - 1)
        # Quality and stage stay: they are states, and hold until a hop says otherwise.
        self._clear()
        return report

    def _clear(self) -> None:
        self._latency_s: defaultdict[str, list[float]] = defaultdict(list)
        self._windows: Counter[str] = Counter()
        self._samples: Counter[str] = Counter()
        self._second_look: Counter[str] = Counter()
        self._detections: Counter[str] = Counter()
        self._by: Counter[str] = Counter()
        self._artefacts: Counter[str] = Counter()
        self._budget_misses = 0

    def _total(self, total_s: float) -> None:
        self._latency_s["total"].append(total_s)
        # The budget itself is kept: a miss is what comes later.
        self._budget_misses += total_s > self._budget_s

    def _note_quality(self, hop: Hop, scores: HopScores) -> None:
        # A group whose answer is NaN is not analysed either, however good its samples are.
        self._rejected = (*hop.rejected, *scores.rejected)
        self._scored_s |= dict.fromkeys((score.window.group for score in scores.scores), hop.arrival_s)
        # One group of plausible size shows that the unit is right; the others are then a matter of electrodes.
        implausible = not hop.windows and any(lost.reason == "amplitude" for lost in hop.rejected)
        self._implausible_s = self._implausible_s + self._hop_s if implausible else 0.0

    def _alarms(self, level: int) -> dict[str, str]:
        alarms = {}
        if reason := alarm_reason(level):
            alarms["overload"] = reason
        if self._implausible_s >= IMPLAUSIBLE_S:
            alarms["implausible_amplitude"] = IMPLAUSIBLE
        if self._shed_for:
            alarms["shed"] = "samples were given up before they could be analysed: this host is too slow"
        return alarms
