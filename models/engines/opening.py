"""Which engine a model gets on this host: a CUDA graph, else OpenVINO, else plain torch; every step down is reported.

What can be tried for a network is read off its record (`models.networks.registry`).
"""

from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from typing import TypeVar, cast

import torch

from models.engines import parity
from models.engines.cuda_streams import CudaStreams
from models.engines.cuda_windows import CudaWindows
from models.engines.eager import Eager, EagerStream
from models.engines.engine import Device, Engine, Precision, StreamEngine, first_line, warn
from models.engines.parity import Parity
from models.engines.readout import readout_of
from models.errors import ModelError
from models.networks import registry
from models.networks.contract import LocatingNetwork, NetworkRecord, StreamingNetwork
from models.networks.sc import SC
from models.networks.sc_stream import StreamSC
from models.networks.whole_window import locating
from models.zoo.store import LoadedModel

CPU = torch.device("cpu")
DEFAULT: Precision = "fp32"
AnyEngine = TypeVar("AnyEngine", Engine, StreamEngine)


def tune_process() -> None:
    """Set what torch keeps for a whole process: one thread, no denormals.

    On two threads maxima are ten times the median as soon as anything else wants a core; a network fed with long
    zeros slows down several times on denormal numbers.
    """
    # Both settings hold for the whole process, so only a program may make them, at its start.
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)


def is_streaming(loaded: LoadedModel) -> bool:
    """Whether a model is carried along hop by hop."""
    return registry.RECORDS[loaded.manifest.architecture].streaming


def open_engine(
    loaded: LoadedModel,
    device: Device = "auto",
    precision: Precision = "fp32",
    threads: int = 1,
    *,
    both: bool = False,
) -> Engine:
    """Make a detector ready to score windows, warm-up and comparison with plain torch included.

    `both`: a detector that also scores sleep answers for both, see `models.networks.whole_window.TwoTaskWindow`.

    Raises
    ------
    ModelError
        When the model is no detector, or CUDA was asked for and there is none.
    """
    record = registry.RECORDS[loaded.manifest.architecture]
    if record.task != "ied":
        raise ModelError(f"model {loaded.manifest.name} does {record.task}, not IED detection")
    network = locating(loaded.network, record, both=both)
    eager = Eager(network, CPU)

    def compare(engine: Engine, chosen: Precision) -> Parity:
        samples = network.context_samples + network.window_samples
        windows = parity.eeg_like(parity.WINDOWS[chosen], network.channels, samples)
        return parity.of_windows(eager, engine, windows, loaded.manifest.threshold)

    # Opened only if a GPU fails in use: a second copy of the network would otherwise lie in memory unused.
    def open_cpu() -> Engine:
        return open_engine(loaded, "cpu", precision, threads, both=both)

    engines = _window_engines(network, record, _on_cuda(device), precision, threads, open_cpu)
    return _first_to_agree(engines, compare) or eager


def open_stream_engine(
    loaded: LoadedModel, hop_samples: int, device: Device = "auto", precision: Precision = "fp32", threads: int = 1
) -> StreamEngine:
    """Make a streaming detector ready, comparison with plain torch included.

    Raises
    ------
    ModelError
        When the model cannot be carried along in such hops, or CUDA was asked for and there is none.
    """
    record = registry.RECORDS[loaded.manifest.architecture]
    if not record.streaming:
        raise ModelError(f"model {loaded.manifest.name} scores whole windows and cannot be carried along in hops")
    network = cast("StreamingNetwork", loaded.network)
    if hop_samples < 1 or network.window_samples % hop_samples:
        raise ModelError(
            f"frame.hop_ms: a hop of {hop_samples} samples does not divide the window of model {loaded.manifest.name}, "
            f"{network.window_samples} samples"
        )
    eager = EagerStream(network, hop_samples, CPU)

    def compare(engine: StreamEngine, chosen: Precision) -> Parity:
        samples = parity.stream_samples(network.context_samples + network.window_samples, hop_samples, chosen)
        signal = parity.eeg_like(parity.GROUPS, network.channels, samples)
        return parity.of_streams(eager, engine, signal, loaded.manifest.threshold)

    def open_cpu() -> StreamEngine:
        return open_stream_engine(loaded, hop_samples, "cpu", precision, threads)

    engines = _stream_engines(network, record, hop_samples, _on_cuda(device), precision, threads, open_cpu)
    return _first_to_agree(engines, compare) or eager


