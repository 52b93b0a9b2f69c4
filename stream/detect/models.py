"""The networks that a configuration asks for: found, checked against each other and opened, each once for all beds."""

from dataclasses import dataclass, replace

from models.engines.verifying import Verifier, open_verifier
from models.errors import ModelsError, MontageError
from models.signal import filters
from models.signal.montage import check_rows
from models.signal.rates import LOWEST_RATE_HZ
from models.sleep.stager import Stager
from models.sleep_stages import STAGES
from models.zoo import store
from models.zoo.manifest import Manifest, OperatingPoint
from models.zoo.store import LoadedModel
from stream.config.keys import Bed, Config
from stream.detect.canaries import AnyChecked
from stream.detect.hops import check_hop, hop_samples
from stream.detect.stages import open_checked, open_fleet
from stream.errors import ConfigError
from stream.fleet.engine import FleetEngine
from stream.infer import Infer, InferNothing
from stream.yasa.asking import YasaProcess
from stream.yasa.package import installed

TABLE_MONTAGE = "scalp"
"""The montage that `detector = "auto"` takes a table of named groups for."""


OFF = "off"
"""The value of `infer.detector` and `infer.sleep` that switches either off."""
BY_DETECTOR = "detector"
"""The value of `infer.sleep` with which the detector scores sleep as well."""
YASA = "yasa"
"""The value of `infer.sleep` with which YASA stages it, in a process of its own."""
QUIET_S = 2.0
"""Without a detector a stretch of this length is judged usable or not: what the stager takes a spectrum of."""


@dataclass(frozen=True, slots=True)
class Detector:
    """A network's manifest, the stage that runs it, and the samples of a hop: the same for all beds that use it.

    `verifier` judges what it finds, where the manifest names one; `checked` shows whether its engine answers rightly.
    `fleet` is the engine where a fleet scores.
    """

    manifest: Manifest
    infer: Infer
    hop_samples: int
    verifier: Verifier | None = None
    checked: AnyChecked | None = None
    fleet: FleetEngine | None = None

    @property
    def engine(self) -> str:
        """What runs, in words."""
        verifier = self.verifier
        return self.infer.name + (f", verified by {verifier.name} ({verifier.sha256[:8]})" if verifier else "")

    @property
    def hop_s(self) -> float:
        """Length of a hop in seconds."""
        return self.hop_samples / self.manifest.rate_hz


class Detectors:
    """The networks that a configuration asks for, each opened once.

    `refused` says of beds, by id, why their settings fit no network: they are not analysed, and the others are.

    Parameters
    ----------
    live
        True where nothing may wait: an answer of YASA that comes too late is then not heard

    Raises
    ------
    ModelError
        at the start, if any of them cannot be used
    ConfigError
        if no bed fits, or YASA is asked for and is not installed
    """

    def __init__(self, config: Config, *, live: bool = False) -> None:
        self._config = config
        self.sleep = _load_sleep(config.infer.sleep)
        self.yasa = _open_yasa(live=live) if config.infer.sleep == YASA else None
        # A dictionary and not a set, so that models are loaded, and refused, in the order of the beds.
        names = {detector_name(config, bed): "" for bed in config.bed}
        # If YASA stages sleep without a detector, it gets the input that the shipped stager would get.
        alone = _load_sleep("auto") if self.yasa and OFF in names else self.sleep
        self._open = {OFF: _sleep_alone(alone, config)} if OFF in names else {}
        loaded = {name: store.load(name) for name in names if name != OFF}
        # All that configuration and manifests say is compared first: an engine takes seconds to open.
        self.refused: dict[str, str] = {}
        self._set_aside: dict[str, Detector] = {}
        for bed in config.bed if loaded else ():
            self._check(bed, loaded[detector_name(config, bed)])
        fitting = {detector_name(config, bed) for bed in config.bed if bed.id not in self.refused}
        self._open |= {name: _opened(name, model, config) for name, model in loaded.items() if name in fitting}

    def of(self, bed: Bed) -> Detector:
        """Return the bed's detector, one that sees nothing for a bed that is refused."""
        return self._set_aside.get(bed.id) or self._open[detector_name(self._config, bed)]

    @property
    def checked(self) -> list[AnyChecked]:
        """The networks that are open, each with what shows whether its engine answers rightly."""
        return [detector.checked for detector in self._open.values() if detector.checked]

    def _check(self, bed: Bed, loaded: LoadedModel) -> None:
        """Set a bed aside if it does not fit; raise if it is the last one and none does."""
        try:
            check_fit(loaded.manifest, bed, self._config, self.sleep)
            check_stages(loaded, self._config)
        except ConfigError as problem:
            self.refused[bed.id] = str(problem)
            self._set_aside[bed.id] = Detector(loaded.manifest, InferNothing(), hop_samples=1)
            if len(self.refused) == len(self._config.bed):
                raise


