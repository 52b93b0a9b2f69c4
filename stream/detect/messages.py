"""The journal's messages of what a hop came to, with all that an event says of its circumstances."""

from stream.detect.binding import Binding
from stream.logbook.journal import Outgoing
from stream.pipeline import Outcome
from stream.records import Hop, Stage
from stream.schema.messages import Model
from stream.schema.outgoing import IedContext, ied_outgoing, sleep_outgoing
from stream.wallclock import utc_of


class HopMessages:
    """Makes messages of one recording's outcomes; knows since when the present sleep stage has lasted."""

    def __init__(self, binding: Binding, recording: int) -> None:
        detector, sleep = binding.detector, binding.detectors.sleep
        self._site = binding.config.site
        self._recording = recording
        self._model = Model(name=detector.manifest.name, sha256=detector.manifest.sha256)
        self._engine = detector.infer.name
        self._sleep_sha256 = sleep.manifest.sha256 if sleep else ""
        self._stage: Stage = "unknown"
        self._since = utc_of(0.0)

    def messages(self, hop: Hop, outcome: Outcome, latency_ms: dict[str, float]) -> list[Outgoing]:
        """Give the messages of one hop: sleep first, for events name the stage."""
        return self._sleep(hop, outcome) + self._ieds(outcome, latency_ms)

    def _sleep(self, hop: Hop, outcome: Outcome) -> list[Outgoing]:
        now = utc_of(hop.lsl_s)
        made = []
        for state in outcome.sleep:
            if state.stage != self._stage:
                self._stage, self._since = state.stage, now
            made.append(sleep_outgoing(state, self._site, self._recording, self._sleep_sha256, self._since, now))
        return made

    def _ieds(self, outcome: Outcome, latency_ms: dict[str, float]) -> list[Outgoing]:
        return [
            ied_outgoing(
                found,
                IedContext(
                    site=self._site,
                    recording=self._recording,
                    model=self._model,
                    engine=self._engine,
                    utc=utc_of(found.lsl_s),
                    sleep_stage=outcome.stage,
                    latency_ms=latency_ms,
                ),
            )
            for found in outcome.detections
        ]
