"""HDL: hidden Markov models of each channel, and a stack of denoising autoencoders over all of them.

Source: Golmohammadi et al. 2019, Front. Hum. Neurosci. 13:76. Stated: the three passes (hidden Markov models; deep
learning over temporal and spatial context; a grammar) and six classes. After the text, which could not be read again:
one model a class for all channels, principal components, three hidden layers, corruption 0.3. Ours: two classes, as
the sets have; the numbers of hidden units; no context beyond the window and no grammar over epochs, since an instance
of the tables has no neighbours. So this is HDL's first pass and the spatial half of its second.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from bench.paper.hdl_features import at_rate, features
from bench.paper.markov import STATES, LeftToRight
from models.datasets.splits import Part
from models.datasets.windowset import Floats, Indices, Reader, WindowSet
from models.errors import TrainingError

HIDDEN: Final = (32, 16, 8)
CORRUPTION: Final = 0.3
KEPT_VARIANCE: Final = 0.95
RATE: Final = 1e-2
BATCH: Final = 64
MOST_NEGATIVES: Final = 4_000
"""Windows that the models of what is no discharge are fitted to: more change a mixture of 8 little."""

_Loss = Callable[[list[nn.Module], Tensor, Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class HDL:
    """HDL (reconstruction); `epochs` of each autoencoder and of the whole stack."""

    seed: int
    epochs: int = 30

    def fit(self, parts: Mapping[str, Part], folder: Path) -> dict[str, NDArray[np.float32]]:  # noqa: ARG002
        """Train on "train"; return the probabilities of "validation" and "test"; seconds, so nothing is kept."""
        rng = np.random.default_rng(self.seed)
        train = parts["train"]
        both = [train.indices[train.labels == label] for label in (0, 1)]
        both[0] = np.sort(rng.permutation(both[0])[:MOST_NEGATIVES])
        frames = [_frames(train.windowset, indices) for indices in both]
        if frames[0].shape[2] < STATES:
            raise TrainingError(f"HDL: windows of {train.windowset.header.window_samples} samples have too few frames")
        joined = np.concatenate([one.reshape(-1, one.shape[-1]) for one in frames])
        mean, std = joined.mean(axis=0), joined.std(axis=0) + 1e-6

        def scored(windows: Floats, models: list[LeftToRight]) -> Floats:
            n, channels = windows.shape[:2]
            flat = ((windows - mean) / std).reshape(n * channels, *windows.shape[2:])
            ratio = models[1].scores(flat) - models[0].scores(flat)
            return ratio.reshape(n, channels).astype(np.float32)

        models = [LeftToRight.fitted(((one - mean) / std).reshape(-1, *one.shape[2:]), rng) for one in frames]
        first = np.concatenate([scored(one, models) for one in frames])
        labels = np.repeat([0.0, 1.0], [len(one) for one in frames]).astype(np.float32)
        second = _Stack.fitted(first, labels, self.seed, self.epochs)
        return {
            name: second.probabilities(scored(_frames(parts[name].windowset, parts[name].indices), models))
            for name in ("validation", "test")
        }


def _frames(ws: WindowSet, indices: Indices) -> Floats:
    """Return the features (n, channels, frames, 26) of windows."""
    reader = Reader(ws)
    try:
        # In pieces: features of all windows at once would need their samples at 250 Hz as well.
        pieces = np.array_split(indices, max(1, len(indices) // 1000))
        return np.concatenate([features(at_rate(reader.take(piece), ws.header.rate_hz)) for piece in pieces])
    finally:
        reader.close()


@dataclass(slots=True)
class _Stack:
    """Principal components, three layers that were autoencoders, and one unit."""

    mean: Floats
    axes: Floats
    layers: nn.Sequential

    @classmethod
    def fitted(cls, values: Floats, labels: Floats, seed: int, epochs: int) -> "_Stack":
        """Train layer by layer to undo corruption, then all of it to tell the classes apart."""
        torch.manual_seed(seed)
        mean = values.mean(axis=0)
        _, spread, axes = np.linalg.svd(values - mean, full_matrices=False)
        shares = np.cumsum(spread**2) / np.sum(spread**2)
        kept = int(np.searchsorted(shares, KEPT_VARIANCE)) + 1
        # Each component at a standard deviation of 1, so that corruption means the same in all.
        scaled = axes[:kept] / (spread[:kept, None] / np.sqrt(len(values)) + 1e-6)
        stack = cls(mean, scaled.astype(np.float32), nn.Sequential())
        x, y = torch.from_numpy(stack._components(values)), torch.from_numpy(labels)
        code = x
        for width in HIDDEN:
            layer = nn.Sequential(nn.Linear(code.shape[1], width), nn.Sigmoid())
            back = nn.Linear(width, code.shape[1])
            _descend([layer, back], code, code, _undone, epochs)
            stack.layers.append(layer)
            code = layer(code).detach()
        stack.layers.append(nn.Linear(HIDDEN[-1], 1))
        _descend([stack.layers], x, y, _classes(y), epochs)
        return stack

    def probabilities(self, values: Floats) -> NDArray[np.float32]:
        """Return the probabilities (n,) of scores (n, channels)."""
        with torch.no_grad():
            logits: Tensor = self.layers(torch.from_numpy(self._components(values)))
        found: NDArray[np.float32] = torch.sigmoid(logits[:, 0]).numpy()
        return found

    def _components(self, values: Floats) -> Floats:
        return np.asarray((values - self.mean) @ self.axes.T, np.float32)


def _undone(modules: list[nn.Module], x: Tensor, target: Tensor) -> Tensor:
    """Return how far corrupted x comes back from where it was."""
    dropped = x * (torch.rand_like(x) >= CORRUPTION)
    return nn.functional.mse_loss(modules[1](modules[0](dropped)), target)


def _classes(labels: Tensor) -> _Loss:
    weight = (labels == 0).sum() / labels.sum()

    def loss(modules: list[nn.Module], x: Tensor, target: Tensor) -> Tensor:
        # The root: at 1 % positives the stack answers "none" to everything without, and to nothing with all of it.
        return nn.functional.binary_cross_entropy_with_logits(modules[0](x)[:, 0], target, pos_weight=weight.sqrt())

    return loss


def _descend(modules: list[nn.Module], x: Tensor, y: Tensor, loss: _Loss, epochs: int) -> None:
    optimiser = torch.optim.Adam([weight for module in modules for weight in module.parameters()], lr=RATE)
    for _ in range(epochs):
        for batch in torch.split(torch.randperm(len(x)), BATCH):
            optimiser.zero_grad()
            torch.autograd.backward(loss(modules, x[batch], y[batch]))
            optimiser.step()
