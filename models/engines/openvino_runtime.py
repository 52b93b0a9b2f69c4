"""OpenVINO's door: imported without its telemetry, compiled for short answers on one thread.

`import openvino` alone would report to its makers' server, as would its converters. Its telemetry package is kept
from being imported, for which OpenVINO has a stand-in that does nothing. Graphs of the networks that matter are built
from its operations (`models.engines.openvino_windows`, `openvino_streams`); others go through its converter.
"""

import sys
import warnings
from typing import Any, TypeAlias

import torch
from torch import nn

from models.engines.engine import Precision

sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]  # what an import of it then meets is ImportError
import openvino as ov  # noqa: E402  (only now)
from openvino import frontend, passes  # noqa: E402
from openvino import opset13 as op  # noqa: E402

__all__ = ["Graph", "Node", "compiled", "converted", "has_bf16", "op", "ov", "stateful"]

Graph: TypeAlias = Any
"""A graph, or what it was compiled to: OpenVINO brings no types."""
Node: TypeAlias = Any
"""A node of a graph."""


HINTS = {"fp32": "f32", "bf16": "bf16"}
# What the converter raises; none of them is an error of Python's own kinds.
FAILURES = (
    frontend.GeneralFailure,
    frontend.NotImplementedFailure,
    frontend.OpConversionFailure,
    frontend.OpValidationFailure,
)
_core = ov.Core()


def has_bf16() -> bool:
    """Whether this processor multiplies bfloat16 in hardware, as OpenVINO sees it."""
    return "BF16" in _core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def compiled(graph: Graph, precision: Precision, threads: int = 1) -> Graph:
    """Compile a graph for the CPU: shortest time to an answer, so many threads, denormals as zero.

    A second thread shortens an answer by a third on an idle machine and makes it ten times longer on a busy one.
    """
    settings = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": HINTS[precision],
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": 1,
        "ENABLE_CPU_PINNING": False,  # pinned to a core that another program wants, p99 was ten times as long
        "CPU_DENORMALS_OPTIMIZATION": True,
    }
    return _core.compile_model(graph, "CPU", settings)


def converted(module: nn.Module, example: torch.Tensor) -> Graph:
    """Convert a module to a graph for inputs of the example's shape.

    Raises
    ------
    RuntimeError
        When it does something that cannot be exported, or for which OpenVINO has no operation.
    """
    with warnings.catch_warnings():
        # Of torch's own export code, about torch's own types: nothing that a user could mend.
        warnings.simplefilter("ignore")
        exported = torch.export.export(module, (example,))
        try:
            graph = ov.convert_model(exported)
        except FAILURES as problem:
            # Its last line names the operation, those before it OpenVINO's own source files.
            raise RuntimeError(str(problem).strip().splitlines()[-1].strip(" -")) from None
    graph.reshape(list(example.shape))  # it comes with open dimensions, which are slower
    return graph


def stateful(results: list[Node], inputs: list[Node], carried: dict[str, tuple[Node, Node]]) -> Graph:
    """Build a graph whose carried inputs are, at the next inference, what became of them: input and result by name."""
    for name, (before, after) in carried.items():
        before.output(0).set_names({f"{name}.before"})
        after.output(0).set_names({f"{name}.after"})
    befores, afters = ([pair[k] for pair in carried.values()] for k in (0, 1))
    graph = ov.Model([*results, *afters], [*inputs, *befores], "stream")
    manager = passes.Manager()
    manager.register_pass(passes.MakeStateful({f"{name}.before": f"{name}.after" for name in carried}))
    manager.run_passes(graph)
    return graph
