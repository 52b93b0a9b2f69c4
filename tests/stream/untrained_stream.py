"""An untrained streaming detector: what the tests of carried networks run on."""

import dataclasses
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from models.networks.sc_stream import StreamSC
from models.zoo import store
from stream.config.keys import Acquire, Bed, Config, Frame, Infer, JournalFile
from stream.config.merge_keys import Merge
from tests.stream.patient import patient_eeg

WINDOW, CONTEXT = 192, 509
"""Samples, as of the shipped network's window and the receptive field that covers it."""
THRESHOLD = 0.5
SHARE_BELOW = 0.75
"""Of an untrained network's windows."""


def save_untrained(folder: Path, seed: int = 0) -> str:
    """Write an untrained streaming detector, its bias set so that some of the patient's windows lie above THRESHOLD."""
    torch.manual_seed(seed)
    parameters = {"channels": 5, "window_samples": WINDOW, "width": 8}
    network = StreamSC(5, WINDOW, 8).eval()
    assert network.context_samples == CONTEXT
    with torch.inference_mode():
        # The quantile's logit becomes 0, a probability of 0.5: a quarter of the windows reach THRESHOLD.
        network.head.bias.sub_(network(patients_windows()).quantile(SHARE_BELOW))
    manifest = dataclasses.replace(
        store.load("sc-stream-small").manifest, name="untrained", architecture="sc_stream", parameters=parameters
    )
    store.save(folder / "untrained", network, manifest, "# untrained\n")
    return str(folder / "untrained")


def patients_windows() -> Tensor:
    """Cut windows with their context, (n, 5, 701), from differences of neighbouring channels at half their rate."""
    # Every other sample stands for the model's rate: the distribution counts here, not the waveform.
    rows = np.diff(patient_eeg()[0], axis=0)[:5, ::2]
    return torch.from_numpy(rows.copy()).unfold(1, CONTEXT + WINDOW, 64).transpose(0, 1).contiguous()


def config_with(model: str, folder: Path, hop_ms: float = 125.0, beds: int = 1) -> Config:
    """Configure beds with this detector and a journal in `folder`."""
    return Config(
        site="test",
        bed=[
            Bed(id=f"bed-{k}", acquire=Acquire(unit="uV"), merge=Merge(threshold=THRESHOLD)) for k in range(1, beds + 1)
        ],
        frame=Frame(hop_ms=hop_ms),
        infer=Infer(device="cpu", detector=model, sleep="off"),
        journal=JournalFile(path=folder / "journal.db"),
    )
