"""Every network is held to what its record claims, through the doors that the rest of the house uses."""

import dataclasses
from pathlib import Path
from typing import cast

import pytest
import torch
from torch import Tensor, nn

from models.engines import parity
from models.errors import ModelError
from models.networks import registry
from models.networks.contract import (
    Network,
    NetworkRecord,
    PooledNetwork,
    StreamingNetwork,
    TwoTaskNetwork,
    context_samples,
)
from models.networks.stream_state import Streamer
from models.networks.whole_window import WholeWindow, locating
from models.zoo import store
from models.zoo.manifest import Manifest
from tests.models.zoo.test_store import a_manifest

WINDOW = 64
DETECTORS = [record for record in registry.RECORDS.values() if record.task == "ied"]
each_network = pytest.mark.parametrize("record", registry.RECORDS.values(), ids=lambda record: record.name)
each_detector = pytest.mark.parametrize("record", DETECTORS, ids=lambda record: record.name)


def window_of(record: NetworkRecord) -> int:
    """Return a short window that a network can be made for."""
    return WINDOW if WINDOW in record.window_samples else record.window_samples[0]


def build(record: NetworkRecord, rows: int = 5, window_samples: int = 0) -> nn.Module:
    """Build a network with its own defaults."""
    torch.manual_seed(1)  # networks built twice have the same weights
    return record.network(channels=rows, window_samples=window_samples or window_of(record)).eval()


def windows_for(network: nn.Module, count: int = 3) -> Tensor:
    """Draw windows like EEG, microvolts, with the context that the network looks back on."""
    offered = cast("Network", network)
    samples = context_samples(network) + offered.window_samples
    return torch.from_numpy(parity.eeg_like(count, offered.channels, samples))


def manifest_of(record: NetworkRecord, parameters: dict[str, int]) -> Manifest:
    """Describe such a network."""
    rows = 1 if record.task == "sleep" else 5
    shape = {"window_samples": window_of(record), "channels": rows if rows in record.rows else record.rows[0]}
    known = {"task": record.task, "architecture": record.name, "parameters": parameters, **shape}
    return dataclasses.replace(a_manifest(), **known)  # type: ignore[arg-type]


@each_detector
@pytest.mark.parametrize("rows", [1, 5, 22])
@torch.no_grad()
def test_windows_become_logits(record: NetworkRecord, rows: int) -> None:
    """One finite number each, whatever the number of rows, and for the shortest window that the record allows."""
    # The shortest is where a network that was registered with a wrong bound fails.
    for samples in {window_of(record), record.window_samples[0]}:
        network = build(record, rows, samples)
        assert (cast("Network", network).channels, cast("Network", network).window_samples) == (rows, samples)
        logits = network(windows_for(network))
        assert logits.shape == (3,)
        assert torch.isfinite(logits).all()


@each_detector
def test_every_weight_learns(record: NetworkRecord) -> None:
    """A gradient reaches all of them."""
    network = build(record).train()
    # Squared: behind a batch norm a plain sum over the batch has no gradient.
    answer = network(windows_for(network)).square().sum()
    if record.two_task:
        answer = answer + cast("TwoTaskNetwork", network).both(windows_for(network))[1].square().sum()
    torch.autograd.backward(answer)
    assert all(weight.grad is not None and torch.isfinite(weight.grad).all() for weight in network.parameters())


@each_detector
@torch.no_grad()
def test_a_detector_comes_back_from_disk(record: NetworkRecord, tmp_path: Path) -> None:
    """Its state is all that it is: the loaded network answers with the same bits."""
    network, parameters = build(record), {"channels": 5, "window_samples": window_of(record)}
    store.save(tmp_path, network, manifest_of(record, parameters), "")
    loaded = store.load(tmp_path)
    assert type(loaded.network) is record.network
    assert torch.equal(loaded.network(windows_for(network)), network(windows_for(network)))


@each_network
def test_what_a_record_excludes_is_refused_in_one_line(record: NetworkRecord, tmp_path: Path) -> None:
    """Another task, and a window or a rate that it cannot be made for."""
    other = "sleep" if record.task == "ied" else "ied"
    wrong: dict[str, object] = {"task": other, "rate_hz": record.rate_hz[1] * 2}
    if record.window_samples[0] > 1:
        wrong["window_samples"] = record.window_samples[0] - 1
    for key, value in wrong.items():
        odd = dataclasses.replace(manifest_of(record, {}), **{key: value})  # type: ignore[arg-type]
        # The weights do not matter: the manifest is refused before they are read.
        store.save(tmp_path, nn.Linear(1, 1), odd, "")
        with pytest.raises(ModelError, match=key) as caught:
            store.load(tmp_path)
        assert "\n" not in str(caught.value)


