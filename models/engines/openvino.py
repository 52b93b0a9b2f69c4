"""Networks on the CPU by OpenVINO: the shortest time to an answer, on one thread unless more are asked for.

Fixed shapes are a third to a half faster than open ones here, so windows go through graphs for 8, 4, 2 and 1 of them
and streams through one graph for each number of groups. A window's bits did not depend on its batch where measured.
"""

from collections.abc import Mapping

import numpy as np

from models.engines.clean import CleanPast
from models.engines.engine import Answers, Floats, Precision
from models.engines.openvino_runtime import Graph, compiled, has_bf16, ov
from models.engines.openvino_streams import stream_graph
from models.engines.openvino_windows import is_wide, window_graph
from models.engines.readout import Readout
from models.networks.sc import SC, SPANS
from models.networks.sc_stream import StreamSC

BATCHES = (8, 4, 2, 1)
"""Windows at once; more gain nothing on a CPU."""
ONE = (1,)
"""For wide networks, of which two windows take more than twice as long as one."""

__all__ = ["OpenVino", "OpenVinoStream", "has_bf16"]


class OpenVino:
    """Scores windows with SC."""

    context_samples = 0

    def __init__(self, network: SC, precision: Precision = "fp32", threads: int = 1) -> None:
        network = network.cpu().eval()
        self.name = f"openvino-{precision}-cpu{_said(threads)}"
        self._readout = Readout(network)
        self._sizes = ONE if is_wide(network) else BATCHES
        graphs = (window_graph(network, size, precision) for size in self._sizes)
        self._graphs = [_Bound(compiled(graph, precision, threads)) for graph in graphs]
        self._width = network.head.in_features

    def score(self, windows: Floats) -> Answers:
        """Score conditioned windows; see Engine."""
        finite = np.asarray(np.isfinite(windows).all(axis=(1, 2)))
        pooled = np.empty((len(windows), SPANS, self._width), np.float32)
        where = np.empty((len(windows), SPANS, self._width), np.int32)
        at = 0
        for graph, size in zip(self._graphs, self._sizes, strict=True):
            while len(windows) - at >= size:
                part, at = slice(at, at + size), at + size
                graph.samples[...] = windows[part]
                graph.samples[~finite[part]] = 0
                graph.infer()
                pooled[part], where[part] = graph.pooled, graph.where
        probabilities, peaks = self._readout.answers(pooled, where)
        probabilities[~finite] = np.nan
        return probabilities, peaks


class OpenVinoStream:
    """Carries streams with StreamSC; each stream's memory lies in an inference request of its own.

    Groups come in counts of which there are few; the first stream with another count waits for a graph to be built,
    a fraction of a second.

    Raises
    ------
    ValueError
        When the hop does not divide the window.
    """

    def __init__(self, network: StreamSC, hop_samples: int, precision: Precision = "fp32", threads: int = 1) -> None:
        if hop_samples < 1 or network.window_samples % hop_samples:
            raise ValueError(f"a hop of {hop_samples} samples does not divide a window of {network.window_samples}")
        self._network, self._precision, self._threads = network.cpu().eval(), precision, threads
        self._readout = Readout(network)
        self._graphs: dict[int, Graph] = {}
        self._streams: dict[str, _Carried] = {}
        self.name = f"openvino-stream-{precision}-cpu{_said(threads)}"
        self.hop_samples = hop_samples
        self.context_samples = network.context_samples

    def push(self, hops: Mapping[str, Floats]) -> dict[str, Answers]:
        """Take the next hop of some streams; see StreamEngine."""
        return {stream: self._push(stream, hop) for stream, hop in hops.items()}

    def forget(self, stream: str) -> None:
        """Give the memory of a stream back."""
        self._streams.pop(stream, None)

    def _push(self, stream: str, hop: Floats) -> Answers:
        carried = self._streams.get(stream)
        if carried is None or carried.groups != len(hop):
            carried = self._streams[stream] = self._start(len(hop))
        counts = carried.clean.take(hop, carried.graph.samples)
        carried.graph.infer()
        probabilities, peaks = self._readout.answers(carried.graph.pooled, carried.graph.where)
        probabilities[~counts] = np.nan
        return probabilities, peaks

    def _start(self, groups: int) -> "_Carried":
        if groups not in self._graphs:
            graph = stream_graph(self._network, groups, self.hop_samples)
            self._graphs[groups] = compiled(graph, self._precision, self._threads)
        return _Carried(groups, self._graphs[groups], self.context_samples + self._network.window_samples)


def _said(threads: int) -> str:
    """Name more threads than one: they sum in another order, and the engine's name is part of every event."""
    return "" if threads == 1 else f"-{threads}-threads"


class _Bound:
    """An inference request with its input and outputs as arrays that stay where they are."""

    def __init__(self, graph: Graph) -> None:
        self._request = graph.create_infer_request()
        pooled, where = graph.outputs
        self.samples: Floats = np.zeros(tuple(graph.input(0).shape), np.float32)
        self.pooled: Floats = np.zeros(tuple(pooled.shape), np.float32)
        self.where = np.zeros(tuple(where.shape), np.int32)
        self._request.set_input_tensor(ov.Tensor(self.samples, shared_memory=True))
        for at, array in enumerate((self.pooled, self.where)):
            self._request.set_output_tensor(at, ov.Tensor(array, shared_memory=True))

    def infer(self) -> None:
        """Fill `pooled` and `where` from `samples`."""
        self._request.infer(share_inputs=True, share_outputs=True)


class _Carried:
    """One stream."""

    def __init__(self, groups: int, graph: Graph, needed_samples: int) -> None:
        self.groups = groups
        self.graph = _Bound(graph)
        self.clean = CleanPast(groups, needed_samples)
