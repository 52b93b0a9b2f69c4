"""Binds configuration, models and one bed's stream into a pipeline: the place where names become objects."""

import math
from dataclasses import dataclass

from models.detection.events import EventRules
from models.engines.opening import is_streaming, open_engine, open_stream_engine
from models.errors import ModelsError, MontageError
from models.signal import filters
from models.signal.conditioning import LOWEST_RATE_HZ
from models.signal.montage import Montage, build, check_rows
from models.sleep.stager import RESULT_S, SpectralStager
from models.zoo import store
from models.zoo.manifest import Manifest
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
HOPS_MS, USUAL_HOP_MS = (15.0, 1000.0), 125.0
"""What `frame.hop_ms` may be, and is where nothing is said."""


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
        self.sleep = _load_sleep(config)
        loaded = {name: store.load(name) for name in {_detector_name(config, bed): "" for bed in config.bed}}
        # All that configuration and manifests say is compared first: an engine takes seconds to open.
        for bed in config.bed:
            _check_fit(loaded[_detector_name(config, bed)].manifest, bed, config, self.sleep)
        self._open = {name: Detector(model, _infer(model, config)) for name, model in loaded.items()}

    def of(self, bed: Bed) -> Detector:
        """Return the bed's detector."""
        return self._open[_detector_name(self._config, bed)]


def _check_fit(manifest: Manifest, bed: Bed, config: Config, sleep: LoadedModel | None) -> None:
    """Check that a bed's montage and hop, and the sleep model, are what a detector can work with."""
    name = manifest.name
    try:
        check_rows(bed.condition.montage, manifest.channels)
    except MontageError as problem:
        raise ConfigError(
            f"bed.condition.montage of {bed.id}: {problem}, for infer.detector {name} takes {manifest.channels} at a "
            "time; or take another detector"
        ) from None
    try:
        # Of a slow stream the upper edge is lowered; what fits not even the slowest fits none.
        filters.bandpass(bed.condition.bandpass_hz, LOWEST_RATE_HZ, manifest.rate_hz)
    except ModelsError as problem:
        raise ConfigError(
            f"bed.condition of {bed.id}: {problem}, for infer.detector {name} takes {manifest.rate_hz:g} samples a "
            "second; or take another detector"
        ) from None
    hop_samples(config, manifest.rate_hz)
    check_hop(config.frame.hop_ms, manifest.window_samples / manifest.rate_hz, name)
    if sleep is not None and config.infer.sleep != "auto" and sleep.manifest.rate_hz != manifest.rate_hz:
        raise ConfigError(
            f'infer.sleep = "{config.infer.sleep}": takes {sleep.manifest.rate_hz:g} samples a second and detector '
            f'{name} {manifest.rate_hz:g}; set infer.sleep to "off" or "auto", or take another detector'
        )


def _infer(loaded: LoadedModel, config: Config) -> Infer:
    """Open the engine that a network needs: one that carries it along, or one that scores windows."""
    manifest, where = loaded.manifest, (config.infer.device, config.infer.precision, config.infer.threads)
    window = manifest.window_samples
    if not is_streaming(loaded):
        return InferWindows(open_engine(loaded, *where))
    hop = hop_samples(config, manifest.rate_hz)
    if window % hop:
        raise ConfigError(
            f"frame.hop_ms = {config.frame.hop_ms:g}: model {manifest.name} is carried along in hops of which its "
            f"window of {1000 * window / manifest.rate_hz:g} ms must hold a whole number, such as 62.5, 125 or 250"
        )
    return InferStreams(open_stream_engine(loaded, hop, *where), window, manifest.channels)


def check_hop(hop_ms: float, window_s: float, name: str) -> None:
    """Two windows have to see a discharge before it is an event (`models.detection.events`)."""
    longest_ms = 1000 * (window_s - SEEN_S) / 2
    if hop_ms > longest_ms:
        raise ConfigError(
            f"frame.hop_ms = {hop_ms:g}: two windows of {1000 * window_s:g} ms must see every discharge, or model "
            f"{name} misses some: use at most {longest_ms:.0f}, such as 62.5, 125 or 250"
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
    hop, grid = round(exact), round(RESULT_S * model_rate_hz)
    if abs(exact - hop) > HOP_TOLERANCE or hop < 1 or grid % hop:
        raise ConfigError(
            f"frame.hop_ms = {config.frame.hop_ms:g}: the model takes {model_rate_hz:g} samples a second and the sleep "
            f"grid is {RESULT_S:g} s; use whole samples that divide it{_fitting_hops(grid)}"
        )
    return hop


def _fitting_hops(grid: int) -> str:
    """Name the three hops nearest to the usual one that fit a grid of so many samples, where there are three."""
    hops_ms = [1000 * RESULT_S * hop / grid for hop in range(1, grid + 1) if grid % hop == 0]
    # A person types them: no more than one digit behind the point.
    short = [ms for ms in hops_ms if round(ms, 1) == ms and HOPS_MS[0] <= ms <= HOPS_MS[1]]
    nearest = sorted(sorted(short, key=lambda ms: abs(math.log(ms / USUAL_HOP_MS)))[:3])
    return ", such as {:g}, {:g} or {:g}".format(*nearest) if len(nearest) == 3 else ""


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
        montage = build(self.bed.condition.montage, self.source.labels, self.source.types, manifest.channels)
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
        """Report what analyses the bed from now on."""
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
        """`auto` stages sleep where the model knows montage and rate; a model asked for by name always does."""
        sleep, montage = self.detectors.sleep, self.bed.condition.montage
        if sleep is None or self.config.infer.sleep != "auto":
            return sleep is not None
        same_rate = sleep.manifest.rate_hz == self.detector.manifest.rate_hz
        return same_rate and _family(montage) in sleep.manifest.montages

    def _staging(self, timebase: Timebase) -> Staging:
        if self.detectors.sleep is None or not self._stages_sleep():
            return NoStaging()
        return SpectralStaging(self.bed.id, SpectralStager(self.detectors.sleep), timebase)


def _named(loaded: LoadedModel | None) -> dict[str, str]:
    return {} if loaded is None else {"name": loaded.manifest.name, "sha256": loaded.manifest.sha256}
