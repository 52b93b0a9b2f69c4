"""The engine a host gets: the best that agrees with plain torch, and every step down is reported."""

import dataclasses
import importlib.util
from importlib.machinery import ModuleSpec

import numpy as np
import pytest
import torch

from models.engines import opening, openvino, parity
from models.engines.eager import Eager, EagerStream
from models.engines.engine import EngineWarning
from models.engines.opening import open_engine, open_stream_engine, tune_process
from models.engines.parity import Parity
from models.errors import ModelError
from models.networks.sc import SPANS
from models.networks.sc_stream import StreamSC
from models.networks.spectral import SpectralClassifier
from models.zoo.store import LoadedModel
from tests.models.engines.networks import loaded, noise, stream_network, window_network
from tests.models.zoo.test_store import a_manifest

CPU = torch.device("cpu")


@pytest.fixture
def no_openvino(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make this a host on which openvino was not installed."""
    real = importlib.util.find_spec

    def find(name: str) -> ModuleSpec | None:
        return None if name == "openvino" else real(name)

    # Where opening asks: taking the package itself away would break tests that run at the same time.
    monkeypatch.setattr(opening, "find_spec", find)


@pytest.mark.parametrize("device", ["cpu", "auto"])
def test_cpu_gets_openvino(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without CUDA, windows and streams are scored by OpenVINO in single precision, as plain torch would."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    engine = open_engine(loaded(window_network()), device)  # type: ignore[arg-type]
    stream = open_stream_engine(loaded(stream_network()), 16, device)  # type: ignore[arg-type]
    assert (engine.name, engine.context_samples) == ("openvino-fp32-cpu", 0)
    assert (stream.name, stream.context_samples, stream.hop_samples) == ("openvino-stream-fp32-cpu", 61, 16)
    expected, _ = Eager(window_network(), CPU).score(noise(7, 5, 64))
    assert np.allclose(engine.score(noise(7, 5, 64))[0], expected, rtol=0, atol=1e-5)


def test_whole_windows_of_a_streaming_network_are_scored_by_plain_torch() -> None:
    """Evaluation asks for them; they bring their context along."""
    engine = open_engine(loaded(stream_network()), "cpu")
    assert (engine.name, engine.context_samples) == ("eager-fp32-cpu", 61)
    assert engine.score(noise(2, 5, 109))[0].shape == (2, SPANS)


@pytest.mark.usefixtures("no_openvino")
def test_without_openvino_plain_torch_scores_with_a_warning() -> None:
    """A host for training alone evaluates all the same."""
    with pytest.warns(EngineWarning, match="pip install openvino"):
        engine = open_engine(loaded(window_network()), "cpu", "bf16")
    assert engine.name == "eager-fp32-cpu"
    with pytest.warns(EngineWarning, match="pip install openvino"):
        stream = open_stream_engine(loaded(stream_network()), 16, "cpu")
    assert stream.name == "eager-stream-fp32-cpu"


@pytest.mark.skipif(not openvino.has_bf16(), reason="this processor has no bf16 arithmetic")
def test_bf16_is_used_where_it_agrees() -> None:
    """Both engines run in bf16, and their answers move by no more than was allowed."""
    engine = open_engine(loaded(window_network(), threshold=0.999), "cpu", "bf16")  # no decision is near
    assert engine.name == "openvino-bf16-cpu"
    windows = noise(9, 5, 64)
    moved = np.abs(engine.score(windows)[0] - Eager(window_network(), CPU).score(windows)[0])
    assert 0 < moved.max() < 0.05  # not the same bits: else fp32 would have been used


def test_bf16_needs_a_processor_that_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere it would be slower than single precision: fp32 is taken, and the warning names the key."""
    monkeypatch.setattr(openvino, "has_bf16", lambda: False)
    with pytest.warns(EngineWarning, match=r"infer\.precision"):
        assert open_engine(loaded(window_network()), "cpu", "bf16").name == "openvino-fp32-cpu"


def test_an_engine_that_disagrees_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each one that fails is named with what was found; plain torch is what is left."""
    monkeypatch.setattr(openvino, "has_bf16", lambda: True)
    monkeypatch.setattr(parity, "of_windows", lambda *_: Parity(500, 0.2, 30))
    monkeypatch.setattr(parity, "of_streams", lambda *_: Parity(500, 0.2, 30))
    with pytest.warns(EngineWarning, match="30 of 500 decisions flip") as warned:
        assert open_engine(loaded(window_network()), "cpu", "bf16").name == "eager-fp32-cpu"
    # Best first, and plain torch, which everything is compared with, needs no comparison.
    assert [str(warning.message).split()[0] for warning in warned] == ["openvino-bf16-cpu", "openvino-fp32-cpu"]
    with pytest.warns(EngineWarning, match="openvino-stream-fp32-cpu is not used"):
        assert open_stream_engine(loaded(stream_network()), 16, "cpu").name == "eager-stream-fp32-cpu"


def test_missing_cuda_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """CUDA asked for on a host without it is refused, naming the key."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ModelError, match=r"infer\.device"):
        open_engine(loaded(window_network()), "cuda")
    with pytest.raises(ModelError, match=r"infer\.device"):
        open_stream_engine(loaded(stream_network()), 16, "cuda")


def test_models_that_do_something_else_are_refused() -> None:
    """A sleep model scores no windows, SC carries no streams, and a hop must divide the window."""
    manifest = dataclasses.replace(a_manifest(), name="dozy", task="sleep", architecture="spectral")
    with pytest.raises(ModelError, match="dozy does sleep"):
        open_engine(LoadedModel(SpectralClassifier(), manifest), "cpu")
    with pytest.raises(ModelError, match="whole windows"):
        open_stream_engine(loaded(window_network()), 16, "cpu")
    with pytest.raises(ModelError, match=r"frame\.hop_ms.*does not divide"):
        open_stream_engine(loaded(stream_network()), 5, "cpu")


def test_which_models_are_streaming() -> None:
    """The architecture decides."""
    assert opening.is_streaming(loaded(stream_network()))
    assert not opening.is_streaming(loaded(window_network()))


def test_plain_torch_can_be_asked_for_by_name() -> None:
    """The reference of every comparison answers NaN for what is not finite, and leaves its neighbours as they were."""
    engine, windows = Eager(window_network(), CPU), noise(3, 5, 64)
    clean, _ = engine.score(windows)
    windows[1, 2, 10] = np.inf
    probabilities, _ = engine.score(windows)
    assert np.isnan(probabilities).tolist() == [[row == 1] * SPANS for row in range(3)]
    assert np.array_equal(probabilities[[0, 2]], clean[[0, 2]])
    network = stream_network()
    stream = EagerStream(network, 16, CPU)
    assert isinstance(network, StreamSC)
    for _ in range(8):  # context and window are in after seven hops of 16
        last = stream.push({"bed-1": noise(2, 5, 16)})["bed-1"]
    assert np.isfinite(last[0]).all()


@pytest.mark.fault
def test_s6_numbers_next_to_zero_are_zero_in_a_tuned_process() -> None:
    """A quarter of the least normal number counts as nothing, so long zeros slow no network down."""
    least = torch.full((64,), torch.finfo(torch.float32).tiny)
    torch.set_flush_denormal(False)
    assert (least * 0.25).sum() > 0
    tune_process()
    assert (least * 0.25).sum() == 0
