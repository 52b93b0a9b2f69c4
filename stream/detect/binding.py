"""Binds configuration, models and one bed's stream into a pipeline: the place where names become objects."""

from dataclasses import dataclass

from models.detection.events import EventRules
from models.engines.opening import is_streaming, open_engine, open_stream_engine
from models.signal.montage import ROWS, Montage, build
from models.sleep.stager import RESULT_SAMPLES, SpectralStager
from models.zoo import store
from models.zoo.store import LoadedModel
from stream.acquire.identity import scale_to_uv
from stream.condition import Condition
from stream.config.keys import Bed, Config
from stream.errors import ConfigError
from stream.frame import Frame
from stream.infer import Infer, InferStreams, InferWindows
from stream.merge.ied import Merge
from stream.merge.sleep import NoStaging, SpectralStaging, Staging
from stream.pipeline import Pipeline
from stream.records import Source
from stream.schema.reports import ReadyReport
from stream.timebase import Timebase

TABLE_MONTAGE = "scalp"
"""What `detector = "auto"` takes a table of named groups for."""


SEEN_S = 0.11
"""So long after its peak a discharge is seen: that late are those that detectors are trained with."""
HOP_TOLERANCE = 0.01
"""Samples: 15.6 ms is taken for 15.625."""


class Detector:
    """A loaded network and the stage that runs it, shared by all beds that use it."""

    def __init__(self, loaded: LoadedModel, infer: Infer) -> None:
        self.manifest = loaded.manifest
        self.infer = infer


class Detectors:
    """The networks that a configuration asks for, each opened once.

    Raises
    ------
    ModelError
        at the start, if any of them cannot be used
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._open: dict[str, Detector] = {}
        for bed in config.bed:
            self.of(bed)
        self.sleep = _load_sleep(config)

    def of(self, bed: Bed) -> Detector:
        """Give the bed's detector."""
        name = _detector_name(self._config, bed)
        if name not in self._open:
            loaded = store.load(name)
            infer = _infer(loaded, self._config)
            _check_rows(loaded)
            self._open[name] = Detector(loaded, infer)
        return self._open[name]


def _infer(loaded: LoadedModel, config: Config) -> Infer:
    """Open the engine that a network needs: one that carries it along, or one that scores windows."""
    manifest, where = loaded.manifest, (config.infer.device, config.infer.precision, config.infer.threads)
    window = manifest.window_samples
    check_hop(config.frame.hop_ms, window / manifest.rate_hz, manifest.name)
    if not is_streaming(loaded):
        return InferWindows(open_engine(loaded, *where))
    hop = hop_samples(config, manifest.rate_hz)
    if window % hop:
        raise ConfigError(
            f"frame.hop_ms = {config.frame.hop_ms:g}: model {manifest.name} is carried along in hops of which its "
            f"window of {1000 * window / manifest.rate_hz:g} ms must hold a whole number, such as 62.5, 125 or 250"
        )
    return InferStreams(open_stream_engine(loaded, hop, *where), window)


def check_hop(hop_ms: float, window_s: float, name: str) -> None:
    """Two windows have to see a discharge before it is an event (`models.detection.events`)."""
    longest_ms = 1000 * (window_s - SEEN_S) / 2
    if hop_ms > longest_ms:
        raise ConfigError(
            f"frame.hop_ms = {hop_ms:g}: two windows of {1000 * window_s:g} ms must see every discharge, or model "
            f"{name} misses some: use at most {longest_ms:.0f}, such as 62.5, 125 or 250"
        )


def _check_rows(loaded: LoadedModel) -> None:
    if loaded.manifest.channels != ROWS:
        raise ConfigError(
            f"infer.detector: model {loaded.manifest.name} looks at {loaded.manifest.channels} derivation(s), "
            f"a group has {ROWS}; train one on groups (`spikewatch data prepare --view groups`)"
        )


def _detector_name(config: Config, bed: Bed) -> str:
    if config.infer.detector != "auto":
        return config.infer.detector
    return store.for_montage(_family(bed.condition.montage))


def _family(montage: str | dict[str, list[str]]) -> str:
    return montage if isinstance(montage, str) else TABLE_MONTAGE


def _load_sleep(config: Config) -> LoadedModel | None:
    name = config.infer.sleep
    if name == "off":
        return None
    loaded = store.load(store.for_montage("scalp", "sleep") if name == "auto" else name)
    SpectralStager(loaded)
    return loaded


