"""In bf16 the weights of products are held as such: nothing is cast anew, and nothing else changes."""

import copy

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from models.engines import parity
from models.engines.cuda_device import CudaDevice, hold_in_bf16
from models.engines.cuda_streams import CudaStreams
from models.engines.cuda_windows import CudaWindows
from models.engines.eager import Eager, EagerStream
from models.engines.opening import open_engine
from models.engines.readout import PooledReadout
from models.networks.sc import SC
from models.networks.tst import TST
from tests.models.engines.networks import loaded, noise, stream_network, wide_network, window_network
from tests.models.engines.without_gpu import CPU, as_it_is, needs_gpu


class WeightCasts(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts how often a weight of a network is cast."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._weights = {weight.untyped_storage().data_ptr() for weight in network.parameters()}
        self.count = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN204
        """Look at every operation that makes bf16 of a weight in float32."""
        result = func(*args, **(kwargs or {}))
        if args and isinstance(args[0], torch.Tensor) and args[0].dtype == torch.float32:
            cast = isinstance(result, torch.Tensor) and result.dtype == torch.bfloat16
            self.count += cast and args[0].untyped_storage().data_ptr() in self._weights
        return result


def bf16_device() -> CudaDevice:
    """Stand in for a GPU that computes in bf16."""
    return CudaDevice("bf16", CPU, as_it_is)


def test_only_products_and_convolutions_are_held_in_bf16() -> None:
    """Norms, the head and all that is learnt besides stay in float32."""
    for network in (window_network(), stream_network(), TST(5, 32, width=16, heads=4, layers=1, hidden=32)):
        hold_in_bf16(network)
        for name, layer in network.named_modules():
            wanted = torch.bfloat16 if isinstance(layer, nn.Conv1d | nn.Linear) and name != "head" else torch.float32
            assert all(weight.dtype == wanted for weight in layer.parameters(recurse=False)), name


def test_no_weight_is_cast_when_windows_are_scored() -> None:
    """Left to autocast, every one of them is, at every call; the answers are the same bits."""
    network, windows, device = window_network(), torch.from_numpy(noise(3, 5, 64)), bf16_device()
    held = copy.deepcopy(network)
    device.place(held)
    # The first half shows that the counter sees casts at all.
    with device.arithmetic(), WeightCasts(network) as casts:
        expected = network.features(windows)
    with device.arithmetic(), WeightCasts(held) as held_casts:
        got = held.features(windows)
    assert casts.count == sum(isinstance(layer, nn.Conv1d) for layer in network.modules())
    assert held_casts.count == 0
    assert torch.equal(got, expected)


@pytest.mark.parametrize("network", [window_network(), wide_network(64)], ids=["narrow", "wide"])
def test_bf16_answers_stay_within_what_is_allowed(network: SC) -> None:
    """Of windows, beside plain torch in single precision; the engine's own copy is what is changed."""
    engine = CudaWindows(network, PooledReadout(network), "bf16", lambda: Eager(network, CPU), CPU, as_it_is)
    assert all(weight.dtype == torch.float32 for weight in network.parameters())
    found = parity.of_windows(Eager(network, CPU), engine, parity.eeg_like(100, 5, 64), threshold=0.999)
    assert 0 < found.max_difference <= parity.MAX_DIFFERENCE["bf16"]


def test_bf16_streams_stay_within_what_is_allowed() -> None:
    """What is carried from hop to hop stays in float32."""
    network = stream_network()
    engine = CudaStreams(network, 16, "bf16", lambda: EagerStream(network, 16, CPU), CPU, as_it_is)
    # Places are whole numbers; what layers look back on is in single precision.
    assert {memory.dtype for memory in engine._carried} == {torch.float32, torch.int64}
    signal = parity.eeg_like(5, 5, parity.stream_samples(109, 16, "fp32"))
    found = parity.of_streams(EagerStream(network, 16, CPU), engine, signal, threshold=0.999)
    assert 0 < found.max_difference <= parity.MAX_DIFFERENCE["bf16"]


@pytest.mark.gpu
@needs_gpu
def test_bf16_graphs_agree_on_a_gpu() -> None:
    """Captured with weights that are held in bf16, they pass the comparison with plain torch."""
    engine = open_engine(loaded(window_network(), threshold=0.999), "cuda", "bf16")
    assert engine.name == "cuda-graph-bf16-cuda"