def check_fit(manifest: Manifest, bed: Bed, config: Config, sleep: LoadedModel | None = None) -> None:
    """Check that a bed's montage and hop, and the sleep model, are what a detector can work with."""
    name = manifest.name
    try:
        check_rows(bed.condition.montage, manifest.channels)
    except MontageError as problem:
        raise ConfigError(
            f"bed.condition.montage of {bed.id}: {problem}, for infer.detector {name} takes {manifest.channels} at a "
            "time; or take another detector"
        ) from None
    if manifest.unit == "uV" and bed.acquire.unit == "any":
        raise ConfigError(
            f'bed.acquire.unit of {bed.id} = "any": infer.detector {name} takes microvolts; declare the unit, or take '
            "another detector"
        )
    try:
        # For a slow stream the upper edge is lowered; a band that does not fit the slowest stream fits none.
        filters.bandpass(bed.condition.bandpass_hz, LOWEST_RATE_HZ, manifest.rate_hz)
    except ModelsError as problem:
        raise ConfigError(
            f"bed.condition of {bed.id}: {problem}, for infer.detector {name} takes {manifest.rate_hz:g} samples a "
            "second; or take another detector"
        ) from None
    hop_samples(config.frame.hop_ms, manifest.rate_hz)
    check_hop(config.frame.hop_ms, manifest.window_samples / manifest.rate_hz, name)
    if sleep is not None and config.infer.sleep != "auto" and sleep.manifest.rate_hz != manifest.rate_hz:
        raise ConfigError(
            f'infer.sleep = "{config.infer.sleep}": takes {sleep.manifest.rate_hz:g} samples a second and detector '
            f'{name} {manifest.rate_hz:g}; set infer.sleep to "off" or "auto", or take another detector'
        )


def check_stages(loaded: LoadedModel, config: Config) -> None:
    """Check that the detector scores stages of sleep, where it is asked to."""
    classes = getattr(loaded.network, "sleep_classes", 0)
    if config.infer.sleep == BY_DETECTOR and classes != len(STAGES):
        what = f"tells {classes} classes of sleep apart, not the five stages" if classes else "scores no sleep"
        raise ConfigError(
            f'infer.sleep = "{BY_DETECTOR}": detector {loaded.manifest.name} {what}; take a network of two tasks that '
            'was trained with parameters.sleep_classes=5, such as siamese_es, or set infer.sleep to "auto" or "off"'
        )


def _open_yasa(*, live: bool) -> YasaProcess:
    if not installed():
        raise ConfigError(
            f'infer.sleep = "{YASA}": YASA is not installed; pip install "spikewatch[yasa]", or set infer.sleep to '
            '"auto" or "off"'
        )
    return YasaProcess(waits=not live)


def _opened(name: str, loaded: LoadedModel, config: Config) -> Detector:
    hop = hop_samples(config.frame.hop_ms, loaded.manifest.rate_hz)
    both = config.infer.sleep == BY_DETECTOR
    fleet = open_fleet(loaded, config, both=both)
    checked = open_checked(name, loaded, config, hop, both=both, fleet=fleet)
    return Detector(loaded.manifest, checked.infer, hop, open_verifier(loaded.manifest), checked, fleet)


def _sleep_alone(sleep: LoadedModel | None, config: Config) -> Detector:
    """Return what stands in a detector's place where sleep alone is staged: windows at the stager's rate, no network.

    Raises
    ------
    ConfigError
        if sleep is not staged either
    """
    if sleep is None:
        raise ConfigError(
            f'infer.detector = "off" and infer.sleep = "{config.infer.sleep}": nothing would be looked at; set one of '
            'them to "auto"'
        )
    rate_hz = sleep.manifest.rate_hz
    nothing = {"default": OperatingPoint(1.0, "no probability reaches it")}
    manifest = replace(
        sleep.manifest,
        name=OFF,
        sha256="",
        channels=1,
        window_samples=round(QUIET_S * rate_hz),
        operating_points=nothing,
    )
    return Detector(manifest, InferNothing(), hop_samples(config.frame.hop_ms, rate_hz))


def detector_name(config: Config, bed: Bed) -> str:
    """Return the name or folder of the detector that a bed has, OFF for none."""
    # Off means all beds: sleep alone is staged, whatever was promoted.
    if bed.infer.detector != "default" and config.infer.detector != OFF:
        return bed.infer.detector
    if config.infer.detector != "auto":
        return config.infer.detector
    return store.for_montage(montage_family(bed.condition.montage))


def montage_family(montage: str | dict[str, list[str]]) -> str:
    """Return the montage that models know: a table of groups counts as TABLE_MONTAGE."""
    return montage if isinstance(montage, str) else TABLE_MONTAGE


def _load_sleep(name: str) -> LoadedModel | None:
    if name in {OFF, BY_DETECTOR, YASA}:
        return None
    loaded = store.load(store.for_montage("scalp", "sleep") if name == "auto" else name)
    # Made once and thrown away, so that a model which is no sleep model is refused before a stream is looked for.
    Stager(loaded)
    return loaded
