"""Waiting: before the next try, and for whichever ends first."""

import asyncio
import random
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Backoff:
    """Doubling waits from `first_s` to `longest_s`, each shortened at random by up to half."""

    first_s: float
    longest_s: float
    _next_s: float = field(init=False)

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin again with the shortest wait."""
        self._next_s = self.first_s

    def wait_s(self) -> float:
        """Return the next wait."""
        wait_s = self._next_s * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, no secret
        self._next_s = min(2 * self._next_s, self.longest_s)
        return wait_s


async def until_first(*coroutines: Coroutine[Any, Any, None]) -> None:
    """Run all until the first one ends, stop the others, and end as it did."""
    tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
