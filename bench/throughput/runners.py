"""The engines that a bench compares for one network: plain torch, and what this host's best are by precision."""

import warnings
from functools import cache

import torch

from bench.throughput.untrained import Kind, Size, untrained
from bench.throughput.ward import OfStreams, OfWindows, Runner
from models.engines.eager import Eager, EagerStream
from models.engines.engine import EngineWarning, Precision
from models.engines.opening import open_engine, open_stream_engine
from models.networks.sc import SC
from models.networks.sc_stream import StreamSC
from models.zoo.store import LoadedModel

# Whatever the host has besides: the question is about cores, and a GPU has a bench of its own.
CPU = torch.device("cpu")
PLAIN = "eager fp32"


@cache
def runners(kind: Kind, size: Size) -> dict[str, OfWindows | OfStreams]:
    """Return engines by what they are called in tables; a precision that this host has not is left out.

    Opened once: what is opened is compared with plain torch, on hundreds of windows in bf16.
    """
    loaded = untrained(kind, size)
    found = {PLAIN: _plain(loaded, size)}
    for precision in ("fp32", "bf16"):
        engine = opened(loaded, size, precision)
        if engine is not None:
            found[f"openvino {precision}"] = engine
    return found


def runner(kind: Kind, size: Size, name: str) -> tuple[LoadedModel, Runner]:
    """Return a detector and one of its engines, of those that the host has.

    Raises
    ------
    LookupError
        if the host has it not
    """
    loaded = untrained(kind, size)
    made = _plain(loaded, size) if name == PLAIN else opened(loaded, size, _precision(name))
    if made is None:
        raise LookupError(f"no engine {name!r} on this host")
    return loaded, made


def opened(loaded: LoadedModel, size: Size, precision: Precision) -> OfWindows | OfStreams | None:
    """Open OpenVINO's engine in a precision as a detector would; None where the host has it not."""
    with warnings.catch_warnings():
        # An engine that falls back to another says so by a warning; here its name says it, and it is left out.
        warnings.simplefilter("ignore", EngineWarning)
        made: OfWindows | OfStreams
        if isinstance(loaded.network, StreamSC):
            made = OfStreams(open_stream_engine(loaded, size.hop_samples, "cpu", precision), size.window_samples)
        else:
            made = OfWindows(open_engine(loaded, "cpu", precision))
    wanted = made.engine.name.startswith("openvino") and precision in made.engine.name
    return made if wanted else None


def _plain(loaded: LoadedModel, size: Size) -> OfWindows | OfStreams:
    if isinstance(loaded.network, StreamSC):
        return OfStreams(EagerStream(loaded.network, size.hop_samples, CPU), size.window_samples)
    assert isinstance(loaded.network, SC)  # noqa: S101  (untrained makes nothing else)
    return OfWindows(Eager(loaded.network, CPU))


def _precision(name: str) -> Precision:
    return "bf16" if name.endswith("bf16") else "fp32"
