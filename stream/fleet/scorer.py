"""One replica of a fleet: it holds one network on an engine, and scores the windows of many hosts together."""

from collections.abc import Sequence

import numpy as np

from models.engines.engine import Answers, Floats
from models.engines.opening import is_streaming, open_engine, tune_process
from models.errors import ModelError
from models.zoo import store
from models.zoo.manifest import Manifest
from stream.config.keys import Infer
from stream.fleet import wire


def servable(name: str) -> Manifest:
    """Return the manifest of a model that a fleet can serve.

    Raises
    ------
    ModelError
        if there is none of this name, or what it carries along must stay with the bed
    """
    loaded = store.load(name)
    if is_streaming(loaded):
        raise ModelError(
            f"model {name} is carried along from hop to hop and stays with its bed; a fleet serves models that score "
            "whole windows, such as sc-small"
        )
    return loaded.manifest


class Scorer:
    """A network on its engine; nothing is kept from one request to the next."""

    def __init__(self, name: str, infer: Infer) -> None:
        tune_process()
        loaded = store.load(name)
        self._engine = open_engine(loaded, infer.device, infer.precision, infer.threads)
        manifest = loaded.manifest
        self._shape = manifest.channels, self._engine.context_samples + manifest.window_samples
        # CUDA's graphs and OpenVINO's first call take longest: not with a bed waiting.
        self.score([np.zeros((1, *self._shape), np.float32)])

    @property
    def engine(self) -> str:
        """The name of the engine that answers."""
        return self._engine.name

    def windows(self, body: bytes) -> Floats:
        """Read the windows of a request; see `stream.fleet.wire.windows_of`."""
        return wire.windows_of(body, *self._shape)

    def score(self, requests: Sequence[Floats]) -> list[Answers]:
        """Score the windows of several requests as one batch, in pieces that leave memory flat."""
        windows = np.concatenate(requests)
        pieces = [
            self._engine.score(windows[at : at + wire.MOST_WINDOWS]) for at in range(0, len(windows), wire.MOST_WINDOWS)
        ]
        probabilities, peaks = (np.concatenate(of) for of in zip(*pieces, strict=True))
        edges = np.cumsum([len(request) for request in requests])[:-1]
        return list(zip(np.split(probabilities, edges), np.split(peaks, edges), strict=True))
