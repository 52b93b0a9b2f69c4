"""Question: how far do live sleep stages agree with a human scorer, beside YASA and beside the model before?

Method: one channel of the DREAMS excerpts through the conditioning and the stager of the live system, at epochs of
30 s, each scored instant of 5 s against the stage at its epoch's end. YASA, where it is installed, gets the raw signal:
the past alone, every epoch anew, or the whole record; and the past of the signal as the live system conditions it.
From the fifth minute on, when causal YASA begins, and from the first epoch on. Intervals of 95 % by drawing blocks of
5 min with replacement: three people are few, and what other people would give is not in them. EEGMAT: healthy adults,
awake. Nothing here takes part in training.
Command: `python -m bench.sleep [--json FILE] [--data ../shared/data]`
"""

import argparse
import warnings
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from bench.machine import publish
from bench.sleep import second_opinion
from bench.sleep.agreement import Pairs, figures, reliable
from bench.sleep.cost import processor_s_an_hour
from bench.sleep.excerpts import Excerpt, awake, by_epoch, conditioned, excerpts, staged, sureness
from bench.sleep.nights import nights
from models.zoo import store

MODELS: Final = ("sleep-context", "sleep-spectral")
FROM: Final = (second_opinion.LEAST_EPOCHS - 1) * 6
"""The first instant that causal YASA stages."""


def dreams(data: Path) -> dict[str, Any]:
    """Return figures of every stager."""
    found = excerpts(data)
    rows = {excerpt.name: conditioned(excerpt) for excerpt in found}
    result: dict[str, Any] = {}
    for model in MODELS:
        loaded = store.load(model)
        pairs: dict[str, Pairs] = {e.name: by_epoch(e, staged(rows[e.name], loaded)) for e in found}
        result[model] = _both(pairs)
        sure = [sureness(e, staged(rows[e.name], loaded)) for e in found]
        result[model]["confidence"] = reliable([c for one, _ in sure for c in one], [r for _, one in sure for r in one])
        pairs = {e.name: by_epoch(e, staged(rows[e.name], loaded, microvolts=False)) for e in found}
        result[f"{model}, unit unknown"] = _both(pairs)
    return result | _yasa(found, rows)


def _yasa(found: list[Excerpt], rows: dict[str, NDArray[np.float32]]) -> dict[str, Any]:
    version = second_opinion.installed()
    if not version:
        return {"yasa": "not installed"}
    warnings.filterwarnings("ignore")  # of its own scikit-learn and numba, a page for each call
    causal: dict[str, Pairs] = {e.name: second_opinion.causal(e) for e in found}
    live: dict[str, Pairs] = {
        e.name: second_opinion.causal(e._replace(samples=rows[e.name][0], rate_hz=128.0)) for e in found
    }
    whole: dict[str, Pairs] = {e.name: second_opinion.whole(e) for e in found}
    return {"yasa": version, "yasa causal": _both(causal), "yasa live": _both(live), "yasa whole": _both(whole)}


def _both(pairs: dict[str, Pairs]) -> dict[str, Any]:
    return {
        "from_the_fifth_minute": figures({name: one[FROM:] for name, one in pairs.items()}),
        "whole_excerpts": figures(pairs),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="The sleep stager on recordings from people.")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    result = {
        "models": {name: store.load(name).manifest.sha256 for name in MODELS},
        "dreams": dreams(options.data),
        "awake": {name: awake(options.data, name) for name in MODELS},
        "simulated_nights": nights(MODELS),
        "processor_s_an_hour_of_a_bed": {name: processor_s_an_hour(name) for name in MODELS},
    }
    publish("sleep", result, options.json)


if __name__ == "__main__":
    main()
