"""Which engine a model gets on this host: a CUDA graph, else OpenVINO, else plain torch; every step down is said."""

import warnings
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from typing import TypeVar

import torch

from models.engines import parity
from models.engines.cuda_graph import CudaStreams, CudaWindows
from models.engines.eager import Eager, EagerStream
from models.engines.engine import Device, Engine, EngineWarning, Precision, StreamEngine
from models.engines.parity import Parity
from models.errors import ModelError
from models.networks.sc import SC
from models.networks.sc_stream import StreamSC
from models.zoo.store import LoadedModel

CPU = torch.device("cpu")
DEFAULT: Precision = "fp32"
AnyEngine = TypeVar("AnyEngine", Engine, StreamEngine)


def tune_process() -> None:
    """Set what torch keeps for a whole process: one thread, no denormals. For a program's start, not for a library.

    On two threads maxima are ten times the median as soon as anything else wants a core; a network fed with long
    zeros slows down several times on denormal numbers.
    """
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)


def is_streaming(loaded: LoadedModel) -> bool:
    """Whether a model is carried along hop by hop."""
    return isinstance(loaded.network, StreamSC)


def open_engine(
    loaded: LoadedModel, device: Device = "auto", precision: Precision = "fp32", threads: int = 1
) -> Engine:
    """Make a detector ready to score windows, warm-up and comparison with plain torch included.

    Raises
    ------
    ModelError
        When the model is no detector, or CUDA was asked for and there is none.
    """
    network = loaded.network
    if not isinstance(network, SC | StreamSC):
        raise _no_detector(loaded)
    eager = Eager(network, CPU)

    def compare(engine: Engine, chosen: Precision) -> Parity:
        samples = network.context_samples + network.window_samples
        windows = parity.eeg_like(parity.WINDOWS[chosen], network.channels, samples)
        return parity.of_windows(eager, engine, windows, loaded.manifest.threshold)

    engines = _window_engines(
        network, _on_cuda(device), precision, threads, lambda: open_engine(loaded, "cpu", precision, threads)
    )
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
    network = loaded.network
    if not isinstance(network, StreamSC):
        raise ModelError(f"model {loaded.manifest.name} scores whole windows and cannot be carried along in hops")
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

    engines = _stream_engines(
        network,
        hop_samples,
        _on_cuda(device),
        precision,
        threads,
        lambda: open_stream_engine(loaded, hop_samples, "cpu", precision, threads),
    )
    return _first_to_agree(engines, compare) or eager


def _on_gpu(wanted: Precision, build: Callable[[Precision], AnyEngine]) -> Iterator[tuple[Precision, AnyEngine]]:
    """Try the precision that was asked for, then fp32; a GPU that cannot be used at all is named once."""
    try:
        for chosen in dict.fromkeys((wanted, DEFAULT)):
            yield chosen, build(chosen)
    except RuntimeError as problem:
        _say(f"the GPU cannot be used ({problem}): the CPU is")


def _window_engines(
    network: SC | StreamSC, on_cuda: bool, precision: Precision, threads: int, open_cpu: Callable[[], Engine]
) -> Iterator[tuple[Precision, Engine]]:
    """Best first. Whole windows of a streaming network are for evaluation, which plain torch serves on the CPU."""
    if on_cuda:
        yield from _on_gpu(precision, lambda chosen: CudaWindows(network, chosen, open_cpu))
    if isinstance(network, SC):
        for chosen in _cpu_precisions(precision):
            from models.engines.openvino import OpenVino  # noqa: PLC0415  (hosts that only train need not have it)

            yield chosen, OpenVino(network, chosen, threads)


def _stream_engines(
    network: StreamSC,
    hop_samples: int,
    on_cuda: bool,
    precision: Precision,
    threads: int,
    open_cpu: Callable[[], StreamEngine],
) -> Iterator[tuple[Precision, StreamEngine]]:
    """Best first."""
    if on_cuda:
        yield from _on_gpu(precision, lambda chosen: CudaStreams(network, hop_samples, chosen, open_cpu))
    for chosen in _cpu_precisions(precision):
        from models.engines.openvino import OpenVinoStream  # noqa: PLC0415

        yield chosen, OpenVinoStream(network, hop_samples, chosen, threads)


def _first_to_agree(
    engines: Iterable[tuple[Precision, AnyEngine]], compare: Callable[[AnyEngine, Precision], Parity]
) -> AnyEngine | None:
    """Return the first engine whose answers are those of plain torch; those before it are named in a warning each."""
    for precision, engine in engines:
        found = compare(engine, precision)
        if found.holds(precision):
            return engine
        _say(f"{engine.name} is not used: beside plain torch its {found}")
    return None


def _cpu_precisions(wanted: Precision) -> Iterator[Precision]:
    """Precisions that OpenVINO is to be tried in, best first; none where it is not installed."""
    if find_spec("openvino") is None:
        _say("openvino is not installed: plain torch scores, in fp32, at a third of the speed; `pip install openvino`")
        return
    from models.engines.openvino import has_bf16  # noqa: PLC0415

    if wanted == "bf16" and has_bf16():
        yield "bf16"
    elif wanted == "bf16":
        _say('infer.precision = "bf16": this processor has no bf16 arithmetic; fp32 is used')
    yield "fp32"


def _say(text: str) -> None:
    warnings.warn(text, EngineWarning, stacklevel=2)


def _no_detector(loaded: LoadedModel) -> ModelError:
    manifest = loaded.manifest
    if manifest.task != "ied":
        return ModelError(f"model {manifest.name} does {manifest.task}, not IED detection")
    return ModelError(
        f'model {manifest.name} is of architecture "{manifest.architecture}", which is for comparison: it does not say '
        "where in a window its evidence is; take one of sc or sc_stream"
    )


def _on_cuda(device: Device) -> bool:
    if device == "cuda" and not torch.cuda.is_available():
        raise ModelError('infer.device = "cuda": this host has no CUDA device; set it to "auto" or "cpu"')
    return device != "cpu" and torch.cuda.is_available()