def hop_samples(config: Config, model_rate_hz: float) -> int:
    """Turn frame.hop_ms into samples of the model.

    Raises
    ------
    ConfigError
        if it is no whole number of them
    """
    exact = config.frame.hop_ms * model_rate_hz / 1000
    hop = round(exact)
    if abs(exact - hop) > HOP_TOLERANCE or hop < 1 or RESULT_SAMPLES % hop:
        step_ms = 1000 / model_rate_hz
        raise ConfigError(
            f"frame.hop_ms = {config.frame.hop_ms:g}: the model takes {model_rate_hz:g} samples a second and the sleep "
            f"grid is 5 s; use a power of two times {step_ms:g} ms, such as 62.5, 125 or 250"
        )
    return hop


@dataclass(frozen=True, slots=True)
class Binding:
    """One bed and one stream: what it takes to analyse it, and what `info` says of it."""

    config: Config
    bed: Bed
    source: Source
    detectors: Detectors

    @property
    def detector(self) -> Detector:
        """The network that scores this bed's windows."""
        return self.detectors.of(self.bed)

    def pipeline(self, cursor: int = 0) -> Pipeline:
        """Make the stages afresh, everything before `cursor` being in the journal already.

        What the network carries of the bed is dropped with the stages it belonged to.

        Raises
        ------
        MontageError
            if the stream's labels make no group
        InputError
            if the stream's unit is not known
        """
        manifest = self.detector.manifest
        self.detector.infer.forget(self.bed.id)
        montage = build(self.bed.condition.montage, self.source.labels, self.source.types)
        condition = self._condition(montage)
        timebase = Timebase(self.source.rate_hz, manifest.rate_hz, condition.delay_s)
        return Pipeline(
            condition,
            self._frame(montage),
            self._merge(montage, timebase),
            self._staging(timebase),
            timebase,
            cursor=cursor,
        )

    def ready(self, recording: int, pipeline: Pipeline) -> ReadyReport:
        """Say what analyses the bed from now on."""
        manifest, condition = self.detector.manifest, pipeline.condition
        return ReadyReport(
            bed=self.bed.id,
            recording=recording,
            engine=self.detector.infer.name,
            detector={"name": manifest.name, "sha256": manifest.sha256},
            sleep=_named(self.detectors.sleep) if self._stages_sleep() else {},
            channels=[self.source.labels[channel] for channel in condition.montage.channels],
            groups={group.name: list(group.derivations) for group in condition.montage.groups},
            left_out=dict(condition.montage.left_out),
            threshold=self._rules().threshold,
            rate_hz=self.source.rate_hz,
            model_rate_hz=manifest.rate_hz,
            window_s=manifest.window_samples / manifest.rate_hz,
            hop_s=hop_samples(self.config, manifest.rate_hz) / manifest.rate_hz,
            delay_ms=dict(condition.delays_ms),
        )

    def _known_unit(self) -> bool:
        return self.bed.acquire.unit != "any"

    def _rules(self) -> EventRules:
        chosen = self.bed.merge.threshold
        return EventRules(self.detector.manifest.threshold if chosen == "default" else chosen)

    def _condition(self, montage: Montage) -> Condition:
        return Condition(
            montage,
            self.bed.condition,
            rate_hz=self.source.rate_hz,
            model_rate_hz=self.detector.manifest.rate_hz,
            scale_to_uv=scale_to_uv([self.source.units[k] for k in montage.channels], self.bed.acquire.unit),
            known_unit=self._known_unit(),
        )

    def _frame(self, montage: Montage) -> Frame:
        manifest = self.detector.manifest
        return Frame(
            self.bed.id,
            montage.groups,
            rate_hz=manifest.rate_hz,
            window_samples=manifest.window_samples,
            context_samples=self.detector.infer.context_samples,
            hop_samples=hop_samples(self.config, manifest.rate_hz),
            check_unit=self._known_unit(),
        )

    def _merge(self, montage: Montage, timebase: Timebase) -> Merge:
        flags = () if self._known_unit() else ("unit_unknown",)
        window_samples = self.detector.manifest.window_samples
        return Merge(self.bed.id, montage.groups, timebase, self._rules(), window_samples=window_samples, flags=flags)

    def _stages_sleep(self) -> bool:
        """`auto` stages sleep where the model knows the montage; a model asked for by name always does."""
        sleep, montage = self.detectors.sleep, self.bed.condition.montage
        named = self.config.infer.sleep != "auto"
        return sleep is not None and (named or _family(montage) in sleep.manifest.montages)

    def _staging(self, timebase: Timebase) -> Staging:
        if self.detectors.sleep is None or not self._stages_sleep():
            return NoStaging()
        return SpectralStaging(self.bed.id, SpectralStager(self.detectors.sleep), timebase)


def _named(loaded: LoadedModel | None) -> dict[str, str]:
    return {} if loaded is None else {"name": loaded.manifest.name, "sha256": loaded.manifest.sha256}
