"""Figure 5b of iEDeaL: how long each system takes for all windows of a set, and SC's share of it.

Method: each step is timed on this processor, one thread, weights as drawn, steps in turn, in seconds of the processor,
so that what else the machine does costs little; the times of a set follow from its windows and, for AiED, from the
candidates that its template finds in them. By the paper's definitions: AiED-opt is AiED where every positive passes the
template and no negative does, so one spectrogram, drawn, for each positive of the set; HDL's lower bound is its
spectrogram alone, taken from AiED, one of every window. Ours: an image is of one channel; what AiED does before its
template is not counted.
"""

import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from bench.paper.aied import candidates, search
from bench.paper.hdl_features import at_rate
from bench.seeds_speed import aied as images
from models.datasets.splits import Part
from models.datasets.windowset import WindowSet
from models.networks.resnet1d import ResNet18
from models.networks.resnet2d import ImageResNet18
from models.networks.sc import SC
from models.networks.tst import TST

SEARCHED: Final = 200
"""Windows in which AiED's candidates are counted."""
PAPER: Final = {"AiED-opt": "above 100", "AiED": "above 100", "HDL, lower bound": "above 100", "TST": "3"}
Row = dict[str, Any]


def steps_s(ws: WindowSet, rounds: int, width: int) -> dict[str, float]:
    """Return the median seconds of each step for one window of a set's shape, or one channel of it."""
    header = ws.header
    window = torch.from_numpy(np.array(ws.windows[:1, :, header.context_samples :]))
    channel = at_rate(window.numpy(), header.rate_hz, images.RATE_HZ)[0, 0]
    two_seconds = np.random.default_rng(0).normal(size=images.SAMPLES).astype(np.float32)
    drawn = images.figure(two_seconds)
    calls: dict[str, Callable[[], object]] = {
        "SC": _network(SC(channels=header.channels, window_samples=header.window_samples, width=width), window),
        "TST": _network(TST(channels=header.channels, window_samples=header.window_samples), window),
        "ResNet-18": _network(ResNet18(channels=header.channels, window_samples=header.window_samples), window),
        "template": partial(candidates, channel),
        "figure": partial(images.figure, two_seconds),
        "read": partial(images.read, drawn),
        "image network": _network(ImageResNet18(), torch.zeros(1, 3, images.SIDE, images.SIDE)),
    }
    found: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        call()
    for _ in range(rounds):
        # In turn, so that a busy moment of the machine costs all of them.
        for name, call in calls.items():
            found[name].append(_took_s(call))
    return {name: float(np.median(seconds)) for name, seconds in found.items()}


def _took_s(call: Callable[[], object]) -> float:
    """Return the seconds of the processor that a call takes."""
    began_s = time.process_time()
    call()
    return time.process_time() - began_s


def _network(network: nn.Module, given: Tensor) -> Callable[[], object]:
    network.eval()

    def call() -> None:
        with torch.inference_mode():
            network(given)

    return call


def totals_s(steps: Mapping[str, float], windows: int, positives: int, channels: int, found: float) -> dict[str, float]:
    """Return each system's seconds for a set; `found` is how many candidates a window has on average."""
    image = steps["figure"] + steps["read"] + steps["image network"]
    return {
        "SC": windows * steps["SC"],
        "TST": windows * steps["TST"],
        "ResNet-18": windows * steps["ResNet-18"],
        "AiED": windows * (channels * steps["template"] + found * image),
        "AiED-opt": positives * image,
        "HDL, lower bound": windows * steps["figure"],
    }


def measured(sets: Mapping[str, WindowSet], rounds: int, width: int) -> list[Row]:
    """Return the figure's row for each set."""
    rows = []
    for name, ws in sets.items():
        steps = steps_s(ws, rounds, width)
        chosen = np.linspace(0, len(ws) - 1, min(SEARCHED, len(ws))).astype(np.int64)
        share = len(search(Part(ws, chosen)).of) / len(chosen)
        positives = int(ws.label.sum())
        seconds = totals_s(steps, len(ws), positives, ws.header.channels, share)
        rows.append(
            {
                "set": name,
                "windows": len(ws),
                "positives": positives,
                "candidates_a_window": round(share, 3),
                "steps_ms": {step: round(1e3 * took, 4) for step, took in steps.items()},
                "seconds": {system: round(took, 3) for system, took in seconds.items()},
                "times_sc": {system: float(f"{took / seconds['SC']:.3g}") for system, took in seconds.items()},
            }
        )
    return rows


def markdown(rows: list[Row]) -> str:
    """Return seconds for each set, and in brackets how many times SC's."""
    systems = list(rows[0]["seconds"])
    lines = ["### Figure 5b of iEDeaL: seconds for all windows of a set (times SC's)", ""]
    lines += [f"|  | {' | '.join(row['set'] for row in rows)} | paper, times SC's |", "| --- " * (len(rows) + 2) + "|"]
    for system in systems:
        cells = [f"{row['seconds'][system]:.3g} ({row['times_sc'][system]:g})" for row in rows]
        lines.append(f"| {system} | {' | '.join(cells)} | {PAPER.get(system, 'not told')} |")
    return "\n".join([*lines, ""])


def plot(rows: list[Row], file: Path) -> None:
    """Draw seconds as bars, in a logarithmic scale: a group for each set."""
    from matplotlib.figure import Figure  # noqa: PLC0415  (an extra)

    drawn = Figure(figsize=(8, 4), layout="constrained")
    axes = drawn.add_subplot()
    systems = list(rows[0]["seconds"])
    places = np.arange(len(rows))
    for number, system in enumerate(systems):
        heights = [row["seconds"][system] for row in rows]
        axes.bar(places + (number - len(systems) / 2) / (len(systems) + 1), heights, 0.9 / len(systems), label=system)
    axes.set_yscale("log")
    axes.set_xticks(places, [row["set"] for row in rows])
    axes.set_ylabel("seconds for all windows")
    axes.legend(fontsize="small")
    drawn.savefig(file)
