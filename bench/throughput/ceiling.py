"""What the machine can do at most on one thread: large matrix products, by the library that the engines use.

In float32 that is `linear`, which goes to oneDNN; `torch.mm` goes to MKL, which takes a slower path on processors not
of its maker. In bfloat16 `torch.mm` goes to oneDNN too.
"""

import time
from collections.abc import Callable
from typing import Final, Literal

import torch
from torch.nn import functional

Precision = Literal["fp32", "bf16"]

# 2 * 2048**3 are 17 billion operations a product: what a call costs besides does not show.
SIDE: Final = 2048
TRIES: Final = 3


def gflops(precision: Precision) -> float:
    """Return billions of operations a second, the best of some products, on as many threads as torch has now."""
    if precision == "bf16":
        left, right = (torch.randn(SIDE, SIDE).bfloat16() for _ in range(2))
        return _best(lambda: torch.mm(left, right))
    x, weight = torch.randn(SIDE, SIDE), torch.randn(SIDE, SIDE)
    return _best(lambda: functional.linear(x, weight))


@torch.inference_mode()
def _best(product: Callable[[], torch.Tensor]) -> float:
    # The first product pays for what is set up once.
    product()
    took_s = []
    for _ in range(TRIES):
        began_s = time.perf_counter()
        product()
        took_s.append(time.perf_counter() - began_s)
    # The best, for a ceiling; a multiply-add counts two.
    return 2 * SIDE**3 / min(took_s) / 1e9