def open_reference(loaded: LoadedModel, *, both: bool = False) -> Engine:
    """Return plain torch on the CPU, with which every engine is compared; `both` as in `open_engine`."""
    return Eager(locating(loaded.network, registry.RECORDS[loaded.manifest.architecture], both=both), CPU)


def open_stream_reference(loaded: LoadedModel, hop_samples: int) -> StreamEngine:
    """Return plain torch on the CPU for a network that is carried along."""
    return EagerStream(cast("StreamingNetwork", loaded.network), hop_samples, CPU)


def _on_gpu(wanted: Precision, build: Callable[[Precision], AnyEngine]) -> Iterator[tuple[Precision, AnyEngine]]:
    """Try the precision that was asked for, then fp32; a GPU that cannot be used at all is named once."""
    try:
        for chosen in dict.fromkeys((wanted, DEFAULT)):
            yield chosen, build(chosen)
    # CUDA reports all its troubles so: no memory, no driver, a device that is too old for the build.
    except RuntimeError as problem:
        warn(f"the GPU cannot be used ({problem}): the CPU is")


def _window_engines(
    network: LocatingNetwork,
    record: NetworkRecord,
    on_cuda: bool,
    precision: Precision,
    threads: int,
    open_cpu: Callable[[], Engine],
) -> Iterator[tuple[Precision, Engine]]:
    """Best first. Whole windows of a streaming network are for evaluation, which plain torch serves on the CPU."""
    if on_cuda:
        readout = readout_of(network, record)
        yield from _on_gpu(precision, lambda chosen: CudaWindows(network, readout, chosen, open_cpu))
    if record.streaming:
        return
    for chosen in _cpu_precisions(precision):
        # Here and not above: hosts that only train need not have it installed.
        from models.engines.openvino import OpenVino, OpenVinoConverted  # noqa: PLC0415

        if "tiles" in record.capabilities:
            yield chosen, OpenVino(cast("SC", network), chosen, threads)
            continue
        try:
            yield chosen, OpenVinoConverted(network, chosen, threads)
        except RuntimeError as problem:
            warn(f"OpenVINO cannot run architecture {record.name} ({first_line(problem)}): plain torch scores, in fp32")
            return


def _stream_engines(
    network: StreamingNetwork,
    record: NetworkRecord,
    hop_samples: int,
    on_cuda: bool,
    precision: Precision,
    threads: int,
    open_cpu: Callable[[], StreamEngine],
) -> Iterator[tuple[Precision, StreamEngine]]:
    """Best first."""
    # Without this capability plain torch carries the streams: it needs no more than the protocol.
    if "stream_graph" not in record.capabilities:
        return
    if on_cuda:
        yield from _on_gpu(precision, lambda chosen: CudaStreams(network, hop_samples, chosen, open_cpu))
    for chosen in _cpu_precisions(precision):
        from models.engines.openvino import OpenVinoStream  # noqa: PLC0415

        yield chosen, OpenVinoStream(cast("StreamSC", network), hop_samples, chosen, threads)


def _first_to_agree(
    engines: Iterable[tuple[Precision, AnyEngine]], compare: Callable[[AnyEngine, Precision], Parity]
) -> AnyEngine | None:
    """Return the first engine whose answers are those of plain torch; each before it is named in a warning."""
    # Engines are built one at a time, as the loop comes to them: a GPU's memory is not taken for one that loses.
    for precision, engine in engines:
        found = compare(engine, precision)
        if found.holds(precision):
            return engine
        warn(f"{engine.name} is not used: beside plain torch its {found}")
    return None


def _cpu_precisions(wanted: Precision) -> Iterator[Precision]:
    """Precisions that OpenVINO is to be tried in, best first; none where it is not installed."""
    if find_spec("openvino") is None:
        warn("openvino is not installed: plain torch scores, in fp32, at a third of the speed; `pip install openvino`")
        return
    from models.engines.openvino import has_bf16  # noqa: PLC0415

    if wanted == "bf16" and has_bf16():
        yield "bf16"
    elif wanted == "bf16":
        warn('infer.precision = "bf16": this processor has no bf16 arithmetic; fp32 is used')
    yield "fp32"


def _on_cuda(device: Device) -> bool:
    if device == "cuda" and not torch.cuda.is_available():
        raise ModelError('infer.device = "cuda": this host has no CUDA device; set it to "auto" or "cpu"')
    return device != "cpu" and torch.cuda.is_available()
