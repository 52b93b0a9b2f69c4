"""Networks on the CPU by OpenVINO: the shortest time to an answer, on one thread unless more are asked for.

Fixed shapes are a third to a half faster than open ones here, so windows go through graphs for 8, 4, 2 and 1 of them
and streams through one graph for each number of groups. A window's bits did not depend on its batch where measured.
"""

from collections.abc import Mapping

import numpy as np

from models.engines.clean import CleanPast
from models.engines.engine import Answers, Floats, Precision
from models.engines.openvino_converted import converted_graph
from models.engines.openvino_runtime import Graph, compiled, has_bf16, ov
from models.engines.openvino_streams import stream_graph
from models.engines.openvino_windows import is_wide, window_graph
from models.engines.readout import LocatedReadout, PooledReadout, Readout
from models.networks.contract import LocatingNetwork
from models.networks.hop_pooling import hops_in_window
from models.networks.sc import SC
from models.networks.sc_stream import StreamSC

# Windows at once; more gain nothing on a CPU.
BATCHES = (8, 4, 2, 1)
# For wide networks, of which two windows take more than twice as long as one.
ONE = (1,)

# For converted networks, whose graphs take a second each to make.
FEW: tuple[int, ...] = (8, 1)

__all__ = ["OpenVino", "OpenVinoConverted", "OpenVinoStream", "has_bf16"]


class OpenVino:
    """Scores windows with SC."""

    context_samples = 0

    def __init__(self, network: SC, precision: Precision = "fp32", threads: int = 1) -> None:
        network = network.cpu().eval()  # graphs take their weights from memory that the host sees
        self.name = f"openvino-{precision}-cpu{_threads_in_name(threads)}"
        sizes = ONE if is_wide(network) else BATCHES
        graphs = {size: compiled(window_graph(network, size, precision), precision, threads) for size in sizes}
        self._graphs = _SizedGraphs(graphs, PooledReadout(network))

    def score(self, windows: Floats) -> Answers:
        """Score conditioned windows; see Engine."""
        return self._graphs.score(windows)


class OpenVinoConverted:
    """Scores windows with any network that OpenVINO can convert.

    Raises
    ------
    RuntimeError
        When it cannot.
    """

    def __init__(self, network: LocatingNetwork, precision: Precision = "fp32", threads: int = 1) -> None:
        self.name = f"openvino-converted-{precision}-cpu{_threads_in_name(threads)}"
        self.context_samples = network.context_samples
        graphs = {size: compiled(converted_graph(network, size), precision, threads) for size in FEW}
        self._graphs = _SizedGraphs(graphs, LocatedReadout(network))

    def score(self, windows: Floats) -> Answers:
        """Score conditioned windows; see Engine."""
        return self._graphs.score(windows)


class _SizedGraphs:
    """Graphs for a few numbers of windows, largest first, that share the work on any number of them."""

    def __init__(self, graphs: Mapping[int, Graph], readout: Readout) -> None:
        self._graphs = {size: _Bound(graph) for size, graph in graphs.items()}
        self._readout = readout

    def score(self, windows: Floats) -> Answers:
        finite = np.asarray(np.isfinite(windows).all(axis=(1, 2)))
        pooled = np.empty((len(windows), *self._readout.found), np.float32)
        where = np.empty((len(windows), *self._readout.found), np.int32)
        at = 0
        # Largest first: as many windows as fit go through each graph, the rest through the smaller ones.
        for size, graph in self._graphs.items():
            while len(windows) - at >= size:
                part, at = slice(at, at + size), at + size
                graph.samples[...] = windows[part]
                # Its answer will be NaN; with zeros no norm meets infinity before.
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
        hops_in_window(network, hop_samples)
        self._network, self._precision, self._threads = network.cpu().eval(), precision, threads
        self._readout = PooledReadout(network)
        self._graphs: dict[int, Graph] = {}
        self._streams: dict[str, _Carried] = {}
        self.name = f"openvino-stream-{precision}-cpu{_threads_in_name(threads)}"
        self.hop_samples = hop_samples
        self.context_samples = network.context_samples

    def push(self, hops: Mapping[str, Floats]) -> dict[str, Answers]:
        """Push the next hop of some streams; see StreamEngine."""
        return {stream: self._push(stream, hop) for stream, hop in hops.items()}

    def forget(self, stream: str) -> None:
        """Release the memory of a stream."""
        self._streams.pop(stream, None)

    def _push(self, stream: str, hop: Floats) -> Answers:
        carried = self._streams.get(stream)
        if carried is None or carried.groups != len(hop):
            carried = self._streams[stream] = self._start(len(hop))
        counts = carried.clean.take(hop, carried.graph.samples)
        carried.graph.infer()
        probabilities, peaks = self._readout.answers(carried.graph.pooled, carried.graph.where)
        # The state of a stream that is not warm does not matter: it is replaced by the time its answers count.
        probabilities[~counts] = np.nan
        return probabilities, peaks

    def _start(self, groups: int) -> "_Carried":
        if groups not in self._graphs:
            # Kept for good: beds come back with the same number of groups, and there are few such numbers.
            graph = stream_graph(self._network, groups, self.hop_samples)
            self._graphs[groups] = compiled(graph, self._precision, self._threads)
        return _Carried(groups, self._graphs[groups], self.context_samples + self._network.window_samples)


def _threads_in_name(threads: int) -> str:
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
        # Set once, so that an inference neither allocates nor copies.
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
