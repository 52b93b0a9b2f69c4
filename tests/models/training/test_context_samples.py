"""Networks that look further back than their window are trained on windows with their past, others on the same ones."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from models.errors import DataError
from models.networks.sc_stream import StreamSC
from models.training.checkpoint import BEST, CHECKPOINT
from models.training.trainer import train
from models.zoo import store
from tests.models.training.small_training import CHANNELS, SAMPLES, TINY, easy_parts, tiny_recipe

SCALE_SAMPLES = 64
ADAMW = {"optimiser": "adamw", "learning_rate": 0.02, "batch_windows": 16}
STREAM = StreamSC(CHANNELS, SAMPLES, width=6, blocks=2, scale_samples=SCALE_SAMPLES)


def test_a_network_that_sees_the_window_alone_learns_the_same_with_and_without_a_past(tmp_path: Path) -> None:
    """Bit for bit: so two networks can be compared on equal windows of one set."""
    weights = []
    for context in (0, 40):
        run = tmp_path / f"run{context}"
        train(easy_parts(tmp_path / f"set{context}", context=context), tiny_recipe(), run, device="cpu")
        # The checkpoint's last weights rather than the best ones: every step has to agree.
        weights.append({name: t for name, t in load_file(run / CHECKPOINT).items() if name.startswith("network.")})
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


def test_a_streaming_network_is_trained_stored_and_loaded(tmp_path: Path) -> None:
    """Its manifest says what it is, it finds what it was shown, and its weights come back."""
    parameters = {**TINY, "scale_samples": SCALE_SAMPLES, "dropout": 0.1}
    recipe = tiny_recipe(architecture="sc_stream", parameters=parameters, loss="bce", inc_neg="off", epochs=8, **ADAMW)
    # Exactly as much past as the network asks for: one sample less would be refused, more would hide an offset.
    parts = easy_parts(tmp_path / "set", context=STREAM.context_samples)
    result = train(parts, recipe, tmp_path / "run", device="cpu")
    loaded = store.load(tmp_path / "run" / "model")
    assert isinstance(loaded.network, StreamSC)
    assert (loaded.manifest.window_samples, loaded.manifest.unit) == (SAMPLES, "any")
    assert loaded.network.context_samples == STREAM.context_samples
    assert result.best.auroc > 0.95
    best = load_file(tmp_path / "run" / BEST)
    assert all(torch.equal(weight, best[name]) for name, weight in loaded.network.state_dict().items())


def test_a_set_with_too_little_past_is_refused(tmp_path: Path) -> None:
    """In one line that says how much the network needs."""
    recipe = tiny_recipe(architecture="sc_stream", parameters={**TINY, "scale_samples": SCALE_SAMPLES})
    needed = STREAM.context_samples
    with pytest.raises(DataError, match=f"bring 8 samples of their past.*--context {needed}"):
        train(easy_parts(tmp_path / "set", context=8), recipe, tmp_path / "run", device="cpu")