@each_detector
@torch.no_grad()
def test_evidence_lies_inside_the_window(record: NetworkRecord) -> None:
    """Of every span there is a logit, the first of them that of the whole window, and a sample of the window."""
    network = build(record)
    windows = windows_for(network, 6)
    logits, peaks = locating(network, record).evidence(windows)
    assert logits.shape == peaks.shape == (6, len(record.spans))
    assert locating(network, record).spans == len(record.spans)
    assert record.spans[0] == "whole"
    torch.testing.assert_close(logits[:, 0], network(windows))
    assert peaks.dtype == torch.int64
    assert bool(((peaks >= 0) & (peaks < window_of(record))).all())


@each_detector
@torch.no_grad()
def test_what_looks_back_on_nothing_and_what_is_scale_free_holds(record: NetworkRecord) -> None:
    """Only streaming networks have a context; volts score as microvolts where the record claims it."""
    network = build(record)
    assert (context_samples(network) > 0) == record.streaming
    windows = windows_for(network)
    # Both ways: a network that claims less than it does would be trained on one unit for nothing.
    same = torch.allclose(network(windows), network(windows * 1e-6), rtol=1e-3, atol=1e-3)
    assert same == record.scale_free


@pytest.mark.parametrize("record", [one for one in DETECTORS if one.streaming], ids=lambda record: record.name)
def test_a_streaming_network_equals_its_full_window(record: NetworkRecord) -> None:
    """Hop by hop, at the end of a signal, for several rows."""
    for rows in (1, 5):
        network = cast("StreamingNetwork", build(record, rows))
        signal = windows_for(cast("nn.Module", network))
        extra = -signal.shape[2] % 16  # zeros before the signal, so that it ends with a hop
        streamer = Streamer(network, len(signal), 16)
        for hop in torch.split(torch.nn.functional.pad(signal, (extra, 0)), 16, dim=2):
            logits, peaks = streamer.push(hop)
        with torch.no_grad():
            expected, expected_peaks = network.evidence(signal)
        # The newest third is taken in whole hops, so only the whole window is the same to the sample.
        torch.testing.assert_close(logits[:, 0], expected[:, 0], rtol=0, atol=1e-4)
        assert torch.equal(peaks[:, 0], expected_peaks[:, 0])


@each_detector
@torch.no_grad()
def test_heads_and_features_are_what_samplers_and_calibration_take_them_for(record: NetworkRecord) -> None:
    """A bias moves all logits alike, a weight divides them; feature maps are (n, width, time)."""
    network = build(record)
    windows = windows_for(network)
    before = network(windows)
    if record.linear_head:
        network.get_parameter("head.bias").add_(1.5)
        torch.testing.assert_close(network(windows), before + 1.5)
        for name in ("head.weight", "head.bias"):
            network.get_parameter(name).div_(2)
        torch.testing.assert_close(network(windows), (before + 1.5) / 2)
    if record.features:
        maps = cast("PooledNetwork", network).features(windows)
        assert (maps.dim(), len(maps)) == (3, 3)
    assert record.linear_head == hasattr(network, "head")
    assert record.features == hasattr(network, "features")
    assert record.two_task == hasattr(network, "both")


@each_network
def test_names_are_those_of_the_records(record: NetworkRecord) -> None:
    """A record stands under its own name, and pooling engines get what they need."""
    assert registry.RECORDS[record.name] is record
    assert "pooled" not in record.capabilities or (record.linear_head and record.features)
    assert record.streaming == ("stream_graph" in record.capabilities)
    assert (record.evidence == "own") == hasattr(record.network, "evidence")


@torch.no_grad()
def test_a_network_that_only_scores_is_placed_at_the_largest_deflection() -> None:
    """On whichever row, of either sign, a standing offset taken off, and never in the context."""

    class LooksBack(nn.Module):
        channels, window_samples, context_samples = 2, 10, 4

        def forward(self, windows: Tensor) -> Tensor:
            return windows.sum(dim=(1, 2))

    windows = torch.zeros(2, 2, 14)
    windows[0, 1, 4 + 7] = -5
    windows[1, :] += 100
    windows[1, 0, 4 + 2] += 3
    windows[1, 0, 1] = 900
    logits, peaks = WholeWindow(LooksBack()).evidence(windows)
    assert peaks.tolist() == [[7], [2]]
    assert logits[:, 0].tolist() == windows.sum(dim=(1, 2)).tolist()
