"""Work captured in CUDA graphs, all of one engine's in one pool of memory."""

from collections.abc import Callable

import torch

from models.engines.engine import first_line, warn

# Runs before a capture, in which libraries choose their kernels and take what memory they keep.
WARM_UPS = 3


class GraphCapture:
    """Captures work in CUDA graphs on a stream of its own; once that has failed, work is returned as it came.

    All graphs share one pool. They may: an engine replays one at a time, and what a replay leaves for the next or for
    the host it copies into memory that lies outside. Captured largest first, the smaller ones' intermediate results
    find room in what the largest one has given up, so all sizes together take hardly more than the largest alone.
    """

    def __init__(self, device: torch.device) -> None:
        self.stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        self.failed = False
        self._pool = torch.cuda.graph_pool_handle()

    def __call__(self, work: Callable[[], None]) -> Callable[[], None]:
        """Warm up, capture and return the replay."""
        self.stream.wait_stream(torch.cuda.current_stream(self.stream.device))
        with torch.cuda.stream(self.stream):
            for _ in range(WARM_UPS):
                work()
        self.stream.synchronize()
        return work if self.failed else self._captured(work)

    def _captured(self, work: Callable[[], None]) -> Callable[[], None]:
        graph = torch.cuda.CUDAGraph()
        try:
            # Another thread's CUDA call, be it only a look at the clocks, must not spoil a capture.
            with torch.cuda.graph(graph, pool=self._pool, stream=self.stream, capture_error_mode="thread_local"):
                work()
        except RuntimeError as problem:
            self.failed = True
            warn(f"no CUDA graph could be captured ({first_line(problem)}): operations are launched one by one")
            return work
        return graph.replay
