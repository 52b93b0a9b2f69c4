"""AiED whole: a template that finds candidates in each channel, their spectrograms, and a ResNet-18 of images.

Source: Quon et al., Clin. Neurophysiol. 2022; repository ecoglab/aied (MIT), `notebooks/preprocessing.ipynb` and
`notebooks/aied.ipynb`. Stated there: 200 Hz; a triangle of 60 ms convolved twice with [-2, -1, 1, 2] / 8; scores of
7 robust deviations or more, either way, at least a template apart; spectrograms and network as in
`bench.seeds_speed.aied`; class 0 is a discharge. Ours: how it is trained (its notebooks give no recipe),
windows shorter than the two seconds of a spectrogram are mirrored at their ends, the robust deviation is of quarters of
a second, a window scores as its best candidate and 0 without any, and spectrograms come from a table of colours
(`rendered` draws them with matplotlib, as published).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from scipy import signal
from torch import Tensor, nn

from bench.paper.hdl_features import at_rate
from bench.seeds_speed import aied as images
from models.datasets.splits import Part
from models.datasets.windowset import Floats, Reader
from models.errors import TrainingError
from models.networks.resnet2d import ImageResNet18

TRIANGLE: Final = 12
THRESHOLD: Final = 7.0
# A second as published, on whole recordings: in a window of 1.5 s nearly every second would hold the discharge itself.
SPREAD_S: Final = 0.25
RATE: Final = 1e-4
BATCH: Final = 16
IED, OTHER = 0, 1


def template() -> NDArray[np.float64]:
    """Return the 12 taps: a triangle, convolved once where both overlap whole and once everywhere."""
    triangle = signal.windows.triang(TRIANGLE)
    slope = np.array([-2, -1, 1, 2]) / 8
    return np.convolve(np.convolve(triangle, slope, "valid"), slope, "full")


def candidates(channel: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return where (k,) a channel (n,) at 200 Hz looks like the template, either way up."""
    taps = template()
    score = np.correlate(channel - channel.mean(), taps, "same")
    length = min(len(score), round(SPREAD_S * images.RATE_HZ))
    spans = np.lib.stride_tricks.sliding_window_view(score, length)
    spread = np.sqrt(np.median(spans.var(axis=1)))
    # A silent channel has no spread and no candidate.
    if spread < 1e-9:
        return np.empty(0, np.int64)
    robust = np.abs(score - score.mean()) / spread
    peaks, _ = signal.find_peaks(robust, height=THRESHOLD, distance=len(taps))
    return peaks.astype(np.int64)


def around(channel: NDArray[np.float32], at: int) -> NDArray[np.float32]:
    """Return the two seconds (SAMPLES,) around the beginning of a candidate's span, mirrored beyond the window."""
    half = images.SAMPLES // 2
    padded = np.pad(channel, half + len(template()), mode="reflect" if len(channel) > 1 else "edge")
    # A span begins a template before its peak, and a half before that is, in what is padded, where the peak was.
    found: NDArray[np.float32] = padded[at : at + images.SAMPLES]
    return found


@dataclass(frozen=True, slots=True)
class Found:
    """Candidates of a part: their two seconds `samples` (m, SAMPLES) and the window `of` (m,) each, from 0."""

    samples: Floats
    of: NDArray[np.int64]
    windows: int


def search(part: Part) -> Found:
    """Search every channel of every window."""
    reader, samples, of = Reader(part.windowset), [], []
    try:
        for number, index in enumerate(part.indices):
            window = at_rate(reader.take(np.array([index])), part.windowset.header.rate_hz, images.RATE_HZ)[0]
            for channel in window:
                for at in candidates(channel):
                    samples.append(around(channel, int(at)))
                    of.append(number)
    finally:
        reader.close()
    empty = np.empty((0, images.SAMPLES), np.float32)
    return Found(np.stack(samples) if samples else empty, np.array(of, np.int64), len(part))


@dataclass(frozen=True, slots=True)
class AiED:
    """AiED; `epochs` over at most `most` candidates each, images of `side` pixels."""

    seed: int
    epochs: int = 5
    most: int = 2_000
    side: int = images.SIDE
    rendered: bool = False

    def fit(self, parts: Mapping[str, Part], folder: Path) -> dict[str, NDArray[np.float32]]:
        """Train on the candidates of "train"; keep the network in `folder`; return probabilities of the other parts."""
        found = search(parts["train"])
        labels = parts["train"].labels[found.of]
        if not 0 < labels.sum() < len(labels):
            raise TrainingError(
                f"AiED: its template finds {len(labels)} candidates in the training windows, {int(labels.sum())} of "
                "them in windows with a discharge; it needs some of both"
            )
        network = self._network(folder, found.samples, np.where(labels == 1, IED, OTHER))
        return {name: self._scored(network, search(parts[name])) for name in ("validation", "test")}

    def _network(self, folder: Path, samples: Floats, classes: NDArray[np.int64]) -> ImageResNet18:
        torch.manual_seed(self.seed)
        network, kept = ImageResNet18(), folder / "aied.safetensors"
        if kept.exists():
            network.load_state_dict(load_file(kept))
            return network
        optimiser = torch.optim.Adam(network.parameters(), lr=RATE)
        share = float(np.mean(classes == IED))
        weights = torch.tensor([0.5 / share, 0.5 / (1 - share)], dtype=torch.float32)
        rng = np.random.default_rng(self.seed)
        for _ in range(self.epochs):
            for batch in _batches(rng.permutation(len(samples))[: self.most]):
                # Of a single small image the last layers have no variance for batch norm.
                if len(batch) == 1:
                    continue
                optimiser.zero_grad()
                logits = network(self._images(samples[batch]))
                loss = nn.functional.cross_entropy(logits, torch.from_numpy(classes[batch]), weights)
                torch.autograd.backward(loss)
                optimiser.step()
        folder.mkdir(parents=True, exist_ok=True)
        partial = kept.with_suffix(".partial")
        save_file(network.state_dict(), partial)
        partial.replace(kept)
        return network

    @torch.no_grad()
    def _scored(self, network: ImageResNet18, found: Found) -> NDArray[np.float32]:
        """Return the best candidate's probability (windows,), 0 where there is none."""
        network.eval()
        scores = np.zeros(found.windows, np.float32)
        for batch in _batches(np.arange(len(found.of))):
            logits = network(self._images(found.samples[batch]))
            np.maximum.at(scores, found.of[batch], torch.softmax(logits, dim=1)[:, IED].numpy())
        return scores

    def _images(self, samples: Floats) -> Tensor:
        made = [images.read(images.figure(one)) if self.rendered else images.without_figure(one) for one in samples]
        whole = torch.stack(made)
        if self.side == images.SIDE:
            return whole
        return nn.functional.interpolate(whole, (self.side, self.side), mode="bilinear", antialias=True)


def _batches(order: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    for first in range(0, len(order), BATCH):
        yield order[first : first + BATCH]
