"""The infer stage of one network: its engine, and the canary that checks its answers."""

from functools import partial

from models.engines.canary import StreamCanary, WindowCanary
from models.engines.engine import Engine, StreamEngine
from models.engines.opening import is_streaming, open_engine, open_reference, open_stream_engine, open_stream_reference
from models.zoo import store
from models.zoo.store import LoadedModel
from stream.config.keys import Config
from stream.detect.canaries import AnyChecked, Checked
from stream.errors import ConfigError
from stream.fleet.engine import FleetEngine
from stream.fleet.link import HttpLink
from stream.infer import InferStreams, InferWindows
from stream.merge.sleep import EPOCH_S


def open_fleet(loaded: LoadedModel, config: Config, *, both: bool) -> FleetEngine | None:
    """Return the engine that asks the fleet of `infer.fleet`, and scores here what is not answered; None without one.

    Raises
    ------
    ConfigError
        if a fleet cannot score this network
    """
    if not config.infer.fleet:
        return None
    if both or is_streaming(loaded):
        what = f'infer.sleep = "detector" with {loaded.manifest.name}' if both else f"model {loaded.manifest.name}"
        raise ConfigError(
            f'infer.fleet = "{config.infer.fleet}": {what} is scored beside its bed alone; set infer.fleet to "", or '
            "take a detector that scores whole windows, and stage sleep by a model of its own"
        )
    local = open_engine(loaded, config.infer.device, config.infer.precision, config.infer.threads)
    return FleetEngine(HttpLink(config.infer.fleet, loaded.manifest), local, config.infer.fleet_deadline_ms / 1e3)


def open_checked(
    name: str, loaded: LoadedModel, config: Config, hop: int, *, both: bool, fleet: FleetEngine | None = None
) -> AnyChecked:
    """Open the engine that a network needs: one that carries it along in such hops, or one that scores windows.

    `both`: it answers for stages of sleep as well. `fleet`: the engine that is already open.

    Raises
    ------
    ConfigError
        if the network cannot be carried along in such hops
    """
    manifest, where = loaded.manifest, (config.infer.device, config.infer.precision, config.infer.threads)
    window = manifest.window_samples
    if not is_streaming(loaded):
        epoch_samples = round(EPOCH_S * manifest.rate_hz) if both else 0
        # First, because it refuses what is no detector.
        infer = InferWindows(fleet or open_engine(loaded, *where, both=both), epoch_samples)
        reference = open_reference(loaded, both=both)
        canary = WindowCanary(reference, manifest.channels, reference.context_samples + window)
        reopen = fleet.leave if fleet else partial(_reopened, name, config, both=both)
        return Checked(infer, canary, reopen)
    # It keeps one maximum for each hop of the window, and forgets whole ones.
    if window % hop:
        raise ConfigError(
            f"frame.hop_ms = {config.frame.hop_ms:g}: model {manifest.name} is carried along in hops of which its "
            f"window of {1000 * window / manifest.rate_hz:g} ms must hold a whole number, such as 62.5, 125 or 250"
        )
    streams = InferStreams(open_stream_engine(loaded, hop, *where), window, manifest.channels)
    stream_canary = StreamCanary(open_stream_reference(loaded, hop), manifest.channels, window)
    return Checked(streams, stream_canary, partial(_reopened_stream, name, config, hop))


def _reopened(name: str, config: Config, *, both: bool) -> Engine:
    """Open another engine in the place of one that answers wrongly: on the CPU, from the file of weights."""
    return open_engine(store.load(name), "cpu", config.infer.precision, config.infer.threads, both=both)


def _reopened_stream(name: str, config: Config, hop: int) -> StreamEngine:
    return open_stream_engine(store.load(name), hop, "cpu", config.infer.precision, config.infer.threads)
