"""What a bed's verifier is shown of a recording: every candidate, at every hop at which it would be asked live."""

from collections.abc import Callable
from pathlib import Path

from models.detection.events import EventFormer, EventRules
from models.detection.odds import log_odds
from models.detection.sightings import Sighting
from models.engines.verifying import Verifier
from models.networks.whole_head import WholeHead
from models.readers.recording import open_recording
from models.training.looks import Looks, Watched
from stream.analysis import Analysis, Scored, analyse
from stream.config.keys import Bed, Config
from stream.detect.binding import Binding
from stream.detect.models import Detectors
from stream.merge.newest import Newest
from stream.merge.sighted import sighted
from stream.merge.verified import Verified
from stream.pipeline import Pipeline
from stream.recorded import bind, chunks, stream_wanted
from stream.records import Gap, Hop

CHUNK_SAMPLES = 512


class Looking:
    """Notes all that the verifier is asked of one recording but artefacts, and lets no candidate become an event.

    So a candidate is looked at until all of its surroundings have come, whatever the threshold.
    """

    def __init__(self, pipeline: Pipeline, verifier: Verifier, network: WholeHead, window_samples: int) -> None:
        self._timebase = pipeline.timebase
        self._watched = Watched(network)
        asked = Verifier(self._watched, verifier.candidate_threshold, verifier.weight, verifier.name, verifier.sha256)
        groups = pipeline.montage.groups
        self._newest = Newest(sum(len(group.derivations) for group in groups), pipeline.timebase.model_rate_hz)
        self._verified = Verified(asked, groups, self._newest)
        rules = EventRules(0.5, candidate_threshold=verifier.candidate_threshold)
        self._former = EventFormer(rules, pipeline.timebase.model_rate_hz, window_samples, self._note)
        self._places = [group.name for group in groups]

    def push(self, scored: Scored) -> None:
        """Take in a hop or a gap."""
        item = scored.due.item
        if isinstance(item, Gap):
            self._former.reset()
            self._newest.forget()
            return
        self._push_hop(item, scored)

    def _push_hop(self, hop: Hop, scored: Scored) -> None:
        self._newest.remember(hop)
        rate_hz, lowest = self._timebase.model_rate_hz, self._former.rules.lowest
        seen = [sighting for score in scored.scores.scores for sighting in sighted(score, rate_hz, lowest)]
        self._former.push(hop.end, seen)

    def _note(self, best: Sighting, end: int) -> float:
        if self._verified.artefact(best, end):
            return 0.0
        self._verified.verify(best, end)
        peak_s = self._timebase.sample(best.peak) / self._timebase.rate_hz
        self._watched.note(self._places.index(best.group), log_odds(best.probability), peak_s)
        return 0.0

    def looks(self) -> Looks:
        """Return all that was noted."""
        return self._watched.looks()


def looks_of(
    config: Config,
    bed: Bed,
    detectors: Detectors,
    verifier: Verifier,
    network: WholeHead,
    path: Path,
    report: Callable[[str], None] = lambda _line: None,
) -> tuple[Looks, float, str]:
    """Run a recording through the live stages; return the looks, its length in s, and when it says that it began.

    `report` is told what is odd about the file, a line each.

    Raises
    ------
    RecordingError, MontageError, InputError
        in one line, if it cannot be read or analysed
    """
    opened = open_recording(path, stream_wanted(bed))
    binding: Binding = bind(config, bed, path, opened, detectors)
    pipeline = binding.pipeline()
    looking = Looking(pipeline, verifier, network, binding.detector.manifest.window_samples)
    for scored in analyse(Analysis(pipeline, binding.detector.infer), chunks(opened, CHUNK_SAMPLES)):
        looking.push(scored)
    left_out = opened.head.left_out_text()
    for remark in (*opened.head.remarks, *opened.warned, *([f"left out {left_out}"] if left_out else [])):
        report(f"{path}: {remark}")
    return looking.looks(), opened.length / opened.head.rate_hz, opened.head.start_utc
