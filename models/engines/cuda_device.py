"""Where and how networks run on a GPU: the stream, the arithmetic and the precision of what is captured.

Single precision is single precision: no TF32. In bf16 the weights of products and convolutions are held in bf16;
everything else, norms above all, stays in float32.
"""

from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import Final

import torch
from torch import nn

from models.engines.engine import Precision
from models.engines.graph_capture import GraphCapture
from models.engines.static_batches import Capture

CUDA: Final = torch.device("cuda")
# The last layer: its few products round most, and engines that pool compute it in float32 anyway.
HEAD: Final = "head"


class CudaDevice:
    """Where an engine runs; `capture` stands in for CUDA graphs on other devices."""

    def __init__(self, precision: Precision, device: torch.device, capture: Capture | None) -> None:
        self.device, self._precision = device, precision
        self.capture: Capture = capture or GraphCapture(device)

    @property
    def name(self) -> str:
        """Kind, precision and device."""
        captured = not getattr(self.capture, "failed", False)
        return f"{'cuda-graph' if captured else 'cuda-eager'}-{self._precision}-{self.device.type}"

    def place(self, network: nn.Module) -> None:
        """Bring a network here, in evaluation mode and in the precision wanted; it is changed."""
        network.to(self.device).eval()
        if self._precision == "bf16":
            hold_in_bf16(network)

    def on_stream(self) -> AbstractContextManager[object]:
        """Launch on the stream that graphs were captured on."""
        return torch.cuda.stream(self.capture.stream) if isinstance(self.capture, GraphCapture) else nullcontext()

    def arithmetic(self) -> AbstractContextManager[object]:
        """Compute without gradients in the precision wanted, by the same algorithms every time."""
        stack = ExitStack()
        stack.enter_context(torch.inference_mode())
        stack.enter_context(torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False))
        if self._precision == "bf16":
            # Casts inputs only: of weights held in bf16 it makes no copy. Its own cache of cast weights would be filled
            # during a capture and be empty at a replay.
            stack.enter_context(torch.autocast(self.device.type, torch.bfloat16, cache_enabled=False))
        return stack


def hold_in_bf16(network: nn.Module) -> None:
    """Hold the weights of products and convolutions, which autocast computes in bf16, in bf16.

    Left to autocast they are cast anew at every replay of a graph: a read and a write of all weights in each hop.
    """
    for name, layer in network.named_modules():
        if isinstance(layer, nn.Conv1d | nn.Linear) and name.rpartition(".")[2] != HEAD:
            layer.to(torch.bfloat16)
