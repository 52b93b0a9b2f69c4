"""The forward filter of a `SleepMLP` in plain numpy: of so small a network, torch's calls cost more than the sums."""

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from models.networks.sleep_mlp import FARTHEST, SleepMLP

Float32 = NDArray[np.float32]


class ForwardFilter:
    """One step of the forward algorithm at a time; beliefs (stages,) float32."""

    def __init__(self, network: SleepMLP) -> None:
        self._mean, self._std, self._transition = map(_array, (network.mean, network.std, network.transition))
        self.prior = _array(network.prior)
        self._weighting, self._softening = np.float32(network.weighting), np.float32(1 / network.temperature)
        linear = [layer for layer in network.layers if isinstance(layer, nn.Linear)]
        self._layers = [(_array(layer.weight), _array(layer.bias)) for layer in linear]

    def predict(self, belief: Float32) -> Float32:
        """Return the belief (stages,) a step later, nothing seen."""
        return belief @ self._transition

    def step(self, belief: Float32, features: NDArray[np.float64]) -> Float32:
        """Return the belief (stages,) after features (features,), NaN where one is missing."""
        usual = (features - self._mean) / self._std
        # Neither np.nan_to_num nor np.clip, which take three times as long on so few numbers.
        usual[np.isnan(usual)] = 0.0
        hidden = np.minimum(np.maximum(usual, -FARTHEST), FARTHEST).astype(np.float32)
        for weight, bias in self._layers[:-1]:
            hidden = np.maximum(weight @ hidden + bias, 0)
        weight, bias = self._layers[-1]
        logits = weight @ hidden + bias
        # Softmax's denominator is the same for all stages: normalising the belief takes it out.
        likelihood = np.exp(self._weighting * (logits - logits.max() - np.log(self.prior)))
        posterior = self.predict(belief) * likelihood
        return np.asarray(posterior / posterior.sum(), np.float32)

    def softened(self, belief: Float32) -> Float32:
        """Return a belief (stages,) made as sure as it is right."""
        softened = belief**self._softening
        return np.asarray(softened / softened.sum(), np.float32)


def _array(tensor: Tensor) -> Float32:
    return np.ascontiguousarray(tensor.detach().numpy())
