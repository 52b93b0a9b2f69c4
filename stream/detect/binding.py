"""Bind one bed's settings and stream to the open networks: the place where names become stages."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.detection.cap import Cap
from models.detection.events import EventRules
from models.errors import ModelsError, RecordingError
from models.signal.montage import Montage
from models.sleep.stager import Stager
from models.zoo.store import LoadedModel
from stream.acquire.identity import described, scale_to_uv
from stream.condition import Condition
from stream.config.keys import Bed, Config
from stream.detect.bed_montage import bed_montage, is_sleep_alone
from stream.detect.models import BY_DETECTOR, YASA, Detector, Detectors, montage_family
from stream.errors import ConfigError, InputError
from stream.frame import Frame
from stream.merge.ied import Merge
from stream.merge.sleep import DetectorStaging, NoStaging, SignalStaging, Staging
from stream.merge.sleep_asked import AskedStaging
from stream.pipeline import Pipeline
from stream.records import Source
from stream.schema.reports import ReadyReport
from stream.timebase import Timebase
from stream.yasa.package import installed

WARM_UP_S = 90.0
"""Filters and sleep epochs need so much."""
YASA_WARM_UP_S = 360.0
"""YASA stages from 5 min on, of whole epochs."""

MEMORY_S = 12.0
"""Windows this far back are scored again, so that what forms events, and recognises heartbeats, stands as it stood.

