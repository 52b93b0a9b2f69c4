"""Which engine a model gets on this host."""

import numpy as np
import torch

from models.engines.eager import Eager, EagerStream
from models.engines.engine import Device, Engine, StreamEngine
from models.errors import ModelError
from models.sc import SC
from models.sc_stream import StreamSC
from models.store import LoadedModel

WARM_UP_BATCHES = 3


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


def open_engine(loaded: LoadedModel, device: Device = "auto") -> Engine:
    """Make a detector ready to score windows, warm-up included.

    Raises
    ------
    ModelError
        When the model is no detector, or CUDA was asked for and there is none.
    """
    if not isinstance(loaded.network, SC | StreamSC):
        raise _no_detector(loaded)
    engine = Eager(loaded.network, torch.device(_chosen(device)))
    samples = engine.context_samples + loaded.network.window_samples
    warm_up = np.zeros((5, loaded.network.channels, samples), np.float32)
    for _ in range(WARM_UP_BATCHES):
        engine.score(warm_up)
    return engine


def open_stream_engine(loaded: LoadedModel, hop_samples: int, device: Device = "auto") -> StreamEngine:
    """Make a streaming detector ready.

    Raises
    ------
    ModelError
        When the model cannot be carried along, or CUDA was asked for and there is none.
    """
    if not isinstance(loaded.network, StreamSC):
        raise _no_detector(loaded)
    return EagerStream(loaded.network, hop_samples, torch.device(_chosen(device)))


def _no_detector(loaded: LoadedModel) -> ModelError:
    return ModelError(f"model {loaded.manifest.name} does {loaded.manifest.task}, not IED detection")


def _chosen(device: Device) -> str:
    if device == "cuda" and not torch.cuda.is_available():
        raise ModelError('infer.device = "cuda": this host has no CUDA device; set it to "auto" or "cpu"')
    return "cuda" if device != "cpu" and torch.cuda.is_available() else "cpu"
