"""Makes the journal's messages of a hop's results, with everything that an event says of its circumstances."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from models.detection.cap import Cap
from stream.detect.binding import Binding
from stream.logbook.journal import Outgoing
from stream.logbook.journal_reader import Payload
from stream.logbook.withheld import MOST_PER_H, Withheld
from stream.pipeline import Outcome
from stream.records import Detection
from stream.schema.journalled import Model
from stream.schema.outgoing import IedContext, ied_outgoing, sleep_outgoing
from stream.terms import Stage
from stream.wallclock import utc_of

WITHHELD: Final = (
    "id", "utc", "sample", "probability", "threshold", "group", "peak_channel", "lead_channel", "amplitude_uv",
    "sleep_stage", "cluster", "reasons", "model",
)  # fmt: skip
"""What is kept of what was not called: the keys that an event has for it."""
NOT_MEASURED: Final = dict.fromkeys(("acquire", "condition", "frame", "infer", "merge"), 0.0)


class HopMessages:
    """Makes messages of one recording's outcomes; keeps since when the present sleep stage has lasted.

    Parameters
    ----------
    newest_sleep
        the bed's newest sleep message in the journal, if there is one: after a restart its stage goes on
    began
        when the recording began, and with it the stage "unknown"
    """

    def __init__(self, binding: Binding, recording: int, newest_sleep: Sequence[Payload], began: datetime) -> None:
        detector = binding.detector
        self._late_ms = 1e3 * binding.config.watch.stale_s
        self._site = binding.config.site
        self._recording = recording
        self._model = Model(name=detector.manifest.name, sha256=detector.manifest.sha256)
        self._infer = detector.infer
        self._contract = binding.bed.merge.contract(self._model.sha256, detector.manifest.threshold)
        self._sleep_sha256 = binding.sleep_model.get("sha256", "")
        self._most = Cap(MOST_PER_H)
        self._stage: Stage = "unknown"
        self._since = began
        for message in newest_sleep:
            # A message of an earlier recording is ignored: its epochs ended before this recording began.
            if datetime.fromisoformat(message["epoch_end_utc"]) > began:
                self._stage, self._since = message["stage"], datetime.fromisoformat(message["since_utc"])

    def of(self, outcome: Outcome, latency_ms: dict[str, float]) -> list[Outgoing]:
        """Make the messages of one hop: sleep first, for events name the stage."""
        return self.sleep(outcome) + self.ieds(outcome, latency_ms)

    def sleep(self, outcome: Outcome) -> list[Outgoing]:
        """Make the messages of the states that are told; a stage begins when its epoch ends."""
        made = []
        for state in outcome.sleep:
            end = utc_of(state.lsl_s)
            if state.stage != self._stage:
                self._stage, self._since = state.stage, end
            made.append(sleep_outgoing(state, self._site, self._recording, self._sleep_sha256, self._since, end))
        return made

    def withheld(self, outcome: Outcome) -> list[Withheld]:
        """Return what is kept of what one hop settled below the threshold, at most so many an hour."""
        kept = []
        for found in outcome.withheld:
            if self._most.allows(found.lsl_s, found.probability):
                payload = self._ied(found, outcome, NOT_MEASURED).payload
                known = {key: payload[key] for key in WITHHELD}
                kept.append(Withheld(payload["id"], datetime.fromisoformat(payload["utc"]), known))
        return kept

    def ieds(self, outcome: Outcome, latency_ms: dict[str, float]) -> list[Outgoing]:
        """Make the messages of the events that one hop settled."""
        # The sum is the time since the newest sample was taken, wherever it was spent: sender, network or this host.
        late = ("late",) if sum(latency_ms.values()) > self._late_ms else ()
        return [
            self._ied(replace(found, flags=(*found.flags, *late)), outcome, latency_ms) for found in outcome.detections
        ]

    def _ied(self, found: Detection, outcome: Outcome, latency_ms: dict[str, float]) -> Outgoing:
        context = IedContext(
            site=self._site,
            recording=self._recording,
            model=self._model,
            engine=self._infer.name,
            utc=utc_of(found.lsl_s),
            sleep_stage=outcome.stage,
            sleep_confidence=outcome.stage_confidence,
            latency_ms=latency_ms,
            contract=self._contract,
        )
        return ied_outgoing(found, context)