A network that is carried along sees what warms it up before that.
"""


@dataclass(frozen=True, slots=True)
class Binding:
    """One bed and one stream: what it takes to analyse it, and what `info` says of it.

    `dead` says why channels, by index, hold no signal: throughout a file, or for the time being. Without `asks_yasa`
    stages are those of a second look at the past: YASA keeps one past of each bed, which is the live one's.
    """

    config: Config
    bed: Bed
    source: Source
    detectors: Detectors
    dead: Mapping[int, str] = field(default_factory=dict)
    asks_yasa: bool = True

    @property
    def detector(self) -> Detector:
        """The network that scores this bed's windows."""
        return self.detectors.of(self.bed)

    @property
    def refusal(self) -> str:
        """Why the bed's settings fit no network, "" if they do."""
        return self.detectors.refused.get(self.bed.id, "")

    def pipeline(self, cursor: int = 0, cap: Cap | None = None) -> Pipeline:
        """Make the stages afresh, everything before `cursor` being in the journal already.

        `cap` is one that knows the recording's last hour.

        What the network carries of the bed is dropped with the stages it belonged to.

        Raises
        ------
        MontageError
            if the stream's labels make no group
        InputError
            if the stream's unit is not known, or its rate out of range
        ConfigError
            if the band does not fit the rates, or the bed's settings fit no network
        """
        if self.refusal:
            raise ConfigError(self.refusal)
        manifest = self.detector.manifest
        # Else the network would join the last samples of another recording to the first of this one.
        self.detector.infer.forget(self.bed.id)
        montage = self.montage()
        condition = self._condition(montage)
        timebase = Timebase(self.source.rate_hz, manifest.rate_hz, condition.delay_s)
        return Pipeline(
            condition,
            self._frame(montage),
            self._merge(montage, timebase),
            self._staging(timebase, montage),
            timebase,
            cursor=cursor,
            cap=cap or Cap(self.bed.merge.most_per_h),
        )

    def pipeline_after(self, before: Pipeline, cursor: int) -> Pipeline:
        """Make the stages that go on where others of the same recording stand: events join the same clusters."""
        pipeline = self.pipeline(cursor, before.cap)
        pipeline.clusters = before.clusters
        return pipeline

    def montage(self) -> Montage:
        """Make the montage of the bed's stream.

        Raises
        ------
        MontageError
            if the stream's labels make no group
        """
        return bed_montage(self.config, self.bed, self.source, self.detector.manifest.channels, self.dead)

    def ready(self, recording: int, pipeline: Pipeline) -> ReadyReport:
        """Report what analyses the bed from now on."""
        manifest, montage = self.detector.manifest, pipeline.montage
        return ReadyReport(
            bed=self.bed.id,
            recording=recording,
            engine=self.detector.engine,
            detector={}
            if is_sleep_alone(self.config, self.bed)
            else {"name": manifest.name, "sha256": manifest.sha256},
            sleep=self.sleep_model,
            channels=[self.source.labels[channel] for channel in montage.channels],
            groups={group.name: list(group.derivations) for group in montage.groups},
            left_out=dict(montage.left_out),
            threshold=self.rules.threshold,
            rate_hz=self.source.rate_hz,
            model_rate_hz=manifest.rate_hz,
            window_s=manifest.window_samples / manifest.rate_hz,
            hop_s=self.detector.hop_s,
            settle_s=pipeline.settle_s,
            delay_ms=dict(pipeline.delays_ms),
            contract=self.bed.merge.contract(manifest.sha256, manifest.threshold),
        )

    def _known_unit(self) -> bool:
        return self.bed.acquire.unit != "any"

    @property
    def rules(self) -> EventRules:
        """When what the network sees becomes an event."""
        verifier = self.detector.verifier
        return EventRules(
            self.bed.merge.called_from(self.detector.manifest.threshold),
            candidate_threshold=verifier.candidate_threshold if verifier else None,
        )

    def _condition(self, montage: Montage) -> Condition:
        # Of the channels used only: an ECG in millivolts beside EEG in microvolts is no contradiction.
        labels, units = (
            [of[channel] for channel in montage.channels] for of in (self.source.labels, self.source.units)
        )
        scale = scale_to_uv(labels, units, self.bed.acquire.unit)
        try:
            return Condition(
                montage,
                self.bed.condition,
                labels=self.source.labels,
                rate_hz=self.source.rate_hz,
                model_rate_hz=self.detector.manifest.rate_hz,
                scale_to_uv=scale,
                known_unit=self._known_unit(),
            )
        except RecordingError as problem:
            raise InputError(f"bed.acquire of {self.bed.id}: {described(self.source)}: {problem}") from None
        except ModelsError as problem:
            raise ConfigError(f"bed.condition of {self.bed.id}: {problem}") from None

    def _frame(self, montage: Montage) -> Frame:
        manifest = self.detector.manifest
        return Frame(
            self.bed.id,
            montage.groups,
            rate_hz=manifest.rate_hz,
            window_samples=manifest.window_samples,
            context_samples=self.detector.infer.context_samples,
            hop_samples=self.detector.hop_samples,
            check_unit=self._known_unit(),
            quality_gate=self.bed.condition.quality_gate,
        )

    def _merge(self, montage: Montage, timebase: Timebase) -> Merge:
        return Merge(
            self.bed.id,
            montage.groups,
            timebase,
            self.rules,
            window_samples=self.detector.manifest.window_samples,
            # An amplitude in no known unit must not be read as microvolts.
            flags=() if self._known_unit() else ("unit_unknown",),
            verifier=self.detector.verifier,
            provisional=self.config.publish.marker_provisional if self.config.publish.markers else 0.0,
            floor=self.config.review.floor,
        )

    def _by_detector(self) -> bool:
        return self.config.infer.sleep == BY_DETECTOR

    @property
    def warm_up_s(self) -> float:
        """How much of a recording is conditioned again after a restart, so that what is made of it stands as before."""
        return YASA_WARM_UP_S if self.detectors.yasa and self.asks_yasa else WARM_UP_S

    @property
    def memory_s(self) -> float:
        """How far back windows are scored again, so that what follows stands as before."""
        return MEMORY_S + self.detector.infer.warm_up_samples / self.detector.manifest.rate_hz

    @property
    def sleep_model(self) -> dict[str, str]:
        """Return name and hash of the model that stages sleep; empty where none does."""
        if self._by_detector():
            manifest = self.detector.manifest
            return {"name": manifest.name, "sha256": manifest.sha256}
        if self.detectors.yasa:
            return {"name": f"{YASA} {installed()}", "sha256": ""}
        return _named(self.detectors.sleep) if self._stages_sleep() else {}

    def _stages_sleep(self) -> bool:
        """`auto` stages sleep where the model knows montage and rate; what is asked for by name always does."""
        sleep, montage = self.detectors.sleep, self.bed.condition.montage
        if sleep is None or self.config.infer.sleep != "auto" or is_sleep_alone(self.config, self.bed):
            return sleep is not None
        same_rate = sleep.manifest.rate_hz == self.detector.manifest.rate_hz
        return same_rate and montage_family(montage) in sleep.manifest.montages

    def _staging(self, timebase: Timebase, montage: Montage) -> Staging:
        if self._by_detector():
            return DetectorStaging(self.bed.id, timebase)
        if self.detectors.yasa and self.asks_yasa:
            names = [name for group in montage.groups for name in group.derivations]
            return AskedStaging(self.bed.id, self.detectors.yasa, timebase, names)
        if self.detectors.sleep is None or not self._stages_sleep():
            return NoStaging()
        # What amplitudes mean by stage is known of the scalp alone, and in microvolts.
        microvolts = self._known_unit() and self.bed.condition.montage != "shaft"
        return SignalStaging(self.bed.id, Stager(self.detectors.sleep, microvolts=microvolts), timebase)


def _named(loaded: LoadedModel | None) -> dict[str, str]:
    return {} if loaded is None else {"name": loaded.manifest.name, "sha256": loaded.manifest.sha256}
