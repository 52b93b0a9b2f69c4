"""The GPU's benchmark runs to its end on a CPU, and says so where there is no GPU."""

import dataclasses
import sys

import pytest
import torch

from bench import gpu
from bench.throughput.untrained import Size

TINY = dataclasses.replace(
    gpu.QUICK,
    sizes=(Size("tiny", 8, 48, 128.0),),
    batches=(1, 4),
    beds=(1, 14),
    rounds=3,
    hops=2,
    paced_hops=1,
    side=64,
    compiled=False,
    device=torch.device("cpu"),
    # A CPU has no graphs: the work itself is called in their place.
    capture=lambda work: work,
)


def test_every_question_gets_its_rows() -> None:
    """Run on the CPU, with the work itself in place of graphs: times are positive, shares are of what was measured."""
    found = gpu.measured(TINY)
    assert [row["engine"] for row in found["one_window"]] == [
        "eager-fp32-cpu",
        "cuda-graph-fp32-cpu",
        "cuda-graph-bf16-cpu",
    ]
    assert all(row["p99_us"] >= row["p50_us"] > 0 for row in found["one_window"] + found["beds"])
    assert [row["beds"] for row in found["beds"]] == [1, 14]
    for row in found["batches"]:
        assert row["share_of_bf16_products"] == pytest.approx(row["tflops"] / found["bf16_product_tflops"], abs=1e-4)
    assert found["idle_clocks"][0]["every_125_ms"]["p50_us"] > 0


def test_without_a_gpu_it_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is measured, and nothing fails."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(sys, "argv", ["gpu"])
    gpu.main()
    assert "no CUDA device" in capsys.readouterr().err
