"""Plain torch: what every other engine is compared with."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from models.engines.engine import Answers, Floats
from models.networks.contract import LocatingNetwork, StreamingNetwork
from models.networks.stream_state import Streamer


class Eager:
    """Scores windows with torch in inference mode."""

    def __init__(self, network: LocatingNetwork, device: torch.device) -> None:
        self._network = network.to(device).eval()
        self._device = device
        self.name = f"eager-fp32-{device.type}"
        self.context_samples = network.context_samples

    @torch.inference_mode()
    def score(self, windows: Floats) -> Answers:
        """Score conditioned windows; see Engine."""
        if len(windows) == 0:
            shape = (0, self._network.spans)
            return np.empty(shape, np.float32), np.empty(shape, np.int64)
        batch = _moved(windows, self._device)
        # The whole batch goes through, bad windows too: rows of a batch do not touch each other.
        logits, peaks = self._network.evidence(batch)
        finite = torch.isfinite(batch).all(dim=(1, 2))
        return _answers(logits.masked_fill(~finite[:, None], torch.nan), peaks)


class EagerStream:
    """Carries every stream with a `Streamer` of its own."""

    def __init__(self, network: StreamingNetwork, hop_samples: int, device: torch.device) -> None:
        self._network = network.to(device).eval()
        self._device = device
        self._streamers: dict[str, Streamer] = {}
        self.name = f"eager-stream-fp32-{device.type}"
        self.hop_samples = hop_samples
        self.context_samples = network.context_samples

    def push(self, hops: Mapping[str, Floats]) -> dict[str, Answers]:
        """Push the next hop of some streams; see StreamEngine."""
        return {stream: self._push(stream, hop) for stream, hop in hops.items()}

    def forget(self, stream: str) -> None:
        """Release the memory of a stream."""
        self._streamers.pop(stream, None)

    def _push(self, stream: str, hop: Floats) -> Answers:
        streamer = self._streamers.get(stream)
        # Another number of groups is another montage: the state that was carried does not fit it.
        if streamer is None or streamer.groups != len(hop):
            streamer = self._streamers[stream] = Streamer(self._network, len(hop), self.hop_samples)
        return _answers(*streamer.push(_moved(hop, self._device)))


def _moved(samples: Floats, device: torch.device) -> Tensor:
    # Contiguous: torch cannot share the memory of an array with negative strides.
    return torch.from_numpy(np.ascontiguousarray(samples, np.float32)).to(device)


def _answers(logits: Tensor, peaks: Tensor) -> Answers:
    """Turn logits into probabilities; where one span's is not finite, none of the window's counts."""
    finite = torch.isfinite(logits).all(dim=1, keepdim=True)
    return torch.sigmoid(logits.masked_fill(~finite, torch.nan)).cpu().numpy(), peaks.cpu().numpy()
